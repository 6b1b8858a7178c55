/** What the board is asked for, and how that stands in an address.  Pure. */
import { FACETS, type FacetName } from './facets';
import { CHIPS, type Chip } from './chip';

export const SORTS = ['late', 'eta', 'attention', 'plate', 'age'] as const;
export type SortKey = (typeof SORTS)[number];
export const FIRST_SORT: SortKey = 'late';

export type Picks = Readonly<Record<FacetName, readonly string[]>>;

export interface Filters {
  readonly text: string;
  /** Empty: every one. */
  readonly chips: ReadonlySet<Chip>;
  /** Codes; of one facet any of them, of several facets one of each.  Empty: every one. */
  readonly picks: Picks;
  readonly sort: SortKey;
}

export const NO_PICKS: Picks = { hub: [], customer: [], route: [], carrier: [], group: [], driver: [] };
export const NO_FILTERS: Filters = { text: '', chips: new Set(), picks: NO_PICKS, sort: FIRST_SORT };

/** Centre in degrees and zoom. */
export interface View {
  readonly lon: number;
  readonly lat: number;
  readonly zoom: number;
}

export function isFiltered({ text, chips, picks }: Filters): boolean {
  return text.trim() !== '' || chips.size > 0 || FACETS.some((name) => picks[name].length > 0);
}

/** As the part of an address behind `?`; only what differs from the defaults stands in it. */
export function writeFilters({ text, chips, picks, sort }: Filters, view: View | null = null): string {
  const query = new URLSearchParams();
  if (text.trim()) query.set('q', text.trim());
  if (chips.size > 0) query.set('state', CHIPS.filter((each) => chips.has(each)).join(','));
  for (const name of FACETS) for (const code of picks[name]) query.append(name, code);
  if (sort !== FIRST_SORT) query.set('sort', sort);
  if (view) query.set('view', [view.lon.toFixed(4), view.lat.toFixed(4), view.zoom.toFixed(2)].join(','));
  return query.toString().replaceAll('%2C', ','); // commas are at home there, and people read addresses
}

/** The filters in the part of an address behind `?`; what nobody knows is left out. */
export function readFilters(query: string): Filters {
  const given = new URLSearchParams(query);
  const words = new Set(given.get('state')?.split(','));
  const picks = Object.fromEntries(FACETS.map((name) => [name, given.getAll(name).filter((code) => code !== '')]));
  return {
    text: given.get('q') ?? '',
    chips: new Set(CHIPS.filter((each) => words.has(each))),
    picks: picks as unknown as Picks,
    sort: SORTS.find((each) => each === given.get('sort')) ?? FIRST_SORT,
  };
}

export function readView(query: string): View | null {
  const numbers = (new URLSearchParams(query).get('view') ?? '').split(',').map(Number);
  const [lon = Number.NaN, lat = Number.NaN, zoom = Number.NaN] = numbers;
  const holds = Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && zoom >= 0 && zoom <= 22;
  return numbers.length === 3 && holds ? { lon, lat, zoom } : null;
}
