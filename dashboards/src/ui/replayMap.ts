/** The past on the one map: the fleet of then, a vehicle's way, its plan as it stood, fixes that came late. */
import type { FeatureCollection } from 'geojson';
import type { ReplayOut } from '../api/types.gen';
import type { Parts, Sample } from '../map/track';
import { tripAsOf, tripAt } from '../replay/asOf';
import { PastFleet } from '../replay/fleet';
import { LATE_S } from '../replay/marks';
import { type Samples, momentOf } from '../replay/samples';
import * as mapLink from './mapLink';
import { viewOf } from './tripMap';
import { minute } from './words';

/** The past of one vehicle, as it was told. */
export interface Past {
  readonly told: ReplayOut;
  readonly samples: Samples;
}

/** The plan is drawn anew that often, milliseconds: a line of thousands of points is dear. */
const PLAN_MS = 500;
/** More dots than these are a line. */
const MOST_DOTS = 24;

const fleet = new PastFleet();
let of: Past | null = null;
let plannedAt = 0;

export function drawFleet(samples: Samples | null, at: number): void {
  mapLink.past.value = { fleet: fleet.show(samples, at), server: at };
}

/** The way, cut where nothing was heard. */
function partsOf({ told, samples }: Past): Parts {
  const cuts = new Set(told.gaps.map((each) => Date.parse(each.from)));
  const parts: Sample[][] = [[]];
  samples.time.forEach((ms, i) => {
    const time = samples.start + ms;
    parts.at(-1)?.push({ time, lon: (samples.lon[i] ?? 0) / 1e7, lat: (samples.lat[i] ?? 0) / 1e7 });
    if (cuts.has(time)) parts.push([]);
  });
  return parts.filter((each) => each.length > 0);
}

/** Dots where fixes came late; the first of a stretch says when it was taken. */
function lateDots({ samples }: Past): FeatureCollection {
  const rows = [...samples.lag.keys()].filter((i) => (samples.lag[i] ?? 0) >= LATE_S);
  const every = Math.max(1, Math.ceil(rows.length / MOST_DOTS));
  const features = rows
    .filter((_, place) => place % every === 0)
    .map((i, place) => ({
      type: 'Feature' as const,
      properties: { time: place === 0 ? minute(samples.start + (samples.time[i] ?? 0)) : '' },
      geometry: { type: 'Point' as const, coordinates: [(samples.lon[i] ?? 0) / 1e7, (samples.lat[i] ?? 0) / 1e7] },
    }));
  return { type: 'FeatureCollection', features };
}

export function drawVehicle(past: Past, at: number): void {
  drawFleet(past.samples, at);
  const isNew = past !== of;
  if (isNew) {
    of = past;
    mapLink.tripVehicle.value = past.told.vehicle;
    mapLink.track.value = partsOf(past);
    mapLink.map.peek()?.evidence.show(lateDots(past));
  }
  if (!isNew && performance.now() - plannedAt < PLAN_MS) return;
  plannedAt = performance.now();
  const trip = tripAt(past.told.trips, at);
  const moment = momentOf(past.samples, 0, at);
  mapLink.tripView.value = trip && viewOf(tripAsOf(trip, at, moment), moment); // lost, it had come as far as its last fix
}

/** The map came after the past: everything is drawn once more. */
export function redraw(past: Past, at: number): void {
  of = null;
  drawVehicle(past, at);
  fitVehicle(past.samples);
}

/** The whole fleet in sight, unless somebody looks elsewhere. */
export function welcome(): void {
  mapLink.map.peek()?.welcome();
}

export function fitVehicle(samples: Samples): void {
  const points = [...samples.lon.keys()].map((i) => ({ lon: (samples.lon[i] ?? 0) / 1e7, lat: (samples.lat[i] ?? 0) / 1e7 }));
  if (points.length > 0) mapLink.fitPoints(points);
}

/** Nothing of the past is left on the map; the present comes back when the page is left. */
export function clearMap(leave = false): void {
  of = null;
  fleet.show(null, 0);
  mapLink.past.value = leave ? null : { fleet: fleet.fleet, server: 0 };
  mapLink.track.value = null;
  mapLink.tripView.value = null;
  mapLink.tripVehicle.value = null;
  mapLink.map.peek()?.evidence.show(null);
}
