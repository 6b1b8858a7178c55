/** A trip as it stood at a moment: what was done by then, and where on its line the vehicle was.  Pure. */
import type { Trip, TripStop } from '../api/trips';
import { type Point, distance } from '../live/motion';

export interface OnLine {
  /** Of its length, 0 to 1. */
  readonly share: number;
  readonly at: Point;
  /** Metres from the line. */
  readonly away: number;
}

/** The nearest place on a line; null without a line. */
export function onLine(line: readonly Point[], point: Point): OnLine | null {
  if (line.length < 2) return null;
  const narrow = Math.cos((point.lat * Math.PI) / 180);
  let best = { square: Number.POSITIVE_INFINITY, metres: 0, at: point };
  let total = 0;
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1] as Point, line[i] as Point];
    const [dx, dy] = [(b.lon - a.lon) * narrow, b.lat - a.lat];
    const [px, py] = [(point.lon - a.lon) * narrow, point.lat - a.lat];
    const square = dx * dx + dy * dy;
    const part = square > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0;
    const off = (px - dx * part) ** 2 + (py - dy * part) ** 2;
    const length = distance(a, b);
    if (off < best.square) best = { square: off, metres: total + length * part, at: { lon: a.lon + (b.lon - a.lon) * part, lat: a.lat + (b.lat - a.lat) * part } };
    total += length;
  }
  return { share: total > 0 ? best.metres / total : 0, at: best.at, away: distance(best.at, point) };
}

const reached = (iso: string | null, at: number) => iso !== null && Date.parse(iso) <= at;

/** The stop as it stood: what came later is not known yet, nor what was expected then. */
function stopAsOf(stop: TripStop, at: number): TripStop {
  const [arrived, departed] = [reached(stop.arrived_at, at), reached(stop.departed_at, at)];
  return {
    ...stop,
    arrived_at: arrived ? stop.arrived_at : null,
    departed_at: departed ? stop.departed_at : null,
    delay_s: arrived ? stop.delay_s : null,
    risk: arrived ? stop.risk : 'unknown',
    eta: null,
    status: arrived || departed ? stop.status : 'planned',
  };
}

const lineOf = (trip: Trip): Point[] => (trip.line?.coordinates ?? []).map(([lon = 0, lat = 0]) => ({ lon, lat }));

/** The trip at `at` (milliseconds), its vehicle being at `place`, if anybody knew. */
export function tripAsOf(trip: Trip, at: number, place: Point | null): Trip {
  const found = place && onLine(lineOf(trip), place);
  return {
    ...trip,
    stops: trip.stops.map((stop) => stopAsOf(stop, at)),
    share: found ? found.share : null,
    at: found ? [found.at.lon, found.at.lat] : null,
    away_m: found ? found.away : null,
    off_route: found !== null && trip.corridor_m !== null && found.away > trip.corridor_m,
  };
}

const HOUR_MS = 3_600_000;

/** The trip that a vehicle was on at a moment: the last that had begun, or begins within the hour. */
export function tripAt(trips: readonly Trip[], at: number): Trip | null {
  const begun = trips.filter((trip) => trip.starts_at !== null && Date.parse(trip.starts_at) - HOUR_MS <= at);
  const open = begun.filter((trip) => {
    const last = trip.stops.at(-1);
    const over = last?.departed_at ?? last?.arrived_at ?? null;
    return over === null || Date.parse(over) + HOUR_MS >= at;
  });
  return open.at(-1) ?? null;
}
