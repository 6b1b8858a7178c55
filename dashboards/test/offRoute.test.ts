import { expect, test } from 'vitest';
import { offRoute, outside } from '../src/map/offRoute';
import { trackFeatures } from '../src/map/track';

/** Along a parallel, a vertex each hundredth of a degree: 64 pieces, four chunks. */
const LINE = Array.from({ length: 65 }, (_, i) => ({ lon: 110 + i / 100, lat: 30 }));
/** Metres of latitude in degrees. */
const north = (metres: number) => 30 + metres / 111_195;
const fix = (i: number, metres: number) => ({ lon: 110 + i / 100, lat: north(metres), time: i * 1000 });

test('a point is outside when no piece of the line is in reach of it', () => {
  const isOff = outside(LINE, 500);
  expect(isOff({ lon: 110.305, lat: north(490) })).toBe(false);
  expect(isOff({ lon: 110.305, lat: north(510) })).toBe(true);
  expect(isOff({ lon: 109.99, lat: 30 })).toBe(true);
  expect(isOff({ lon: 110.639, lat: 30 })).toBe(false);
});

test('a stretch off the way begins and ends where it left it', () => {
  const part = [0, 0, 900, 1200, 0, 0, 2000].map((metres, i) => fix(i, metres));
  const found = offRoute([part], LINE, 500, 0);
  expect(found.map((each) => each.map(({ time }) => time / 1000))).toEqual([[1, 2, 3, 4], [5, 6]]);
});

test('what was driven before the trip, and a trip without a line, are not off any way', () => {
  const part = [900, 900, 900].map((metres, i) => fix(i, metres));
  expect(offRoute([part], LINE, 500, 5000)).toEqual([]);
  expect(offRoute([part], [], 500, 0)).toEqual([]);
});

test('nothing is said of gaps between two parts', () => {
  expect(offRoute([[fix(0, 0)], [fix(9, 900)]], LINE, 500, 0)).toEqual([]);
});

test('the track tells what is of the trip, what was before it, and what is off the way', () => {
  const part = [0, 0, 900, 900].map((metres, i) => fix(i, metres));
  const features = trackFeatures([part], { since: 1000, off: [part.slice(1)] }).features;
  expect(features.map((each) => [each.properties?.['kind'], each.geometry.coordinates.length])).toEqual([['before', 2], ['driven', 3], ['off', 3]]);
});
