import { expect, test } from 'vitest';
import { ageOf, anyMoving, cell, drawnAt, emptyFleet, isLate, reduce } from '../src/live/fleet';
import type { Columns } from '../src/live/messages';
import { type Segment, UNKNOWN } from '../src/live/frames';
import { State } from '../src/live/state';

interface Row {
  plate: string;
  time?: number | null;
  lon?: number;
  lat?: number;
  speed?: number | null;
  course?: number | null;
  online?: boolean | null;
}

/** Columns of rows; what a row leaves out is a lorry at 20 m/s near Shanghai. */
function columns(rows: Row[]): Columns {
  const pick = <T>(of: (row: Row) => T) => rows.map(of);
  return {
    plate: pick((row) => row.plate),
    party: pick(() => 'hx'),
    time: pick((row) => (row.time === undefined ? 0 : row.time)),
    received: pick((row) => row.time ?? null),
    lon: pick((row) => Math.round((row.lon ?? 121) * 1e7)),
    lat: pick((row) => Math.round((row.lat ?? 31) * 1e7)),
    speed: pick((row) => (row.speed === undefined ? 2000 : row.speed)),
    course: pick((row) => (row.course === undefined ? 900 : row.course)),
    grade: pick(() => 0),
    flags: pick(() => 0),
    online: pick((row) => (row.online === undefined ? true : row.online)),
  };
}

const T0 = 1_800_000_000_000;
const clock = (seconds: number) => ({ viewer: seconds * 1000, server: T0 + seconds * 1000 });
const snapshot = (rows: Row[]) => ({ type: 'snapshot', vehicles: columns(rows) }) as const;
const delta = (rows: Row[], gone: string[] = []) => ({ type: 'delta', vehicles: columns(rows), gone }) as const;

test('a snapshot replaces the fleet, whatever was there', () => {
  const fleet = emptyFleet();
  reduce(fleet, snapshot([{ plate: 'A', time: T0 }, { plate: 'B', time: T0 }]), clock(0));
  reduce(fleet, snapshot([{ plate: 'B', time: T0 }, { plate: 'C', time: T0 }]), clock(1));
  expect(fleet.plate).toEqual(['B', 'C']);
  expect([...fleet.row]).toEqual([['B', 0], ['C', 1]]);
});

test('the columns stay dense when a vehicle in the middle goes', () => {
  const fleet = emptyFleet();
  const rows = ['A', 'B', 'C'].map((plate, i) => ({ plate, time: T0, lon: 100 + i }));
  reduce(fleet, snapshot(rows), clock(0));
  reduce(fleet, delta([], ['A']), clock(1));
  expect(fleet.size).toBe(2);
  for (const [plate, row] of fleet.row) expect(fleet.plate[row]).toBe(plate);
  expect(cell(fleet.lon, fleet.row.get('C') ?? -1)).toBeCloseTo(102);
});

test('more vehicles than the first capacity keep their values', () => {
  const fleet = emptyFleet(4);
  const rows = Array.from({ length: 1000 }, (_, i) => ({ plate: `P${i}`, time: T0, lon: i / 10 }));
  reduce(fleet, snapshot(rows), clock(0));
  expect(fleet.size).toBe(1000);
  expect(cell(fleet.lon, fleet.row.get('P777') ?? -1)).toBeCloseTo(77.7);
});

test('a new fix is glided to from where the marker is drawn', () => {
  const fleet = emptyFleet();
  reduce(fleet, snapshot([{ plate: 'A', time: T0, lon: 121 }]), clock(0));
  reduce(fleet, delta([{ plate: 'A', time: T0 + 10_000, lon: 121.002 }]), clock(10));
  expect(drawnAt(fleet, 0, 10_000)?.lon).toBeCloseTo(121);
  expect(drawnAt(fleet, 0, 15_000)?.lon).toBeCloseTo(121.001);
  expect(drawnAt(fleet, 0, 99_000)?.lon).toBeCloseTo(121.002);
  expect(anyMoving(fleet, 15_000)).toBe(true);
  expect(anyMoving(fleet, 20_001)).toBe(false);
});

test('the same fix again moves nothing', () => {
  const fleet = emptyFleet();
  reduce(fleet, snapshot([{ plate: 'A', time: T0, lon: 121 }]), clock(0));
  reduce(fleet, delta([{ plate: 'A', time: T0 + 10_000, lon: 121.002 }]), clock(10));
  reduce(fleet, delta([{ plate: 'A', time: T0 + 10_000, lon: 121.002 }]), clock(15));
  expect(drawnAt(fleet, 0, 15_000)?.lon).toBeCloseTo(121.001);
});

