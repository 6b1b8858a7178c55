/** The ordinary layers over the base map: track, hubs, plates.  Each is data in, GeoJSON out. */
import type { Feature, FeatureCollection, Point as GeoPoint } from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map } from 'maplibre-gl';
import type { Site } from '../api/shapes';
import type { Lang } from '../i18n';
import { type Fleet, cell, drawnAt } from '../live/fleet';
import { COLOURS, type Theme } from './palette';
import { FONTS } from './style';

export const EMPTY: FeatureCollection<never> = { type: 'FeatureCollection', features: [] };

/** Plates show from this zoom; below it they would cover the map. */
export const PLATE_ZOOM = 7;
/** More plates than these are neither readable nor cheap. */
const MOST_PLATES = 300;
/** With more markers in sight than these, labels stand behind them instead of giving way. */
const MOST_OBSTACLES = 600;
/** CSS pixels around a marker that labels keep off. */
const OBSTACLE_SIZE = 14;
/** From this zoom hubs are drawn as houses. */
const HOUSE_ZOOM = 6.5;

export function hubFeatures(sites: readonly Site[], lang: Lang): FeatureCollection<GeoPoint> {
  const features = sites.map(
    (site): Feature<GeoPoint> => ({
      type: 'Feature',
      properties: { code: site.code, name: lang === 'zh' ? site.name_zh : site.name_en },
      geometry: { type: 'Point', coordinates: [site.lon, site.lat] },
    }),
  );
  return { type: 'FeatureCollection', features };
}

export interface PlateView {
  readonly fleet: Fleet;
  readonly chosen: readonly number[];
  readonly visible: Uint8Array | null;
  readonly viewer: number;
  /** [west, south, east, north]; null when plates are off or the zoom is too low. */
  readonly box: readonly [number, number, number, number] | null;
}

/** Plates of the chosen vehicles and, when zoomed in, of those in view. */
export function plateFeatures(view: PlateView): FeatureCollection<GeoPoint> {
  const features: Feature<GeoPoint>[] = [];
  const add = (row: number, rank: number) => {
    const place = drawnAt(view.fleet, row, view.viewer);
    if (!place) return;
    features.push({
      type: 'Feature',
      properties: { plate: view.fleet.plate[row] ?? '', rank },
      geometry: { type: 'Point', coordinates: [place.lon, place.lat] },
    });
  };
  for (const row of view.chosen) if (row >= 0 && row < view.fleet.size) add(row, 0);
  if (view.box) {
    const [west, south, east, north] = view.box;
    for (let i = 0; i < view.fleet.size && features.length < MOST_PLATES; i++) {
      const [lon, lat] = [cell(view.fleet.toLon, i), cell(view.fleet.toLat, i)];
      const inside = lon >= west && lon <= east && lat >= south && lat <= north;
      if (inside && view.visible?.[i] !== 0 && !view.chosen.includes(i)) add(i, 1);
    }
  }
  return { type: 'FeatureCollection', features };
}

export interface ObstacleView {
  readonly fleet: Fleet;
  readonly viewer: number;
  /** [west, south, east, north] of what is in sight. */
  readonly box: readonly [number, number, number, number];
}

/** Where no label may stand: on a marker.  None in a crowd, which would leave no label at all. */
export function obstacleFeatures(view: ObstacleView): FeatureCollection<GeoPoint> {
  const [west, south, east, north] = view.box;
  const features: Feature<GeoPoint>[] = [];
  for (let row = 0; row < view.fleet.size; row++) {
    const place = drawnAt(view.fleet, row, view.viewer);
    if (!place || place.lon < west || place.lon > east || place.lat < south || place.lat > north) continue;
    if (features.length === MOST_OBSTACLES) return EMPTY;
    const geometry = { type: 'Point' as const, coordinates: [place.lon, place.lat] };
    features.push({ type: 'Feature', properties: {}, geometry });
  }
  return { type: 'FeatureCollection', features };
}

function pixels(size: number, draw: (pen: CanvasRenderingContext2D) => void): ImageData | null {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const pen = canvas.getContext('2d');
  if (!pen) return null;
  draw(pen);
  return pen.getImageData(0, 0, size, size);
}

/** A small diamond: from afar a house is a blot, and squares and rings are vehicles. */
function farHubIcon(theme: Theme): ImageData | null {
  const colours = COLOURS[theme];
  return pixels(20, (pen) => {
    pen.translate(10, 10);
    pen.rotate(Math.PI / 4);
    pen.fillStyle = colours.halo;
    pen.strokeStyle = colours.hub;
    pen.lineWidth = 2.4;
    pen.beginPath();
    pen.roundRect(-4.6, -4.6, 9.2, 9.2, 1);
    pen.fill();
    pen.stroke();
  });
}

