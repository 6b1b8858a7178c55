/**
 * What happens to the fleet.  `reduce` is the only way in.  It takes its clock as an argument and answers the same fleet with
 * a new version, so that panels can tell that something changed without comparing anything.
 */
import { type Fleet, addRow, cell, removeRow, setSlot } from './columns';
import type { Segment } from './frames';
import { TICK_MS, UNKNOWN } from './units';
import type { Columns } from './messages';
import { type Leg, type Point, at, progress, step, still } from './motion';
import { type State, isMoving, stateOf } from './state';

export { type Fleet, cell, emptyFleet } from './columns';

export type Event =
  | { readonly type: 'snapshot'; readonly vehicles: Columns }
  | { readonly type: 'delta'; readonly vehicles: Columns; readonly gone: readonly string[] }
  | { readonly type: 'positions'; readonly segments: readonly Segment[] }
  | { readonly type: 'tick' };

/** What the clocks say: the viewer's for motion, the server's for ages; both in milliseconds. */
export interface Clock {
  readonly viewer: number;
  readonly server: number;
}

/** Weight of the newest gap in the estimate of a terminal's reporting interval. */
const GAP_WEIGHT = 0.3;
/** A longer gap is an outage, not a rhythm, seconds. */
const LONGEST_RHYTHM = 600;

export function onlineOf(fleet: Fleet, row: number): boolean | null {
  const code = fleet.online[row];
  return code === 0 ? false : code === 1 ? true : null;
}

export function legOf(fleet: Fleet, row: number): Leg {
  return {
    from: { lon: cell(fleet.fromLon, row), lat: cell(fleet.fromLat, row) },
    to: { lon: cell(fleet.toLon, row), lat: cell(fleet.toLat, row) },
    start: cell(fleet.start, row),
    duration: cell(fleet.duration, row),
  };
}

/** Where a vehicle is drawn; null when it has never been heard of. */
export function drawnAt(fleet: Fleet, row: number, viewer: number): Point | null {
  return Number.isNaN(cell(fleet.time, row)) ? null : at(legOf(fleet, row), viewer);
}

/** Seconds since the fix; NaN without one. */
export function ageOf(fleet: Fleet, row: number, server: number): number {
  return (server - cell(fleet.time, row)) / 1000;
}

/** Whether any marker is on its way. */
export function anyMoving(fleet: Fleet, viewer: number): boolean {
  for (let i = 0; i < fleet.size; i++) {
    if (progress(cell(fleet.start, i), cell(fleet.duration, i), viewer) < 1) return true;
  }
  return false;
}

function setLeg(fleet: Fleet, row: number, leg: Leg): void {
  fleet.fromLon[row] = leg.from.lon;
  fleet.fromLat[row] = leg.from.lat;
  fleet.toLon[row] = leg.to.lon;
  fleet.toLat[row] = leg.to.lat;
  fleet.start[row] = leg.start;
  fleet.duration[row] = leg.duration;
}

/** What a terminal reported, in the units of the columns. */
interface Fix {
  /** Milliseconds since 1970. */
  time: number;
  received: number;
  /** Degrees. */
  lon: number;
  lat: number;
  /** m/s. */
  speed: number;
  /** Degrees. */
  course: number;
  grade: number;
  flags: number;
}

function move(fleet: Fleet, row: number, fix: Fix, clock: Clock): void {
  const before = cell(fleet.time, row);
  const gap = fix.time - before;
  if (Number.isNaN(before)) setLeg(fleet, row, still(fix));
  else if (gap !== 0) {
    const drawn = at(legOf(fleet, row), clock.viewer);
    const standing = !isMoving(cell(fleet.speed, row));
    setLeg(fleet, row, step({ drawn, fix, gap, standing, now: clock.viewer }));
    const seconds = gap / 1000;
    if (seconds > 0 && seconds <= LONGEST_RHYTHM) {
      const learnt = cell(fleet.interval, row);
      fleet.interval[row] = learnt + (seconds - learnt) * GAP_WEIGHT;
    }
  }
  fleet.time[row] = fix.time;
  fleet.lon[row] = fix.lon;
  fleet.lat[row] = fix.lat;
}

function putFix(fleet: Fleet, row: number, fix: Fix, clock: Clock): void {
  fleet.received[row] = fix.received;
  fleet.speed[row] = fix.speed;
  fleet.grade[row] = fix.grade;
  fleet.flags[row] = fix.flags;
  if (isMoving(fix.speed) || Number.isNaN(cell(fleet.course, row))) fleet.course[row] = fix.course;
  if (!Number.isNaN(fix.time)) move(fleet, row, fix, clock);
}

/** Every fix passes through this one, so that ten thousand leave nothing behind. */
const passing: Fix = { time: 0, received: 0, lon: 0, lat: 0, speed: 0, course: 0, grade: 0, flags: 0 };