test('a vehicle that was never heard of has no place', () => {
  const fleet = emptyFleet();
  reduce(fleet, snapshot([{ plate: 'A', time: null, online: null }]), clock(0));
  expect(drawnAt(fleet, 0, 0)).toBeNull();
  expect(ageOf(fleet, 0, T0)).toBeNaN();
  expect(fleet.state[0]).toBe(State.Silent);
});

test('time alone makes a vehicle stale and then lost, and says so by the version', () => {
  const fleet = emptyFleet();
  reduce(fleet, snapshot([{ plate: 'A', time: T0 }]), clock(0));
  const before = fleet.version;
  reduce(fleet, { type: 'tick' }, clock(60));
  expect([fleet.state[0], fleet.version]).toEqual([State.Moving, before]);
  reduce(fleet, { type: 'tick' }, clock(301));
  expect([fleet.state[0], fleet.version]).toEqual([State.Stale, before + 1]);
  reduce(fleet, { type: 'tick' }, clock(1801));
  expect(fleet.state[0]).toBe(State.Lost);
});

test('the heading is held while standing, where a reported course is noise', () => {
  const fleet = emptyFleet();
  reduce(fleet, snapshot([{ plate: 'A', time: T0, course: 900 }]), clock(0));
  reduce(fleet, delta([{ plate: 'A', time: T0 + 10_000, speed: 50, course: 2700 }]), clock(10));
  expect(fleet.course[0]).toBe(90);
});

test('a terminal that reports every two minutes is not stale after six', () => {
  const fleet = emptyFleet();
  for (let i = 0; i < 20; i++) {
    reduce(fleet, delta([{ plate: 'A', time: T0 + i * 150_000 }]), clock(i * 150));
  }
  reduce(fleet, { type: 'tick' }, clock(19 * 150 + 360));
  expect(fleet.state[0]).toBe(State.Moving);
});

/** One vehicle as the stream tells of its trip. */
const onTrip = (more: Partial<Columns>) => ({ type: 'delta', gone: [], vehicles: { ...columns([{ plate: 'A', time: T0 }]), ...more } }) as const;

test('a trip is told with its vehicle, and goes when the stream no longer tells of it', () => {
  const fleet = emptyFleet();
  const told = { trip: ['T-1'], risk: ['late'], delay: [2820], next: ['WUH'], next_at: ['2026-11-22T08:00:00Z'] } as const;
  reduce(fleet, onTrip(told), clock(0));
  expect([fleet.trip[0], fleet.risk[0], fleet.next[0], fleet.delay[0]]).toEqual(['T-1', 'late', 'WUH', 2820]);
  expect(fleet.nextAt[0]).toBe(Date.parse('2026-11-22T08:00:00Z'));
  expect(isLate(fleet, 0)).toBe(true);
  reduce(fleet, onTrip({}), clock(1));
  expect([fleet.trip[0], fleet.risk[0], fleet.next[0]]).toEqual([null, null, null]);
  expect([fleet.delay[0], fleet.nextAt[0]]).toEqual([Number.NaN, Number.NaN]);
  expect(isLate(fleet, 0)).toBe(false);
});

test('the number of trip changes grows only when something about a trip changed', () => {
  const fleet = emptyFleet();
  const told = { trip: ['T-1'], risk: ['unknown'], delay: [null], next: ['WUH'], next_at: [null] } as const;
  reduce(fleet, onTrip(told), clock(0));
  const before = fleet.trips;
  reduce(fleet, onTrip(told), clock(1));
  expect(fleet.trips).toBe(before);
  reduce(fleet, onTrip({ ...told, delay: [60.5], risk: ['on_time'] }), clock(2));
  reduce(fleet, onTrip({ ...told, delay: [60.5], risk: ['on_time'] }), clock(3));
  expect(fleet.trips).toBe(before + 1);
});

/** A row of text of a binary stream. */
const named = (plate: string, slot: number) => ({ plate: [plate], slot: [slot], party: ['hx'], online: [true] });
const named2 = (...pairs: [string, number][]): Columns => ({
  plate: pairs.map(([plate]) => plate),
  slot: pairs.map(([, slot]) => slot),
  party: pairs.map(() => 'hx'),
  online: pairs.map(() => true),
});

