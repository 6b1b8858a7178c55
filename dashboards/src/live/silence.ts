/** When a stream that is open counts as silent, milliseconds: two missed heartbeats of 5 s. */
export const SILENCE_MS = 10_000;