/** The positions of a segment, row by row; whether any was of a vehicle that is known. */
function putSegment(fleet: Fleet, from: Segment, clock: Clock): boolean {
  let changed = false;
  for (let i = 0; i < from.size; i++) {
    const row = fleet.bySlot[cell(from.slot, i)] ?? -1;
    if (row < 0) continue; // gone, or of nobody who was told to this viewer
    const [speed, course] = [cell(from.speed, i), cell(from.course, i)];
    passing.time = from.base + TICK_MS * cell(from.time, i);
    passing.received = from.base + TICK_MS * cell(from.received, i);
    passing.lon = cell(from.lon, i) / 1e7;
    passing.lat = cell(from.lat, i) / 1e7;
    passing.speed = speed === UNKNOWN ? Number.NaN : speed / 100;
    passing.course = course === UNKNOWN ? Number.NaN : course / 10;
    passing.grade = cell(from.grade, i);
    passing.flags = cell(from.flags, i);
    putFix(fleet, row, passing, clock);
    judge(fleet, row, clock);
    changed = true;
  }
  return changed;
}

/** A cell of text; NaN where it is unknown. */
function number(column: readonly (number | null)[] | undefined, i: number): number {
  return column?.[i] ?? Number.NaN;
}

/** The position in a row of text; of a vehicle that was never heard of there is none. */
function putTextFix(fleet: Fleet, row: number, from: Columns, i: number, clock: Clock): void {
  passing.lon = number(from.lon, i) / 1e7;
  passing.lat = number(from.lat, i) / 1e7;
  passing.time = Number.isNaN(passing.lon + passing.lat) ? Number.NaN : number(from.time, i);
  passing.received = number(from.received, i);
  passing.speed = number(from.speed, i) / 100;
  passing.course = number(from.course, i) / 10;
  passing.grade = from.grade?.[i] ?? 3;
  passing.flags = from.flags?.[i] ?? 0;
  putFix(fleet, row, passing, clock);
}

function putPresence(fleet: Fleet, row: number, from: Columns, i: number): void {
  fleet.site[row] = from.site?.[i] ?? null;
  fleet.presence[row] = from.presence?.[i] ?? null;
}

/** What is told of its trip; the number in the fleet tells whether any trip changed at all. */
function putTrip(fleet: Fleet, row: number, from: Columns, i: number): void {
  const [trip, risk, next] = [from.trip?.[i] ?? null, from.risk?.[i] ?? null, from.next?.[i] ?? null];
  const delay = Math.fround(from.delay?.[i] ?? Number.NaN);
  const nextAt = Date.parse(from.next_at?.[i] ?? '');
  const same =
    trip === fleet.trip[row] &&
    risk === fleet.risk[row] &&
    next === fleet.next[row] &&
    Object.is(delay, fleet.delay[row]) &&
    Object.is(nextAt, fleet.nextAt[row]);
  if (same) return;
  fleet.trips++;
  fleet.trip[row] = trip;
  fleet.risk[row] = risk;
  fleet.next[row] = next;
  fleet.delay[row] = delay;
  fleet.nextAt[row] = nextAt;
}

/** Late for certain or by the middle estimate: what a dispatcher must see from afar. */
export function isLate(fleet: Fleet, row: number): boolean {
  const risk = fleet.risk[row];
  return risk === 'late' || risk === 'overdue';
}

function put(fleet: Fleet, from: Columns, i: number, clock: Clock): void {
  const plate = from.plate[i] ?? '';
  const row = fleet.row.get(plate) ?? addRow(fleet, plate);
  putPresence(fleet, row, from, i);
  putTrip(fleet, row, from, i);
  const online = from.online[i] ?? null;
  fleet.party[row] = from.party[i] ?? null;
  fleet.online[row] = online === null ? 2 : Number(online);
  const slot = from.slot?.[i];
  if (slot === undefined) putTextFix(fleet, row, from, i, clock);
  else setSlot(fleet, row, slot);
  judge(fleet, row, clock);
}

function judge(fleet: Fleet, row: number, clock: Clock): boolean {
  const state: State = stateOf({
    age: ageOf(fleet, row, clock.server),
    speed: cell(fleet.speed, row),
    interval: cell(fleet.interval, row),
    online: onlineOf(fleet, row),
  });
  const changed = fleet.state[row] !== state;
  fleet.state[row] = state;
  return changed;
}

/** The vehicles of a message, and no others if it is a snapshot; whether anything came of it. */
function putMessage(fleet: Fleet, event: Exclude<Event, { type: 'positions' | 'tick' }>, clock: Clock): boolean {
  const { vehicles } = event;
  const kept = event.type === 'snapshot' ? new Set(vehicles.plate) : null;
  const gone = event.type === 'snapshot' ? fleet.plate.filter((each) => !kept?.has(each)) : event.gone;
  for (const plate of gone) removeRow(fleet, plate);
  for (let i = 0; i < vehicles.plate.length; i++) put(fleet, vehicles, i, clock);
  return kept !== null || vehicles.plate.length + gone.length > 0;
}

/** The fleet after an event; the same object, with a new version if anything changed. */
export function reduce(fleet: Fleet, event: Event, clock: Clock): Fleet {
  let changed = false;
  if (event.type === 'tick') {
    for (let row = 0; row < fleet.size; row++) changed = judge(fleet, row, clock) || changed;
  } else if (event.type === 'positions') {
    for (const segment of event.segments) changed = putSegment(fleet, segment, clock) || changed;
  } else changed = putMessage(fleet, event, clock);
  if (changed) fleet.version++;
  return fleet;
}
