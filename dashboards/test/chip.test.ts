import { expect, test } from 'vitest';
import { CHIPS, type Chip, shownRisk, chipOf, chips } from '../src/live/chip';
import { STATES, State } from '../src/live/state';
import { RISKS } from '../src/live/list';
import { fleetOf } from './fleets';

const of = (state: State, risk: (typeof RISKS)[number] | null, delay = 60): Chip => CHIPS[chipOf(state, risk, delay)]!;

test.each([
  ['late, whatever its link', State.Lost, 'late', 'late'],
  ['overdue counts as late', State.Stopped, 'overdue', 'late'],
  ['at risk, also when it is not heard of', State.Stale, 'at_risk', 'at_risk'],
  ['on time only while it is heard of', State.Moving, 'on_time', 'on_time'],
  ['ahead is on time', State.Stopped, 'early', 'on_time'],
  ['nothing old is on time', State.Stale, 'on_time', 'offline'],
  ['silent for ever', State.Silent, null, 'offline'],
  ['nothing is predicted and it moves', State.Moving, null, 'moving'],
  ['nothing is predicted and it stands', State.Stopped, 'unknown', 'stopped'],
] as const)('%s', (_, state, risk, chip) => {
  expect(of(state, risk)).toBe(chip);
});

test('without a number nothing is predicted but what is certain by the clock', () => {
  expect(of(State.Moving, 'late', Number.NaN)).toBe('moving');
  expect(of(State.Moving, 'overdue', Number.NaN)).toBe('late');
  expect(shownRisk('on_time', null)).toBe('unknown');
});

test('every vehicle is counted in exactly one chip', () => {
  const rows = STATES.flatMap((state) => [null, ...RISKS].map((risk, i) => ({ plate: `${state} ${i}`, state, risk, delay: 60 })));
  const found = chips(fleetOf(rows));
  expect(found).toHaveLength(rows.length);
  for (const each of found) expect(CHIPS[each]).toBeDefined();
});
