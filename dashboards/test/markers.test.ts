import { expect, test } from 'vitest';
import { type Fleet, emptyFleet, reduce } from '../src/live/fleet';
import { State } from '../src/live/state';
import { AT_RISK, HALO, LATE, type Scene } from '../src/map/look';
import { mercatorX, mercatorY } from '../src/map/geometry';
import { CHUNK, LOOK, Markers, STRIDE, gliding } from '../src/map/markers';

const EVERYWHERE = { west: -180, south: -85, east: 180, north: 85 };
const NOWHERE = { west: 0, south: 0, east: 1, north: 1 };

interface Given {
  readonly lon?: number;
  readonly speed?: number;
  readonly risk?: 'late' | 'at_risk' | 'on_time';
  /** Milliseconds; null: never heard of. */
  readonly time?: number | null;
}

function columns(given: readonly Given[]) {
  const of = <T>(value: (each: Given, i: number) => T) => given.map(value);
  return {
    plate: of((_, i) => `P${i}`),
    party: of(() => null),
    time: of(({ time = 0 }) => time),
    received: of(() => 0),
    lon: of(({ lon }, i) => Math.round((lon ?? 110 + i / 1000) * 1e7)),
    lat: of(() => 30e7),
    speed: of(({ speed = 2000 }) => speed),
    course: of(() => 900),
    grade: of(() => 0),
    flags: of(() => 0),
    online: of(() => null),
    risk: of(({ risk }) => risk ?? null),
  };
}

function fleetOf(...given: Given[]): Fleet {
  return reduce(emptyFleet(), { type: 'snapshot', vehicles: columns(given) }, { viewer: 0, server: 1000 });
}

function scene(fleet: Fleet, more: Partial<Scene> = {}): Scene {
  return { fleet, selected: -1, hovered: -1, visible: null, server: 1000, ...more };
}

const many = (count: number): Fleet => fleetOf(...Array.from({ length: count }, (): Given => ({})));

function uploads(markers: Markers): [number, number][] {
  const ranges: [number, number][] = [];
  markers.flush((from, to) => ranges.push([from, to]));
  return ranges;
}

function look(markers: Markers, row: number): number[] {
  return [...markers.bytes.subarray(row * STRIDE + LOOK, (row + 1) * STRIDE)];
}

test('only what changed is uploaded, in whole chunks, neighbours together', () => {
  const fleet = many(10 * CHUNK);
  const markers = new Markers();
  expect(markers.take(scene(fleet), EVERYWHERE, 0)).toBe(true);
  expect(uploads(markers)).toEqual([[0, 10 * CHUNK * STRIDE]]);
  expect(markers.take(scene(fleet), EVERYWHERE, 0)).toBe(false);
  expect(uploads(markers)).toEqual([]);
  for (const row of [3, CHUNK, 7 * CHUNK + 1]) fleet.toLon[row] = 100;
  expect(markers.take(scene(fleet), EVERYWHERE, 0)).toBe(true);
  expect(uploads(markers)).toEqual([[0, 2 * CHUNK * STRIDE], [7 * CHUNK * STRIDE, 8 * CHUNK * STRIDE]]);
});

test('nothing is allocated anew while the fleet keeps its capacity', () => {
  const fleet = many(100);
  const markers = new Markers();
  markers.take(scene(fleet), EVERYWHERE, 0);
  const { bytes, order } = markers;
  fleet.toLon.fill(100);
  markers.take(scene(fleet, { selected: 3 }), EVERYWHERE, 5000);
  expect(markers.bytes).toBe(bytes);
  expect(markers.order).toBe(order);
  reduce(fleet, { type: 'snapshot', vehicles: columns(Array.from({ length: 300 }, () => ({}))) }, { viewer: 0, server: 1000 });
  markers.grown = false;
  markers.take(scene(fleet), EVERYWHERE, 0);
  expect(markers.grown).toBe(true);
  expect(markers.count).toBe(300);
});

test('what happens out of sight waits for a frame that shows it', () => {
  const fleet = many(3);
  const markers = new Markers();
  markers.take(scene(fleet), EVERYWHERE, 0);
  uploads(markers);
  fleet.toLat[1] = 31;
  expect(markers.take(scene(fleet), NOWHERE, 0)).toBe(false);
  expect(uploads(markers)).toHaveLength(1);
});

test('a vertex is where its leg begins and ends, from the anchor, with its times from the epoch', () => {
  const fleet = many(2);
  Object.assign(fleet.fromLon, [110, 110.5]);
  Object.assign(fleet.toLon, [110, 111]);
  Object.assign(fleet.start, [0, 62_000]);
  Object.assign(fleet.duration, [0, 10_000]);
  const markers = new Markers();
  markers.moveTo(mercatorX(110), mercatorY(30), 60_000);
  markers.take(scene(fleet), EVERYWHERE, 60_000);
  const floats = new Float32Array(markers.bytes.buffer);
  const [x, y, toX, toY, start, duration, turn] = floats.subarray(8, 15);
  expect(x).toBeCloseTo(0.5 / 360, 8);
  expect(toX).toBeCloseTo(1 / 360, 8);
  expect([y, toY]).toEqual([0, 0]);
  expect([start, duration]).toEqual([2, 10]);
  expect(turn).toBeCloseTo(Math.PI / 2, 6);
});

