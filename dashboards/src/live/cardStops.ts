/** A trip's stops on a small card: which are shown, and which time of each.  Pure. */
import type { StopStatus, TripStop } from '../api/trips';

const BEHIND: ReadonlySet<StopStatus> = new Set(['departed', 'passed', 'missed', 'skipped']);

/** Nothing more is to come of it. */
export function isBehind(stop: TripStop): boolean {
  return BEHIND.has(stop.status);
}

/** Stops that are not shown, and the place of the one before them. */
export interface Gap {
  readonly after: number;
  readonly hidden: number;
}

/** Places in the list of those that are shown, and the gaps between them. */
export type Shown = readonly (number | Gap)[];

/** The first, what lies around the vehicle, and the end; never a gap of a single stop. */
export function stopsShown(stops: readonly TripStop[], most = 6): Shown {
  const all = stops.map((_, place) => place);
  if (stops.length <= most) return all;
  const ahead = stops.findIndex((stop) => !isBehind(stop));
  const here = ahead < 0 ? stops.length - 1 : ahead;
  const start = Math.max(1, Math.min(here - 1, stops.length - 1 - (most - 2)));
  const wanted = new Set([0, stops.length - 1, ...all.slice(start, start + most - 2)]);
  const shown: (number | Gap)[] = [];
  for (const place of all) {
    const last = shown.at(-1);
    if (wanted.has(place)) shown.push(place);
    else if (typeof last === 'object') shown[shown.length - 1] = { ...last, hidden: last.hidden + 1 };
    else shown.push({ after: place - 1, hidden: 1 });
  }
  return shown.map((each) => (typeof each === 'object' && each.hidden === 1 ? each.after + 1 : each));
}

/** Closer than this a time is as planned, milliseconds: less than a minute is not seen. */
const AS_PLANNED_MS = 60_000;

export interface StopTime {
  /** The plan; null: there is none, or it says the same as `is`. */
  readonly planned: string | null;
  /** What happened, else what is expected, else the plan itself. */
  readonly is: string | null;
  readonly kind: 'actual' | 'estimate' | 'plan';
}

/** Of the first stop it is the departure, of others the arrival. */
export function stopTime(stop: TripStop, first: boolean): StopTime {
  const plan = first ? stop.planned.depart_at : (stop.planned.arrive_at ?? stop.planned.closes_at);
  const actual = first ? stop.departed_at : stop.arrived_at;
  const is = actual ?? stop.eta?.p50 ?? null;
  if (is === null) return { planned: null, is: plan, kind: 'plan' };
  const moved = plan !== null && Math.abs(Date.parse(is) - Date.parse(plan)) >= AS_PLANNED_MS;
  return { planned: moved ? plan : null, is, kind: actual ? 'actual' : 'estimate' };
}
