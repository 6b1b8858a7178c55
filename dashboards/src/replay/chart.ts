/** Speed and delay over time as paths.  Pure. */
import type { DelayOut } from '../api/types.gen';
import type { Late, Scale } from '../live/plot';
import { STANDSTILL } from '../live/state';
import type { Mark } from './marks';
import { GAP_MS, type Samples, UNKNOWN } from './samples';

const two = (n: number) => n.toFixed(1);

/** The highest speed in each of `slots` equal parts of the time, m/s; NaN where nothing was heard. */
export function speedSlots(of: Samples, from: number, to: number, slots: number): number[] {
  const found = Array.from({ length: slots }, () => Number.NaN);
  const width = (to - from) / slots;
  const put = (slot: number, speed: number) => {
    if (slot >= 0 && slot < slots) found[slot] = Math.max(speed, found[slot] || 0);
  };
  of.time.forEach((ms, i) => {
    const raw = of.speed[i] ?? UNKNOWN;
    if (raw === UNKNOWN) return;
    const [at, next] = [of.start + ms, of.start + (of.time[i + 1] ?? ms)];
    const slot = Math.floor((at - from) / width);
    put(slot, raw / 100);
    // Until the next fix it was as fast; who stood was standing, for however long.
    const holds = next - at <= GAP_MS || raw / 100 <= STANDSTILL;
    if (holds) for (let later = slot + 1; later <= Math.floor((next - from) / width); later++) put(later, raw / 100);
  });
  return found;
}

/** An area over the base line, broken where nothing is known. */
export function areaPath(values: readonly number[], x: (slot: number) => number, y: (value: number) => number): string {
  const parts: string[] = [];
  let open = -1;
  const close = (slot: number) => {
    if (open >= 0) parts.push(`L${two(x(slot))} ${two(y(0))}Z`);
    open = -1;
  };
  values.forEach((value, slot) => {
    if (Number.isNaN(value)) close(slot);
    else if (open < 0) {
      open = slot;
      parts.push(`M${two(x(slot))} ${two(y(0))}L${two(x(slot))} ${two(y(value))}L${two(x(slot + 1))} ${two(y(value))}`);
    } else parts.push(`L${two(x(slot))} ${two(y(value))}L${two(x(slot + 1))} ${two(y(value))}`);
  });
  close(values.length);
  return parts.join('');
}

/** Delays by trip, as the plots of estimates have them. */
export function delaysByTrip(told: readonly DelayOut[]): ReadonlyMap<string, readonly Late[]> {
  const found = new Map<string, Late[]>();
  for (const each of told) {
    const point = { at: each.at, p50: null, p90: null, no_estimate: each.no_estimate, model: '', plan: 0 };
    const late = { at: Date.parse(each.at), p50: each.delay_s ?? Number.NaN, p90: each.high_s ?? Number.NaN, point };
    found.set(each.trip, [...(found.get(each.trip) ?? []), late]);
  }
  return found;
}

/** What was expected at a moment, at most so long after it was said; null: nothing. */
const HELD_MS = 3_600_000;
export function delayAt(told: ReadonlyMap<string, readonly Late[]>, at: number): { readonly trip: string; readonly late: Late } | null {
  let best: { trip: string; late: Late } | null = null;
  for (const [trip, points] of told) {
    const late = points.findLast((each) => each.at <= at);
    if (late && at - late.at <= HELD_MS && (!best || late.at > best.late.at)) best = { trip, late };
  }
  return best;
}

/** How many nodes and alerts there were in each of `slots` equal parts of the time. */
export function markSlots(marks: readonly Mark[], from: number, to: number, slots: number): { readonly nodes: number[]; readonly alerts: number[] } {
  const [nodes, alerts] = [0, 0].map(() => Array.from({ length: slots }, () => 0)) as [number[], number[]];
  for (const mark of marks) {
    const slot = Math.min(slots - 1, Math.floor(((mark.at - from) / (to - from)) * slots));
    const counts = mark.what === 'alert' ? alerts : mark.what === 'node' ? nodes : null;
    if (counts && slot >= 0) counts[slot] = (counts[slot] ?? 0) + mark.count;
  }
  return { nodes, alerts };
}

/** Bars as one path. */
export function barsPath(counts: readonly number[], x: Scale, y: (count: number) => number, below: readonly number[] = []): string {
  const width = (x.at(x.to) - x.at(x.from)) / counts.length;
  return counts
    .map((count, i) => {
      if (count === 0) return '';
      const [bottom, top] = [y(below[i] ?? 0), y((below[i] ?? 0) + count)];
      const left = x.at(x.from) + i * width;
      return `M${two(left + 0.5)} ${two(bottom)}V${two(top)}H${two(left + Math.max(1, width - 0.5))}V${two(bottom)}Z`;
    })
    .join('');
}
