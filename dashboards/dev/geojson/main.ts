/**
 * The fleet as maps usually draw one: a GeoJSON source that gets every vehicle once a second, a symbol layer over it.
 *
 * It is what `python -m bench console` measures the console against.  The stream, its decoding, the base map and the
 * icons' size are the console's; there are no panels, no labels, and nothing glides.
 */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature, FeatureCollection, Point } from 'geojson';
import { type GeoJSONSource, Map, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { cell } from '../../src/live/fleet';
import { Session } from '../../src/live/session';
import { State } from '../../src/live/state';
import { builtIn, registerPmtiles } from '../../src/map/basemap';
import { COLOURS } from '../../src/map/palette';

const EVERY_MS = 1000;
const CHINA: [[number, number], [number, number]] = [[97, 20], [128, 44]];
const SIZE = 18;
const SHOWN = [State.Moving, State.Stopped, State.Stale, State.Lost];

const session = new Session({
  url: () => new URL('api/v1/live', location.href).href.replace(/^http/, 'ws'),
  token: () => null,
  skew: () => 0,
  onWorld: () => {},
  onNodes: () => {},
  onAlerts: () => {},
  onSnapshot: () => {},
});

function icon(colour: string): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser draws no pictures');
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [x, y] of [[9, 1], [15, 17], [9, 13], [3, 17]]) pen.lineTo(x ?? 0, y ?? 0);
  pen.fill();
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function features(): FeatureCollection<Point> {
  const { fleet } = session;
  const found: Feature<Point>[] = [];
  for (let row = 0; row < fleet.size; row++) {
    const [lon, lat] = [cell(fleet.lon, row), cell(fleet.lat, row)];
    if (Number.isNaN(cell(fleet.time, row))) continue;
    const properties = { plate: fleet.plate[row], state: String(cell(fleet.state, row)), course: cell(fleet.course, row) || 0, risk: fleet.risk[row] };
    found.push({ type: 'Feature', properties, geometry: { type: 'Point', coordinates: [lon, lat] } });
  }
  return { type: 'FeatureCollection', features: found };
}

registerPmtiles();
setWorkerUrl(workerUrl);
const look = { theme: 'dark', lang: 'en', borders: true } as const;
const map = new Map({
  container: 'map',
  style: builtIn(look, { kind: 'bundled', url: null, datum: 'wgs84', borders: true }),
  bounds: CHINA,
  dragRotate: false,
});

/** The next second begins when the map has taken this one: without that it may never show any. */
async function feed(): Promise<void> {
  await map.getSource<GeoJSONSource>('vehicles')?.setData(features());
  if (session.loaded.peek()) document.body.dataset['ready'] = 'true';
  setTimeout(() => void feed(), EVERY_MS);
}

map.on('load', () => {
  for (const state of SHOWN) map.addImage(String(state), icon(COLOURS.dark.states[state]));
  map.addSource('vehicles', { type: 'geojson', data: features() });
  map.addLayer({
    id: 'vehicles',
    type: 'symbol',
    source: 'vehicles',
    layout: { 'icon-image': ['get', 'state'], 'icon-rotate': ['get', 'course'], 'icon-allow-overlap': true, 'icon-ignore-placement': true },
  });
  void feed();
});
session.start();
session.startClock();
