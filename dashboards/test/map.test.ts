import { expect, test } from 'vitest';
import { emptyFleet, reduce } from '../src/live/fleet';
import { obstacleFeatures } from '../src/map/labelFeatures';
import { nearest, placesOf } from '../src/map/pick';

/** Vehicles a hundredth of a degree apart on a parallel; the last has never been heard of. */
function fleetOf(count: number) {
  const all = <T>(value: T) => Array.from({ length: count }, () => value);
  const heard = Array.from({ length: count }, (_, i) => i < count - 1);
  const vehicles = {
    plate: heard.map((_, i) => `P${i}`),
    party: all(null),
    time: heard.map((is) => (is ? 0 : null)),
    received: all(0),
    lon: heard.map((is, i) => (is ? Math.round((116 + i / 100) * 1e7) : null)),
    lat: heard.map((is) => (is ? 30e7 : null)),
    speed: all(0),
    course: all(0),
    grade: all(0),
    flags: all(0),
    online: all(true),
  };
  return reduce(emptyFleet(), { type: 'snapshot', vehicles }, { viewer: 0, server: 0 });
}

const CHINA = [70, 10, 140, 60] as const;

test('the marker in reach of the pointer is meant, the nearest if there are several', () => {
  const fleet = fleetOf(4);
  expect(nearest(fleet, 0, { lon: 116.012, lat: 30 }, 12)).toBe('P1');
  expect(nearest(fleet, 0, { lon: 116.005, lat: 30 }, 12)).toBeNull();
  expect(nearest(fleet, 0, { lon: 100, lat: 30 }, 3)).toBeNull();
});

test('vehicles that have never been heard of have no place', () => {
  expect(placesOf(fleetOf(4), 0)).toHaveLength(3);
  expect(placesOf(fleetOf(1), 0)).toEqual([]);
});

test('labels keep off the markers in sight, unless there is a crowd of them', () => {
  const shown = (count: number, box: readonly [number, number, number, number]) =>
    obstacleFeatures({ fleet: fleetOf(count), viewer: 0, box }).features.length;
  expect(shown(5, CHINA)).toBe(4);
  expect(shown(5, [116.005, 29, 116.025, 31])).toBe(2);
  expect(shown(601, CHINA)).toBe(600);
  expect(shown(602, CHINA)).toBe(0);
});
