import { describe, expect, test } from 'vitest';
import { at, bearing, distance, frameInterval, progress, step, still } from '../src/live/motion';
import { fade, lostAfter, staleAfter, State, stateOf } from '../src/live/state';

const A = { lon: 116, lat: 40 };
/** 100 m north of A. */
const NORTH = { lon: 116, lat: 40 + 100 / 111_195 };

describe('motion', () => {
  test('a driven stretch is glided in the time it took', () => {
    const leg = step({ drawn: A, fix: NORTH, gap: 5000, standing: false, now: 1000 });
    expect(leg).toEqual({ from: A, to: NORTH, start: 1000, duration: 5000 });
    expect(at(leg, 3500).lat).toBeCloseTo((A.lat + NORTH.lat) / 2, 8);
  });

  test('nothing is ever drawn beyond the newest fix', () => {
    const leg = step({ drawn: A, fix: NORTH, gap: 5000, standing: false, now: 1000 });
    expect(at(leg, 1_000_000)).toEqual(NORTH);
    expect(progress(leg.start, leg.duration, 0)).toBe(0);
  });

  test('a parked vehicle stays put while its fixes wander', () => {
    const wander = { lon: 116, lat: 40 + 20 / 111_195 };
    const leg = step({ drawn: A, fix: wander, gap: 30_000, standing: true, now: 0 });
    expect(leg).toEqual(still(A));
  });

  test.each([
    ['an outage', { gap: 600_000, fix: NORTH }],
    ['an impossible speed', { gap: 1000, fix: { lon: 116, lat: 40.1 } }],
    ['a fix that is older than the one drawn', { gap: -5000, fix: NORTH }],
  ])('%s is jumped, not glided over', (_, { gap, fix }) => {
    expect(step({ drawn: A, fix, gap, standing: false, now: 0 })).toEqual(still(fix));
  });

  test('distance and bearing know the north', () => {
    expect(distance(A, NORTH)).toBeCloseTo(100, 0);
    expect(bearing(A, NORTH)).toBeCloseTo(0);
    expect(bearing(A, { lon: 116.001, lat: 40 })).toBeCloseTo(90);
    expect(bearing(A, A)).toBeNaN();
  });

  test('frames come as often as the zoom can show, between one and sixty a second', () => {
    expect(frameInterval(4, 35)).toBe(1000);
    expect(frameInterval(22, 35)).toBeCloseTo(1000 / 60);
    expect(frameInterval(14, 35)).toBeLessThan(120);
  });
});

describe('state', () => {
  const sign = { age: 1, speed: 20, interval: 30, online: true } as const;

  test.each([
    ['moving', {}, State.Moving],
    ['standing', { speed: 1 }, State.Stopped],
    ['standing when nobody says', { speed: Number.NaN }, State.Stopped],
    ['moving, silent for 5 min', { age: 301 }, State.Stale],
    ['parked, silent for 5 min', { age: 301, speed: 0 }, State.Stopped],
    ['parked, silent for 35 min', { age: 35 * 60 + 1, speed: 0 }, State.Stale],
    ['moving, silent for 30 min', { age: 30 * 60 + 1 }, State.Lost],
    ['parked, silent for a day', { age: 24 * 3600 + 1, speed: 0 }, State.Lost],
    ['link down', { online: false }, State.Lost],
    ['never heard', { age: Number.NaN, online: null }, State.Silent],
  ])('%s', (_, change, wanted) => {
    expect(stateOf({ ...sign, ...change })).toBe(wanted);
  });

  test('a slow rhythm is allowed three intervals', () => {
    expect(staleAfter(true, 30)).toBe(300);
    expect(staleAfter(true, 200)).toBe(600);
    expect(lostAfter(true)).toBe(1800);
  });

  test('only old positions fade, and never to nothing', () => {
    expect(fade(State.Moving, 1e6)).toBe(1);
    expect(fade(State.Stale, 600)).toBeLessThan(1);
    expect(fade(State.Lost, 1e9)).toBeGreaterThan(0.4);
  });
});
