/** What the accuracy page computes of the ledger's answers.  Pure. */
import type { Accuracy, BucketScore, ScoreGroup } from '../api/trips';

/** The share of arrivals before P90 that is right: fewer is too bold, more too cautious. */
export const COVERED = [0.85, 0.95] as const;
/** Below this many estimates a share says little. */
export const ENOUGH = 200;

export type Metric = 'mae_s' | 'bias_s' | 'p90_coverage' | 'within';
export const METRICS: readonly Metric[] = ['mae_s', 'bias_s', 'p90_coverage', 'within'];

/** How much nearer the truth the model is than the plan carried on with today's delay; NaN unknown. */
export function gain({ mae_s: mae, carried_mae_s: carried }: BucketScore): number {
  return mae === null || carried === null || carried === 0 ? Number.NaN : 1 - mae / carried;
}

export type Verdict = 'good' | 'bad' | 'few' | 'none';

/** Whether P90 keeps its promise; with few estimates nobody can tell. */
export function coverage({ p90_coverage: share, estimates }: BucketScore): Verdict {
  if (share === null) return 'none';
  if (estimates < ENOUGH) return 'few';
  return share >= COVERED[0] && share <= COVERED[1] ? 'good' : 'bad';
}

/** Versions of models that have scores, the newest first; the ledger has the oldest first. */
export function versionsOf({ models, groups }: Accuracy): string[] {
  const scored = new Set(groups.map((group) => group.model));
  const known = models.map((model) => model.version).filter((version) => scored.has(version));
  return [...known.toReversed(), ...[...scored].filter((version) => !known.includes(version))];
}

/** The scores of a group in the order of the buckets; null where it has none. */
export function inOrder({ buckets }: Accuracy, group: ScoreGroup | undefined): (BucketScore | null)[] {
  return buckets.map(({ name }) => group?.buckets.find((score) => score.bucket === name) ?? null);
}

/** Groups of one version, the largest first; days in order. */
export function groupsOf({ groups }: Accuracy, version: string | null, byDay: boolean): ScoreGroup[] {
  const arrivals = (group: ScoreGroup) => group.buckets.reduce((sum, each) => sum + each.arrivals, 0);
  const mine = groups.filter((group) => version === null || group.model === version);
  const byName = (a: ScoreGroup, b: ScoreGroup) => (a.group < b.group ? -1 : 1);
  return mine.toSorted((a, b) => (byDay ? byName(b, a) : arrivals(b) - arrivals(a) || byName(a, b)));
}
