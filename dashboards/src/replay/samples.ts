/** What is known of many vehicles over a stretch of the past, and where one of them was at a moment.  Pure. */
import { type Point, bearing, distance } from '../live/motion';
import { STANDSTILL, State, stateOf } from '../live/state';

/** Of vehicle `i` the samples `first[i]` to `first[i + 1]`, by time. */
export interface Samples {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly plates: readonly string[];
  readonly first: Uint32Array;
  /** Milliseconds after `start`; negative for what held then. */
  readonly time: Int32Array;
  /** 1e-7 degrees. */
  readonly lon: Int32Array;
  readonly lat: Int32Array;
  /** cm/s and 0.1 degrees; 65535 unknown. */
  readonly speed: Uint16Array;
  readonly course: Uint16Array;
  readonly flags: Uint16Array;
  /** Seconds from the fix to its arrival, 65535 as much or more. */
  readonly lag: Uint16Array;
}

export const UNKNOWN = 65_535;
const MAGIC = 0x52;
const VERSION = 1;
const HEAD = 40;

/** Read what `GET /replay/fleet` answers.  Raises: Error, when it is something else. */
export function decode(body: ArrayBuffer): Samples {
  const view = new DataView(body);
  if (body.byteLength < HEAD || view.getUint8(0) !== MAGIC || view.getUint8(1) !== VERSION) throw new Error('not a replay of this version');
  const [m, n, p] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  let place = HEAD;
  const take = (bytes: number) => {
    place += bytes;
    return place - bytes;
  };
  const first = new Uint32Array(body, take(4 * (m + 1)), m + 1);
  const [time, lon, lat] = [0, 0, 0].map(() => new Int32Array(body, take(4 * n), n)) as [Int32Array, Int32Array, Int32Array];
  const shorts = [0, 0, 0, 0].map(() => new Uint16Array(body, take(2 * n), n));
  const [speed, course, flags, lag] = shorts as [Uint16Array, Uint16Array, Uint16Array, Uint16Array];
  const names = JSON.parse(new TextDecoder().decode(new Uint8Array(body, place, p))) as { plates: string[] };
  return { start: view.getFloat64(16, true), end: view.getFloat64(24, true), plates: names.plates, first, time, lon, lat, speed, course, flags, lag };
}

/** Columns of one vehicle as the API tells them. */
export interface Drive {
  readonly time: readonly number[];
  readonly lon: readonly number[];
  readonly lat: readonly number[];
  readonly speed: readonly (number | null)[];
  readonly course: readonly (number | null)[];
  readonly flags: readonly number[];
  readonly lag_s: readonly number[];
}

const short = (value: number | null, unit: number) => (value === null ? UNKNOWN : Math.min(UNKNOWN - 1, Math.round(value * unit)));

/** One vehicle's fixes as samples; a stretch of at most 24 days, which its limit is far below. */
export function samplesOf(plate: string, drive: Drive, start: number, end: number): Samples {
  return {
    start,
    end,
    plates: [plate],
    first: Uint32Array.of(0, drive.time.length),
    time: Int32Array.from(drive.time, (each) => each - start),
    lon: Int32Array.from(drive.lon, (each) => Math.round(each * 1e7)),
    lat: Int32Array.from(drive.lat, (each) => Math.round(each * 1e7)),
    speed: Uint16Array.from(drive.speed, (each) => short(each, 100)),
    course: Uint16Array.from(drive.course, (each) => short(each, 10)),
    flags: Uint16Array.from(drive.flags),
    lag: Uint16Array.from(drive.lag_s, (each) => Math.min(UNKNOWN, Math.max(0, Math.round(each)))),
  };
}

/** Longer without a fix is a gap, milliseconds: terminals on the way report at least every five minutes. */
export const GAP_MS = 600_000;
/** Metres: who stood, and is as near to there after a silence, was there all along. */
const STAYED_M = 300;
/** A fix after a real move without a drive: nothing is drawn in between. */
const RELOCATION = 256;
/** Seconds between fixes of a terminal whose rhythm is not known here. */
const INTERVAL = 30;

export interface Moment extends Point {
  /** Of the fix before it, milliseconds since 1970. */
  readonly fixed: number;
  /** m/s; NaN unknown. */
  readonly speed: number;
  /** Degrees; NaN unknown. */
  readonly course: number;
  /** Nobody knows where it went: it is held at the last fix. */
  readonly lost: boolean;
  readonly state: State;
  /** Seconds from that fix to its arrival. */
  readonly lag: number;
}

const one = (column: { readonly [i: number]: number | undefined }, i: number) => column[i] ?? Number.NaN;
const place = (of: Samples, i: number): Point => ({ lon: one(of.lon, i) / 1e7, lat: one(of.lat, i) / 1e7 });
const known = (value: number, unit: number) => (value === UNKNOWN ? Number.NaN : value / unit);

/** The last sample of a row not after `at` (milliseconds since 1970); -1: none. */
export function lastBefore(of: Samples, row: number, at: number): number {
  const begin = one(of.first, row);
  let [low, high] = [begin, one(of.first, row + 1)];
  const wanted = at - of.start;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (one(of.time, middle) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low > begin ? low - 1 : -1;
}

/** Whether nothing is known of the time between a sample and the next. */
function isGap(of: Samples, i: number, j: number): boolean {
  if ((one(of.flags, j) & RELOCATION) !== 0) return true;
  if (one(of.time, j) - one(of.time, i) <= GAP_MS) return false;
  const speed = known(one(of.speed, i), 100);
  return speed > STANDSTILL || distance(place(of, i), place(of, j)) > STAYED_M;
}

function standing(speed: number): State {
  return speed > STANDSTILL ? State.Moving : State.Stopped;
}

/** Where a vehicle was: between two fixes on the way from one to the other, but never across a gap. */
export function momentOf(of: Samples, row: number, at: number): Moment | null {
  const i = lastBefore(of, row, at);
  if (i < 0) return null;
  const fixed = of.start + one(of.time, i);
  const speed = known(one(of.speed, i), 100);
  const here = { ...place(of, i), fixed, speed, course: known(one(of.course, i), 10), lag: one(of.lag, i) };
  const age = (at - fixed) / 1000;
  const late = stateOf({ age, speed, interval: INTERVAL, online: null });
  const j = i + 1;
  if (j >= one(of.first, row + 1)) {
    const lost = late === State.Stale || late === State.Lost;
    return { ...here, lost, state: late };
  }
  if (isGap(of, i, j)) return { ...here, lost: true, state: late === State.Lost ? State.Lost : State.Stale };
  const span = one(of.time, j) - one(of.time, i);
  const share = span > 0 && span <= GAP_MS ? (at - fixed) / span : 0;
  const next = place(of, j);
  const course = Number.isNaN(here.course) ? bearing(here, next) : here.course;
  return {
    ...here,
    lon: here.lon + (next.lon - here.lon) * share,
    lat: here.lat + (next.lat - here.lat) * share,
    course,
    lost: false,
    state: standing(speed),
  };
}
