/** The measuring line on the map: clicks and keys become points, points become a line with its lengths. */
import type { Feature, FeatureCollection, Position } from 'geojson';
import type { LayerSpecification, Map } from 'maplibre-gl';
import type { Point } from '../live/motion';
import { pointFromMap } from './datum';
import { distances, greatCircle } from './measure';
import { EMPTY, setData } from './overlays';
import { COLOURS, type Theme } from './palette';
import { FONTS } from './style';

const position = ({ lon, lat }: Point): Position => [lon, lat];

/** The line and its points, each with how far it is; `say` puts metres into words. */
export function measureFeatures(points: readonly Point[], say: (metres: number) => string): FeatureCollection {
  const far = distances(points);
  const dots = points.map(
    (point, i): Feature => ({
      type: 'Feature',
      properties: { kind: 'dot', label: i === 0 ? '' : say(far[i] ?? 0) },
      geometry: { type: 'Point', coordinates: position(point) },
    }),
  );
  const lines = points.slice(1).map(
    (to, i): Feature => ({
      type: 'Feature',
      properties: { kind: 'line' },
      geometry: { type: 'LineString', coordinates: greatCircle(points[i] ?? to, to).map(position) },
    }),
  );
  return { type: 'FeatureCollection', features: [...lines, ...dots] };
}

function layers(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  return [
    { id: 'measure-casing', type: 'line', source: 'measure', filter: ['==', ['get', 'kind'], 'line'], layout: round, paint: { 'line-color': colours.casing, 'line-width': 5, 'line-opacity': 0.7 } },
    { id: 'measure-line', type: 'line', source: 'measure', filter: ['==', ['get', 'kind'], 'line'], layout: round, paint: { 'line-color': colours.text, 'line-width': 2 } },
    { id: 'measure-dots', type: 'circle', source: 'measure', filter: ['==', ['get', 'kind'], 'dot'], paint: { 'circle-radius': 4.5, 'circle-color': colours.halo, 'circle-stroke-color': colours.text, 'circle-stroke-width': 2 } },
    {
      id: 'measure-labels',
      type: 'symbol',
      source: 'measure',
      filter: ['==', ['get', 'kind'], 'dot'],
      layout: { 'text-field': ['get', 'label'], 'text-font': FONTS, 'text-size': 13, 'text-anchor': 'left', 'text-offset': [0.8, 0], 'text-allow-overlap': true },
      paint: { 'text-color': colours.text, 'text-halo-color': colours.halo, 'text-halo-width': 2 },
    },
  ];
}

export class Measuring {
  private points: readonly Point[] | null = null;
  private say: (metres: number) => string = String;
  /** A point was set by the pointer. */
  onPoint: (point: Point) => void = () => {};

  constructor(private readonly map: Map) {}

  get active(): boolean {
    return this.points !== null;
  }

  install(theme: Theme): void {
    if (!this.map.getSource('measure')) this.map.addSource('measure', { type: 'geojson', data: EMPTY });
    for (const layer of layers(theme)) this.map.addLayer(layer);
    this.show(this.points, this.say);
  }

  /** Draw this; null when nothing is measured any more. */
  show(points: readonly Point[] | null, say: (metres: number) => string): void {
    const begins = this.points === null && points !== null;
    const ends = this.points !== null && points === null;
    this.points = points;
    this.say = say;
    setData(this.map, 'measure', points ? measureFeatures(points, say) : EMPTY);
    if (begins) this.map.getCanvas().style.cursor = 'crosshair';
    if (ends) this.map.getCanvas().style.cursor = '';
    this.map.doubleClickZoom[points ? 'disable' : 'enable']();
  }

  /** The middle of the map: what Enter sets. */
  centre(): Point {
    return pointFromMap(this.map.getCenter());
  }

  click(lngLat: { readonly lng: number; readonly lat: number }): void {
    if (this.points) this.onPoint(pointFromMap(lngLat));
  }
}
