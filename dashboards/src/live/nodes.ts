/** Nodes as they come in: newest versions, in the order of what happened.  Pure. */
import type { Confidence, Node } from '../api/shapes';

/** As many in the feed panel; older ones are on the pages of vehicles and sites. */
const MOST_NEWS = 40;
/** News older than this are none any more, milliseconds. */
const NEWS_MS = 2 * 3_600_000;

const when = (node: Node) => Date.parse(node.actual_at);

/** Latest event first; of one instant, in a fixed order. */
export function byTime(a: Node, b: Node): number {
  return when(b) - when(a) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

/** The list with newer versions in place of older ones, whatever the order of arrival. */
export function merged(list: readonly Node[], more: readonly Node[]): readonly Node[] {
  const newest = new Map(list.map((node) => [node.id, node]));
  let changed = false;
  for (const node of more) {
    const known = newest.get(node.id);
    if (known && known.version >= node.version) continue;
    newest.set(node.id, node);
    changed = true;
  }
  return changed ? [...newest.values()].toSorted(byTime) : list;
}

/** The feed panel's list, newest word first: only what is fresh enough to tell people of. */
export function news(list: readonly Node[], more: readonly Node[], now: number): readonly Node[] {
  const fresh = (node: Node) => now - Date.parse(node.recorded_at) <= NEWS_MS;
  const said = new Map(list.filter(fresh).map((node) => [node.id, node]));
  for (const node of more) {
    const known = said.get(node.id);
    if (known && known.version >= node.version) continue;
    // What was told and then taken back or moved must not stand there uncorrected.
    if (known || (node.is_news && node.valid && fresh(node))) said.set(node.id, node);
  }
  return [...said.values()]
    .toSorted((a, b) => Date.parse(b.recorded_at) - Date.parse(a.recorded_at))
    .slice(0, MOST_NEWS);
}

/** Nobody has confirmed the outline: what follows from it may change. */
export function isProvisional(confidence: Confidence): boolean {
  return confidence === 'geocoded' || confidence === 'needs_review';
}

export type Mark = 'retracted' | 'corrected' | 'conflict' | 'provisional' | 'near_fence' | 'backfilled' | 'person';

/** What a reader must know about a node beside its time, the gravest first. */
export function marksOf(node: Node): Mark[] {
  const marks: [Mark, boolean][] = [
    ['retracted', !node.valid],
    ['conflict', node.conflict],
    ['corrected', node.valid && node.was_at !== null && node.source === 'gps'],
    ['person', node.source === 'person'],
    ['provisional', node.provisional],
    ['near_fence', node.near_fence],
    ['backfilled', node.backfilled],
  ];
  return marks.filter(([, holds]) => holds).map(([mark]) => mark);
}

/** Seconds between the bounds; NaN when one of them is open. */
export function uncertainty(node: Node): number {
  if (node.earliest_at === null || node.latest_at === null) return Number.NaN;
  return (Date.parse(node.latest_at) - Date.parse(node.earliest_at)) / 1000;
}

/** Widths of a dwell plot's bars, seconds: the narrowest with which all stays fit is taken. */
const WIDTHS = [300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400] as const;

export interface Bars {
  /** Seconds. */
  readonly width: number;
  readonly counts: readonly number[];
}

/** How long stays were: counts by equal stretches of dwell, at most `most` bars. */
export function dwellBars(seconds: readonly number[], most: number): Bars {
  const longest = Math.max(0, ...seconds);
  const width = WIDTHS.find((each) => longest < each * most) ?? Math.ceil((longest + 1) / most);
  const counts = Array.from({ length: Math.floor(longest / width) + 1 }, () => 0);
  for (const each of seconds) {
    const bar = Math.floor(each / width);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return { width, counts };
}
