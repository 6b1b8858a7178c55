/** A trip as the map shows it. */
import type { Trip, TripStop } from '../api/trips';
import { cell } from '../live/fleet';
import type { Point } from '../live/motion';
import type { StopView, TripView } from '../map/trip';
import { fleet } from './app';
import { signedDelay } from './risk';
import { nameOf, t } from './state';
import { minute } from './words';

/** When it was planned, and when it is expected or was. */
function timesOf(stop: TripStop): string[] {
  const { zone } = stop.site;
  const { opens_at: from, closes_at: to, arrive_at: at } = stop.planned;
  const planned = from && to && from !== to ? t('map.stop.window', { from: minute(from, zone), to: minute(to, zone) }) : (at ?? to) ? t('map.stop.at', { at: minute(at ?? to ?? '', zone) }) : null;
  const known = stop.arrived_at
    ? t('map.stop.arrived', { at: minute(stop.arrived_at, zone) })
    : stop.eta && t('map.stop.eta', { at: minute(stop.eta.p50, zone), until: minute(stop.eta.p90, zone) });
  const left = stop.departed_at && t('map.stop.departed', { at: minute(stop.departed_at, zone) });
  return [planned, known, left].filter((each): each is string => Boolean(each));
}

function stopView(stop: TripStop, place: number): StopView {
  const late = !stop.arrived_at && stop.delay_s !== null && (stop.risk === 'late' || stop.risk === 'overdue');
  const label = late ? `${nameOf(stop.site)}\n${signedDelay(stop.delay_s)}` : nameOf(stop.site);
  const done = stop.arrived_at !== null || stop.departed_at !== null || stop.status === 'passed';
  const { code, lon, lat } = stop.site;
  const tip = [`${place + 1} ${nameOf(stop.site)}`, ...timesOf(stop)].join('\n');
  return { code, lon, lat, number: place + 1, label, risk: stop.risk, done, dropped: stop.dropped, tip };
}

function lineOf(trip: Trip): Point[] {
  return (trip.line?.coordinates ?? []).map(([lon = 0, lat = 0]) => ({ lon, lat }));
}

/** Where the vehicle is, or where it was then, if that is off the line. */
function awayOf(trip: Trip, corridor: number, then?: Point | null): Point | null {
  const far = trip.off_route || (trip.away_m ?? 0) > corridor;
  if (!far) return null;
  if (then !== undefined) return then && { lon: then.lon, lat: then.lat };
  const row = trip.vehicle ? fleet.row.get(trip.vehicle) : undefined;
  if (row === undefined || Number.isNaN(cell(fleet.time, row))) return null;
  return { lon: cell(fleet.lon, row), lat: cell(fleet.lat, row) };
}

/** `then`: where its vehicle was at a moment of the past; without it, where it is. */
export function viewOf(trip: Trip, then?: Point | null): TripView {
  const corridor = trip.corridor_m ?? 0;
  return {
    line: lineOf(trip),
    corridor,
    share: trip.share ?? Number.NaN,
    at: trip.at ? { lon: trip.at[0] ?? 0, lat: trip.at[1] ?? 0 } : null,
    away: awayOf(trip, corridor, then),
    stops: trip.stops.map(stopView),
  };
}
