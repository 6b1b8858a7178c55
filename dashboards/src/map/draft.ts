/**
 * A fence while it is drawn.  Pure: every action answers the next draft, so the form, the map and the
 * tests share one truth.  A circle is a point and a radius, never a polygon that looks like one.
 */
import type { FenceGeometry, FenceShape } from '../api/shapes';
import { type Point, distance } from '../live/motion';
import { contains, crossings, lineLength, ringArea, wrapped } from './geometry';

/** A ring (open: its last corner joins its first), a line, or the one point of a circle. */
export interface Path {
  /** Which polygon a ring belongs to; the first ring of a polygon is its outside, others are holes. */
  readonly polygon: number;
  readonly points: readonly Point[];
}

export interface Grip {
  readonly path: number;
  readonly index: number;
}

export interface Draft {
  readonly kind: FenceShape;
  readonly paths: readonly Path[];
  /** Metres: of a circle, or to each side of a corridor. */
  readonly radius: number;
  /** False while points are still being placed. */
  readonly done: boolean;
  /** The corner that keys act on. */
  readonly grip: Grip | null;
}

export type Flaw =
  | { readonly kind: 'crossing'; readonly at: Point }
  | { readonly kind: 'outside'; readonly at: Point }
  | { readonly kind: 'few' };

/** Fewest points of a path. */
const FEWEST: Readonly<Record<FenceShape, number>> = { circle: 1, polygon: 3, corridor: 2 };
/** Beyond these, the live check would be felt; the server checks all. */
const MOST_CHECKED = 2000;

export function begin(kind: FenceShape, radius: number): Draft {
  return { kind, paths: [{ polygon: 0, points: [] }], radius, done: false, grip: null };
}

export function pointAt(draft: Draft, grip: Grip): Point | undefined {
  return draft.paths[grip.path]?.points[grip.index];
}

function withPath(draft: Draft, place: number, points: readonly Point[]): Draft {
  const paths = draft.paths.map((path, i) => (i === place ? { ...path, points } : path));
  return { ...draft, paths };
}

/** Place the next point; a circle needs only one. */
export function add(draft: Draft, point: Point): Draft {
  if (draft.done) return draft;
  if (draft.kind === 'circle') return { ...withPath(draft, 0, [point]), done: true };
  return withPath(draft, 0, [...(draft.paths[0]?.points ?? []), point]);
}

/** Take back the last point placed. */
export function undo(draft: Draft): Draft {
  return draft.done ? draft : withPath(draft, 0, (draft.paths[0]?.points ?? []).slice(0, -1));
}

export function canFinish(draft: Draft): boolean {
  return draft.paths.every((path) => path.points.length >= FEWEST[draft.kind]);
}

export function finish(draft: Draft): Draft {
  return canFinish(draft) ? { ...draft, done: true } : draft;
}

export function grasp(draft: Draft, grip: Grip | null): Draft {
  return { ...draft, grip };
}

export function move(draft: Draft, grip: Grip, to: Point): Draft {
  const points = draft.paths[grip.path]?.points ?? [];
  return withPath(draft, grip.path, points.map((each, i) => (i === grip.index ? to : each)));
}

/** A new corner after the one at `grip`, which is then the one held. */
export function insert(draft: Draft, grip: Grip, point: Point): Draft {
  const points = draft.paths[grip.path]?.points ?? [];
  const next = { path: grip.path, index: grip.index + 1 };
  return { ...withPath(draft, grip.path, points.toSpliced(next.index, 0, point)), grip: next };
}

/** Without a corner.  A hole of two corners is none; an outline never gets fewer than it needs. */
export function remove(draft: Draft, grip: Grip): Draft {
  const path = draft.paths[grip.path];
  if (!path || draft.kind === 'circle') return draft;
  if (path.points.length > FEWEST[draft.kind]) {
    return { ...withPath(draft, grip.path, path.points.toSpliced(grip.index, 1)), grip: null };
  }
  return isHole(draft, grip.path) ? { ...draft, paths: draft.paths.toSpliced(grip.path, 1), grip: null } : draft;
}

function isHole(draft: Draft, place: number): boolean {
  return draft.paths.findIndex((each) => each.polygon === draft.paths[place]?.polygon) !== place;
}

