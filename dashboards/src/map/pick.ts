/** Where vehicles are drawn, and which of them is meant by a point on the map.  Pure, and without an object per vehicle. */
import { type Fleet, cell, drawnAt } from '../live/fleet';
import { type Point, progress } from '../live/motion';

/** CSS pixels around a marker that count as on it. */
const REACH = 14;

/** Longitude of a vehicle that has been heard of, where it is drawn. */
export function lonAt(fleet: Fleet, row: number, viewer: number): number {
  const share = progress(cell(fleet.start, row), cell(fleet.duration, row), viewer);
  return cell(fleet.fromLon, row) * (1 - share) + cell(fleet.toLon, row) * share;
}

export function latAt(fleet: Fleet, row: number, viewer: number): number {
  const share = progress(cell(fleet.start, row), cell(fleet.duration, row), viewer);
  return cell(fleet.fromLat, row) * (1 - share) + cell(fleet.toLat, row) * share;
}

export function isHeard(fleet: Fleet, row: number): boolean {
  return !Number.isNaN(cell(fleet.time, row));
}

/** Where vehicles are drawn that have ever been heard of. */
export function placesOf(fleet: Fleet, viewer: number): Point[] {
  const rows = Array.from({ length: fleet.size }, (_, row) => drawnAt(fleet, row, viewer));
  return rows.filter((place) => place !== null);
}

/** The plate of the marker nearest to a point and in reach of it; a linear scan, 0.1 ms for 10,000. */
export function nearest(fleet: Fleet, viewer: number, point: Point, zoom: number): string | null {
  const perLon = (512 * 2 ** zoom) / 360;
  const perLat = perLon / Math.cos((point.lat * Math.PI) / 180);
  let best = REACH * REACH;
  let found = -1;
  for (let row = 0; row < fleet.size; row++) {
    const down = (latAt(fleet, row, viewer) - point.lat) * perLat;
    if (down * down >= best || !isHeard(fleet, row)) continue;
    const right = (lonAt(fleet, row, viewer) - point.lon) * perLon;
    const away = right * right + down * down;
    if (away < best) {
      best = away;
      found = row;
    }
  }
  return found < 0 ? null : (fleet.plate[found] ?? null);
}

/** The row of a plate; -1 for none. */
export function rowOf(fleet: Fleet, plate: string | null): number {
  return plate === null ? -1 : (fleet.row.get(plate) ?? -1);
}
