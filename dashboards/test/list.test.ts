import { expect, test } from 'vitest';
import type { Fleet } from '../src/live/columns';
import { fits, layFacets } from '../src/live/facets';
import { type Filters, NO_FILTERS, NO_PICKS } from '../src/live/filters';
import { byPlate, fold, held, neighbour, order, platesLike, visibleRange } from '../src/live/list';
import { RISKS } from '../src/live/list';
import { Texts, countTerms, sift } from '../src/live/sift';
import { State } from '../src/live/state';
import { facetsOf, fleetOf } from './fleets';

const NAMES = new Map([
  ['hx', '华夏速运'],
  ['yc', 'Yuancheng Logistics'],
]);
const FLEET = fleetOf([
  { plate: '沪A·12345', party: 'hx', time: 30, risk: 'late', delay: 2820, nextAt: 500, next: 'WUH', trip: 'TR-20417' },
  { plate: '京B·20001', party: 'yc', time: 10, state: State.Lost },
  { plate: '粤C·30002', party: 'hx', time: 20, state: State.Stopped, site: 'SHA' },
  { plate: '川D·40003', state: State.Silent },
  { plate: '苏E·50004', party: 'yc', time: 40, risk: 'on_time', delay: -60, nextAt: 400, next: 'SHA' },
]);
const TOLD = facetsOf({
  '沪A·12345': { hubs: ['SHA', 'WUH'], customers: ['tea'], parties: ['hx'], drivers: ['王建国'], groups: ['reefers', 'north'] },
  '京B·20001': { parties: ['yc'], groups: ['north'] },
  '苏E·50004': { hubs: ['SHA'], customers: ['tea', 'parts'], parties: ['yc'] },
  '粤C·30002': { parties: ['hx'] },
});

function look(fleet: Fleet, wish: Partial<Filters>, told = TOLD) {
  const filters = { ...NO_FILTERS, ...wish };
  const index = layFacets(fleet, told);
  const texts = new Texts(fleet);
  texts.renew(index, NAMES);
  const sifted = sift(fleet, index, texts, filters);
  const plates = Array.from(order(fleet, sifted, byPlate(fleet), filters.sort), (row) => fleet.plate[row]);
  return { plates, sifted, index };
}

const plates = (wish: Partial<Filters>) => look(FLEET, { sort: 'plate', ...wish }).plates;
const pick = (wish: Partial<Filters['picks']>) => plates({ picks: { ...NO_PICKS, ...wish } });

test('plates are found without their dots, spaces, case and width', () => {
  expect(fold(' 沪Ａ·1-2 3')).toBe('沪a123');
  expect(plates({ text: 'ａ123' })).toEqual(['沪A·12345']);
});

test('vehicles are found by company, trip, driver and by where they go', () => {
  expect(plates({ text: '华夏' })).toEqual(['沪A·12345', '粤C·30002']);
  expect(plates({ text: 'yuancheng' })).toHaveLength(2);
  expect(plates({ text: 'tr20417' })).toEqual(['沪A·12345']);
  expect(plates({ text: '建国' })).toEqual(['沪A·12345']);
});

test('a new trip is found by its code, the old one no longer', () => {
  const fleet = fleetOf([{ plate: 'A', trip: 'T-1' }]);
  const index = layFacets(fleet, null);
  const texts = new Texts(fleet);
  texts.renew(index, new Map());
  expect(texts.has(0, 't1')).toBe(true);
  Object.assign(fleet.trip, { 0: 'T-2' });
  expect([texts.has(0, 't1'), texts.has(0, 't2')]).toEqual([false, true]);
});

test('chips filter, several at once, and count what the other filters leave', () => {
  expect(plates({ chips: new Set(['late', 'stopped']) })).toEqual(['沪A·12345', '粤C·30002']);
  const { sifted } = look(FLEET, { chips: new Set(['late']), text: '华夏' });
  expect(sifted.counts).toEqual({ late: 1, at_risk: 0, on_time: 0, moving: 0, stopped: 1, offline: 0 });
  expect(sifted.shown).toBe(1);
});

test('a hub filters by what is there, what goes there next and what comes there later', () => {
  expect(pick({ hub: ['SHA'] })).toEqual(['沪A·12345', '粤C·30002', '苏E·50004']);
  expect(pick({ hub: ['WUH'] })).toEqual(['沪A·12345']);
  expect(pick({ hub: ['nowhere'] })).toEqual([]);
});

test('of one facet any value will do, of several one of each', () => {
  expect(pick({ customer: ['tea', 'parts'] })).toEqual(['沪A·12345', '苏E·50004']);
  expect(pick({ customer: ['tea'], group: ['reefers'] })).toEqual(['沪A·12345']);
  expect(pick({ carrier: ['yc'], group: ['north'] })).toEqual(['京B·20001']);
});

test('a value is counted where choosing it would lead, whatever is chosen of its own facet', () => {
  const { sifted, index } = look(FLEET, { picks: { ...NO_PICKS, customer: ['parts'], carrier: ['yc'] } });
  const counts = (name: 'customer' | 'carrier' | 'hub' | 'group') =>
    Object.fromEntries(countTerms(FLEET, index, sifted, name).map(({ code, count }) => [code, count]));
  expect(counts('customer')).toEqual({ tea: 1, parts: 1 });
  expect(counts('carrier')).toEqual({ yc: 1, hx: 0 });
  expect(counts('hub')).toEqual({ SHA: 1, WUH: 0 });
  expect(counts('group')).toEqual({ north: 0, reefers: 0 });
});

