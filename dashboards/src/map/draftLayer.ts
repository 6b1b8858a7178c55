/** The draft as features and layers. */
import type { Feature, FeatureCollection, Position } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import type { Point } from '../live/motion';
import { type Draft, flaws, middles } from './draft';
import { GROUND, pixelsAtZoom0 } from './fences';
import { circleRing, destination } from './geometry';
import { COLOURS, type Theme } from './palette';

/** Handles of all middles would hide a long outline. */
const MOST_MIDDLES = 250;

/** The handle on a circle's rim. */
export function east(centre: Point, radius: number): Point {
  return destination(centre, radius, Math.PI / 2);
}

const line = (points: readonly Point[], closed: boolean): Position[] =>
  (closed ? [...points, ...points.slice(0, 1)] : points).map(({ lon, lat }) => [lon, lat]);

const dot = (point: Point, kind: string): Feature => ({
  type: 'Feature',
  properties: { kind },
  geometry: { type: 'Point', coordinates: [point.lon, point.lat] },
});

const along = (coordinates: Position[], properties: Readonly<Record<string, unknown>>): Feature => ({
  type: 'Feature',
  properties: { ...properties },
  geometry: { type: 'LineString', coordinates },
});

/** The outline: its face once it is closed, its lines, and of a corridor how wide it is. */
function outlineFeatures(draft: Draft): Feature[] {
  const centre = draft.paths[0]?.points[0];
  if (!centre) return [];
  const faces = draft.kind === 'circle' ? [circleRing(centre, draft.radius)] : draft.paths.map((each) => each.points);
  const closed = draft.kind !== 'corridor' && draft.done;
  const rings = faces.map((points) => line(points, closed));
  const width = pixelsAtZoom0(2 * draft.radius, centre.lat);
  return [
    ...(closed ? [{ type: 'Feature' as const, properties: { kind: 'face' }, geometry: { type: 'Polygon' as const, coordinates: rings } }] : []),
    ...(draft.kind === 'corridor' ? rings.map((ring) => along(ring, { kind: 'band', width })) : []),
    ...rings.map((ring) => along(ring, { kind: 'line' })),
  ];
}

/** What can be taken hold of. */
function handleFeatures(draft: Draft): Feature[] {
  const between = middles(draft);
  const corners = draft.paths.flatMap(({ points }, path) =>
    points.map((point, index) => dot(point, draft.grip?.path === path && draft.grip.index === index ? 'held' : 'corner')),
  );
  const centre = draft.kind === 'circle' ? draft.paths[0]?.points[0] : undefined;
  return [
    ...(between.length <= MOST_MIDDLES ? between.map((each) => dot(each.at, 'middle')) : []),
    ...corners,
    ...(centre ? [dot(east(centre, draft.radius), 'corner')] : []),
  ];
}

/** The draft as features; `pointer` is where a rubber line leads. */
export function draftFeatures(draft: Draft, pointer: Point | null): FeatureCollection {
  const last = draft.paths[0]?.points.at(-1);
  const rubber = !draft.done && last && pointer ? [along(line([last, pointer], false), { kind: 'rubber' })] : [];
  const faults = flaws(draft).flatMap((flaw) => (flaw.kind === 'few' ? [] : [dot(flaw.at, 'flaw')]));
  return { type: 'FeatureCollection', features: [...outlineFeatures(draft), ...rubber, ...handleFeatures(draft), ...faults] };
}

export function draftLayers(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  const kind = (name: string) => ['==', ['get', 'kind'], name] as ['==', ['get', string], string];
  const handle = (id: string, radius: number, fill: string, stroke: string): LayerSpecification => ({
    id: `draft-${id}`,
    type: 'circle',
    source: 'draft',
    filter: kind(id),
    paint: { 'circle-radius': radius, 'circle-color': fill, 'circle-stroke-color': stroke, 'circle-stroke-width': 2 },
  });
  return [
    { id: 'draft-face', type: 'fill', source: 'draft', filter: kind('face'), paint: { 'fill-color': colours.track, 'fill-opacity': 0.16 } },
    { id: 'draft-band', type: 'line', source: 'draft', filter: kind('band'), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': colours.track, 'line-opacity': 0.16, 'line-width': GROUND } },
    { id: 'draft-line', type: 'line', source: 'draft', filter: kind('line'), paint: { 'line-color': colours.track, 'line-width': 2.4 } },
    { id: 'draft-rubber', type: 'line', source: 'draft', filter: kind('rubber'), paint: { 'line-color': colours.track, 'line-width': 1.6, 'line-dasharray': [2, 2] } },
    handle('middle', 3, colours.halo, colours.track),
    handle('corner', 5, colours.halo, colours.track),
    handle('held', 7, colours.track, colours.halo),
    { id: 'draft-flaw', type: 'circle', source: 'draft', filter: kind('flaw'), paint: { 'circle-radius': 10, 'circle-opacity': 0, 'circle-stroke-color': colours.alarm, 'circle-stroke-width': 3 } },
  ];
}
