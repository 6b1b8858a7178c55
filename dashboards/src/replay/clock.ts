/** The clock of a replay.  Pure: how much time went by is an argument. */

/** Seconds of the past in a second. */
export const SPEEDS = [1, 2, 5, 10, 30, 60, 120] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Clock {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly speed: Speed;
  readonly playing: boolean;
}

export function speedOf(value: number): Speed {
  return SPEEDS.find((each) => each === value) ?? SPEEDS.find((each) => each > value) ?? 120;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Time goes on, but not into what is not there yet (`ready`, milliseconds), and stops at the end. */
export function advance(clock: Clock, elapsed: number, ready = clock.to): Clock {
  if (!clock.playing) return clock;
  const at = Math.min(clock.at + elapsed * clock.speed, Math.max(clock.at, Math.min(ready, clock.to)));
  return { ...clock, at, playing: at < clock.to };
}

export function seek(clock: Clock, at: number): Clock {
  return { ...clock, at: clamp(at, clock.from, clock.to) };
}

/** From the end it begins again. */
export function toggle(clock: Clock): Clock {
  if (clock.playing) return { ...clock, playing: false };
  return { ...clock, playing: true, at: clock.at >= clock.to ? clock.from : clock.at };
}

/** The next faster or slower speed. */
export function shift(clock: Clock, delta: 1 | -1): Clock {
  const next = SPEEDS[clamp(SPEEDS.indexOf(clock.speed) + delta, 0, SPEEDS.length - 1)];
  return { ...clock, speed: next ?? clock.speed };
}

/** A mark counts as reached when the clock stands as near to it, milliseconds. */
const AT_MARK = 500;

/** The time of the next or the previous of times in order; null: there is none. */
export function neighbourOf(times: readonly number[], at: number, delta: 1 | -1): number | null {
  const found = delta > 0 ? times.find((each) => each > at + AT_MARK) : times.findLast((each) => each < at - AT_MARK);
  return found ?? null;
}