/** Middles of all edges, each with the corner before it: where a corner can be put in. */
export function middles(draft: Draft): { readonly grip: Grip; readonly at: Point }[] {
  if (!draft.done || draft.kind === 'circle') return [];
  return draft.paths.flatMap(({ points }, path) =>
    points.flatMap((a, index) => {
      const b = points[index + 1] ?? (draft.kind === 'polygon' ? points[0] : undefined);
      return b ? [{ grip: { path, index }, at: { lon: (a.lon + b.lon) / 2, lat: (a.lat + b.lat) / 2 } }] : [];
    }),
  );
}

/** What is wrong with the outline, as far as it can be seen before the server is asked. */
export function flaws(draft: Draft): Flaw[] {
  const found: Flaw[] = [];
  if (!canFinish(draft)) found.push({ kind: 'few' });
  const count = draft.paths.reduce((sum, path) => sum + path.points.length, 0);
  if (draft.kind !== 'polygon' || count > MOST_CHECKED) return found;
  const rings = draft.paths.map((path) => path.points);
  for (const at of crossings(rings, draft.done)) found.push({ kind: 'crossing', at });
  draft.paths.forEach((path, i) => {
    const outer = draft.paths.find((each) => each.polygon === path.polygon)?.points ?? [];
    const first = path.points[0];
    if (first && isHole(draft, i) && !contains(outer, first)) found.push({ kind: 'outside', at: first });
  });
  return found;
}

/** Square metres covered; a corridor's is its band, bends not counted. */
export function area(draft: Draft): number {
  if (draft.kind === 'circle') return Math.PI * draft.radius ** 2;
  if (draft.kind === 'corridor') return draft.paths.reduce((sum, path) => sum + lineLength(path.points), 0) * 2 * draft.radius;
  return draft.paths.reduce((sum, path, i) => sum + ringArea(path.points) * (isHole(draft, i) ? -1 : 1), 0);
}

/** Seven digits are a centimetre; more would pretend. */
const position = (point: Point): [number, number] => {
  const { lon, lat } = wrapped(point);
  return [Number(lon.toFixed(7)), Number(lat.toFixed(7))];
};

/** The outline as GeoJSON; null while it is none yet. */
export function toGeometry(draft: Draft): FenceGeometry | null {
  const [first] = draft.paths;
  const centre = first?.points[0];
  if (!canFinish(draft) || !first || !centre) return null;
  if (draft.kind === 'circle') return { type: 'Point', coordinates: position(centre) };
  const lines = draft.paths.map((path) => path.points.map(position));
  if (draft.kind === 'corridor') {
    return lines.length === 1
      ? { type: 'LineString', coordinates: lines[0] ?? [] }
      : { type: 'MultiLineString', coordinates: lines };
  }
  const polygons: [number, number][][][] = [];
  draft.paths.forEach((path, i) => {
    const line = lines[i] ?? [];
    (polygons[path.polygon] ??= []).push([...line, ...line.slice(0, 1)]);
  });
  const kept = polygons.filter((rings) => rings.length > 0);
  return kept.length === 1
    ? { type: 'Polygon', coordinates: kept[0] ?? [] }
    : { type: 'MultiPolygon', coordinates: kept };
}

type Positions = readonly (readonly number[])[];

const pointsOf = (positions: Positions): Point[] => positions.map(([lon, lat]) => ({ lon: lon ?? Number.NaN, lat: lat ?? Number.NaN }));
/** GeoJSON closes its rings; ours are open. */
const opened = (ring: Positions): Point[] => pointsOf(ring.slice(0, -1));

/** The paths of a fence as it is. */
export function pathsOf(geometry: FenceGeometry): Path[] {
  switch (geometry.type) {
    case 'Point':
      return [{ polygon: 0, points: pointsOf([geometry.coordinates]) }];
    case 'LineString':
      return [{ polygon: 0, points: pointsOf(geometry.coordinates) }];
    case 'MultiLineString':
      return geometry.coordinates.map((line, polygon) => ({ polygon, points: pointsOf(line) }));
    case 'Polygon':
      return geometry.coordinates.map((ring) => ({ polygon: 0, points: opened(ring) }));
    case 'MultiPolygon':
      return geometry.coordinates.flatMap((rings, polygon) => rings.map((ring) => ({ polygon, points: opened(ring) })));
  }
}

/** A fence taken up to be edited. */
export function fromFence(shape: FenceShape, geometry: FenceGeometry, radius: number): Draft {
  return { kind: shape, paths: pathsOf(geometry), radius, done: true, grip: null };
}

/** The radius that reaches a point, in whole metres. */
export function reach(draft: Draft, to: Point): number {
  const centre = draft.paths[0]?.points[0];
  return centre ? Math.max(1, Math.round(distance(centre, to))) : draft.radius;
}
