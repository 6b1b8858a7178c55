/** The delay of the last hours as a small drawing.  Pure. */
import type { Estimates } from '../api/trips';
import { type Late, latenessOver } from './plot';

/** What was held in a stretch of time: the point before it counts from its beginning on. */
export function trendOf(estimates: Estimates, from: number, to: number): readonly Late[] {
  const all = latenessOver(estimates).filter((each) => each.at <= to);
  const before = all.findLast((each) => each.at <= from);
  const within = all.filter((each) => each.at > from);
  return before ? [{ ...before, at: from }, ...within] : within;
}

/** Whether anything was known in it. */
export function isKnown(points: readonly Late[]): boolean {
  return points.some((each) => !Number.isNaN(each.p50));
}
