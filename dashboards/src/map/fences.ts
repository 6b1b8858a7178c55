/** Fences as a layer of the map: soft fill and outline by role, dashed while nobody confirmed them. */
import type { Feature, FeatureCollection, Geometry, Position } from 'geojson';
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, Map } from 'maplibre-gl';
import type { Fence, Role } from '../api/shapes';
import type { Lang } from '../i18n';
import { METRES_PER_PIXEL } from '../live/motion';
import { isProvisional } from '../live/nodes';
import { area, fromFence, pathsOf } from './draft';
import { centroid, circleRing } from './geometry';
import { EMPTY, setData } from './overlays';
import { COLOURS, type Theme } from './palette';
import { FONTS } from './style';

/** Smaller zooms show fences as less than a pixel; sites stand for them. */
export const FENCE_ZOOM = 7;
const LABEL_ZOOM = 11;

function outlineOf(fence: Fence): Geometry {
  const { geometry } = fence;
  if (geometry.type !== 'Point') return geometry;
  const [lon, lat] = geometry.coordinates as [number, number];
  const ring = circleRing({ lon, lat }, fence.properties.radius_m ?? 0);
  return { type: 'Polygon', coordinates: [[...ring, ...ring.slice(0, 1)].map((each): Position => [each.lon, each.lat])] };
}

function latitude(geometry: Fence['geometry']): number {
  let first: unknown = geometry.coordinates;
  while (Array.isArray(first) && Array.isArray(first[0])) first = first[0];
  return Array.isArray(first) ? Number(first[1]) : 0;
}

/** Where the names stand: a shape has one name, however many tiles it is cut into. */
export function nameFeatures(fences: readonly Fence[], lang: Lang): FeatureCollection {
  const features = fences.flatMap((fence): Feature[] => {
    const { site, shape, role } = fence.properties;
    const points = pathsOf(fence.geometry)[0]?.points ?? [];
    const at = shape === 'polygon' ? centroid(points) : points[Math.floor(points.length / 2)];
    if (!at) return [];
    // The site's own name stands at its hub.
    const name = fence.id !== site.code ? fence.id : lang === 'zh' ? site.name_zh : site.name_en;
    return [{ type: 'Feature', properties: { name, role, code: fence.id, size: 0 }, geometry: { type: 'Point', coordinates: [at.lon, at.lat] } }];
  });
  return { type: 'FeatureCollection', features };
}

/** Fences as features: a circle as its polygon, a corridor as its line and how many pixels wide it is at zoom 0. */
export function fenceFeatures(fences: readonly Fence[]): FeatureCollection {
  const features = fences.map((fence): Feature => {
    const { role, shape, radius_m: radius, confidence } = fence.properties;
    const properties = {
      code: fence.id,
      role,
      band: shape === 'corridor',
      provisional: isProvisional(confidence),
      width: pixelsAtZoom0(2 * (radius ?? 0), latitude(fence.geometry)),
      // Of several under the pointer the smallest is meant, and it is drawn last.
      size: area(fromFence(shape, fence.geometry, radius ?? 0)),
    };
    return { type: 'Feature', properties, geometry: outlineOf(fence) };
  });
  features.sort((a, b) => Number(b.properties?.['size']) - Number(a.properties?.['size']));
  return { type: 'FeatureCollection', features };
}

function colour(theme: Theme): ExpressionSpecification {
  const of = COLOURS[theme].roles;
  const pairs = (Object.keys(of) as Role[]).flatMap((role) => [role, of[role]]);
  return ['match', ['get', 'role'], ...pairs, of.other] as unknown as ExpressionSpecification;
}

/** How many pixels wide a width on the ground is at zoom 0. */
export function pixelsAtZoom0(metres: number, lat: number): number {
  return metres / (METRES_PER_PIXEL * Math.cos((lat * Math.PI) / 180));
}

/** A width in pixels that is a width on the ground. */
export const GROUND: ExpressionSpecification = [
  'interpolate',
  ['exponential', 2],
  ['zoom'],
  0,
  ['get', 'width'],
  22,
  ['*', ['get', 'width'], 2 ** 22],
];
const BAND: FilterSpecification = ['==', ['get', 'band'], true];
const FACE: FilterSpecification = ['==', ['get', 'band'], false];
const firm = (is: boolean): FilterSpecification => ['==', ['get', 'provisional'], !is];
const both = (...filters: FilterSpecification[]): FilterSpecification => ['all', ...filters] as FilterSpecification;

