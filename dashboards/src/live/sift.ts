/**
 * Which filters each vehicle fails, and how many would be left by one more.  Pure.
 *
 * One pass a second over ten thousand rows, so it compares integers, and texts only of rows that pass the rest.
 */
import { type Fleet, cell } from './columns';
import { FACETS, type FacetIndex, type FacetName } from './facets';
import type { Filters } from './filters';
import { CHIPS, type Chip, chips } from './chip';
import { fold } from './text';

/** Names of companies and places by code, in the viewer's language. */
export type Names = ReadonlyMap<string, string>;

/** Bits of what a row fails: chip, text, and one for each facet. */
const CHIP = 1;
const TEXT = 2;
const bitOf = (facet: number) => 4 << facet;

/** The fleet as it was sifted: for each row what it fails, nothing of which is 0. */
export interface Sifted {
  readonly fails: Uint16Array;
  readonly chips: Uint8Array;
  /** How many of each chip pass all but the chip itself. */
  readonly counts: Readonly<Record<Chip, number>>;
  /** How many pass everything. */
  readonly shown: number;
}

/** Marks of a facet's terms that are wanted; null: nothing is. */
function wantedOf(index: FacetIndex, name: FacetName, codes: readonly string[]): Uint8Array | null {
  if (codes.length === 0) return null;
  const { terms, places } = index.columns[name];
  const wanted = new Uint8Array(terms.length);
  for (const code of codes) {
    const place = places.get(code);
    if (place !== undefined) wanted[place] = 1;
  }
  return wanted;
}

/** What the live stream says of a facet, newer than any answer. */
function saysLive(fleet: Fleet, row: number, name: FacetName, codes: ReadonlySet<string>): boolean {
  if (name === 'carrier') return codes.has(fleet.party[row] ?? '');
  return name === 'hub' && (codes.has(fleet.next[row] ?? '') || codes.has(fleet.site[row] ?? ''));
}

function failFacet(fleet: Fleet, index: FacetIndex, facet: number, codes: readonly string[], fails: Uint16Array): void {
  const name = FACETS[facet] as FacetName;
  const wanted = wantedOf(index, name, codes);
  if (!wanted) return;
  const { starts, values } = index.columns[name];
  const live = new Set(codes);
  const bit = bitOf(facet);
  for (let row = 0; row < fleet.size; row++) {
    let has = false;
    for (let i = cell(starts, row); i < cell(starts, row + 1) && !has; i++) has = wanted[cell(values, i)] === 1;
    if (!has && !saysLive(fleet, row, name, live)) fails[row] = (fails[row] ?? 0) | bit;
  }
}

/** What a row is found by, folded; kept, since folding ten thousand rows at every letter is dear. */
export class Texts {
  private names: Names | null = null;
  private index: FacetIndex | null = null;
  private readonly texts: string[] = [];
  private readonly trips: (string | null)[] = [];

  constructor(private readonly fleet: Fleet) {}

  /** Whether a row has the folded text. */
  has(row: number, wanted: string): boolean {
    const trip = this.fleet.trip[row] ?? null;
    if (this.texts[row] === undefined || this.trips[row] !== trip) this.keep(row, trip);
    return this.texts[row]?.includes(wanted) ?? false;
  }

  /** Forget what was written with other names or beside other rows. */
  renew(index: FacetIndex, names: Names): void {
    if (index === this.index && names === this.names) return;
    this.texts.length = 0;
    [this.index, this.names] = [index, names];
  }

  private keep(row: number, trip: string | null): void {
    const { fleet, index, names } = this;
    const named = (code: string | null | undefined) => (code ? `${code} ${names?.get(code) ?? ''}` : '');
    const words = [fleet.plate[row], trip, named(fleet.party[row])];
    for (const name of ['route', 'driver'] as const) {
      const column = index?.columns[name];
      if (!column) continue;
      for (let i = cell(column.starts, row); i < cell(column.starts, row + 1); i++) {
        const term = column.terms[cell(column.values, i)];
        if (term) words.push(term.code, term.name_zh, term.name_en);
      }
    }
    words.push(named(index?.origins[row]), named(index?.destinations[row]));
    this.texts[row] = words.map((word) => fold(word ?? '')).join('\n');
    this.trips[row] = trip;
  }
}

/** One pass over the fleet: which filters each row fails. */
export function sift(fleet: Fleet, index: FacetIndex, texts: Texts, filters: Filters): Sifted {
  const of = chips(fleet);
  const fails = new Uint16Array(fleet.size);
  FACETS.forEach((name, facet) => failFacet(fleet, index, facet, filters.picks[name], fails));
  const text = fold(filters.text);
  const wanted = CHIPS.map((each) => filters.chips.size === 0 || filters.chips.has(each));
  const totals = CHIPS.map(() => 0);
  let shown = 0;
  for (let row = 0; row < fleet.size; row++) {
    let failed = cell(fails, row);
    if (text && failed === 0 && !texts.has(row, text)) failed |= TEXT;
    const chip = cell(of, row);
    if (failed === 0) totals[chip] = (totals[chip] ?? 0) + 1;
    if (!wanted[chip]) failed |= CHIP;
    fails[row] = failed;
    if (failed === 0) shown++;
  }
  const counts = Object.fromEntries(CHIPS.map((each, i) => [each, totals[i] ?? 0]));
  return { fails, chips: of, counts: counts as Record<Chip, number>, shown };
}

export interface TermCount {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly count: number;
}

/** The terms of a facet with how many vehicles have them that pass all the other filters: many first. */
export function countTerms(fleet: Fleet, index: FacetIndex, sifted: Sifted, name: FacetName): TermCount[] {
  const { terms, places, starts, values } = index.columns[name];
  const counts = new Int32Array(terms.length);
  const seen = new Int32Array(terms.length).fill(-1);
  const others = ~bitOf(FACETS.indexOf(name));
  const count = (row: number, place: number | undefined) => {
    if (place === undefined || seen[place] === row) return;
    seen[place] = row;
    counts[place] = (counts[place] ?? 0) + 1;
  };
  for (let row = 0; row < fleet.size; row++) {
    if ((cell(sifted.fails, row) & others) !== 0) continue;
    for (let i = cell(starts, row); i < cell(starts, row + 1); i++) count(row, values[i]);
    if (name === 'carrier') count(row, places.get(fleet.party[row] ?? ''));
    if (name === 'hub') for (const code of [fleet.next[row], fleet.site[row]]) count(row, places.get(code ?? ''));
  }
  return terms
    .map(({ code, name_zh, name_en }, place) => ({ code, name_zh, name_en, count: counts[place] ?? 0 }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
