/**
 * Which base map is drawn: the configured one, or the built-in one when that does not answer.
 *
 * The built-in map is a file of the console's own, in WGS 84, and always there; so the map is never blank.
 */
import { type Map, type StyleSpecification, addProtocol } from 'maplibre-gl';
import { Protocol } from 'pmtiles';
import type { Basemap } from '../api/shapes';
import type { Lang } from '../i18n';
import { type Shift, UNSHIFTED, loadShift } from './datum';
import type { Theme } from './palette';
import { pmtilesStyle } from './style';

/** A style or a file of tiles that has not answered by then is not waited for. */
const PATIENCE_MS = 3_000;
/** No tile and no error by then: a server that never answers.  A slow line, or a busy machine, has so long. */
const TILES_MS = 20_000;
/** How every file of tiles begins. */
const MAGIC = 'PMTiles';

export interface Look {
  readonly theme: Theme;
  readonly lang: Lang;
  readonly borders: boolean;
}

export interface Chosen {
  readonly style: StyleSpecification;
  /** From WGS 84 to what the style is drawn in. */
  readonly shift: Shift;
  /** The configured map did not answer and the built-in one stands in for it. */
  readonly fallback: boolean;
  /** It is the built-in one. */
  readonly own: boolean;
}

let registered = false;

/** Teach the map library `pmtiles://`; once. */
export function registerPmtiles(): void {
  if (registered) return;
  addProtocol('pmtiles', new Protocol().tile);
  registered = true;
}

function absolute(url: string): string {
  return new URL(url, document.baseURI).href;
}

/** A style of tiles in Protomaps' schema; borders only where the installation may show them. */
function tiled(url: string, look: Look, basemap: Basemap): StyleSpecification {
  return pmtilesStyle(absolute(url), look.theme, look.lang, look.borders && basemap.borders);
}

export function builtIn(look: Look, basemap: Basemap): StyleSpecification {
  return tiled('basemap.pmtiles', look, basemap);
}

/** The built-in map in place of the configured one. */
export function fallback(look: Look, basemap: Basemap): Chosen {
  return { style: builtIn(look, basemap), shift: UNSHIFTED, fallback: true, own: true };
}

/** What `read` makes of an answer; null when there is none in time, or it is not what was asked for. */
async function answered<T>(url: string, range: string | null, read: (answer: Response) => Promise<T | null>): Promise<T | null> {
  const patience = AbortSignal.timeout(PATIENCE_MS); // for the whole of it: a body may never end
  try {
    const answer = await fetch(url, { signal: patience, headers: range ? { Range: range } : {} });
    return answer.ok ? await read(answer) : null;
  } catch {
    return null; // unreachable, blocked, too slow or no JSON: all the same to the viewer
  }
}

/** Whether a JSON document can be a style: the library draws nothing at all of another. */
export function isStyle(value: unknown): value is StyleSpecification {
  if (typeof value !== 'object' || value === null) return false;
  const { version, sources, layers } = value as Readonly<Record<string, unknown>>;
  return version === 8 && typeof sources === 'object' && sources !== null && Array.isArray(layers) && layers.length > 0;
}

async function isTiles(answer: Response): Promise<true | null> {
  const reader = answer.body?.getReader(); // a server that knows no ranges sends the whole file
  const first = (await reader?.read())?.value;
  void reader?.cancel();
  return first && new TextDecoder().decode(first.subarray(0, MAGIC.length)) === MAGIC ? true : null;
}

async function configured(basemap: Basemap, url: string, look: Look): Promise<StyleSpecification | null> {
  if (basemap.kind === 'pmtiles') {
    const there = await answered(absolute(url), `bytes=0-${MAGIC.length - 1}`, isTiles);
    return there && tiled(url, look, basemap);
  }
  return answered(absolute(url), null, async (answer) => {
    const style: unknown = await answer.json();
    return isStyle(style) ? style : null;
  });
}

export async function chooseBasemap(basemap: Basemap, look: Look): Promise<Chosen> {
  if (basemap.kind === 'bundled' || !basemap.url) return { ...fallback(look, basemap), fallback: false };
  const [style, shift] = await Promise.all([configured(basemap, basemap.url, look), loadShift(basemap.datum)]);
  return style ? { style, shift, fallback: false, own: false } : fallback(look, basemap);
}

/** What of a style comes in tiles. */
function tileSources({ sources }: StyleSpecification): ReadonlySet<string> {
  const names = Object.keys(sources).filter((name) => /^(vector|raster)/.test(sources[name]?.type ?? ''));
  return new Set(names);
}

/**
 * A style that cannot be drawn, or whose tiles never come, is a blank page: tell when that is so.
 * What is answered ends the watch.
 */
export function whenBlank(map: Map, style: StyleSpecification, act: () => void): () => void {
  const awaited = tileSources(style);
  const begun = performance.now();
  let troubled = false;
  const dressed = () => awaited.size === 0 && end();
  const seen = ({ sourceId, tile }: { readonly sourceId?: string; readonly tile?: unknown }) => {
    if (tile && sourceId && awaited.has(sourceId)) end();
  };
  const failed = (event: object) => {
    if (!('sourceId' in event) || awaited.has(String(event.sourceId))) troubled = true; // without a source it is the style
  };
  const timer = setInterval(() => {
    // Behind another page or tab no tile is asked for.
    if (document.hidden || map.getContainer().clientWidth === 0) return;
    if (!troubled && performance.now() - begun < TILES_MS) return;
    end();
    act();
  }, PATIENCE_MS);
  const end = () => {
    clearInterval(timer);
    map.off('sourcedata', seen);
    map.off('style.load', dressed);
    map.off('error', failed);
  };
  map.on('sourcedata', seen);
  map.on('style.load', dressed);
  map.on('error', failed);
  return end;
}
