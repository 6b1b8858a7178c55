/** The fleet's columns: one row per vehicle, typed arrays, no objects per vehicle. */
import type { Presence, Risk } from './messages';
import { DEFAULT_INTERVAL } from './state';

const FIRST_CAPACITY = 256;

const NO_SLOT = 0xff_ff_ff_ff;

export interface Fleet {
  version: number;
  /** Grows when anything about a trip changed. */
  trips: number;
  size: number;
  readonly row: Map<string, number>;
  /** The row of each slot; -1 none. */
  bySlot: Int32Array;
  readonly plate: string[];
  readonly party: (string | null)[];
  /** Code of the site it is at, and how. */
  readonly site: (string | null)[];
  readonly presence: (Presence | null)[];
  /** Code of the trip it is on, how that stands, and the site it goes to next. */
  readonly trip: (string | null)[];
  readonly risk: (Risk | null)[];
  readonly next: (string | null)[];
  /** Milliseconds since 1970; NaN without a fix. */
  time: Float64Array;
  received: Float64Array;
  /** Degrees, as reported. */
  lon: Float64Array;
  lat: Float64Array;
  /** m/s; NaN unknown. */
  speed: Float32Array;
  /** Degrees; NaN unknown.  Held while standing, where a reported course is noise. */
  course: Float32Array;
  grade: Uint8Array;
  flags: Uint16Array;
  /** 0 offline, 1 online, 2 unknown. */
  online: Uint8Array;
  /** Seconds between fixes, learnt. */
  interval: Float32Array;
  /** Seconds late, negative when ahead; NaN unknown. */
  delay: Float32Array;
  /** When it is expected at its next stop, milliseconds since 1970; NaN unknown. */
  nextAt: Float64Array;
  state: Uint8Array;
  /** The number by which binary positions name it; `NO_SLOT` where the stream has none. */
  slot: Uint32Array;
  /** The leg a marker glides along: degrees and milliseconds of the viewer's clock. */
  fromLon: Float64Array;
  fromLat: Float64Array;
  toLon: Float64Array;
  toLat: Float64Array;
  start: Float64Array;
  duration: Float64Array;
}

export function emptyFleet(capacity = FIRST_CAPACITY): Fleet {
  const float = () => new Float64Array(capacity);
  return {
    version: 0,
    trips: 0,
    size: 0,
    row: new Map(),
    bySlot: new Int32Array(capacity).fill(-1),
    plate: [],
    party: [],
    site: [],
    presence: [],
    trip: [],
    risk: [],
    next: [],
    time: float(),
    received: float(),
    lon: float(),
    lat: float(),
    speed: new Float32Array(capacity),
    course: new Float32Array(capacity),
    grade: new Uint8Array(capacity),
    flags: new Uint16Array(capacity),
    online: new Uint8Array(capacity),
    interval: new Float32Array(capacity),
    delay: new Float32Array(capacity),
    nextAt: float(),
    state: new Uint8Array(capacity),
    slot: new Uint32Array(capacity).fill(NO_SLOT),
    fromLon: float(),
    fromLat: float(),
    toLon: float(),
    toLat: float(),
    start: float(),
    duration: float(),
  };
}

const TYPED = [
  'time',
  'received',
  'lon',
  'lat',
  'speed',
  'course',
  'grade',
  'flags',
  'online',
  'interval',
  'delay',
  'nextAt',
  'state',
  'slot',
  'fromLon',
  'fromLat',
  'toLon',
  'toLat',
  'start',
  'duration',
] as const satisfies readonly (keyof Fleet)[];

const TEXTS = ['party', 'site', 'presence', 'trip', 'risk', 'next'] as const;

function grow(fleet: Fleet): void {
  const larger = emptyFleet(fleet.time.length * 2);
  for (const name of TYPED) {
    larger[name].set(fleet[name]);
    Object.assign(fleet, { [name]: larger[name] });
  }
}

/** A column's value; NaN outside it, so that no caller handles `undefined`. */
export function cell(column: { readonly [i: number]: number | undefined }, row: number): number {
  return column[row] ?? Number.NaN;
}

/** X, of which nothing good is known; a link of which nobody has said anything. */
const UNKNOWN_GRADE = 3;
const UNKNOWN_LINK = 2;

/** A new vehicle of which nothing is known yet. */
export function addRow(fleet: Fleet, plate: string): number {
  if (fleet.size === fleet.time.length) grow(fleet);
  const row = fleet.size++;
  fleet.row.set(plate, row);
  fleet.plate[row] = plate;
  for (const name of TEXTS) fleet[name][row] = null;
  fleet.time[row] = Number.NaN;
  fleet.received[row] = Number.NaN;
  fleet.speed[row] = Number.NaN;
  fleet.grade[row] = UNKNOWN_GRADE;
  fleet.flags[row] = 0;
  fleet.online[row] = UNKNOWN_LINK;
  fleet.interval[row] = DEFAULT_INTERVAL;
  fleet.course[row] = Number.NaN;
  fleet.delay[row] = Number.NaN;
  fleet.nextAt[row] = Number.NaN;
  fleet.slot[row] = NO_SLOT;
  return row;
}

/** Slots are dense and few are ever given back, but a number that is no slot must not cost the memory of one. */
const MOST_SLOTS = 10_000_000;

/** From now on binary positions of `slot` are those of `row`. */
export function setSlot(fleet: Fleet, row: number, slot: number): void {
  if (fleet.slot[row] === slot && fleet.bySlot[slot] === row) return;
  freeSlot(fleet, row);
  if (!(slot >= 0 && slot < MOST_SLOTS)) return;
  if (slot >= fleet.bySlot.length) {
    const larger = new Int32Array(Math.max(slot + 1, 2 * fleet.bySlot.length)).fill(-1);
    larger.set(fleet.bySlot);
    fleet.bySlot = larger;
  }
  fleet.slot[row] = slot;
  fleet.bySlot[slot] = row;
}

function freeSlot(fleet: Fleet, row: number): void {
  const slot = cell(fleet.slot, row);
  if (fleet.bySlot[slot] === row) fleet.bySlot[slot] = -1;
  fleet.slot[row] = NO_SLOT;
}

/** The last row takes the place of the removed one, so that the columns stay dense. */
export function removeRow(fleet: Fleet, plate: string): void {
  const row = fleet.row.get(plate);
  if (row === undefined) return;
  freeSlot(fleet, row);
  const last = --fleet.size;
  const moved = fleet.plate[last];
  if (row !== last && moved !== undefined) {
    for (const name of TYPED) fleet[name].copyWithin(row, last, last + 1);
    fleet.plate[row] = moved;
    for (const name of TEXTS) fleet[name].copyWithin(row, last, last + 1);
    fleet.row.set(moved, row);
    const slot = cell(fleet.slot, row);
    if (fleet.bySlot[slot] === last) fleet.bySlot[slot] = row;
  }
  fleet.plate.length = last;
  for (const name of TEXTS) fleet[name].length = last;
  fleet.row.delete(plate);
}
