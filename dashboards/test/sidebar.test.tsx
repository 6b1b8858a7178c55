// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Columns } from '../src/live/messages';
import { reduce } from '../src/live/fleet';
import { fleet, session } from '../src/ui/app';
import { Sidebar } from '../src/ui/Sidebar';
import * as filters from '../src/ui/filters';
import * as state from '../src/ui/state';

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

beforeEach(async () => {
  state.lang.value = 'en';
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
