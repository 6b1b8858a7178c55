import { describe, expect, test } from 'vitest';
import type { Trip } from '../src/api/trips';
import type { AlertOut, NodeOut, ReplayOut } from '../src/api/types.gen';
import { distance } from '../src/live/motion';
import { readWish, writeWish, yesterday } from '../src/replay/address';
import { onLine, tripAsOf, tripAt } from '../src/replay/asOf';
import { areaPath, delayAt, delaysByTrip, markSlots, speedSlots } from '../src/replay/chart';
import { fleetMarks, lateStretches, vehicleMarks } from '../src/replay/marks';
import { HOUR, NOON, at, drive } from './drives';

const NODE: NodeOut = {
  id: 'n1', version: 1, valid: true, cause: 'first', kind: 'arrived', name: { zh: '到达 上海', en: 'Arrived at Shanghai' }, vehicle: 'A',
  site: { code: 'SHA', name_zh: '上海', name_en: 'Shanghai', zone: 'Asia/Shanghai' }, operator: null, fence: null, visit: null, planned_at: null, estimated_at: null,
  actual_at: '2026-05-04T12:10:00Z', earliest_at: null, latest_at: null, stopped_at: null, confirmed_at: null, basis: 'interpolated', source: 'gps', author: null, reason: null,
  note: null, evidence: [], attachments: [], was_at: null, machine_at: null, conflict: false, provisional: false, near_fence: false, backfilled: false, is_news: true,
  recorded_at: '2026-05-04T12:12:00Z',
};

const PAST: ReplayOut = {
  vehicle: 'A', from: '2026-05-04T12:00:00Z', to: '2026-05-04T13:00:00Z', fixes: { time: [], lon: [], lat: [], speed: [], course: [], flags: [], lag_s: [] },
  complete: true, gaps: [], visits: [], nodes: [], alerts: [], delay: [], trips: [],
};

describe('marks', () => {
  test('a corrected node is one mark that tells what it said before', () => {
    const corrected = { ...NODE, version: 2, actual_at: '2026-05-04T12:04:00Z', cause: 'corrected' as const, backfilled: true };
    const [mark, ...more] = vehicleMarks({ ...PAST, nodes: [corrected, NODE] }, drive([]));
    expect(more).toEqual([]);
    expect(mark).toMatchObject({ at: at(4), kind: 'arrived', before: [at(10)], late: true, retracted: false });
  });

  test('a node that was taken back is told; one that never held is not', () => {
    const gone = { ...NODE, version: 2, valid: false };
    const [mark] = vehicleMarks({ ...PAST, nodes: [gone, NODE] }, drive([]));
    expect(mark).toMatchObject({ retracted: true, before: [at(10)] });
    expect(vehicleMarks({ ...PAST, nodes: [{ ...NODE, valid: false }] }, drive([]))).toEqual([]);
  });

  test('fixes that came late are one stretch, with how late', () => {
    const of = drive([
      [0, 0],
      [1, 1, { lag: 7200 }],
      [2, 2, { lag: 7140 }],
      [3, 3],
      [30, 4, { lag: 400 }],
    ]);
    expect(lateStretches(of)).toEqual([
      { from: at(1), to: at(2), lag: 7200 },
      { from: at(30), to: at(30), lag: 400 },
    ]);
    expect(vehicleMarks(PAST, of).map(({ what }) => what)).toEqual(['late', 'late']);
  });

  test('an alert that began before stands at the beginning', () => {
    const alert = { id: 'a', began_at: '2026-05-04T11:00:00Z', closed_at: null, name_zh: '', name_en: 'SOS', severity: 1 } as unknown as AlertOut;
    expect(vehicleMarks({ ...PAST, alerts: [alert] }, drive([]))[0]).toMatchObject({ at: NOON, what: 'alert', severity: 1 });
  });

  test('marks of the fleet keep how many they stand for', () => {
    const told = { at: PAST.from, what: 'node' as const, kind: 'arrived', vehicle: 'A', severity: null, site: 'SHA', site_zh: null, site_en: null, name_zh: 'x', name_en: 'x', id: '1', late: true, count: 7 };
    expect(fleetMarks([told])[0]).toMatchObject({ at: NOON, count: 7, late: true });
  });
});

describe('charts', () => {
  test('speed is unknown in a gap and nought while standing', () => {
    const of = drive([
      [0, 0],
      [1, 1],
      [30, 1, { speed: 0 }],
      [50, 1, { speed: 0 }],
    ]);
    const slots = speedSlots(of, NOON, NOON + HOUR, 6);
    expect(slots[0]).toBe(20);
    expect(slots.slice(1, 3)).toEqual([Number.NaN, Number.NaN]);
    expect(slots.slice(3)).toEqual([0, 0, 0]);
  });

  test('an area is broken where nothing is known', () => {
    const path = areaPath([1, Number.NaN, 2], (slot) => slot, (value) => -value);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/Z/g)).toHaveLength(2);
    expect(areaPath([], (slot) => slot, (value) => value)).toBe('');
  });

  test('the delay that held at a moment', () => {
    const told = delaysByTrip([
      { at: '2026-05-04T12:00:00Z', trip: 'T', delay_s: 60, high_s: 120, no_estimate: null },
      { at: '2026-05-04T12:10:00Z', trip: 'T', delay_s: 600, high_s: 700, no_estimate: null },
    ]);
    expect(delayAt(told, at(5))?.late.p50).toBe(60);
    expect(delayAt(told, at(-5))).toBeNull();
    expect(delayAt(told, at(120))).toBeNull();
  });

  test('marks are counted by time', () => {
    const marks = vehicleMarks({ ...PAST, nodes: [NODE] }, drive([]));
    expect(markSlots(marks, NOON, NOON + HOUR, 6)).toEqual({ nodes: [0, 1, 0, 0, 0, 0], alerts: [0, 0, 0, 0, 0, 0] });
  });
});

