/**
 * Which vehicles the list shows and in which order.  Pure.
 *
 * It is reckoned anew every second for ten thousand vehicles: the order is a sort of numbers that hold key
 * and place, without a comparison of our own.
 */
import { type Fleet, cell } from './columns';
import type { SortKey } from './filters';
import type { Risk } from './messages';
import type { Sifted } from './sift';
import { fold } from './text';

export { fold } from './text';

/** From the gravest to what nobody can tell. */
export const RISKS = ['overdue', 'late', 'at_risk', 'on_time', 'early', 'unknown'] as const;

/** What lists are sorted by: seconds late; the unknown is below all that is known, and no trip below that. */
export function lateness(risk: Risk | null | undefined, delay: number): number {
  if (!risk) return Number.NEGATIVE_INFINITY;
  return risk === 'unknown' || Number.isNaN(delay) ? -1e9 : delay;
}

/** Rows in the order of their plates: the last word of every order, and dear, so made once. */
export function byPlate(fleet: Fleet): Int32Array {
  return Int32Array.from({ length: fleet.size }, (_, row) => row).toSorted((a, b) => {
    const [left, right] = [fleet.plate[a] ?? '', fleet.plate[b] ?? ''];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

/** Above any key, which are seconds: what is last. */
const LAST = 2 ** 35;
/** Seconds late are counted from here down. */
const LATEST = 2 ** 32;

function keyOf(fleet: Fleet, stand: Uint8Array, sort: SortKey): (row: number) => number {
  const late = (row: number) => {
    const seconds = lateness(fleet.risk[row], cell(fleet.delay, row));
    return seconds === Number.NEGATIVE_INFINITY ? LAST : LATEST - Math.round(seconds);
  };
  switch (sort) {
    case 'late':
      return late;
    case 'eta':
      return (row) => Math.round(cell(fleet.nextAt, row) / 1000) || LAST;
    case 'age':
      return (row) => LAST - Math.round((fleet.time[row] || 0) / 1000); // never heard of: oldest of all
    case 'attention':
      return (row) => ATTENTION[cell(stand, row)] ?? 0;
    default:
      return () => 0;
  }
}

/** What needs somebody first, first: places of `CHIPS` in the order late, offline, at risk, stopped, moving, on time. */
const ATTENTION = [0, 2, 5, 4, 3, 1];

/** Rows that pass, in the order they are shown. */
export function order(fleet: Fleet, sifted: Sifted, plates: Int32Array, sort: SortKey): Int32Array {
  const key = keyOf(fleet, sifted.chips, sort);
  const step = fleet.size + 1; // a key, then the place by plate: one number that native sorting takes
  const keys = new Float64Array(sifted.shown);
  let n = 0;
  for (let place = 0; place < plates.length; place++) {
    const row = cell(plates, place);
    if (sifted.fails[row] === 0) keys[n++] = key(row) * step + place;
  }
  if (sort !== 'plate') keys.sort();
  const rows = new Int32Array(n);
  for (let i = 0; i < n; i++) rows[i] = plates[cell(keys, i) % step] ?? -1;
  return rows;
}

/** Plates of which any part is like the text, those that begin with it first: for the search. */
export function platesLike(fleet: Fleet, text: string, most: number): string[] {
  const wanted = fold(text);
  const found: string[] = [];
  for (let row = 0; row < fleet.size; row++) {
    const plate = fleet.plate[row] ?? '';
    if (fold(plate).includes(wanted)) found.push(plate);
  }
  const begins = (plate: string) => (fold(plate).startsWith(wanted) ? 0 : 1);
  return found.toSorted((a, b) => begins(a) - begins(b) || (a < b ? -1 : 1)).slice(0, most);
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

/** Two infinities are equal, which their difference does not say. */
export function descending(a: number, b: number): number {
  return a === b ? 0 : a > b ? -1 : 1;
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
