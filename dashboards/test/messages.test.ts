import { expect, test } from 'vitest';
import { BadMessage, parse } from '../src/live/messages';
import { backoff } from '../src/live/socket';

const NAMES = ['plate', 'party', 'time', 'received', 'lon', 'lat', 'speed', 'course', 'grade', 'flags', 'online'];
const columns = (value: unknown) => Object.fromEntries(NAMES.map((name) => [name, value]));

test('hello carries the heartbeat', () => {
  const frame = '{"type":"hello","v":1,"version":"0.1.0","heartbeat_s":5}';
  expect(parse(frame)).toEqual({ type: 'hello', version: '0.1.0', heartbeat: 5, process: null });
});

test('rows of a binary stream have a slot and no position', () => {
  const vehicles = { slot: [7], plate: ['A'], party: [null], online: [true] };
  const frame = (rows: unknown) => JSON.stringify({ type: 'snapshot', v: 1, cursor: 'e:4', vehicles: rows });
  expect(parse(frame(vehicles))).toMatchObject({ vehicles });
  expect(() => parse(frame({ ...vehicles, slot: [] }))).toThrow(BadMessage);
  expect(() => parse(frame({ ...vehicles, slot: undefined }))).toThrow(BadMessage);
});

test('an empty delta is a heartbeat', () => {
  const frame = JSON.stringify({ type: 'delta', v: 1, cursor: 'e:4', vehicles: columns([]), gone: [], world: false });
  expect(parse(frame)).toMatchObject({ type: 'delta', cursor: 'e:4', gone: [], world: false });
});

test('a goodbye has a code and a reason', () => {
  const frame = '{"type":"bye","v":1,"code":"restart","reason":"the server stops"}';
  expect(parse(frame)).toEqual({ type: 'bye', code: 'restart', reason: 'the server stops' });
});

test.each([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['another version', '{"type":"hello","v":2}'],
  ['an unknown type', '{"type":"news","v":1}'],
  ['a delta without a cursor', JSON.stringify({ type: 'delta', v: 1, vehicles: columns([]) })],
  [
    'columns of different lengths',
    JSON.stringify({ type: 'snapshot', v: 1, cursor: 'e:1', vehicles: { ...columns([]), lon: [1] } }),
  ],
])('%s is refused', (_, frame) => {
  expect(() => parse(frame)).toThrow(BadMessage);
});

test('waits grow to half a minute and are spread over all of it', () => {
  expect(backoff(0, 1)).toBe(500);
  expect(backoff(3, 0.5)).toBe(2000);
  expect(backoff(99, 1)).toBe(30_000);
  expect(backoff(99, 0)).toBe(100);
});
