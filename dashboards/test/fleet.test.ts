import { expect, test } from 'vitest';
import { ageOf, anyMoving, cell, drawnAt, emptyFleet, isLate, reduce } from '../src/live/fleet';
import type { Columns } from '../src/live/messages';
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
