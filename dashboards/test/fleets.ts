/** Fleets for tests: a row says only what a test is about. */
import type { FacetsOut } from '../src/api/types.gen';
import { type Fleet, addRow, emptyFleet } from '../src/live/columns';
import type { Risk } from '../src/live/messages';
import { State } from '../src/live/state';

export interface Row {
  readonly plate: string;
  readonly state?: State;
  readonly risk?: Risk | null;
  readonly delay?: number;
  readonly party?: string | null;
  readonly trip?: string | null;
  readonly next?: string | null;
  readonly site?: string | null;
  /** Seconds since 1970. */
  readonly time?: number;
  readonly nextAt?: number;
}

export function fleetOf(rows: readonly Row[]): Fleet {
  const fleet = emptyFleet(Math.max(1, rows.length));
  for (const { plate, state = State.Moving, time = Number.NaN, delay = Number.NaN, nextAt = Number.NaN, ...texts } of rows) {
    const row = addRow(fleet, plate);
    fleet.state[row] = state;
    fleet.time[row] = time * 1000;
    fleet.delay[row] = delay;
    fleet.nextAt[row] = nextAt * 1000;
    for (const name of ['risk', 'party', 'trip', 'next', 'site'] as const) Object.assign(fleet[name], { [row]: texts[name] ?? null });
  }
  return fleet;
}

type Said = Partial<Record<'groups' | 'customers' | 'routes' | 'hubs' | 'drivers' | 'parties', readonly string[]>>;

/** Facets by plate, each value named as its code is. */
export function facetsOf(said: Readonly<Record<string, Said>>): FacetsOut {
  const plates = Object.keys(said);
  const facet = (name: keyof Said) => {
    const codes = [...new Set(plates.flatMap((plate) => said[plate]?.[name] ?? []))].toSorted();
    return {
      terms: codes.map((code) => ({ code, name_zh: `${code}号`, name_en: `The ${code}` })),
      rows: plates.map((plate) => (said[plate]?.[name] ?? []).map((code) => codes.indexOf(code))),
    };
  };
  return {
    revision: JSON.stringify(said),
    plates,
    trips: plates.map(() => null),
    origins: plates.map(() => null),
    destinations: plates.map(() => null),
    parties: facet('parties'),
    groups: facet('groups'),
    customers: facet('customers'),
    routes: facet('routes'),
    hubs: facet('hubs'),
    drivers: facet('drivers'),
  };
}
