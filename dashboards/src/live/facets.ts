/**
 * What vehicles are filtered by, as small integers.  Pure.
 *
 * The API answers columns coded by dictionaries, by plate; here they are laid beside the fleet's rows, once
 * for each answer, so that a filter over ten thousand rows compares integers and no text.
 */
import type { FacetOut, FacetsOut, TermOut } from '../api/types.gen';
import type { Fleet } from './columns';

/** In the order they are offered. */
export const FACETS = ['hub', 'customer', 'route', 'carrier', 'group', 'driver'] as const;
export type FacetName = (typeof FACETS)[number];

export interface Column {
  readonly terms: readonly TermOut[];
  /** Place in `terms` by code. */
  readonly places: ReadonlyMap<string, number>;
  /** The values of row `i` are `values[starts[i]]` up to, not including, `values[starts[i + 1]]`. */
  readonly starts: Int32Array;
  readonly values: Int32Array;
}

export interface FacetIndex {
  /** The rows' plates that it was laid beside; others have no values. */
  readonly plates: readonly string[];
  readonly columns: Readonly<Record<FacetName, Column>>;
  /** What a row is found by beside its plate, folded, or null where nobody knows more. */
  readonly origins: readonly (string | null)[];
  readonly destinations: readonly (string | null)[];
}

const NOTHING: FacetOut = { terms: [], rows: [] };

/** Whether the index still lies beside the fleet's rows. */
export function fits(index: FacetIndex, fleet: Fleet): boolean {
  if (index.plates.length !== fleet.size) return false;
  for (let row = 0; row < fleet.size; row++) if (index.plates[row] !== fleet.plate[row]) return false;
  return true;
}

function lay(facet: FacetOut, from: readonly number[]): Column {
  const starts = new Int32Array(from.length + 1);
  const values: number[] = [];
  from.forEach((there, row) => {
    for (const value of facet.rows[there] ?? []) values.push(value);
    starts[row + 1] = values.length;
  });
  const places = new Map(facet.terms.map((term, place) => [term.code, place]));
  return { terms: facet.terms, places, starts, values: Int32Array.from(values) };
}

/** The columns of an answer beside the rows of the fleet as they are now; null: nothing is known yet. */
export function layFacets(fleet: Fleet, told: FacetsOut | null): FacetIndex {
  const plates = fleet.plate.slice(0, fleet.size);
  const there = new Map(told?.plates.map((plate, place) => [plate, place]));
  const from = plates.map((plate) => there.get(plate) ?? -1);
  const column = (facet: FacetOut | undefined) => lay(facet ?? NOTHING, from);
  return {
    plates,
    columns: {
      hub: column(told?.hubs),
      customer: column(told?.customers),
      route: column(told?.routes),
      carrier: column(told?.parties),
      group: column(told?.groups),
      driver: column(told?.drivers),
    },
    origins: from.map((place) => told?.origins[place] ?? null),
    destinations: from.map((place) => told?.destinations[place] ?? null),
  };
}
