/** A trip as the map shows it. */
import type { Trip, TripStop } from '../api/trips';
import { cell } from '../live/fleet';
import type { Point } from '../live/motion';
import type { StopView, TripView } from '../map/trip';
import { fleet } from './app';
import { fitPoints } from './mapLink';
import { signedDelay } from './risk';
import { placeName } from './trips';

function stopView(stop: TripStop, place: number): StopView {
  const late = !stop.arrived_at && stop.delay_s !== null && (stop.risk === 'late' || stop.risk === 'overdue');
  const label = late ? `${placeName(stop.site)}\n${signedDelay(stop.delay_s)}` : placeName(stop.site);
  const done = stop.arrived_at !== null || stop.departed_at !== null || stop.status === 'passed';
  const { code, lon, lat } = stop.site;
  return { code, lon, lat, number: place + 1, label, risk: stop.risk, done, dropped: stop.dropped };
}

function lineOf(trip: Trip): Point[] {
  return (trip.line?.coordinates ?? []).map(([lon = 0, lat = 0]) => ({ lon, lat }));
}

/** Where the vehicle is, if that is off the line. */
function awayOf(trip: Trip, corridor: number): Point | null {
  const row = trip.vehicle ? fleet.row.get(trip.vehicle) : undefined;
  const far = trip.off_route || (trip.away_m ?? 0) > corridor;
  if (!far || row === undefined || Number.isNaN(cell(fleet.time, row))) return null;
  return { lon: cell(fleet.lon, row), lat: cell(fleet.lat, row) };
}

export function viewOf(trip: Trip): TripView {
  const corridor = trip.corridor_m ?? 0;
  return {
    line: lineOf(trip),
    corridor,
    share: trip.share ?? Number.NaN,
    at: trip.at ? { lon: trip.at[0] ?? 0, lat: trip.at[1] ?? 0 } : null,
    away: awayOf(trip, corridor),
    stops: trip.stops.map(stopView),
  };
}

export function fitTrip(trip: Trip): void {
  const { line, stops, away } = viewOf(trip);
  fitPoints([...line, ...stops, ...(away ? [away] : [])]);
}
