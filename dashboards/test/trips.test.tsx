// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { Eta, PlannedStop, Risk, Trip, TripStop } from '../src/api/trips';
import { addWords } from '../src/i18n';
import { tripsEn } from '../src/i18n/trips.en';
import { tripsZh } from '../src/i18n/trips.zh';
import { TripDelay } from '../src/ui/TripDelay';
import { TripRow } from '../src/ui/TripRow';
import { TripStops, timesOver } from '../src/ui/TripStops';
import { plannedAgain } from '../src/ui/TripReplan';
import { session } from '../src/ui/app';
import * as state from '../src/ui/state';

const place = document.body;
const NOW = Date.parse('2026-11-22T06:00:00Z');
const site = (code: string) => ({ code, name_zh: code, name_en: code, zone: 'UTC', lon: 121, lat: 31 });
const planned = (number: number, arrive: string, more: Partial<PlannedStop> = {}): PlannedStop => ({
  number,
  stop: `s${number}`,
  site: `S${number}`,
  arrive_at: arrive,
  depart_at: null,
  opens_at: arrive,
  closes_at: arrive,
  service_s: 600,
  early_s: 1800,
  late_s: 900,
  via: false,
  s_m: number * 1000,
  ...more,
});
const eta = (p50: string, p90: string): Eta => ({ p50, p90, parts: { driving_s: 3000, dwell_s: 0, rest_s: 0, deviation_s: 600 } });

function stop(number: number, more: Partial<TripStop> = {}): TripStop {
  const plan = planned(number, `2026-11-22T0${6 + number}:00:00Z`);
  return {
    number,
    stop: plan.stop,
    site: site(`S${number}`),
    baseline: plan,
    planned: plan,
    dropped: false,
    status: 'planned',
    eta: null,
    risk: 'unknown',
    arrived_at: null,
    departed_at: null,
    earliest_at: null,
    latest_at: null,
    estimated_at: null,
    delay_s: null,
    baseline_delay_s: null,
    departure_delay_s: null,
    out_of_sequence: false,
    shared: false,
    visit: null,
    author: null,
    reason: null,
    ...more,
  };
}

function trip(stops: readonly TripStop[], more: Partial<Trip> = {}): Trip {
  const plan = { revision: 0, valid_from: null, strict: true, author: 'M. Lin', reason: 'timetable', recorded_at: '2026-11-21T00:00:00Z' };
  return {
    code: 'T-1',
    route: null,
    state: 'en_route',
    vehicle: 'A1',
    driver: null,
    party: null,
    starts_at: null,
    ends_at: null,
    origin: site('S0'),
    destination: site('S1'),
    next_stop: site('S1'),
    next_due: '2026-11-22T07:00:00Z',
    next_eta: null,
    final_eta: null,
    risk: 'unknown',
    no_estimate: 'silent',
    delay_s: null,
    baseline_delay_s: null,
    late_stop: 1,
    cause: null,
    split: {},
    share: 0.4,
    left_m: 1000,
    off_route: false,
    evaluated_at: '2026-11-22T05:59:00Z',
    heard_at: null,
    conditions: [],
    plan_revision: 0,
    stops,
    plans: [{ ...plan, stops: stops.map((each) => each.planned) }],
    assigned: [],
    steps: [],
    line: null,
    corridor_m: null,
    at: null,
    s_m: null,
    away_m: null,
    model: null,
    said: null,
    legal: [],
    notice: null,
    ...more,
  };
}

beforeAll(() => {
  addWords({ en: tripsEn, zh: tripsZh });
  state.lang.value = 'en';
  state.zone.value = 'UTC';
  session.now.value = NOW;
});

afterEach(() => render(null, place));

const shown = () => (place.textContent ?? '').replaceAll('\u00A0', ' ');
const inTable = (row: preact.ComponentChild) => render(<table><tbody>{row}</tbody></table>, place);

test.each(['on_time', 'at_risk', 'early', 'late', 'unknown'] as const)(
  'without an estimate a trip said to be %s is shown as unknown, with the reason',
  (risk: Risk) => {
    const blind = trip([stop(0), stop(1, { risk })], { risk });
    inTable(<TripRow trip={blind} index={0} current={false} />);
    expect(shown()).toContain('Unknown');
    expect(shown()).toContain('not heard for too long');
    expect(shown()).not.toMatch(/on time|early|at risk|Late/i);
    render(null, place);
    render(<><TripDelay trip={blind} /><TripStops trip={blind} onDone={() => {}} /></>, place);
    expect(shown()).toContain('Nobody can say when it arrives: not heard for too long.');
    expect(shown()).not.toMatch(/on time|early|at risk/i);
  },
);

