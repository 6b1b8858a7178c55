/** The draft as features and layers. */
import type { Feature, FeatureCollection, Position } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import type { Point } from '../live/motion';
import { type Draft, flaws, middles } from './draft';
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

/** The draft as features; `pointer` is where a rubber line leads. */
export function draftFeatures(draft: Draft, pointer: Point | null): FeatureCollection {
  const features: Feature[] = [];
  const centre = draft.paths[0]?.points[0];
  const faces = draft.kind === 'circle' && centre ? [circleRing(centre, draft.radius)] : draft.paths.map((each) => each.points);
  const closed = draft.kind !== 'corridor' && draft.done;
  const rings = faces.map((points) => line(points, closed));
  if (closed) features.push({ type: 'Feature', properties: { kind: 'face' }, geometry: { type: 'Polygon', coordinates: rings } });
  for (const coordinates of rings) features.push({ type: 'Feature', properties: { kind: 'line' }, geometry: { type: 'LineString', coordinates } });
  const last = draft.paths[0]?.points.at(-1);
  if (!draft.done && last && pointer) {
    features.push({ type: 'Feature', properties: { kind: 'rubber' }, geometry: { type: 'LineString', coordinates: line([last, pointer], false) } });
  }
  const between = middles(draft);
  if (between.length <= MOST_MIDDLES) features.push(...between.map((each) => dot(each.at, 'middle')));
  draft.paths.forEach(({ points }, path) =>
    points.forEach((point, index) => {
      const held = draft.grip?.path === path && draft.grip.index === index;
      features.push(dot(point, held ? 'held' : 'corner'));
    }),
  );
  if (draft.kind === 'circle' && centre) features.push(dot(east(centre, draft.radius), 'corner'));
  for (const flaw of flaws(draft)) if (flaw.kind !== 'few') features.push(dot(flaw.at, 'flaw'));
  return { type: 'FeatureCollection', features };
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
    { id: 'draft-line', type: 'line', source: 'draft', filter: kind('line'), paint: { 'line-color': colours.track, 'line-width': 2.4 } },
    { id: 'draft-rubber', type: 'line', source: 'draft', filter: kind('rubber'), paint: { 'line-color': colours.track, 'line-width': 1.6, 'line-dasharray': [2, 2] } },
    handle('middle', 3, colours.halo, colours.track),
    handle('corner', 5, colours.halo, colours.track),
    handle('held', 7, colours.track, colours.halo),
    { id: 'draft-flaw', type: 'circle', source: 'draft', filter: kind('flaw'), paint: { 'circle-radius': 10, 'circle-opacity': 0, 'circle-stroke-color': colours.alarm, 'circle-stroke-width': 3 } },
  ];
}