test('an anchor is far when 32-bit floats would be coarser than a tenth of a pixel', () => {
  const markers = new Markers();
  markers.moveTo(0.5, 0.5, 0);
  expect(markers.isFar(0.6, 0.5, 4)).toBe(false);
  expect(markers.isFar(0.6, 0.5, 17)).toBe(true);
  const tenth = 0.1 / (512 * 2 ** 17);
  const away = 1_000_000 / (512 * 2 ** 17);
  expect(Math.fround(away) - away).toBeLessThan(tenth);
});

test('after an hour the epoch moves on, and every vertex with it', () => {
  const fleet = many(CHUNK * 2);
  const markers = new Markers();
  markers.take(scene(fleet), EVERYWHERE, 0);
  uploads(markers);
  markers.take(scene(fleet), EVERYWHERE, 3_600_001);
  expect(markers.epoch).toBe(3_600_001);
  expect(uploads(markers)).toEqual([[0, CHUNK * 2 * STRIDE]]);
});

test('quiet ones are under those at risk, these under late ones; hovered and selected are on top', () => {
  const fleet = fleetOf({ risk: 'late' }, {}, { speed: 0 }, { risk: 'at_risk' }, {}, { time: null }, {}, { risk: 'late', speed: 0 });
  const markers = new Markers();
  const visible = Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 1);
  markers.take(scene(fleet, { selected: 1, hovered: 2, visible }), EVERYWHERE, 0);
  expect([...markers.order.subarray(0, markers.count)]).toEqual([6, 4, 3, 7, 0, 2, 1]);
});

test('the order is made anew only when a row changes its layer', () => {
  const fleet = many(5);
  const markers = new Markers();
  markers.take(scene(fleet), EVERYWHERE, 0);
  markers.orderDirty = false;
  fleet.toLon.fill(90);
  markers.take(scene(fleet), EVERYWHERE, 0);
  expect(markers.orderDirty).toBe(false);
  fleet.state[2] = State.Lost;
  expect(markers.take(scene(fleet), NOWHERE, 0)).toBe(true);
  expect(markers.orderDirty).toBe(true);
  expect(markers.order[0]).toBe(2);
});

test('vehicles that went are drawn no more', () => {
  const fleet = many(3);
  const markers = new Markers();
  markers.take(scene(fleet), EVERYWHERE, 0);
  reduce(fleet, { type: 'delta', vehicles: columns([]), gone: ['P0'] } as never, { viewer: 0, server: 1000 });
  markers.take(scene(fleet), EVERYWHERE, 0);
  expect(markers.count).toBe(2);
});

test('shape tells the state, colour the lateness of what is fresh, the halo what is late', () => {
  const fleet = fleetOf({}, { speed: 0 }, { risk: 'late' }, { risk: 'at_risk', speed: 0 }, { risk: 'late' }, { risk: 'late' });
  fleet.state[4] = State.Lost;
  fleet.state[5] = State.Stale;
  const markers = new Markers();
  markers.take(scene(fleet, { selected: 0 }), EVERYWHERE, 0);
  const looks = [0, 1, 2, 3, 4, 5].map((row) => look(markers, row).slice(0, 3));
  expect(looks).toEqual([[State.Moving, 0, 2], [State.Stopped, 1, 0], [LATE, 0, HALO], [AT_RISK, 1, 0], [State.Lost, 2, HALO], [State.Stale, 4, HALO]]);
});

test('what is filtered out is faint, and what is stale fades with its age', () => {
  const fleet = many(2);
  fleet.state[1] = State.Stale;
  const markers = new Markers();
  const alpha = (more: Partial<Scene>, row: number) => {
    markers.take(scene(fleet, more), EVERYWHERE, 0);
    return look(markers, row)[3];
  };
  expect(alpha({}, 0)).toBe(255);
  expect(alpha({ visible: Uint8Array.of(0, 1) }, 0)).toBe(31);
  expect(alpha({ visible: Uint8Array.of(0, 1), selected: 0 }, 0)).toBe(255);
  expect(alpha({ server: 3_600_000 }, 1)).toBeGreaterThan(alpha({ server: 40 * 3_600_000 }, 1) ?? 255);
});

test('a frame is wanted while a vehicle in sight glides', () => {
  const fleet = many(4);
  Object.assign(fleet.start, [0, 0, 1000, 0]);
  Object.assign(fleet.duration, [0, 0, 5000, 0]);
  expect(gliding(fleet, EVERYWHERE, 2000, 0)).toBe(2);
  expect(gliding(fleet, EVERYWHERE, 2000, 3)).toBe(2);
  expect(gliding(fleet, EVERYWHERE, 6001, 0)).toBe(-1);
  expect(gliding(fleet, NOWHERE, 2000, 0)).toBe(-1);
  expect(gliding(emptyFleet(), EVERYWHERE, 0, 7)).toBe(-1);
});
