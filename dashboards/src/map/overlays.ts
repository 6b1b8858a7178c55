/** The ordinary layers over the base map: track, hubs, plates.  Each is data in, GeoJSON out. */
import type { Feature, FeatureCollection, Point as GeoPoint } from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map } from 'maplibre-gl';
import type { Site } from '../api/shapes';
import type { Lang } from '../i18n';
import { State } from '../live/state';
import { toMapGeometry } from './datum';
import { COLOURS, type Theme } from './palette';
import { FONTS } from './style';

export const EMPTY: FeatureCollection<never> = { type: 'FeatureCollection', features: [] };

/** Plates show from this zoom; below it they would cover the map. */
export const PLATE_ZOOM = 7;
/** CSS pixels around a marker that labels keep off. */
const OBSTACLE_SIZE = 14;
/** Where the number of those inside stands, CSS pixels from the middle of a hub. */
const BADGE_AWAY: [number, number] = [15, -15];
/** From this zoom hubs are drawn as houses. */
const HOUSE_ZOOM = 6.5;

/** Sites with how many vehicles are inside. */
export function hubFeatures(sites: readonly Site[], lang: Lang, inside: ReadonlyMap<string, number>): FeatureCollection<GeoPoint> {
  const features = sites.map(
    (site): Feature<GeoPoint> => ({
      type: 'Feature',
      properties: { code: site.code, name: lang === 'zh' ? site.name_zh : site.name_en, inside: inside.get(site.code) ?? 0 },
      geometry: { type: 'Point', coordinates: [site.lon, site.lat] },
    }),
  );
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
      id: 'track-before',
      type: 'line',
      source: 'track',
      filter: ['==', ['get', 'kind'], 'before'],
      layout: round,
      paint: { 'line-color': colours.track, 'line-width': 2, 'line-opacity': 0.45 },
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
      id: 'track-off',
      type: 'line',
      source: 'track',
      filter: ['==', ['get', 'kind'], 'off'],
      layout: round,
      paint: { 'line-color': colours.alarm, 'line-width': 3.4 },
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
    // At the upper right of a house, over the vehicles there; from afar it would hide the mark.
    {
      id: 'hub-inside',
      type: 'circle',
      source: 'hubs',
      minzoom: HOUSE_ZOOM,
      filter: ['>', ['get', 'inside'], 0],
      paint: { 'circle-radius': 7.5, 'circle-color': colours.states[State.Moving], 'circle-stroke-color': colours.casing, 'circle-stroke-width': 1.5, 'circle-translate': BADGE_AWAY },
    },
    {
      id: 'hub-counts',
      type: 'symbol',
      source: 'hubs',
      minzoom: HOUSE_ZOOM,
      filter: ['>', ['get', 'inside'], 0],
      layout: { 'text-field': ['to-string', ['get', 'inside']], 'text-font': FONTS, 'text-size': 10.5, 'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'text-color': colours.casing, 'text-translate': BADGE_AWAY },
    },
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

/** New data, in WGS 84, for a source, if the style that owns it is there. */
export function setData(map: Map, name: string, data: FeatureCollection): void {
  map.getSource<GeoJSONSource>(name)?.setData(toMapGeometry(data));
}

/** The first feature of some layers at a pixel. */
export function featureAt(map: Map, pixel: { readonly x: number; readonly y: number }, layers: readonly string[]) {
  const there = layers.filter((id) => map.getLayer(id));
  return there.length > 0 ? map.queryRenderedFeatures([pixel.x, pixel.y], { layers: there })[0] : undefined;
}

/** Code of the site whose mark is at a pixel. */
export function hubAt(map: Map, pixel: { readonly x: number; readonly y: number }): string | null {
  const hub = featureAt(map, pixel, ['hubs', 'hub-inside']);
  return hub ? String(hub.properties['code']) : null;
}
