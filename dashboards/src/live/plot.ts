/** Estimates over time as a drawing: scales, ticks, steps and bands.  Pure. */
import type { EstimatePoint, Estimates } from '../api/trips';

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** From a value to a pixel, and back. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly at: (value: number) => number;
  readonly value: (pixel: number) => number;
}

export function scale(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  return {
    from,
    to,
    at: (value) => start + ((value - from) / span) * (end - start),
    value: (pixel) => from + ((pixel - start) / (end - start || 1)) * span,
  };
}

/** Round distances between ticks: of delays in seconds, of times in milliseconds. */
const STEPS_S = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800] as const;

/** Multiples of a round step from `from` to `to`, at most `most`. */
export function ticks(from: number, to: number, most: number, unit: number): number[] {
  const step = unit * (STEPS_S.find((each) => (to - from) / (each * unit) <= most) ?? Math.ceil((to - from) / unit / most));
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, i) => first + i * step);
}

/** An estimate against the due time: seconds late; NaN while nothing was known. */
export interface Late {
  /** Milliseconds. */
  readonly at: number;
  readonly p50: number;
  readonly p90: number;
  readonly point: EstimatePoint;
}

export function latenessOver({ points, due }: Estimates): Late[] {
  const planned = due === null ? Number.NaN : Date.parse(due);
  const late = (iso: string | null) => (iso === null ? Number.NaN : (Date.parse(iso) - planned) / 1000);
  return points.map((point) => ({ at: Date.parse(point.at), p50: late(point.p50), p90: late(point.p90), point }));
}

/** Stretches of time with an estimate, and those without: an estimate holds until the next one. */
export interface Stretch {
  readonly known: boolean;
  readonly points: readonly Late[];
  /** Milliseconds; until when the last of them holds. */
  readonly until: number;
}

export function stretches(points: readonly Late[], end: number): Stretch[] {
  const found: { known: boolean; points: Late[]; until: number }[] = [];
  for (const point of points) {
    const known = !Number.isNaN(point.p50);
    const last = found.at(-1);
    if (last?.known === known) last.points.push(point);
    else {
      if (last) last.until = point.at;
      found.push({ known, points: [point], until: end });
    }
  }
  return found;
}

const two = (n: number) => n.toFixed(1);

/** A line in steps: what was said holds until something else is said. */
export function stepPath({ points, until }: Stretch, x: Scale, y: Scale, of: (point: Late) => number): string {
  const parts = points.map((point, i) => {
    const [px, py] = [two(x.at(point.at)), two(y.at(of(point)))];
    return i === 0 ? `M${px} ${py}` : `H${px}V${py}`;
  });
  return `${parts.join('')}H${two(x.at(until))}`;
}

/** The area between the middle and the cautious estimate, in the same steps. */
export function bandPath(stretch: Stretch, x: Scale, y: Scale): string {
  const upper = stepPath(stretch, x, y, (point) => point.p90);
  const corners: string[] = [];
  const { points, until } = stretch;
  points.toReversed().forEach((point, i, all) => {
    const next = i === 0 ? until : (all[i - 1]?.at ?? until);
    corners.push(`L${two(x.at(next))} ${two(y.at(point.p50))}L${two(x.at(point.at))} ${two(y.at(point.p50))}`);
  });
  return `${upper}${corners.join('')}Z`;
}

/** The estimate that held at a moment; null before the first. */
export function heldAt(points: readonly Late[], at: number): Late | null {
  return points.findLast((point) => point.at <= at) ?? null;
}

/** The least and greatest of what is drawn, with some room; zero and `extra` are always in it. */
export function extent(points: readonly Late[], extra: readonly number[]): [number, number] {
  const values = [0, ...extra, ...points.flatMap(({ p50, p90 }) => [p50, p90])].filter((each) => Number.isFinite(each));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(300, (high - low) * 0.08);
  return [low - room, high + room];
}
