/** The board, reckoned: what the filters leave, in which order, and how many there are of each. */
import { computed, effect, signal, untracked } from '@preact/signals';
import { Problem } from '../api/http';
import type { FacetsOut, TermOut } from '../api/types.gen';
import { type FacetIndex, type FacetName, fits, layFacets } from '../live/facets';
import { isFiltered } from '../live/filters';
import { byPlate, held, order } from '../live/list';
import { type Names, Texts, sift } from '../live/sift';
import { api, fleet, may, partyNames, session, sites, worldEdits } from './app';
import * as filters from './filters';
import * as state from './state';

/** Seconds between questions for facets while trips move on, and while nothing does. */
const SOON_S = 20;
const SELDOM_S = 60;

/** What the API says vehicles are filtered by; null before it has. */
export const told = signal<FacetsOut | null>(null);
let askedAt = Number.NEGATIVE_INFINITY;
let asking = false;

async function ask(): Promise<void> {
  [askedAt, asking] = [performance.now(), true];
  try {
    const next = await api.line.get<FacetsOut>('/fleet/facets');
    if (next.revision !== told.peek()?.revision) told.value = next;
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // what was known still filters; it is asked for again soon
  } finally {
    asking = false;
  }
}

let tripsAsked = -1;
let editsAsked = -1;

/** Trips moved on or somebody edited something: ask again, but not at every second. */
function keepTold(): void {
  if (!session.loaded.value || !may('look_vehicles')) return;
  void session.now.value;
  const edits = worldEdits.value;
  const moved = fleet.trips !== tripsAsked;
  const age = (performance.now() - askedAt) / 1000;
  if (asking || (edits === editsAsked && age < (moved ? SOON_S : SELDOM_S))) return;
  [tripsAsked, editsAsked] = [fleet.trips, edits];
  untracked(() => void ask());
}

effect(keepTold);

let laid: { readonly told: FacetsOut | null; readonly index: FacetIndex; readonly plates: Int32Array } | null = null;

/** The facets beside the rows of the fleet, and the rows by plate: laid anew when either changed. */
export const index = computed(() => {
  void session.version.value;
  const now = told.value;
  if (!laid || laid.told !== now || !fits(laid.index, fleet)) {
    laid = { told: now, index: layFacets(fleet, now), plates: byPlate(fleet) };
  }
  return laid;
});

const names = computed<Names>(
  () => new Map([...partyNames.value, ...sites.value.map((site) => [site.code, state.nameOf(site)] as const)]),
);
const texts = new Texts(fleet);

export const sifted = computed(() => {
  void session.version.value;
  const facets = index.value.index;
  texts.renew(facets, names.value);
  return sift(fleet, facets, texts, filters.filters.value);
});

let shownBefore: readonly string[] = [];

/** Plates in the order the list shows them. */
export const shownPlates = computed<readonly string[]>(() => {
  const rows = order(fleet, sifted.value, index.value.plates, filters.sort.value);
  const next = Array.from(rows, (row) => fleet.plate[row] ?? '');
  shownBefore = state.holding.value ? held(shownBefore, next) : next;
  return shownBefore;
});

/** 1 for the rows the filters let through; null while nothing is filtered. */
export const visibleRows = computed(() => {
  if (!isFiltered(filters.filters.value)) return null;
  return Uint8Array.from(sifted.value.fails, (fails) => (fails === 0 ? 1 : 0));
});

/** A place's name in the viewer's language. */
export const siteNames = computed<Names>(() => new Map(sites.value.map((site) => [site.code, state.nameOf(site)])));

/** What a value of a facet is called; its code where nobody knows. */
export function termName(name: FacetName, code: string): string {
  const { terms, places } = index.value.index.columns[name];
  const term: TermOut | undefined = terms[places.get(code) ?? -1];
  return term ? state.nameOf(term) : (names.value.get(code) ?? code);
}
