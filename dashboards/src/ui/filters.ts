/** What the board is asked for: signals, as the map's address has them. */
import { batch, computed, signal } from '@preact/signals';
import type { FacetName } from '../live/facets';
import { FIRST_SORT, type Filters, NO_PICKS, type Picks, type SortKey, type View, readFilters, readView, writeFilters } from '../live/filters';
import type { Chip } from '../live/chip';
import { holding, readHash } from './state';

export const text = signal('');
export const chips = signal<ReadonlySet<Chip>>(new Set());
export const picks = signal<Picks>(NO_PICKS);
export const sort = signal<SortKey>(FIRST_SORT);
/** Where somebody looks on the map; null: at the whole fleet. */
export const view = signal<View | null>(null);

export const filters = computed<Filters>(() => ({
  text: text.value,
  chips: chips.value,
  picks: picks.value,
  sort: sort.value,
}));

/** The board as it is, for an address. */
export const query = computed(() => writeFilters(filters.value, view.value));

export function toggleChip(chip: Chip): void {
  const next = new Set(chips.value);
  if (!next.delete(chip)) next.add(chip);
  chips.value = next;
}

/** A value of a facet is wanted, or no longer. */
export function togglePick(name: FacetName, code: string): void {
  const before = picks.value[name];
  const next = before.includes(code) ? before.filter((each) => each !== code) : [...before, code];
  picks.value = { ...picks.value, [name]: next };
}

/** Everything is shown; the order stays. */
export function clear(): void {
  batch(() => {
    text.value = '';
    chips.value = new Set();
    picks.value = NO_PICKS;
  });
}

/** The board as an address has it. */
export function apply(asked: string): void {
  const next = readFilters(asked);
  batch(() => {
    holding.value = false;
    text.value = next.text;
    chips.value = next.chips;
    picks.value = next.picks;
    sort.value = next.sort;
    view.value = readView(asked);
  });
}

/** The map without a query is the map as it was left: other pages lead back to it so. */
function follow(): void {
  const [path = '', ...rest] = location.hash.split('?');
  if (rest.length > 0 && readHash(path).page === 'map') apply(rest.join('?'));
}

follow();
// Before the page changes, which writes the address anew.
window.addEventListener('hashchange', follow, { capture: true });
