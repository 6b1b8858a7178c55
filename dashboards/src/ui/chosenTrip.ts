/** The trip of the selected vehicle, asked for once for its card and for the map. */
import { computed, effect, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Trip } from '../api/trips';
import { TripsApi } from '../api/tripsHttp';
import { offRoute } from '../map/offRoute';
import type { Driven, Parts } from '../map/track';
import type { TripView } from '../map/trip';
import { api, fleet, may, session } from './app';
import * as state from './state';
import { viewOf } from './tripMap';

/** The trip as it was told last; null while it has none, or nobody may see it. */
export const chosenTrip = signal<Trip | null>(null);
export const chosenProblem = signal<string | null>(null);

/** Asked again when the live stream says something new of it, but never more often, milliseconds. */
const GAP_MS = 5000;

const trips = new TripsApi(api.line);

/** Code of the trip that the selected vehicle is on. */
const code = computed(() => {
  void session.version.value;
  const row = state.selected.value === null ? undefined : fleet.row.get(state.selected.value);
  return row === undefined ? null : (fleet.trip[row] ?? null);
});

/** What the live stream says of it, as one text that changes when any of it does. */
const word = computed(() => {
  void session.version.value;
  const row = state.selected.value === null ? undefined : fleet.row.get(state.selected.value);
  if (row === undefined) return '';
  return [code.value, fleet.risk[row], fleet.next[row], fleet.delay[row], fleet.nextAt[row], fleet.site[row]].join(' ');
});

async function ask(wanted: string): Promise<void> {
  try {
    const trip = await trips.one(wanted);
    if (code.peek() !== wanted) return;
    chosenTrip.value = trip;
    chosenProblem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (code.peek() === wanted) chosenProblem.value = error.message;
  }
}

let askedAt = Number.NEGATIVE_INFINITY;

effect(() => {
  const wanted = code.value;
  if (chosenTrip.peek()?.code !== wanted) {
    chosenTrip.value = null;
    chosenProblem.value = null;
    askedAt = Number.NEGATIVE_INFINITY;
  }
});

effect(() => {
  void word.value;
  const wanted = code.value;
  if (wanted === null || !may('look_trips')) return undefined;
  const timer = setTimeout(
    () => {
      askedAt = performance.now();
      void ask(wanted);
    },
    Math.max(0, askedAt + GAP_MS - performance.now()),
  );
  return () => clearTimeout(timer);
});

/** It as the map draws it, beside the vehicle's own track. */
export const chosenView = computed<TripView | null>(() => {
  const trip = chosenTrip.value;
  void state.lang.value;
  return trip && { ...viewOf(trip), tracked: true };
});

/** When it left its first stop; before that, when it was to. */
function beginOf(trip: Trip): number {
  const [first] = trip.stops;
  return Date.parse(first?.departed_at ?? first?.arrived_at ?? trip.starts_at ?? '');
}

/** What of a track belongs to the trip, and which stretches of that are off its way. */
export function drivenOf(parts: Parts, trip: Trip | null): Driven | undefined {
  const since = trip ? beginOf(trip) : Number.NaN;
  if (!trip || Number.isNaN(since)) return undefined;
  const line = (trip.line?.coordinates ?? []).map(([lon = 0, lat = 0]) => ({ lon, lat }));
  return { since, off: trip.corridor_m == null ? [] : offRoute(parts, line, trip.corridor_m, since) };
}
