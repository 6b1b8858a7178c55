import { expect, test } from 'vitest';
import { type Filters, NO_FILTERS, NO_PICKS, isFiltered, readFilters, readView, writeFilters } from '../src/live/filters';

const SOME: Filters = {
  text: '沪A 123',
  chips: new Set(['at_risk', 'late']),
  picks: { ...NO_PICKS, hub: ['SHA-1', 'WUH'], customer: ['demo-tea'], driver: ['王, 建国'] },
  sort: 'eta',
};

test('an address has what differs from the defaults, and nothing else', () => {
  expect(writeFilters(NO_FILTERS)).toBe('');
  expect(writeFilters({ ...NO_FILTERS, chips: new Set(['offline', 'late']), sort: 'plate' })).toBe('state=late,offline&sort=plate');
});

test('what is written is read as it was', () => {
  const view = { lon: 121.4737, lat: 31.2304, zoom: 9.5 };
  const query = writeFilters(SOME, view);
  expect(readFilters(query)).toEqual(SOME);
  expect(readView(query)).toEqual(view);
  expect(writeFilters(readFilters(query), readView(query))).toBe(query);
});

test('what nobody knows is left out of an address', () => {
  expect(readFilters('state=late,flying&sort=colour&hub=&q=')).toEqual({ ...NO_FILTERS, chips: new Set(['late']) });
});

test.each(['', 'view=', 'view=1,2', 'view=x,y,z', 'view=200,31,9', 'view=121,31,99', 'view=121,31,9,9'])('%s is no view', (query) => {
  expect(readView(query)).toBeNull();
});

test('an order alone filters nothing', () => {
  expect(isFiltered({ ...NO_FILTERS, sort: 'plate', text: ' ' })).toBe(false);
  expect(isFiltered({ ...NO_FILTERS, picks: { ...NO_PICKS, group: ['x'] } })).toBe(true);
});
