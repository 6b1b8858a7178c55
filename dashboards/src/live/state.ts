/** What a vehicle's newest fix says about it now.  Pure: the clock is an argument. */

export enum State {
  Moving = 0,
  Stopped = 1,
  /** The last word is older than it should be: shown grey, never as "now". */
  Stale = 2,
  /** Silent for so long, or known to be cut off, that nobody knows where it is. */
  Lost = 3,
  /** Registered, but never heard of. */
  Silent = 4,
}

export const STATES = [State.Lost, State.Stale, State.Moving, State.Stopped, State.Silent] as const;

/** 5 km/h in m/s: below it a course is noise and a vehicle counts as standing. */
export const STANDSTILL = 5 / 3.6;

/** What a terminal that has not shown its rhythm yet is taken to report at, seconds. */
export const DEFAULT_INTERVAL = 30;

const MINUTE = 60;
const HOUR = 60 * MINUTE;

export interface Sign {
  /** Seconds since the fix was taken; NaN when there is none. */
  readonly age: number;
  /** m/s; NaN unknown. */
  readonly speed: number;
  /** Reporting interval, seconds. */
  readonly interval: number;
  /** What the terminal last said of its connection. */
  readonly online: boolean | null;
}

/** Age from which the fix no longer counts as "now", seconds. */
export function staleAfter(moving: boolean, interval: number): number {
  return moving ? Math.max(3 * interval, 5 * MINUTE) : 35 * MINUTE;
}

/** Age from which nobody knows where the vehicle is, seconds. */
export function lostAfter(moving: boolean): number {
  return moving ? 30 * MINUTE : 24 * HOUR;
}

export function isMoving(speed: number): boolean {
  return speed > STANDSTILL; // unknown speed: standing, because nothing says that it moves
}

export function stateOf({ age, speed, interval, online }: Sign): State {
  if (Number.isNaN(age)) return State.Silent;
  const moving = isMoving(speed);
  if (online === false || age > lostAfter(moving)) return State.Lost;
  if (age > staleAfter(moving, interval)) return State.Stale;
  return moving ? State.Moving : State.Stopped;
}

/** How solid a marker of that age is drawn: 1 while fresh, fading over a day to 0.45. */
export function fade(state: State, age: number): number {
  if (state === State.Moving || state === State.Stopped || Number.isNaN(age)) return 1;
  return Math.max(0.45, 0.95 - 0.5 * Math.min(1, age / (24 * HOUR)));
}
