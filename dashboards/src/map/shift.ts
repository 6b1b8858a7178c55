/**
 * GCJ-02 and BD-09: where the public maps of mainland China draw a place of WGS 84, and back.
 *
 * The formulas are gcoord's.  Theirs is a rectangle that also holds Seoul and Hanoi, so the outline of the area
 * is our own (`scripts/build_outline.py`): outside of it nothing is shifted.  Along its land borders the
 * map jumps by the shift, as those maps do, and a place on the map that two places lead to is the one inside.
 */
import gcoord from 'gcoord';
import type { Place, Shift } from './datum';
import rings from './shiftedArea.json';

/** The outline's file counts in thousandths of a degree. */
const UNITS = 1000;
/** Edges are found by their latitude: bands of a quarter degree hold about thirty each. */
const BANDS = 4;
/** Each round leaves less than 2 % of the error, as much as the shift differs between neighbouring places. */
const ROUNDS = 8;
/** The middle of the formulas, degrees east: nobody's map is more than half a turn off it. */
const MIDDLE = 105;

/** West, south, east and north ends of an edge: x1 y1 x2 y2. */
type Edge = readonly [number, number, number, number];

function edgesOf(ring: readonly number[]): Edge[] {
  const corners: Place[] = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < ring.length; i += 2) {
    x += ring[i] ?? 0;
    y += ring[i + 1] ?? 0;
    corners.push([x / UNITS, y / UNITS]);
  }
  return corners.map(([lon, lat], i) => {
    const [nextLon, nextLat] = corners[(i + 1) % corners.length] ?? [lon, lat];
    return [lon, lat, nextLon, nextLat];
  });
}

function bandsOf(edges: readonly Edge[]): ReadonlyMap<number, readonly Edge[]> {
  const bands = new Map<number, Edge[]>();
  for (const edge of edges) {
    const last = Math.floor(Math.max(edge[1], edge[3]) * BANDS);
    for (let band = Math.floor(Math.min(edge[1], edge[3]) * BANDS); band <= last; band++) {
      const there = bands.get(band);
      if (there) there.push(edge);
      else bands.set(band, [edge]);
    }
  }
  return bands;
}

const BY_BAND = bandsOf((rings as readonly (readonly number[])[]).flatMap(edgesOf));

/** Whether the public maps of a place in WGS 84 are shifted; even-odd, degrees. */
export function isShifted(lon: number, lat: number): boolean {
  let inside = false;
  for (const [x1, y1, x2, y2] of BY_BAND.get(Math.floor(lat * BANDS)) ?? []) {
    if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
  }
  return inside;
}

const TARGETS = { gcj02: gcoord.GCJ02, bd09: gcoord.BD09 } as const;

/** The shift of a datum. */
export function shiftOf(datum: keyof typeof TARGETS): Shift {
  const smooth = (lon: number, lat: number) => gcoord.transform<Place>([lon, lat], gcoord.WGS84, TARGETS[datum]);
  const toMap = (lon: number, lat: number): Place => {
    const turns = 360 * Math.round((lon - MIDDLE) / 360);
    if (!isShifted(lon - turns, lat)) return [lon, lat];
    const [x, y] = smooth(lon - turns, lat);
    return [x + turns, y];
  };
  const fromMap = (lon: number, lat: number): Place => {
    const turns = 360 * Math.round((lon - MIDDLE) / 360);
    let [x, y] = [lon - turns, lat];
    for (let round = 0; round < ROUNDS; round++) {
      const [atLon, atLat] = smooth(x, y);
      [x, y] = [x - (atLon - (lon - turns)), y - (atLat - lat)];
    }
    return isShifted(x, y) ? [x + turns, y] : [lon, lat];
  };
  return { toMap, fromMap };
}