/** Positions of lorries at 20 m/s near Shanghai: slot, seconds after T0, longitude. */
function positions(rows: [number, number, number][], speed = 2000): { type: 'positions'; segments: Segment[] } {
  const pick = (of: (row: [number, number, number]) => number) => rows.map(of);
  const segment: Segment = {
    snapshot: false,
    number: 1,
    base: T0,
    size: rows.length,
    lon: Int32Array.from(pick(([, , lon]) => Math.round(lon * 1e7))),
    lat: Int32Array.from(pick(() => 31e7)),
    slot: Uint32Array.from(pick(([slot]) => slot)),
    time: Int32Array.from(pick(([, seconds]) => seconds * 100)),
    received: Int32Array.from(pick(([, seconds]) => seconds * 100 + 50)),
    speed: Uint16Array.from(pick(() => speed)),
    course: Uint16Array.from(pick(() => 905)),
    flags: Uint16Array.from(pick(() => 2)),
    grade: Uint8Array.from(pick(() => 1)),
  };
  return { type: 'positions', segments: [segment] };
}

test('positions are put to the vehicles whose slots were told, and others are passed over', () => {
  const fleet = emptyFleet(2);
  reduce(fleet, { type: 'snapshot', vehicles: named2(['A', 7], ['B', 900], ['C', 3]) }, clock(0));
  const before = fleet.version;
  reduce(fleet, positions([[8, 0, 121]]), clock(0));
  expect(fleet.version).toBe(before);
  reduce(fleet, positions([[900, 0, 121.5], [4_000_000_000, 0, 0], [3, 1, 120]]), clock(1));
  expect(fleet.version).toBe(before + 1);
  const row = fleet.row.get('B') ?? -1;
  expect([fleet.lon[row], fleet.lat[row], fleet.time[row], fleet.received[row]]).toEqual([121.5, 31, T0, T0 + 500]);
  expect([fleet.speed[row], fleet.course[row], fleet.grade[row], fleet.flags[row]]).toEqual([20, 90.5, 1, 2]);
  expect([fleet.state[row], fleet.time[0]]).toEqual([State.Moving, Number.NaN]);
});

test('what is not known of a position is NaN, and its marker glides like any other', () => {
  const fleet = emptyFleet();
  reduce(fleet, { type: 'snapshot', vehicles: named('A', 0) }, clock(0));
  reduce(fleet, positions([[0, 0, 121]], UNKNOWN), clock(0));
  expect(fleet.speed[0]).toBeNaN();
  reduce(fleet, positions([[0, 10, 121.002]]), clock(10));
  expect(drawnAt(fleet, 0, 15_000)?.lon).toBeCloseTo(121.001);
});

test('a slot follows its vehicle when rows are moved, and dies with it', () => {
  const fleet = emptyFleet();
  reduce(fleet, { type: 'snapshot', vehicles: named2(['A', 1], ['B', 2], ['C', 3]) }, clock(0));
  reduce(fleet, { type: 'delta', vehicles: named2(), gone: ['A'] }, clock(0));
  reduce(fleet, positions([[1, 0, 100], [3, 0, 103], [2, 0, 102]]), clock(1));
  const lon = (plate: string) => cell(fleet.lon, fleet.row.get(plate) ?? -1);
  expect([fleet.size, lon('B'), lon('C')]).toEqual([2, 102, 103]);
});

test('rows of text leave positions alone, and another process gives other slots', () => {
  const fleet = emptyFleet();
  reduce(fleet, { type: 'snapshot', vehicles: named2(['A', 1], ['B', 2]) }, clock(0));
  reduce(fleet, positions([[1, 0, 101], [2, 0, 102]]), clock(0));
  reduce(fleet, { type: 'snapshot', vehicles: named2(['A', 2], ['B', 1]) }, clock(1));
  const lons = () => ['A', 'B'].map((plate) => cell(fleet.lon, fleet.row.get(plate) ?? -1));
  expect(lons()).toEqual([101, 102]);
  reduce(fleet, positions([[1, 9, 92], [2, 9, 91]]), clock(9));
  expect(lons()).toEqual([91, 92]);
});

test('the rows of slots follow their vehicles whatever comes and goes', () => {
  const fleet = emptyFleet(2);
  let seed = 7;
  const random = (most: number) => (seed = (seed * 48_271) % 2_147_483_647) % most;
  for (let turn = 0; turn < 500; turn++) {
    const plate = `P${random(9)}`;
    if (random(3) === 0) reduce(fleet, { type: 'delta', vehicles: named2(), gone: [plate] }, clock(turn));
    else if (!fleet.row.has(plate)) reduce(fleet, { type: 'delta', vehicles: named(plate, turn), gone: [] }, clock(turn));
    for (let row = 0; row < fleet.size; row++) expect(fleet.bySlot[cell(fleet.slot, row)]).toBe(row);
    expect([...fleet.bySlot].filter((row) => row >= 0)).toHaveLength(fleet.size);
  }
});