test('a vehicle at a hub that it also goes to is counted there once', () => {
  const fleet = fleetOf([{ plate: 'A', site: 'SHA', next: 'SHA' }]);
  const { sifted, index } = look(fleet, {}, facetsOf({ A: { hubs: ['SHA'] } }));
  expect(countTerms(fleet, index, sifted, 'hub').map((term) => term.count)).toEqual([1]);
});

test('facets lie beside the rows of the fleet, wherever the answer has them', () => {
  const { index } = look(FLEET, {});
  expect(fits(index, FLEET)).toBe(true);
  expect(fits(index, fleetOf([{ plate: 'A' }]))).toBe(false);
});

const SORTED = {
  late: ['沪A·12345', '苏E·50004', '京B·20001', '川D·40003', '粤C·30002'],
  eta: ['苏E·50004', '沪A·12345', '京B·20001', '川D·40003', '粤C·30002'],
  attention: ['沪A·12345', '京B·20001', '川D·40003', '粤C·30002', '苏E·50004'],
  plate: ['京B·20001', '川D·40003', '沪A·12345', '粤C·30002', '苏E·50004'],
  age: ['苏E·50004', '沪A·12345', '粤C·30002', '京B·20001', '川D·40003'],
} as const;

test.each(Object.entries(SORTED))('sorted by %s, what has none last, and by plate among equals', (sort, expected) => {
  expect(look(FLEET, { sort: sort as keyof typeof SORTED }).plates).toEqual(expected);
});

test('by lateness: the most late first, the unknown after all that is known, and no trip after that', () => {
  const fleet = fleetOf([
    { plate: 'none' },
    { plate: 'unknown', risk: 'unknown' },
    { plate: 'ahead', risk: 'on_time', delay: -900 },
    { plate: 'late', risk: 'late', delay: 2820 },
    { plate: 'overdue', risk: 'overdue', delay: 7200 },
    { plate: 'idle' },
  ]);
  expect(look(fleet, { sort: 'late' }).plates).toEqual(['overdue', 'late', 'ahead', 'unknown', 'idle', 'none']);
});

test('the search knows plates at once, those that begin so first', () => {
  const fleet = fleetOf([{ plate: 'XA1' }, { plate: 'A1' }, { plate: 'B' }]);
  expect(platesLike(fleet, 'a1', 5)).toEqual(['A1', 'XA1']);
  expect(platesLike(fleet, 'a1', 1)).toEqual(['A1']);
});

test('while somebody points at the list nothing moves', () => {
  expect(held(['a', 'b', 'c'], ['d', 'c', 'a'])).toEqual(['a', 'c', 'd']);
  expect(held([], ['b', 'a'])).toEqual(['b', 'a']);
});

test('next and previous stop at the ends', () => {
  expect(neighbour(['a', 'b'], null, 1)).toBe('a');
  expect(neighbour(['a', 'b'], 'b', 1)).toBe('b');
  expect(neighbour(['a', 'b'], 'b', -1)).toBe('a');
  expect(neighbour([], null, 1)).toBeNull();
});

test('the window of a long list is small and complete', () => {
  expect(visibleRange(0, 580, 58, 10_000)).toEqual([0, 14]);
  expect(visibleRange(58_000, 580, 58, 10_000)).toEqual([996, 1014]);
  expect(visibleRange(58_000, 580, 58, 3)).toEqual([3, 3]);
});

test('ten thousand vehicles are sifted, counted and ordered whole; how long that takes is told, not judged', () => {
  const count = 10_000;
  const hubs = Array.from({ length: 60 }, (_, i) => `H${i}`);
  const rows = Array.from({ length: count }, (_, i) => ({
    plate: `沪A${String((i * 7919) % count).padStart(5, '0')}`,
    risk: RISKS[i % RISKS.length] ?? null,
    delay: ((i * 37) % 9000) - 900,
    party: `p${i % 30}`,
    trip: `T-${i}`,
    next: hubs[i % 60] ?? null,
    nextAt: 1.7e9 + i,
    time: 1.7e9 - i,
  }));
  const fleet = fleetOf(rows);
  const said = rows.map(({ plate, party }, i) => [plate, { hubs: [hubs[i % 60]!, hubs[(i + 7) % 60]!], parties: [party], customers: [`c${i % 200}`] }] as const);
  const index = layFacets(fleet, facetsOf(Object.fromEntries(said)));
  const texts = new Texts(fleet);
  texts.renew(index, NAMES);
  const sorted = byPlate(fleet);
  const filters: Filters = { ...NO_FILTERS, text: 'a0', picks: { ...NO_PICKS, hub: hubs.slice(0, 30) }, chips: new Set(['late', 'at_risk', 'on_time']) };
  const tick = () => order(fleet, sift(fleet, index, texts, filters), sorted, 'late');
  for (let i = 0; i < 10; i++) tick(); // warm
  const times = Array.from({ length: 11 }, () => {
    const began = performance.now();
    tick();
    return performance.now() - began;
  }).toSorted((a, b) => a - b);
  process.stdout.write(`  filters of 10,000 vehicles, a tick: ${times[0]?.toFixed(2)} ms at best, ${times[5]?.toFixed(2)} ms in the middle\n`);
  const found = tick();
  expect(found.length).toBeGreaterThan(1000);
  const delays = Array.from(found, (row) => fleet.delay[row]!);
  expect(delays.every((delay, i) => i === 0 || fleet.risk[found[i]!] === 'unknown' || delays[i - 1]! >= delay)).toBe(true);
});
