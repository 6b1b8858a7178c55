// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Columns } from '../src/live/messages';
import { reduce } from '../src/live/fleet';
import { api, fleet, session, sites } from '../src/ui/app';
import { Sidebar } from '../src/ui/Sidebar';
import * as filters from '../src/ui/filters';
import * as state from '../src/ui/state';
import { facetsOf } from './fleets';

const NOW = Date.now();
const PLATES = ['A1', 'B2', 'C3'];
/** A drives, B stands, C's link is down. */
const vehicles: Columns = {
  plate: PLATES,
  party: [null, null, null],
  time: PLATES.map(() => NOW),
  received: PLATES.map(() => NOW),
  lon: [1, 2, 3],
  lat: [1, 2, 3],
  speed: [2000, 0, 0],
  course: [0, 0, 0],
  grade: [0, 0, 0],
  flags: [0, 0, 0],
  online: [true, true, false],
};

const place = document.body;
const rows = () => [...place.querySelectorAll<HTMLElement>('.row')].map((row) => row.dataset['plate']);
const settled = () => vi.waitFor(() => expect(rows().length).toBeGreaterThan(0));

const site = (code: string, name: string) => ({ code, name_zh: name, name_en: name, zone: 'Asia/Shanghai', lon: 1, lat: 1 });
const told = { ...facetsOf({ A1: { groups: ['north'] }, B2: {}, C3: {} }), origins: ['SHA', null, null], destinations: ['WUH', null, null] };

beforeEach(async () => {
  state.lang.value = 'en';
  vi.spyOn(api.line, 'get').mockResolvedValue(told);
  sites.value = [site('SHA', 'Shanghai'), site('WUH', 'Wuhan')];
  reduce(fleet, { type: 'snapshot', vehicles }, { viewer: 0, server: NOW });
  session.loaded.value = true;
  session.now.value = NOW;
  session.version.value = fleet.version;
  render(<Sidebar />, place);
  await settled();
});

afterEach(() => {
  render(null, place);
  filters.clear();
  filters.sort.value = 'late';
});

test('what needs attention stands first when it is asked for, with its state in words', async () => {
  filters.sort.value = 'attention';
  await vi.waitFor(() => expect(rows()).toEqual(['C3', 'B2', 'A1']));
  expect(place.querySelector('.row')?.textContent).toContain('Lost');
});

test('a chip filters, and says so to those who cannot see it', async () => {
  const chip = place.querySelector<HTMLElement>('[data-testid=chip-stopped]');
  chip?.click();
  await vi.waitFor(() => expect(rows()).toEqual(['B2']));
  expect(chip?.getAttribute('aria-pressed')).toBe('true');
  expect(place.querySelector('[data-testid=shown]')?.textContent).toBe('1 of 3');
});

test('a click chooses the vehicle', async () => {
  place.querySelector<HTMLElement>('[data-plate=B2]')?.click();
  await vi.waitFor(() => {
    expect(place.querySelector('[data-plate=B2]')?.getAttribute('aria-selected')).toBe('true');
  });
  expect(state.selected.value).toBe('B2');
});

test('nothing found is said, with a way out', async () => {
  filters.text.value = 'nowhere';
  await vi.waitFor(() => expect(place.querySelector('.empty')?.textContent).toContain('No vehicle matches'));
  place.querySelector<HTMLElement>('.empty button')?.click();
  await vi.waitFor(() => expect(rows()).toHaveLength(3));
});

test('a row says where its vehicle is bound for, as soon as that is known', async () => {
  await vi.waitFor(() => expect(place.querySelector('[data-plate=A1]')?.textContent).toContain('Shanghai → Wuhan'));
});

test('a pill takes its filter back', async () => {
  filters.togglePick('group', 'north');
  await vi.waitFor(() => expect(rows()).toEqual(['A1']));
  const pill = place.querySelector<HTMLElement>('[data-testid=pill-group]');
  expect(pill?.getAttribute('aria-label')).toBe('Remove the filter Group: The north');
  pill?.click();
  await vi.waitFor(() => expect(rows()).toHaveLength(3));
});

test('the menu offers the values that vehicles have, with their counts', async () => {
  place.querySelector<HTMLElement>('[data-testid=filter-add]')?.click();
  await vi.waitFor(() => expect(place.querySelector('#facet-menu')).not.toBeNull());
  place.querySelector<HTMLElement>('[data-testid=facet-group]')?.click();
  await vi.waitFor(() => expect(place.querySelector('.term')?.textContent).toBe('The north1'));
  place.querySelector<HTMLInputElement>('.term input')?.click();
  await vi.waitFor(() => expect(rows()).toEqual(['A1']));
});