/** A rounded square with a house in it. */
function hubIcon(theme: Theme): ImageData | null {
  const colours = COLOURS[theme];
  return pixels(36, (pen) => {
    pen.fillStyle = colours.hub;
    pen.strokeStyle = colours.hubInk;
    pen.lineWidth = 3;
    pen.beginPath();
    pen.roundRect(3, 3, 30, 30, 8);
    pen.stroke();
    pen.fill();
    pen.fillStyle = colours.hubInk;
    pen.beginPath();
    for (const [x, y] of [[18, 9], [28, 17], [28, 27], [21, 27], [21, 20], [15, 20], [15, 27], [8, 27], [8, 17]]) {
      pen.lineTo(x ?? 0, y ?? 0);
    }
    pen.closePath();
    pen.fill();
  });
}

function below(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  return [
    {
      id: 'track-casing',
      type: 'line',
      source: 'track',
      filter: ['==', ['get', 'kind'], 'driven'],
      layout: round,
      paint: { 'line-color': colours.casing, 'line-width': 6, 'line-opacity': 0.7 },
    },
    {
      id: 'track-driven',
      type: 'line',
      source: 'track',
      filter: ['==', ['get', 'kind'], 'driven'],
      layout: round,
      paint: { 'line-color': colours.track, 'line-width': 3 },
    },
    {
      id: 'track-gap',
      type: 'line',
      source: 'track',
      filter: ['==', ['get', 'kind'], 'gap'],
      paint: { 'line-color': colours.track, 'line-width': 2, 'line-dasharray': [2, 2.5], 'line-opacity': 0.8 },
    },
    {
      id: 'hubs',
      type: 'symbol',
      source: 'hubs',
      layout: {
        'icon-image': ['step', ['zoom'], 'hub-far', HOUSE_ZOOM, 'hub'],
        'icon-allow-overlap': true,
        'icon-size': ['interpolate', ['linear'], ['zoom'], 3, 0.8, HOUSE_ZOOM, 0.8, 9, 0.95],
        'text-field': ['get', 'name'],
        'text-font': FONTS,
        'text-size': ['interpolate', ['linear'], ['zoom'], 4, 11, 9, 13],
        'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
        'text-radial-offset': 0.9,
        'text-optional': true,
      },
      // Quieter than plates: hubs stand still.
      paint: { 'text-color': colours.hub, 'text-halo-color': colours.halo, 'text-halo-width': 1.6 },
    },
    {
      // Placed before the labels below it, drawn as nothing.
      id: 'obstacles',
      type: 'symbol',
      source: 'obstacles',
      layout: { 'icon-image': 'blank', 'icon-allow-overlap': true, 'icon-padding': 1 },
    },
  ];
}

function above(theme: Theme): LayerSpecification[] {
  const colours = COLOURS[theme];
  return [
    {
      id: 'plates',
      type: 'symbol',
      source: 'plates',
      layout: {
        'text-field': ['get', 'plate'],
        'text-font': FONTS,
        'text-size': ['case', ['==', ['get', 'rank'], 0], 14, 12],
        'symbol-sort-key': ['get', 'rank'],
        'text-variable-anchor': ['bottom', 'top', 'right', 'left'],
        'text-radial-offset': ['case', ['==', ['get', 'rank'], 0], 2, 1.1],
        'text-padding': 1,
      },
      paint: { 'text-color': colours.text, 'text-halo-color': colours.halo, 'text-halo-width': 1.6 },
    },
  ];
}

/** Put sources and layers onto a freshly loaded style; `vehicles` goes between the two groups. */
export function install(map: Map, theme: Theme, vehicles: () => void): void {
  const images = { hub: hubIcon(theme), 'hub-far': farHubIcon(theme) };
  for (const [name, icon] of Object.entries(images)) {
    if (icon && !map.hasImage(name)) map.addImage(name, icon, { pixelRatio: 2 });
  }
  if (!map.hasImage('blank')) map.addImage('blank', new ImageData(OBSTACLE_SIZE, OBSTACLE_SIZE));
  for (const name of ['track', 'hubs', 'obstacles', 'plates']) {
    if (!map.getSource(name)) map.addSource(name, { type: 'geojson', data: EMPTY });
  }
  for (const layer of below(theme)) map.addLayer(layer);
  vehicles();
  for (const layer of above(theme)) map.addLayer(layer);
}

/** New data for a source, if the style that owns it is there. */
export function setData(map: Map, name: string, data: FeatureCollection): void {
  map.getSource<GeoJSONSource>(name)?.setData(data);
}

/** Code of the site whose mark is at a pixel. */
export function hubAt(map: Map, pixel: { readonly x: number; readonly y: number }): string | null {
  if (!map.getLayer('hubs')) return null;
  const [hub] = map.queryRenderedFeatures([pixel.x, pixel.y], { layers: ['hubs'] });
  return hub ? String(hub.properties['code']) : null;
}
