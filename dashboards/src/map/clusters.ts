/** Vehicles gathered into circles while the map is far away: MapLibre's own clusters, coloured by the worst in them. */
import type { Feature, FeatureCollection, Point as GeoPoint, Position } from 'geojson';
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map } from 'maplibre-gl';
import { type Fleet, cell, isLate } from '../live/fleet';
import { State } from '../live/state';
import { EMPTY, featureAt, setData } from './overlays';
import { COLOURS, type Theme } from './palette';
import { isHeard, latAt, lonAt } from './pick';
import { FONTS } from './style';

/** From this zoom every vehicle is drawn for itself. */
export const CLUSTER_ZOOM = 8;
/** Never fed more often: the library gathers them all anew each time. */
const REST_MS = 2000;
/** CSS pixels within which vehicles are gathered. */
const RADIUS = 46;

/** What a dispatcher should look at first is the higher number. */
export const Worst = { Moving: 0, Stopped: 1, Stale: 2, Lost: 3, AtRisk: 4, Late: 5 } as const;
export type Rank = (typeof Worst)[keyof typeof Worst];

export function rankOf(fleet: Fleet, row: number): Rank {
  if (isLate(fleet, row)) return Worst.Late;
  if (fleet.risk[row] === 'at_risk') return Worst.AtRisk;
  const state = cell(fleet.state, row) as State;
  if (state === State.Moving) return Worst.Moving;
  if (state === State.Stopped) return Worst.Stopped;
  return state === State.Stale ? Worst.Stale : Worst.Lost;
}

/** Colours by rank. */
export function rankColours(theme: Theme): readonly string[] {
  const { states, risks } = COLOURS[theme];
  return [states[State.Moving], states[State.Stopped], states[State.Stale], states[State.Lost], risks.at_risk, risks.late];
}

/** Every vehicle that the filters let through, where it is drawn. */
export function clusterFeatures(fleet: Fleet, visible: Uint8Array | null, viewer: number): FeatureCollection<GeoPoint> {
  const features: Feature<GeoPoint>[] = [];
  for (let row = 0; row < fleet.size; row++) {
    if (visible?.[row] === 0 || !isHeard(fleet, row)) continue;
    features.push({
      type: 'Feature',
      properties: { plate: fleet.plate[row] ?? '', rank: rankOf(fleet, row) },
      geometry: { type: 'Point', coordinates: [lonAt(fleet, row, viewer), latAt(fleet, row, viewer)] },
    });
  }
  return { type: 'FeatureCollection', features };
}

function layers(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  const pairs = rankColours(theme).flatMap((colour, rank) => [rank, colour]);
  const tint = (of: string) => ['match', ['get', of], ...pairs, colours.hub] as unknown as ExpressionSpecification;
  const gathered: ExpressionSpecification = ['has', 'point_count'];
  return [
    {
      id: 'cluster-circles',
      type: 'circle',
      source: 'clusters',
      filter: gathered,
      paint: {
        'circle-color': colours.halo,
        'circle-opacity': 0.92,
        'circle-radius': ['interpolate', ['linear'], ['log10', ['get', 'point_count']], 0.3, 12, 4, 30],
        'circle-stroke-color': tint('worst'),
        'circle-stroke-width': 3,
      },
    },
    {
      id: 'cluster-counts',
      type: 'symbol',
      source: 'clusters',
      filter: gathered,
      layout: { 'text-field': ['get', 'point_count_abbreviated'], 'text-font': FONTS, 'text-size': 12.5, 'text-allow-overlap': true },
      paint: { 'text-color': colours.text },
    },
    {
      id: 'cluster-singles',
      type: 'circle',
      source: 'clusters',
      filter: ['!', gathered],
      paint: { 'circle-color': tint('rank'), 'circle-radius': 5, 'circle-stroke-color': colours.casing, 'circle-stroke-width': 1.5 },
    },
  ];
}

export class ClusterLayer {
  private on = false;
  private filled = false;
  private fedAt = -REST_MS;

  constructor(private readonly map: Map) {}

  /** Clusters stand in for the markers. */
  get active(): boolean {
    return this.on && this.map.getZoom() < CLUSTER_ZOOM;
  }

  install(theme: Theme): void {
    if (!this.map.getSource('clusters')) {
      this.map.addSource('clusters', {
        type: 'geojson',
        data: EMPTY,
        cluster: true,
        clusterRadius: RADIUS,
        clusterMaxZoom: CLUSTER_ZOOM - 1,
        clusterProperties: { worst: ['max', ['get', 'rank']] },
      });
    }
    for (const layer of layers(theme)) this.map.addLayer({ ...layer, maxzoom: CLUSTER_ZOOM } as LayerSpecification);
    this.fedAt = -REST_MS;
    this.filled = false;
  }

  switch(on: boolean): void {
    if (on !== this.on) this.fedAt = -REST_MS;
    this.on = on;
  }

  show(fleet: Fleet, visible: Uint8Array | null, viewer: number): void {
    const now = performance.now();
    if (this.active && now - this.fedAt >= REST_MS) {
      this.fedAt = now;
      this.filled = true;
      setData(this.map, 'clusters', clusterFeatures(fleet, visible, viewer));
    } else if (!this.active && this.filled) {
      this.filled = false;
      setData(this.map, 'clusters', EMPTY);
    }
  }

  /** What is at a pixel: a vehicle that stands alone, or a circle that is entered; null for neither. */
  at(pixel: { readonly x: number; readonly y: number }): { readonly plate: string } | { readonly enter: () => void } | null {
    if (!this.active) return null;
    const hit = featureAt(this.map, pixel, ['cluster-singles', 'cluster-circles']);
    if (!hit) return null;
    const plate = hit.properties['plate'] as string | undefined;
    if (plate !== undefined) return { plate };
    const { coordinates } = hit.geometry as GeoPoint;
    return { enter: () => void this.enter(Number(hit.properties['cluster_id']), [coordinates[0] ?? 0, coordinates[1] ?? 0]) };
  }

  /** Where circles are in sight, the one with the most vehicles first: for end-to-end tests. */
  circles(): Position[] {
    if (!this.active || !this.map.getLayer('cluster-circles')) return [];
    const found = this.map.queryRenderedFeatures({ layers: ['cluster-circles'] });
    const ordered = found.toSorted((a, b) => Number(b.properties['point_count']) - Number(a.properties['point_count']));
    return ordered.map((each) => (each.geometry as GeoPoint).coordinates);
  }

  private async enter(id: number, center: [number, number]): Promise<void> {
    const zoom = await this.map.getSource<GeoJSONSource>('clusters')?.getClusterExpansionZoom(id);
    // The library counts whole zooms: from a broken one the next may be a hair away.
    if (zoom !== undefined) this.map.easeTo({ center, zoom: Math.max(zoom, this.map.getZoom() + 1) });
  }
}
