/** Units of positions in binary frames. */

/** Milliseconds of one step of `time` and `received`. */
export const TICK_MS = 10;
/** A speed or a course that is not known. */
export const UNKNOWN = 0xffff;
