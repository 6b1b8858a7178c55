/** Planned ways of open trips, thin under everything else. */
import type { Feature, FeatureCollection } from 'geojson';
import type { ExpressionSpecification, LayerSpecification, Map } from 'maplibre-gl';
import type { Risk } from '../api/trips';
import { EMPTY, setData } from './overlays';
import { COLOURS, type Theme } from './palette';

export interface PlannedLine {
  readonly code: string;
  readonly risk: Risk;
  /** Longitude and latitude of each vertex. */
  readonly line: readonly (readonly [number, number])[];
}

export function plannedFeatures(lines: readonly PlannedLine[]): FeatureCollection {
  const features = lines.map(
    ({ code, risk, line }): Feature => ({
      type: 'Feature',
      properties: { code, risk },
      geometry: { type: 'LineString', coordinates: line.map(([lon, lat]) => [lon, lat]) },
    }),
  );
  return { type: 'FeatureCollection', features };
}

export class PlannedLayer {
  private lines: readonly PlannedLine[] = [];

  constructor(private readonly map: Map) {}

  install(theme: Theme): void {
    const colours = COLOURS[theme];
    if (!this.map.getSource('planned')) this.map.addSource('planned', { type: 'geojson', data: EMPTY });
    const pressing = ['overdue', 'late', 'at_risk'] as const;
    const tint = ['match', ['get', 'risk'], ...pressing.flatMap((risk) => [risk, colours.risks[risk]]), colours.track] as unknown as ExpressionSpecification;
    const layer: LayerSpecification = {
      id: 'planned',
      type: 'line',
      source: 'planned',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': tint, 'line-width': ['interpolate', ['linear'], ['zoom'], 4, 1.2, 10, 2.4], 'line-opacity': 0.5 },
    };
    this.map.addLayer(layer);
    this.show(this.lines);
  }

  show(lines: readonly PlannedLine[]): void {
    this.lines = lines;
    setData(this.map, 'planned', lines.length > 0 ? plannedFeatures(lines) : EMPTY);
  }
}