function fenceLayers(theme: Theme): LayerSpecification[] {
  const tint = colour(theme);
  const chosen: ExpressionSpecification = ['boolean', ['feature-state', 'chosen'], false];
  const width: ExpressionSpecification = ['case', chosen, 3, 1.6];
  const soft: ExpressionSpecification = ['case', chosen, 0.22, theme === 'dark' ? 0.14 : 0.1];
  const common = { source: 'fences', minzoom: FENCE_ZOOM } as const;
  return [
    { ...common, id: 'fence-fill', type: 'fill', filter: FACE, paint: { 'fill-color': tint, 'fill-opacity': soft } },
    { ...common, id: 'fence-band', type: 'line', filter: BAND, layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': tint, 'line-opacity': soft, 'line-width': GROUND } },
    { ...common, id: 'fence-line', type: 'line', filter: both(FACE, firm(true)), paint: { 'line-color': tint, 'line-width': width } },
    { ...common, id: 'fence-dash', type: 'line', filter: both(FACE, firm(false)), paint: { 'line-color': tint, 'line-width': width, 'line-dasharray': [3, 2] } },
    { ...common, id: 'fence-edge', type: 'line', filter: both(BAND, firm(true)), layout: { 'line-join': 'round' }, paint: { 'line-color': tint, 'line-width': 1.6, 'line-gap-width': GROUND } },
    { ...common, id: 'fence-edge-dash', type: 'line', filter: both(BAND, firm(false)), layout: { 'line-join': 'round' }, paint: { 'line-color': tint, 'line-width': 1.6, 'line-gap-width': GROUND, 'line-dasharray': [3, 2] } },
    {
      id: 'fence-names',
      source: 'fence-names',
      type: 'symbol',
      minzoom: LABEL_ZOOM,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': FONTS,
        'text-size': 12,
        'text-max-width': 12,
        'text-variable-anchor': ['center', 'top', 'bottom'],
        'text-radial-offset': 1.4,
      },
      paint: { 'text-color': tint, 'text-halo-color': COLOURS[theme].halo, 'text-halo-width': 1.6 },
    },
  ];
}

/** What can be clicked. */
const TOUCHABLE = ['fence-fill', 'fence-band', 'fence-names'];

export class FenceLayer {
  private fences: readonly Fence[] = [];
  private hidden: string | null = null;
  private chosen: string | null = null;
  private lang: Lang = 'en';

  constructor(private readonly map: Map) {}

  /** Onto a freshly loaded style. */
  install(theme: Theme, lang: Lang): void {
    this.lang = lang;
    if (!this.map.getSource('fences')) this.map.addSource('fences', { type: 'geojson', data: EMPTY, promoteId: 'code' });
    if (!this.map.getSource('fence-names')) this.map.addSource('fence-names', { type: 'geojson', data: EMPTY });
    for (const layer of fenceLayers(theme)) this.map.addLayer(layer);
    this.draw();
  }

  /** `hidden`: the one that is being edited, which the draft shows. */
  show(fences: readonly Fence[], chosen: string | null, hidden: string | null): void {
    const same = fences === this.fences && hidden === this.hidden;
    Object.assign(this, { fences, hidden });
    if (!same) this.draw();
    this.choose(chosen);
  }

  private draw(): void {
    const shown = this.fences.filter((each) => each.id !== this.hidden);
    setData(this.map, 'fences', fenceFeatures(shown));
    setData(this.map, 'fence-names', nameFeatures(shown, this.lang));
    this.choose(this.chosen);
  }

  private choose(code: string | null): void {
    const { map } = this;
    if (!map.getSource('fences')) return;
    map.removeFeatureState({ source: 'fences' });
    this.chosen = code;
    if (code !== null) map.setFeatureState({ source: 'fences', id: code }, { chosen: true });
  }

  /** The code of the smallest fence at a pixel. */
  hit(pixel: { x: number; y: number }): string | null {
    const layers = TOUCHABLE.filter((id) => this.map.getLayer(id));
    if (layers.length === 0) return null;
    const found = this.map.queryRenderedFeatures([pixel.x, pixel.y], { layers });
    const smallest = found.toSorted((a, b) => Number(a.properties['size']) - Number(b.properties['size']))[0];
    return smallest ? String(smallest.properties['code']) : null;
  }
}
