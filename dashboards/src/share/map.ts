/** The small map of a shared waybill: the built-in base map, one place, the destination.  Nothing comes from elsewhere. */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature, FeatureCollection } from 'geojson';
import { AttributionControl, Map, addProtocol, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { Protocol } from 'pmtiles';
import { COLOURS } from '../map/palette';
import { pmtilesStyle } from '../map/style';
import type { Site, Spot } from './shapes';
import type { Lang } from './words';

/** Somewhere in here: more than the grid's size, so that nobody takes its middle for the place; pixels. */
const COARSE_RADIUS = 22;
const EXACT_RADIUS = 9;
/** The built-in map shows nothing more when it is closer. */
const CLOSEST = { coarse: 6.5, exact: 11 } as const;

let registered = false;

function features(spot: Spot, destination: Site | null): FeatureCollection {
  const point = (kind: string, lon: number, lat: number): Feature => ({
    type: 'Feature',
    properties: { kind },
    geometry: { type: 'Point', coordinates: [lon, lat] },
  });
  const end = destination?.lon !== undefined && destination.lat !== undefined ? [point('end', destination.lon, destination.lat)] : [];
  return { type: 'FeatureCollection', features: [...end, point(spot.exact ? 'exact' : 'coarse', spot.lon, spot.lat)] };
}

export function drawMap(container: HTMLElement, spot: Spot, destination: Site | null, lang: Lang): { show: (spot: Spot) => void; remove: () => void } {
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
    map.addSource('spot', { type: 'geojson', data: features(spot, destination) });
    map.addLayer({
      id: 'spot',
      type: 'circle',
      source: 'spot',
      paint: {
        'circle-radius': ['match', ['get', 'kind'], 'coarse', COARSE_RADIUS, 'end', EXACT_RADIUS - 2, EXACT_RADIUS],
        'circle-color': ['match', ['get', 'kind'], 'end', colours.halo, colours.track],
        'circle-opacity': ['match', ['get', 'kind'], 'coarse', 0.35, 1],
        'circle-stroke-color': ['match', ['get', 'kind'], 'end', colours.text, 'coarse', colours.track, colours.halo],
        'circle-stroke-width': 2,
      },
    });
    container.dataset['ready'] = 'true';
  });
  return {
    show: (next) => map.jumpTo({ center: [next.lon, next.lat] }),
    remove: () => map.remove(),
  };
}
