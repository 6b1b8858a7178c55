/** The small map of a shared waybill: the installation's own file of tiles or the built-in map, and one place on it. */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature } from 'geojson';
import { AttributionControl, Map, addProtocol, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { Protocol } from 'pmtiles';
import type { Basemap } from '../api/shapes';
import { loadShift } from '../map/datum';
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

/** Longer than this nobody is kept waiting for the configured map. */
const PATIENCE_MS = 3_000;
const BUILT_IN: Basemap = { kind: 'bundled', url: null, datum: 'wgs84', borders: true };

/** The page stands at `.../s/<token>`: the files lie one folder up. */
const beside = (file: string) => new URL(`../${file}`, location.href).href;

async function answers(url: string, init: RequestInit = {}): Promise<Response | null> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS), credentials: 'omit' });
    return answer.ok ? answer : null;
  } catch {
    return null; // away or too slow
  }
}

/** Which map to draw: the configured file if it is there, else the built-in one. */
async function chosen(): Promise<Basemap> {
  const told = (await (await answers(beside('basemap.json')))?.json()) as Basemap | undefined;
  if (told?.kind !== 'pmtiles' || !told.url) return { ...BUILT_IN, borders: told?.borders ?? true };
  const there = await answers(beside(told.url), { headers: { Range: 'bytes=0-6' } });
  void there?.body?.cancel();
  return there ? told : { ...BUILT_IN, borders: told.borders };
}

function place(at: readonly [number, number]): Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [...at] } };
}

/** Raises: whatever the map library does when it cannot draw. */
export async function drawMap(container: HTMLElement, spot: Spot, lang: Lang): Promise<{ remove: () => void }> {
  const basemap = await chosen();
  const at = (await loadShift(basemap.datum)).toMap(spot.lon, spot.lat);
  if (!registered) {
    addProtocol('pmtiles', new Protocol().tile);
    setWorkerUrl(workerUrl);
    registered = true;
  }
  const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const colours = COLOURS[theme];
  const map = new Map({
    container,
    style: pmtilesStyle(beside(basemap.url ?? 'basemap.pmtiles'), theme, lang, basemap.borders),
    center: at,
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
    map.addSource('spot', { type: 'geojson', data: place(at) });
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
