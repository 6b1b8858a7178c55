/** Plates, obstacles and counts as features of what is in sight.  Pure. */
import type { Feature, FeatureCollection, Point as GeoPoint } from 'geojson';
import { type Fleet, isLate } from '../live/fleet';
import type { Box } from '../live/messages';
import { isHeard, latAt, lonAt } from './pick';

/** More plates than these are neither readable nor cheap. */
const MOST_PLATES = 300;
/** With more markers in sight than these, labels stand behind them instead of giving way. */
const MOST_OBSTACLES = 600;

export interface PlateView {
  readonly fleet: Fleet;
  readonly chosen: readonly number[];
  readonly visible: Uint8Array | null;
  readonly viewer: number;
  /** [west, south, east, north]; null when plates are off or the zoom is too low. */
  readonly box: Box | null;
}

function isInside(fleet: Fleet, row: number, viewer: number, [west, south, east, north]: Box): boolean {
  const lat = latAt(fleet, row, viewer);
  if (lat < south || lat > north || !isHeard(fleet, row)) return false;
  const lon = lonAt(fleet, row, viewer);
  return lon >= west && lon <= east;
}

/** Plates of the chosen vehicles and, when zoomed in, of those in view: the late ones first. */
export function plateFeatures(view: PlateView): FeatureCollection<GeoPoint> {
  const { fleet, viewer, box } = view;
  const features: Feature<GeoPoint>[] = [];
  const add = (row: number, rank: number) => {
    const coordinates = [lonAt(fleet, row, viewer), latAt(fleet, row, viewer)];
    features.push({ type: 'Feature', properties: { plate: fleet.plate[row] ?? '', rank }, geometry: { type: 'Point', coordinates } });
  };
  for (const row of view.chosen) if (row >= 0 && row < fleet.size && isHeard(fleet, row)) add(row, 0);
  for (const late of box ? [true, false] : []) {
    for (let row = 0; row < fleet.size && features.length < MOST_PLATES; row++) {
      if (isLate(fleet, row) !== late || view.visible?.[row] === 0 || view.chosen.includes(row)) continue;
      if (box && isInside(fleet, row, viewer, box)) add(row, late ? 1 : 2);
    }
  }
  return { type: 'FeatureCollection', features };
}

export interface ObstacleView {
  readonly fleet: Fleet;
  readonly viewer: number;
  /** [west, south, east, north] of what is in sight. */
  readonly box: Box;
}

/** Where no label may stand: on a marker.  None in a crowd, which would leave no label at all. */
export function obstacleFeatures({ fleet, viewer, box }: ObstacleView): FeatureCollection<GeoPoint> {
  let count = 0;
  for (let row = 0; row < fleet.size && count <= MOST_OBSTACLES; row++) if (isInside(fleet, row, viewer, box)) count++;
  const features: Feature<GeoPoint>[] = [];
  const size = count > MOST_OBSTACLES ? 0 : fleet.size;
  for (let row = 0; row < size; row++) {
    if (!isInside(fleet, row, viewer, box)) continue;
    const geometry = { type: 'Point' as const, coordinates: [lonAt(fleet, row, viewer), latAt(fleet, row, viewer)] };
    features.push({ type: 'Feature', properties: {}, geometry });
  }
  return { type: 'FeatureCollection', features };
}

/** How many vehicles are at each site: inside, or still or already on their way through its gate. */
export function insideBySite(fleet: Fleet): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let row = 0; row < fleet.size; row++) {
    const code = fleet.site[row];
    if (code != null && fleet.presence[row] !== 'leaving') counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}
