/** A trip on the map: corridor, what is driven and what is to come, stops, the vehicle's place on it. */
import type { Feature, FeatureCollection, Position } from 'geojson';
import type { ExpressionSpecification, LayerSpecification, Map } from 'maplibre-gl';
import type { Risk } from '../api/trips';
import { type Point, distance } from '../live/motion';
import { GROUND, pixelsAtZoom0 } from './fences';
import { EMPTY, setData } from './overlays';
import { COLOURS, type Theme } from './palette';
import { FONTS } from './style';

export interface StopView extends Point {
  readonly code: string;
  /** Counted from 1, as people do. */
  readonly number: number;
  /** Its name, and how late if it is. */
  readonly label: string;
  readonly risk: Risk;
  readonly done: boolean;
  /** No longer in the plan. */
  readonly dropped: boolean;
  /** What to say under the pointer, line by line; its label when there is nothing more. */
  readonly tip?: string;
}

export interface TripView {
  readonly line: readonly Point[];
  /** Metres to each side. */
  readonly corridor: number;
  /** Of the line that is done, 0 to 1; NaN unknown. */
  readonly share: number;
  /** The vehicle's place on the line. */
  readonly at: Point | null;
  /** Where the vehicle is; null when nobody knows, or it is on the line. */
  readonly away: Point | null;
  readonly stops: readonly StopView[];
  /** What was driven is drawn as the vehicle's track: what is done of the line only stands behind it. */
  readonly tracked?: boolean;
}

/** A line in two at a share of its length; the cut is in both. */
export function splitLine(line: readonly Point[], share: number): [Point[], Point[]] {
  if (!(share > 0)) return [[], [...line]];
  if (share >= 1) return [[...line], []];
  const hops = line.slice(1).map((to, i) => distance(line[i] ?? to, to));
  let left = hops.reduce((sum, each) => sum + each, 0) * share;
  for (const [i, hop] of hops.entries()) {
    const [from, to] = [line[i], line[i + 1]];
    if (!from || !to) break;
    if (left <= hop) {
      const part = hop > 0 ? left / hop : 0;
      const cut = { lon: from.lon + (to.lon - from.lon) * part, lat: from.lat + (to.lat - from.lat) * part };
      return [[...line.slice(0, i + 1), cut], [cut, ...line.slice(i + 1)]];
    }
    left -= hop;
  }
  return [[...line], []];
}

const position = ({ lon, lat }: Point): Position => [lon, lat];

function along(points: readonly Point[], kind: string, more: object = {}): Feature[] {
  if (points.length < 2) return [];
  return [{ type: 'Feature', properties: { kind, ...more }, geometry: { type: 'LineString', coordinates: points.map(position) } }];
}

/** Corridor and lines: what is driven is solid, what is to come dashed, the way off it warns. */
export function tripLines(view: TripView): FeatureCollection {
  const [done, rest] = splitLine(view.line, view.share);
  const middle = view.line[Math.floor(view.line.length / 2)];
  const width = pixelsAtZoom0(2 * view.corridor, middle?.lat ?? 0);
  const features = [
    ...along(view.line, 'corridor', { width }),
    ...along(done, view.tracked ? 'behind' : 'done'),
    ...along(rest, 'rest'),
    ...(view.at && view.away ? along([view.at, view.away], 'away') : []),
  ];
  return { type: 'FeatureCollection', features };
}

/** Stops, and the vehicle's place on the line. */
export function tripPoints(view: TripView): FeatureCollection {
  const stops = view.stops.map(
    ({ number, label, risk, done, dropped, tip = '', ...place }): Feature => ({
      type: 'Feature',
      properties: { kind: 'stop', number: String(number), label, risk, done, dropped, tip },
      geometry: { type: 'Point', coordinates: position(place) },
    }),
  );
  const at: Feature[] = view.at
    ? [{ type: 'Feature', properties: { kind: 'at' }, geometry: { type: 'Point', coordinates: position(view.at) } }]
    : [];
  return { type: 'FeatureCollection', features: [...at, ...stops] };
}