describe('a trip as it stood', () => {
  const line = [
    { lon: 121, lat: 31 },
    { lon: 121.1, lat: 31 },
    { lon: 121.1, lat: 31.1 },
  ];
  const stop = (arrived: string | null, departed: string | null) => ({ stop: '1', arrived_at: arrived, departed_at: departed, delay_s: 60, risk: 'late', eta: { p50: '' }, status: 'departed', dropped: false });
  const trip = {
    code: 'T', starts_at: '2026-05-04T12:00:00Z', corridor_m: 500, share: 1, off_route: false,
    line: { coordinates: line.map(({ lon, lat }) => [lon, lat]) },
    stops: [stop(null, '2026-05-04T12:05:00Z'), stop('2026-05-04T12:30:00Z', null)],
  } as unknown as Trip;

  test('the nearest place on a line', () => {
    const found = onLine(line, { lon: 121.05, lat: 31.001 });
    expect(found?.at.lat).toBeCloseTo(31, 6);
    const [a, b, c] = line as [typeof line[0], typeof line[0], typeof line[0]];
    expect(found?.share).toBeCloseTo(distance(a, b) / 2 / (distance(a, b) + distance(b, c)), 2);
    expect(found?.away).toBeCloseTo(111.2, 0);
    expect(onLine([], { lon: 0, lat: 0 })).toBeNull();
  });

  test('what came later is not known yet', () => {
    const then = tripAsOf(trip, at(10), { lon: 121.05, lat: 31.02 });
    expect(then.stops.map((each) => [each.departed_at !== null, each.arrived_at !== null, each.delay_s])).toEqual([
      [true, false, null],
      [false, false, null],
    ]);
    expect(then.off_route).toBe(true);
    expect(tripAsOf(trip, at(40), null)).toMatchObject({ share: null, at: null, off_route: false });
    expect(tripAsOf(trip, at(40), null).stops[1]?.delay_s).toBe(60);
  });

  test('the trip of a moment is the one that has begun and is not long over', () => {
    expect(tripAt([trip], at(-90))).toBeNull();
    expect(tripAt([trip], at(-30))).toBe(trip);
    expect(tripAt([trip], at(80))).toBe(trip);
    expect(tripAt([trip], at(100))).toBeNull();
  });
});

describe('the address', () => {
  const now = NOON + HOUR;

  test('says the same again', () => {
    const hash = '#/replay?vehicle=%E6%B2%AAA1&from=2026-05-04T08:00:00Z&to=2026-05-04T12:00:00Z&at=2026-05-04T09:30:00Z&speed=60';
    expect(writeWish(readWish(hash, now))).toBe(hash);
  });

  test('a moment alone brings the hours around it, but not the time to come', () => {
    const { vehicle, clock } = readWish('#/replay?at=2026-05-04T12:00:00Z', now);
    expect(vehicle).toBeNull();
    expect(clock).toMatchObject({ from: NOON - 2 * HOUR, to: now, at: NOON, speed: 10, playing: false });
  });

  test('nothing at all brings the last day', () => {
    const { clock } = readWish('#/replay', now);
    expect(clock).toMatchObject({ from: now - 24 * HOUR, to: now, at: now - 24 * HOUR });
  });

  test('who asks for this very moment sees how it came to it', () => {
    const { clock } = readWish(`#/replay?vehicle=A&at=${new Date(now).toISOString()}`, now);
    expect(clock).toMatchObject({ from: now - 24 * HOUR, to: now, at: now - HOUR });
  });

  test('nonsense is mended', () => {
    const { clock } = readWish('#/replay?from=x&to=2026-05-04T12:00:00Z&at=2020-01-01T00:00:00Z&speed=7', now);
    expect(clock.from).toBeLessThan(clock.to);
    expect(clock.at).toBeGreaterThanOrEqual(clock.from);
    expect(clock.speed).toBe(10);
  });

  test('yesterday is from midnight to midnight on the clock of the zone, also where clocks change', () => {
    expect(yesterday(Date.parse('2026-05-04T17:00:00Z'), 'Asia/Shanghai').map((ms) => new Date(ms).toISOString())).toEqual(['2026-05-03T16:00:00.000Z', '2026-05-04T16:00:00.000Z']);
    const [from, to] = yesterday(Date.parse('2026-03-30T10:00:00Z'), 'Europe/Berlin');
    expect((to - from) / HOUR).toBe(23);
  });
});
