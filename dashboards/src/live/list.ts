/** Which vehicles the list shows and in which order.  Pure. */
import { type Fleet, cell } from './fleet';
import type { Risk } from './messages';
import { STATES, State } from './state';

export type SortKey = 'state' | 'late' | 'plate' | 'age';

export interface Query {
  readonly text: string;
  /** Empty: every state. */
  readonly states: ReadonlySet<State>;
  readonly sort: SortKey;
}

/** Names of companies by code, in the viewer's language. */
export type PartyNames = ReadonlyMap<string, string>;

/** What needs attention comes first. */
const URGENCY = new Map<number, number>(STATES.map((state, place) => [state, place]));

/** From the gravest to what nobody can tell. */
export const RISKS = ['overdue', 'late', 'at_risk', 'on_time', 'early', 'unknown'] as const;

/** What lists are sorted by: seconds late; the unknown is below all that is known, and no trip below that. */
export function lateness(risk: Risk | null | undefined, delay: number): number {
  if (!risk) return Number.NEGATIVE_INFINITY;
  return risk === 'unknown' || Number.isNaN(delay) ? -1e9 : delay;
}

/** How many vehicles are in each state. */
export function countStates(fleet: Fleet): Map<State, number> {
  const counts = new Map<State, number>(STATES.map((state) => [state, 0]));
  for (let i = 0; i < fleet.size; i++) {
    const state = cell(fleet.state, i) as State;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** Text without case, spaces, dots and hyphens: "沪A·12345" is found by "a12345". */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[\s·.\-_]/g, '');
}

/** Rows of the fleet that match, in the order they are shown. */
export function selectRows(fleet: Fleet, query: Query, parties: PartyNames): number[] {
  const wanted = fold(query.text);
  const rows: number[] = [];
  for (let row = 0; row < fleet.size; row++) {
    if (query.states.size > 0 && !query.states.has(cell(fleet.state, row) as State)) continue;
    if (wanted && !matches(fleet, row, wanted, parties)) continue;
    rows.push(row);
  }
  return rows.toSorted(order(fleet, query.sort));
}

/**
 * The new order, or the shown one where the same rows are in it: while somebody points at the
 * list nothing moves, what left is gone, and what is new comes last.
 */
export function held(before: readonly string[], next: readonly string[]): string[] {
  const wanted = new Set(next);
  const kept = before.filter((plate) => wanted.delete(plate));
  return [...kept, ...next.filter((plate) => wanted.has(plate))];
}

function matches(fleet: Fleet, row: number, wanted: string, parties: PartyNames): boolean {
  if (fold(fleet.plate[row] ?? '').includes(wanted) || fold(fleet.trip[row] ?? '').includes(wanted)) return true;
  const code = fleet.party[row];
  return code != null && (fold(code).includes(wanted) || fold(parties.get(code) ?? '').includes(wanted));
}

/** Two infinities are equal, which their difference does not say. */
export function descending(a: number, b: number): number {
  return a === b ? 0 : a > b ? -1 : 1;
}

function order(fleet: Fleet, sort: SortKey): (a: number, b: number) => number {
  const byPlate = (a: number, b: number) => {
    const [left, right] = [fleet.plate[a] ?? '', fleet.plate[b] ?? ''];
    return left < right ? -1 : left > right ? 1 : 0;
  };
  if (sort === 'plate') return byPlate;
  if (sort === 'age') {
    const time = (row: number) => fleet.time[row] || 0; // never heard of: oldest of all
    return (a, b) => time(b) - time(a) || byPlate(a, b);
  }
  if (sort === 'late') {
    const delay = (row: number) => lateness(fleet.risk[row], cell(fleet.delay, row));
    return (a, b) => descending(delay(a), delay(b)) || byPlate(a, b);
  }
  const urgency = (row: number) => URGENCY.get(cell(fleet.state, row)) ?? STATES.length;
  return (a, b) => urgency(a) - urgency(b) || byPlate(a, b);
}

/** The row `delta` places away from `current` in the shown order; the first when none is chosen. */
export function neighbour(plates: readonly string[], current: string | null, delta: 1 | -1): string | null {
  const place = current === null ? -1 : plates.indexOf(current);
  if (place < 0) return plates[0] ?? null;
  return plates[Math.min(plates.length - 1, Math.max(0, place + delta))] ?? null;
}

/** First and last + 1 of the rows a scrolled window needs, with some to spare on either side. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  total: number,
): readonly [number, number] {
  const spare = 4;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const last = Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return [Math.min(first, last), last];
}
