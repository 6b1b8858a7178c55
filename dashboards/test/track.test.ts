import { expect, test } from 'vitest';
import type { Track } from '../src/api/shapes';
import { boundsOf, chartSpan, extended, partsOf, speedProfile, sumTrack, trackFeatures } from '../src/map/track';

const iso = (minute: number) => new Date(minute * 60_000).toISOString();
/** 0.01 degrees of latitude a minute: 1,112 m, 67 km/h. */
const drive = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => [116, 30 + (from + i) / 100]);

const broken: Track = {
  type: 'Feature',
  geometry: { type: 'MultiLineString', coordinates: [drive(0, 10), drive(40, 50)] },
  properties: { plate: 'A', complete: true, times: [drive(0, 10).map((_, i) => iso(i)), drive(40, 50).map((_, i) => iso(40 + i))] },
};

test('times run beside the points, whether they come in one list or in parts', () => {
  const flat = { ...broken, properties: { ...broken.properties, times: (broken.properties.times as string[][]).flat() } };
  for (const track of [broken, flat]) expect(partsOf(track)[1]?.[0]?.time).toBe(40 * 60_000);
  const single: Track = {
    type: 'Feature',
    geometry: { type: 'LineString', coordinates: drive(0, 2) },
    properties: { plate: 'A', complete: true, times: [iso(0), iso(1), iso(2)] },
  };
  expect(partsOf(single)).toHaveLength(1);
});

test('a vehicle without positions has no parts', () => {
  expect(partsOf({ type: 'Feature', geometry: null, properties: { plate: 'A', complete: true, times: [] } })).toEqual([]);
});

test('a gap is drawn apart from what was driven', () => {
  const kinds = trackFeatures(partsOf(broken)).features.map((each) => each.properties?.['kind']);
  expect(kinds).toEqual(['driven', 'gap', 'driven']);
});

test('the sum counts what was seen, not the gap', () => {
  const sum = sumTrack(partsOf(broken));
  expect(sum.metres).toBeCloseTo(20 * 1112, -2);
  expect(sum.drivingSeconds).toBe(20 * 60);
  expect(sum.gaps).toBe(1);
});

test('a new fix grows the last part once', () => {
  const parts = partsOf(broken);
  const fix = { lon: 116, lat: 30.51, time: 51 * 60_000 };
  const grown = extended(parts, fix);
  expect(grown.at(-1)).toHaveLength(12);
  expect(extended(grown, fix)).toBe(grown);
  expect(extended([], fix)).toEqual([[fix]]);
});

test('speeds are spread over the time they were driven in, gaps stay empty', () => {
  const speeds = speedProfile(partsOf(broken), 0, 60 * 60_000, 6);
  expect(speeds[0]).toBeCloseTo(1112 / 60, 1);
  expect(speeds[2]).toBeNaN();
  expect(speeds[4]).toBeCloseTo(1112 / 60, 1);
});

test('bounds hold every point', () => {
  expect(boundsOf([{ lon: 1, lat: 5 }, { lon: -2, lat: 9 }])).toEqual([[-2, 5], [1, 9]]);
  expect(boundsOf([])).toBeNull();
});

test('a chart shows the shortest of its stretches that holds the whole track, at most a day', () => {
  const minute = 60_000;
  const since = (minutes: number) => chartSpan([[{ lon: 0, lat: 0, time: -minutes * minute }]], 0) / minute;
  expect([3, 15, 16, 100, 721, 1440, 1500].map(since)).toEqual([15, 15, 30, 180, 1440, 1440, 1440]);
  expect(chartSpan([], 0)).toBe(1440 * minute);
});
