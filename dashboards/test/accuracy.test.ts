import { expect, test } from 'vitest';
import type { Accuracy, BucketScore } from '../src/api/trips';
import { coverage, gain, groupsOf, inOrder, versionsOf } from '../src/live/accuracy';

const score = (more: Partial<BucketScore> = {}): BucketScore => ({
  bucket: '10-15',
  arrivals: 30,
  estimates: 400,
  mae_s: 90,
  bias_s: 0,
  p90_coverage: 0.9,
  within: 0.8,
  mape: 0.1,
  planned_mae_s: 200,
  carried_mae_s: 100,
  ...more,
});

const ledger: Accuracy = {
  buckets: [
    { name: '10-15', from_s: 600, to_s: 900 },
    { name: '15-30', from_s: 900, to_s: 1800 },
  ],
  groups: [
    { group: 'a', model: 'pace-1', buckets: [score()] },
    { group: 'b', model: 'pace-1', buckets: [score({ arrivals: 90 })] },
    { group: 'a', model: 'pace-2', buckets: [score({ bucket: '15-30' })] },
  ],
  models: [
    { version: 'pace-0', began_at: '2026-01-01T00:00:00Z', worse: null, why: null },
    { version: 'pace-1', began_at: '2026-02-01T00:00:00Z', worse: false, why: null },
    { version: 'pace-2', began_at: '2026-03-01T00:00:00Z', worse: true, why: 'farther off' },
  ],
};

test('the newest version with scores stands first', () => {
  expect(versionsOf(ledger)).toEqual(['pace-2', 'pace-1']);
});

test('the gain is against the plan carried on; without that nobody can tell', () => {
  expect(gain(score())).toBeCloseTo(0.1);
  expect(gain(score({ carried_mae_s: null }))).toBeNaN();
  expect(gain(score({ carried_mae_s: 0 }))).toBeNaN();
});

test.each([
  [0.85, 400, 'good'],
  [0.95, 400, 'good'],
  [0.849, 400, 'bad'],
  [0.97, 400, 'bad'],
  [0.5, 199, 'few'],
  [null, 0, 'none'],
])('a coverage of %s over %d estimates is %s', (share, estimates, verdict) => {
  expect(coverage(score({ p90_coverage: share, estimates }))).toBe(verdict);
});

test('scores stand in the order of the horizons, holes stay holes', () => {
  expect(inOrder(ledger, ledger.groups[2]).map((each) => each?.bucket ?? null)).toEqual([null, '15-30']);
  expect(inOrder(ledger, undefined)).toEqual([null, null]);
});

test('the largest group stands first; days stand by date', () => {
  expect(groupsOf(ledger, 'pace-1', false).map((each) => each.group)).toEqual(['b', 'a']);
  expect(groupsOf(ledger, 'pace-1', true).map((each) => each.group)).toEqual(['b', 'a']);
  expect(groupsOf(ledger, null, false)).toHaveLength(3);
});
