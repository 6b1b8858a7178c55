/** Plane and sphere for drawing fences.  Pure; degrees in and out, metres named so. */
import { type Point, distance } from '../live/motion';

const EARTH_M = 6_371_008.8;
const RADIAN = Math.PI / 180;

/** Corners of a drawn circle: its chords are 0.1 % of the radius off the arc. */
const CIRCLE_CORNERS = 72;

/** The point so many metres away in a direction, radians clockwise from north. */
export function destination(from: Point, metres: number, direction: number): Point {
  const angle = metres / EARTH_M;
  const lat = from.lat * RADIAN;
  const sine = Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(direction);
  const y = Math.sin(direction) * Math.sin(angle) * Math.cos(lat);
  const x = Math.cos(angle) - Math.sin(lat) * sine;
  return { lon: from.lon + Math.atan2(y, x) / RADIAN, lat: Math.asin(sine) / RADIAN };
}

/** A circle as an open ring. */
export function circleRing(centre: Point, metres: number): Point[] {
  return Array.from({ length: CIRCLE_CORNERS }, (_, i) =>
    destination(centre, metres, (2 * Math.PI * i) / CIRCLE_CORNERS),
  );
}

/** Longitude within 180 degrees of another, so that a ring across the antimeridian is one piece. */
export function near(lon: number, to: number): number {
  return lon - 360 * Math.round((lon - to) / 360);
}

/** The points with every longitude near the one before it. */
export function unwrapped(points: readonly Point[]): Point[] {
  let last = points[0]?.lon ?? 0;
  return points.map(({ lon, lat }) => {
    last = near(lon, last);
    return { lon: last, lat };
  });
}

/** Longitude from -180 to 180. */
export function wrapped({ lon, lat }: Point): Point {
  return { lon: near(lon, 0), lat };
}

const side = (a: Point, b: Point, p: Point) => (b.lon - a.lon) * (p.lat - a.lat) - (b.lat - a.lat) * (p.lon - a.lon);

/** Where two segments cross or touch; null where they do not.  Parallel ones do not. */
export function meeting(a: Point, b: Point, c: Point, d: Point): Point | null {
  const [toC, toD] = [side(a, b, c), side(a, b, d)];
  const [toA, toB] = [side(c, d, a), side(c, d, b)];
  if (toC * toD > 0 || toA * toB > 0 || toC === toD) return null;
  const share = toC / (toC - toD);
  return { lon: c.lon + (d.lon - c.lon) * share, lat: c.lat + (d.lat - c.lat) * share };
}

interface Edge {
  readonly path: number;
  readonly index: number;
  readonly from: Point;
  readonly to: Point;
}

function edgesOf(paths: readonly (readonly Point[])[], closed: boolean): Edge[] {
  return paths.flatMap((path, number) => {
    const points = unwrapped(path);
    const count = closed ? points.length : points.length - 1;
    return Array.from({ length: Math.max(0, count) }, (_, index) => {
      const from = points[index] ?? { lon: 0, lat: 0 };
      return { path: number, index, from, to: points[(index + 1) % points.length] ?? from };
    });
  });
}

function adjoin(a: Edge, b: Edge, count: number): boolean {
  const apart = Math.abs(a.index - b.index);
  return a.path === b.path && (apart <= 1 || apart === count - 1);
}

/** Where outlines cross themselves or one another: open rings, each with its last corner joined. */
export function crossings(paths: readonly (readonly Point[])[], closed = true): Point[] {
  const edges = edgesOf(paths, closed).toSorted(
    (a, b) => Math.min(a.from.lon, a.to.lon) - Math.min(b.from.lon, b.to.lon),
  );
  const found: Point[] = [];
  edges.forEach((a, i) => {
    const east = Math.max(a.from.lon, a.to.lon);
    for (let j = i + 1; j < edges.length; j++) {
      const b = edges[j];
      if (!b || Math.min(b.from.lon, b.to.lon) > east) break;
      if (adjoin(a, b, closed ? (paths[a.path]?.length ?? 0) : Infinity)) continue;
      const at = meeting(a.from, a.to, b.from, b.to);
      if (at) found.push(at);
    }
  });
  return found;
}

/** Whether a point lies in an open ring (even-odd). */
export function contains(ring: readonly Point[], point: Point): boolean {
  const points = unwrapped(ring);
  const lon = near(point.lon, points[0]?.lon ?? 0);
  let inside = false;
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length] ?? a;
    const between = a.lat > point.lat !== b.lat > point.lat;
    if (between && lon < a.lon + ((point.lat - a.lat) / (b.lat - a.lat)) * (b.lon - a.lon)) inside = !inside;
  });
  return inside;
}

/** Area of an open ring in square metres: flat earth at its first corner. */
export function ringArea(ring: readonly Point[]): number {
  const points = unwrapped(ring);
  const origin = points[0];
  if (!origin) return 0;
  const scale = EARTH_M * RADIAN;
  const stretch = Math.cos(origin.lat * RADIAN);
  let twice = 0;
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length] ?? a;
    const [ax, ay] = [(a.lon - origin.lon) * stretch, a.lat - origin.lat];
    const [bx, by] = [(b.lon - origin.lon) * stretch, b.lat - origin.lat];
    twice += ax * by - bx * ay;
  });
  return (Math.abs(twice) / 2) * scale * scale;
}

/** Centroid of an open ring: where its name stands; its first corner if it has no area. */
export function centroid(ring: readonly Point[]): Point | null {
  const points = unwrapped(ring);
  const origin = points[0];
  if (!origin) return null;
  let [twice, x, y] = [0, 0, 0];
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length] ?? a;
    const [ax, ay, bx, by] = [a.lon - origin.lon, a.lat - origin.lat, b.lon - origin.lon, b.lat - origin.lat];
    const cross = ax * by - bx * ay;
    twice += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  });
  return twice === 0 ? origin : { lon: origin.lon + x / (3 * twice), lat: origin.lat + y / (3 * twice) };
}

/** Length of a line in metres. */
export function lineLength(points: readonly Point[]): number {
  let metres = 0;
  unwrapped(points).forEach((point, i, all) => {
    const before = all[i - 1];
    if (before) metres += distance(before, point);
  });
  return metres;
}

/** Web mercator, 0 to 1 from west and from north. */
export function mercatorX(lon: number): number {
  return (180 + lon) / 360;
}

export function mercatorY(lat: number): number {
  return (180 - Math.log(Math.tan(Math.PI / 4 + (lat * RADIAN) / 2)) / RADIAN) / 360;
}
