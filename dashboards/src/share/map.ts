/** The small map of a shared waybill: the built-in base map, one place.  Nothing comes from elsewhere. */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature } from 'geojson';
import { AttributionControl, Map, addProtocol, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { Protocol } from 'pmtiles';
import { COLOURS } from '../map/palette';
import { pmtilesStyle } from '../map/style';
import type { Spot } from './shapes';
import type { Lang } from './words';

/** Somewhere in here: more than the grid's size, so that nobody takes its middle for the place; pixels. */
const COARSE_RADIUS = 22;
const EXACT_RADIUS = 9;
/** The built-in map shows nothing more when it is closer. */
const CLOSEST = { coarse: 6.5, exact: 11 } as const;

let registered = false;

function place(spot: Spot): Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [spot.lon, spot.lat] } };
}

export function drawMap(container: HTMLElement, spot: Spot, lang: Lang): { remove: () => void } {
  if (!registered) {
    addProtocol('pmtiles', new Protocol().tile);
    setWorkerUrl(workerUrl);
    registered = true;
  }
  const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const colours = COLOURS[theme];
  const map = new Map({
    container,
    style: pmtilesStyle(new URL('../basemap.pmtiles', location.href).href, theme, lang, true),
    center: [spot.lon, spot.lat],
    zoom: spot.exact ? CLOSEST.exact : CLOSEST.coarse,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: true,
    maxZoom: CLOSEST.exact,
    fadeDuration: 0,
  });
  map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
  map.on('style.load', () => {
    map.addSource('spot', { type: 'geojson', data: place(spot) });
    map.addLayer({
      id: 'spot',
      type: 'circle',
      source: 'spot',
      paint: {
        'circle-radius': spot.exact ? EXACT_RADIUS : COARSE_RADIUS,
        'circle-color': colours.track,
        'circle-opacity': spot.exact ? 1 : 0.35,
        'circle-stroke-color': spot.exact ? colours.halo : colours.track,
        'circle-stroke-width': 2,
      },
    });
    container.dataset['ready'] = 'true';
  });
  return { remove: () => map.remove() };
}
