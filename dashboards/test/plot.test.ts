import { expect, test } from 'vitest';
import type { Estimates } from '../src/api/trips';
import { bandPath, extent, heldAt, latenessOver, scale, stepPath, stretches, ticks } from '../src/live/plot';

const DUE = '2026-11-22T12:00:00Z';
const at = (minute: number) => new Date(Date.parse('2026-11-22T08:00:00Z') + minute * 60_000).toISOString();
const late = (minutes: number | null) => (minutes === null ? null : new Date(Date.parse(DUE) + minutes * 60_000).toISOString());

/** Minutes late by the middle and the cautious estimate, one a minute; null is no estimate. */
function estimates(values: readonly (readonly [number, number] | null)[]): Estimates {
  const points = values.map((value, i) => ({
    at: at(i),
    p50: late(value ? value[0] : null),
    p90: late(value ? value[1] : null),
    no_estimate: value ? null : ('silent' as const),
    model: 'pace-1',
    plan: 0,
  }));
  return { points, due: DUE, baseline_due: DUE, actual: null, changes: [] };
}

const points = latenessOver(estimates([[0, 5], [2, 6], null, null, [30, 40]]));
const end = Date.parse(at(6));

test('lateness is seconds against the due time; without an estimate there is none', () => {
  expect(points.map((each) => each.p50)).toEqual([0, 120, Number.NaN, Number.NaN, 1800]);
  expect(points[0]?.p90).toBe(300);
});

test('stretches without an estimate are kept apart: no line is drawn over them', () => {
  const parts = stretches(points, end);
  expect(parts.map((part) => part.known)).toEqual([true, false, true]);
  expect(parts.map((part) => part.until)).toEqual([Date.parse(at(2)), Date.parse(at(4)), end]);
});

test('a line goes in steps: what was said holds until something else is said', () => {
  const x = scale(Date.parse(at(0)), end, 0, 60);
  const y = scale(0, 1800, 100, 0);
  const [first] = stretches(points, end);
  expect(first && stepPath(first, x, y, (point) => point.p50)).toBe('M0.0 100.0H10.0V93.3H20.0');
});

test('a band is closed, forth along the cautious estimate and back along the middle one', () => {
  const x = scale(Date.parse(at(0)), end, 0, 60);
  const y = scale(0, 1800, 100, 0);
  const [first] = stretches(points, end);
  expect(first && bandPath(first, x, y)).toBe('M0.0 83.3H10.0V80.0H20.0L20.0 93.3L10.0 93.3L10.0 100.0L0.0 100.0Z');
});

test('what held at a moment', () => {
  expect(heldAt(points, Date.parse(at(1)) + 1)?.p50).toBe(120);
  expect(heldAt(points, Date.parse(at(0)) - 1)).toBeNull();
});

test('the due time is always in the picture', () => {
  const [low, high] = extent(latenessOver(estimates([[40, 50]])), []);
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(3000);
});

test('ticks are round and no more than asked for', () => {
  expect(ticks(-700, 4000, 5, 1)).toEqual([0, 1800, 3600]);
  expect(ticks(0, 59, 5, 1)).toEqual([0]);
  expect(ticks(0, 1e9, 5, 1).length).toBeLessThanOrEqual(6);
});

test('a scale and its way back', () => {
  const { at: pixel, value } = scale(10, 20, 100, 0);
  expect(pixel(15)).toBe(50);
  expect(value(pixel(12))).toBeCloseTo(12);
});