test('a delay has a sign, a word and a shape', () => {
  const late = trip([stop(0), stop(1)], { risk: 'late', delay_s: 2820, next_eta: eta('2026-11-22T07:47:00Z', '2026-11-22T08:05:00Z') });
  inTable(<TripRow trip={late} index={0} current={false} />);
  expect(shown()).toContain('+47 min');
  expect(place.querySelector('.col-delay')?.textContent).toContain('Late');
  expect(place.querySelector('.col-delay svg path')).not.toBeNull();
  expect(place.querySelector('.col-estimate')?.textContent).toContain('07:47 – 08:05');
});

test('overdue is certain by the clock: it needs no estimate', () => {
  const over = trip([stop(0), stop(1, { risk: 'overdue' })], { risk: 'overdue', delay_s: 3600 });
  render(<TripDelay trip={over} />, place);
  expect(shown()).toContain('Overdue');
  expect(shown()).toContain('Was due at S1 at 07:00 and is not there: 1 h over.');
});

test('the sentence names the cause with its minutes, and the split adds up beside it', () => {
  const end = stop(1, { eta: eta('2026-11-22T07:47:00Z', '2026-11-22T08:05:00Z'), risk: 'late', delay_s: 2820 });
  const late = trip([stop(0), end], { risk: 'late', delay_s: 2820, baseline_delay_s: 2820, cause: 'traffic_slow', split: { traffic_slow: 2040, late_departure: 780 } });
  render(<TripDelay trip={late} />, place);
  expect(shown()).toContain('Slow traffic 34 min, late departure 13 min. Expected at S1 at 07:47, 47 min late; by 08:05 in nine cases of ten.');
  expect(place.querySelectorAll('.split-bar i')).toHaveLength(2);
});

test('a replaced plan is struck through beside the new one, and its estimate stands apart', () => {
  const [first, second] = [planned(1, '2026-11-22T07:00:00Z'), planned(1, '2026-11-22T07:45:00Z')];
  const moved = stop(1, { baseline: first, planned: second, eta: eta('2026-11-22T07:47:00Z', '2026-11-22T08:05:00Z'), risk: 'on_time', delay_s: 120 });
  const revision = { valid_from: null, strict: true, author: 'M. Lin', recorded_at: '2026-11-21T00:00:00Z' };
  const replanned = trip([stop(0), moved], {
    plans: [
      { ...revision, revision: 0, reason: 'timetable', stops: [planned(0, '2026-11-22T06:00:00Z'), first] },
      { ...revision, revision: 1, reason: 'later slot', stops: [planned(0, '2026-11-22T06:00:00Z'), second] },
    ],
  });
  render(<TripStops trip={replanned} onDone={() => {}} />, place);
  const row = place.querySelectorAll('[data-testid=stop]')[1];
  expect([...(row?.querySelectorAll('s') ?? [])].map((each) => each.textContent?.trim())).toEqual(['07:00']);
  expect(row?.querySelector('.planned')?.textContent).toContain('07:45');
  expect(row?.querySelector('.eta')?.textContent).toContain('07:47');
});

test('every revision counts once, and a stop that was dropped keeps its times', () => {
  const plan = (revision: number, stops: PlannedStop[]) => ({ revision, valid_from: null, strict: true, author: 'a', reason: 'r', recorded_at: '', stops });
  const [a, b] = [planned(1, '2026-11-22T07:00:00Z'), planned(1, '2026-11-22T08:00:00Z')];
  const times = (plans: Trip['plans'], more: Partial<TripStop>) => timesOver(trip([], { plans }), stop(1, more), (each) => each.arrive_at);
  expect(times([plan(0, [a]), plan(1, [a]), plan(2, [b])], { planned: b })).toEqual([a.arrive_at, b.arrive_at]);
  expect(times([plan(0, [a]), plan(1, [])], { planned: a, dropped: true })).toEqual([a.arrive_at]);
});

test('a replan moves the window with the arrival, and leaves alone what nobody touched', () => {
  const before = stop(1, { planned: planned(1, '2026-11-22T07:00:30Z', { opens_at: '2026-11-22T06:30:30Z', depart_at: '2026-11-22T07:20:15Z' }) });
  const same = plannedAgain({ stop: before, arrive: '2026-11-22T07:00', depart: '2026-11-22T07:20' });
  expect(same).toMatchObject({ stop: 's1', arrive_at: '2026-11-22T07:00:30Z', opens_at: '2026-11-22T06:30:30Z', depart_at: '2026-11-22T07:20:15Z' });
  const later = plannedAgain({ stop: before, arrive: '2026-11-22T07:30', depart: '' });
  expect(later).toMatchObject({ arrive_at: '2026-11-22T07:30:00.000Z', opens_at: '2026-11-22T07:00:00.000Z', depart_at: null });
});
