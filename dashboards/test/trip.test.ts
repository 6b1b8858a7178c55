import { expect, test } from 'vitest';
import { splitLine, tripLines, tripPoints } from '../src/map/trip';

const LINE = [
  { lon: 0, lat: 0 },
  { lon: 1, lat: 0 },
  { lon: 1, lat: 1 },
];
const view = {
  line: LINE,
  corridor: 500,
  share: 0.25,
  at: { lon: 0.5, lat: 0 },
  away: null,
  stops: [{ code: 'A', lon: 0, lat: 0, number: 1, label: 'A', risk: 'on_time', done: true, dropped: false }] as const,
};

test('a line is cut at a share of its length, and the cut is in both parts', () => {
  const [done, rest] = splitLine(LINE, 0.25);
  expect(done).toHaveLength(2);
  expect(done.at(-1)?.lon).toBeCloseTo(0.5, 3);
  expect(rest[0]).toEqual(done.at(-1));
  expect(rest.slice(1)).toEqual(LINE.slice(1));
});

test.each([
  [Number.NaN, 0, 3],
  [0, 0, 3],
  [1, 3, 0],
  [1.2, 3, 0],
])('a share of %d leaves %d vertices behind and %d ahead', (share, behind, ahead) => {
  expect(splitLine(LINE, share).map((part) => part.length)).toEqual([behind, ahead]);
});

test('what is driven, what is to come, and a way off the line are told apart', () => {
  const kinds = (more: object) => tripLines({ ...view, ...more }).features.map((each) => each.properties?.['kind']);
  expect(kinds({})).toEqual(['corridor', 'done', 'rest']);
  expect(kinds({ share: Number.NaN, at: null })).toEqual(['corridor', 'rest']);
  expect(kinds({ away: { lon: 0.5, lat: 0.3 } })).toEqual(['corridor', 'done', 'rest', 'away']);
  expect(kinds({ line: [], at: null })).toEqual([]);
});

test('the corridor is as wide as it is on the ground', () => {
  const [corridor] = tripLines(view).features;
  expect(corridor?.properties?.['width']).toBeCloseTo((1000 * 512) / 40_075_016.7, 6);
});

test('stops carry their number, and the place of the vehicle is under them', () => {
  const { features } = tripPoints(view);
  expect(features.map((each) => each.properties?.['kind'])).toEqual(['at', 'stop']);
  expect(features[1]?.properties).toMatchObject({ number: '1', done: true });
});
