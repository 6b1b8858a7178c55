/** What stands on the line of time: nodes, alerts, gaps, fixes that came late, corrections.  Pure. */
import type { MarkOut, NodeOut, ReplayOut } from '../api/types.gen';
import type { Samples } from './samples';

export type MarkKind = 'node' | 'alert' | 'late' | 'gap';

export interface Mark {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of what lasts: until when. */
  readonly until: number | null;
  readonly what: MarkKind;
  /** Of a node: arrived, departed, passed; of an alert what is wrong; else as `what`. */
  readonly kind: string;
  /** What it is, in a word, in two languages; empty: the kind says it. */
  readonly name_zh: string;
  readonly name_en: string;
  readonly vehicle: string | null;
  /** Of an alert, 1 the gravest. */
  readonly severity: number | null;
  /** A node: what was said of it before, newest first; milliseconds, null: that it did not occur. */
  readonly before: readonly (number | null)[];
  /** A node that became known late, was corrected, or did not occur. */
  readonly late: boolean;
  readonly retracted: boolean;
  /** How many it stands for. */
  readonly count: number;
  /** Seconds: how late the fixes came. */
  readonly lag: number;
}

const PLAIN = { until: null, name_zh: '', name_en: '', severity: null, before: [], late: false, retracted: false, count: 1, lag: 0 } as const;

const mark = (given: Pick<Mark, 'key' | 'at' | 'what' | 'vehicle'> & Partial<Mark>): Mark => ({ ...PLAIN, kind: given.what, ...given });

/** Fixes that came this much later than they were taken came late, seconds: the link was cut, not slow. */
export const LATE_S = 300;
/** Between two late fixes of one stretch, milliseconds. */
const TOGETHER_MS = 600_000;

/** Marks of the fleet. */
export function fleetMarks(told: readonly MarkOut[]): Mark[] {
  return told.map((each) => mark({
    key: `${each.what} ${each.id}`,
    at: Date.parse(each.at),
    what: each.what,
    kind: each.kind,
    name_zh: each.name_zh,
    name_en: each.name_en,
    vehicle: each.vehicle,
    severity: each.severity,
    late: each.late,
    count: each.count,
  }));
}

/** Versions of each node, newest first. */
function versionsOf(nodes: readonly NodeOut[]): NodeOut[][] {
  const found = new Map<string, NodeOut[]>();
  for (const node of nodes) found.set(node.id, [...(found.get(node.id) ?? []), node]);
  return [...found.values()].map((each) => each.toSorted((a, b) => b.version - a.version));
}

function nodeMark([newest, ...older]: NodeOut[]): Mark[] {
  if (!newest || (!newest.valid && older.length === 0)) return [];
  return [
    mark({
      key: `node ${newest.id}`,
      at: Date.parse(newest.actual_at),
      what: 'node',
      kind: newest.kind,
      name_zh: newest.name.zh,
      name_en: newest.name.en,
      vehicle: newest.vehicle,
      before: older.map((each) => (each.valid ? Date.parse(each.actual_at) : null)),
      late: newest.backfilled || older.length > 0,
      retracted: !newest.valid,
    }),
  ];
}

/** Stretches of fixes that came late, each with how late the latest of them was. */
export function lateStretches(of: Samples): { readonly from: number; readonly to: number; readonly lag: number }[] {
  const found: { from: number; to: number; lag: number }[] = [];
  of.time.forEach((ms, i) => {
    const lag = of.lag[i] ?? 0;
    if (lag < LATE_S) return;
    const at = of.start + ms;
    const last = found.at(-1);
    if (last && at - last.to <= TOGETHER_MS) Object.assign(last, { to: at, lag: Math.max(lag, last.lag) });
    else found.push({ from: at, to: at, lag });
  });
  return found;
}

/** Marks of one vehicle, by time. */
export function vehicleMarks(told: ReplayOut, samples: Samples): Mark[] {
  const nodes = versionsOf(told.nodes).flatMap(nodeMark);
  const { vehicle } = told;
  const alerts = told.alerts.map((each) => mark({
    key: `alert ${each.id}`,
    at: Math.max(Date.parse(each.began_at), Date.parse(told.from)),
    until: each.closed_at ? Date.parse(each.closed_at) : null,
    what: 'alert',
    kind: each.kind,
    name_zh: each.name_zh,
    name_en: each.name_en,
    vehicle,
    severity: each.severity,
  }));
  const gaps = told.gaps.map((each) => mark({ key: `gap ${each.from}`, at: Date.parse(each.from), until: Date.parse(each.to), what: 'gap', vehicle }));
  const late = lateStretches(samples).map((each) => mark({ key: `late ${each.from}`, at: each.from, until: each.to, what: 'late', vehicle, lag: each.lag }));
  return [...nodes, ...alerts, ...gaps, ...late].toSorted((a, b) => a.at - b.at || a.key.localeCompare(b.key));
}