function lineLayers(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  const common = { type: 'line', source: 'trip' } as const;
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const of = (kind: string): ExpressionSpecification => ['==', ['get', 'kind'], kind];
  return [
    { ...common, id: 'trip-corridor', filter: of('corridor'), layout: round, paint: { 'line-color': colours.track, 'line-opacity': theme === 'dark' ? 0.16 : 0.12, 'line-width': GROUND } },
    { ...common, id: 'trip-casing', filter: ['in', ['get', 'kind'], ['literal', ['done', 'rest']]], layout: round, paint: { 'line-color': colours.casing, 'line-width': 7, 'line-opacity': 0.75 } },
    { ...common, id: 'trip-behind', filter: of('behind'), layout: { 'line-join': 'round' }, paint: { 'line-color': colours.track, 'line-width': 1.6, 'line-opacity': 0.5, 'line-dasharray': [1.6, 1.4] } },
    { ...common, id: 'trip-rest', filter: of('rest'), layout: { 'line-join': 'round' }, paint: { 'line-color': colours.track, 'line-width': 3, 'line-dasharray': [1.6, 1.4] } },
    { ...common, id: 'trip-done', filter: of('done'), layout: round, paint: { 'line-color': colours.track, 'line-width': 4 } },
    { ...common, id: 'trip-away', filter: of('away'), paint: { 'line-color': colours.alarm, 'line-width': 2.4, 'line-dasharray': [1, 1] } },
  ];
}

/** CSS pixels that the mark of a stop stands above its place. */
const RAISED: [number, number] = [0, -19];

function pointLayers(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  const stop: ExpressionSpecification = ['==', ['get', 'kind'], 'stop'];
  return [
    {
      id: 'trip-at',
      type: 'circle',
      source: 'trip-points',
      filter: ['==', ['get', 'kind'], 'at'],
      paint: { 'circle-radius': 6, 'circle-color': colours.ring, 'circle-stroke-color': colours.track, 'circle-stroke-width': 4 },
    },
    {
      id: 'trip-feet',
      type: 'circle',
      source: 'trip-points',
      filter: stop,
      paint: { 'circle-radius': 3, 'circle-color': colours.ring, 'circle-stroke-color': colours.casing, 'circle-stroke-width': 1.5 },
    },
  ];
}

/** Raised, so that a vehicle at a stop and the stop are both seen. */
function stopLayers(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  const stop: ExpressionSpecification = ['==', ['get', 'kind'], 'stop'];
  const pairs = Object.entries(colours.risks).flat();
  const tint = ['match', ['get', 'risk'], ...pairs, colours.hub] as unknown as ExpressionSpecification;
  const done: ExpressionSpecification = ['get', 'done'];
  return [
    // Before the numbers: labels give way to what is laid after them.
    {
      id: 'trip-names',
      type: 'symbol',
      source: 'trip-points',
      filter: stop,
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONTS,
        'text-size': 13,
        'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
        'text-justify': 'auto',
        'text-max-width': 16,
        'text-radial-offset': 1.2,
      },
      paint: { 'text-color': colours.text, 'text-halo-color': colours.halo, 'text-halo-width': 1.8, 'text-translate': RAISED },
    },
    {
      id: 'trip-stops',
      type: 'circle',
      source: 'trip-points',
      filter: stop,
      paint: {
        'circle-radius': 10,
        'circle-translate': RAISED,
        'circle-color': ['case', done, colours.track, colours.halo],
        'circle-stroke-color': ['case', done, colours.halo, tint],
        'circle-stroke-width': 2.5,
        'circle-opacity': ['case', ['get', 'dropped'], 0.4, 1],
        'circle-stroke-opacity': ['case', ['get', 'dropped'], 0.4, 1],
      },
    },
    {
      id: 'trip-numbers',
      type: 'symbol',
      source: 'trip-points',
      filter: stop,
      layout: { 'text-field': ['get', 'number'], 'text-font': FONTS, 'text-size': 12, 'text-allow-overlap': true, 'text-padding': 7 },
      paint: { 'text-color': ['case', done, colours.halo, colours.text], 'text-translate': RAISED },
    },
  ];
}

export class TripLayer {
  private view: TripView | null = null;

  constructor(private readonly map: Map) {}

  /** Under hubs and vehicles. */
  installLines(theme: Theme): void {
    for (const name of ['trip', 'trip-points']) {
      if (!this.map.getSource(name)) this.map.addSource(name, { type: 'geojson', data: EMPTY });
    }
    for (const layer of lineLayers(theme)) this.map.addLayer(layer);
  }

  /** Over hubs, under vehicles. */
  installPlaces(theme: Theme): void {
    for (const layer of pointLayers(theme)) this.map.addLayer(layer);
  }

  /** Over vehicles. */
  installStops(theme: Theme): void {
    for (const layer of stopLayers(theme)) this.map.addLayer(layer);
    this.show(this.view);
  }

  show(view: TripView | null): void {
    this.view = view;
    setData(this.map, 'trip', view ? tripLines(view) : EMPTY);
    setData(this.map, 'trip-points', view ? tripPoints(view) : EMPTY);
  }

  /** Its stops stand in place of the marks of their sites. */
  marks(code: string): boolean {
    return this.view?.stops.some((stop) => stop.code === code) ?? false;
  }
}
