import { expect, test } from 'vitest';
import type { Risk, TripBrief } from '../src/api/trips';
import { type BoardQuery, countRisks, partsOfDelay, selectTrips } from '../src/live/board';

const site = (code: string, zh = code) => ({ code, name_zh: zh, name_en: `${code} hub`, zone: 'Asia/Shanghai', lon: 121, lat: 31 });

/** A trip that is under way; what is left out is nothing special. */
function trip(code: string, more: Partial<TripBrief> = {}): TripBrief {
  return {
    code,
    route: null,
    state: 'en_route',
    vehicle: `P-${code}`,
    driver: null,
    party: null,
    starts_at: null,
    ends_at: null,
    origin: site('SHA', '上海'),
    destination: site('WUH', '武汉'),
    next_stop: null,
    next_due: null,
    next_eta: null,
    final_eta: null,
    risk: 'on_time',
    no_estimate: null,
    delay_s: 0,
    baseline_delay_s: 0,
    late_stop: null,
    cause: null,
    split: {},
    share: 0.5,
    left_m: 1000,
    off_route: false,
    evaluated_at: '2026-11-22T06:00:00Z',
    heard_at: null,
    conditions: [],
    plan_revision: 0,
    ...more,
  };
}

const query = (more: Partial<BoardQuery> = {}): BoardQuery => ({ text: '', risks: new Set(), sort: 'delay', reversed: false, ...more });
const codes = (trips: readonly TripBrief[]) => trips.map((each) => each.code);

const FOUR = [
  trip('early', { delay_s: -600 }),
  trip('unknown', { risk: 'unknown', delay_s: null, no_estimate: 'silent' }),
  trip('late', { risk: 'late', delay_s: 3000 }),
  trip('overdue', { risk: 'overdue', delay_s: 9000 }),
];

test('the most late stands first, and what nobody knows last: also the other way round', () => {
  expect(codes(selectTrips(FOUR, query()))).toEqual(['overdue', 'late', 'early', 'unknown']);
  expect(codes(selectTrips(FOUR, query({ reversed: true })))).toEqual(['early', 'late', 'overdue', 'unknown']);
});

test('a delay that is told of an unknown trip does not lift it', () => {
  const odd = trip('odd', { risk: 'unknown', delay_s: 99_999 });
  expect(codes(selectTrips([odd, ...FOUR], query())).at(-1)).toBe('unknown');
  expect(codes(selectTrips([odd, ...FOUR], query())).at(-2)).toBe('odd');
});

test('of equal ones the later stands first, then the code decides', () => {
  const same = [trip('b', { vehicle: 'X' }), trip('a', { vehicle: 'X' }), trip('c', { vehicle: 'X', risk: 'late', delay_s: 60 })];
  expect(codes(selectTrips(same, query({ sort: 'vehicle' })))).toEqual(['c', 'a', 'b']);
});

test('columns sort by what they show', () => {
  const eta = (p50: string) => ({ p50, p90: p50, parts: { driving_s: 0, dwell_s: 0, rest_s: 0, deviation_s: 0 } });
  const two = [trip('b', { next_eta: eta('2026-11-22T09:00:00Z') }), trip('a', { next_eta: eta('2026-11-22T08:00:00Z') }), trip('0')];
  expect(codes(selectTrips(two, query({ sort: 'estimate' })))).toEqual(['a', 'b', '0']);
  expect(codes(selectTrips(two, query({ sort: 'trip' })))).toEqual(['0', 'a', 'b']);
});

test('risks filter, several at once', () => {
  const wanted = new Set<Risk>(['late', 'unknown']);
  expect(codes(selectTrips(FOUR, query({ risks: wanted })))).toEqual(['late', 'unknown']);
});

test.each([
  ['late', ['late']],
  ['p late', ['late']],
  ['武汉', ['overdue', 'late', 'early', 'unknown']],
  ['sha hub', ['overdue', 'late', 'early', 'unknown']],
  ['nowhere', []],
])('“%s” finds trips by code, vehicle or site', (text, found) => {
  expect(codes(selectTrips(FOUR, query({ text })))).toEqual(found);
});

test('every risk is counted, also those of no trip', () => {
  expect(Object.fromEntries(countRisks(FOUR))).toEqual({ overdue: 1, late: 1, at_risk: 0, on_time: 1, early: 0, unknown: 1 });
});

test('the parts of a delay stand by size; trifles and what was made good are left out', () => {
  const parts = partsOfDelay({ traffic_slow: 600, late_departure: 1200, driver_rest: 5, unknown: -300 });
  expect(parts.map((part) => part.cause)).toEqual(['late_departure', 'traffic_slow']);
});
