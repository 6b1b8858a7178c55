/** The fixes that prove a node, drawn with their times. */
import type { FeatureCollection } from 'geojson';
import type { Map } from 'maplibre-gl';
import { EMPTY, setData } from './overlays';
import { COLOURS, type Theme } from './palette';
import { FONTS } from './style';

export class EvidenceLayer {
  private shown: FeatureCollection = EMPTY;

  constructor(private readonly map: Map) {}

  /** Onto a freshly loaded style. */
  install(theme: Theme): void {
    const colours = COLOURS[theme];
    if (!this.map.getSource('evidence')) this.map.addSource('evidence', { type: 'geojson', data: EMPTY });
    this.map.addLayer({
      id: 'evidence',
      type: 'circle',
      source: 'evidence',
      paint: {
        'circle-radius': 5,
        'circle-color': colours.halo,
        'circle-stroke-color': colours.track,
        'circle-stroke-width': 3,
      },
    });
    this.map.addLayer({
      id: 'evidence-times',
      type: 'symbol',
      source: 'evidence',
      layout: {
        'text-field': ['get', 'time'],
        'text-font': FONTS,
        'text-size': 12,
        'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
        'text-radial-offset': 1,
      },
      paint: { 'text-color': colours.text, 'text-halo-color': colours.halo, 'text-halo-width': 1.6 },
    });
    this.show(this.shown);
  }

  show(features: FeatureCollection | null): void {
    this.shown = features ?? EMPTY;
    setData(this.map, 'evidence', this.shown);
  }
}
