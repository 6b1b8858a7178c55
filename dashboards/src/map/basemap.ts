/** Which base map is drawn: the configured one, or the built-in one when that does not answer. */
import { addProtocol, type StyleSpecification } from 'maplibre-gl';
import { Protocol } from 'pmtiles';
import type { Basemap } from '../api/shapes';
import type { Lang } from '../i18n';
import type { Theme } from './palette';
import { pmtilesStyle } from './style';

/** An online style that has not come by then is not waited for. */
const PATIENCE_MS = 3_000;

export interface Look {
  readonly theme: Theme;
  readonly lang: Lang;
  readonly borders: boolean;
}

export interface Chosen {
  readonly style: StyleSpecification;
  /** The configured map did not answer and the built-in one stands in for it. */
  readonly fallback: boolean;
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

export function builtIn(look: Look): StyleSpecification {
  return pmtilesStyle(absolute('basemap.pmtiles'), look.theme, look.lang, look.borders);
}

async function answers(url: string): Promise<Response | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? answer : null;
  } catch {
    return null; // unreachable, blocked or too slow: all the same to the viewer
  }
}

export async function chooseBasemap(basemap: Basemap, look: Look): Promise<Chosen> {
  if (basemap.kind === 'bundled' || !basemap.url) return { style: builtIn(look), fallback: false };
  const url = absolute(basemap.url);
  if (basemap.kind === 'pmtiles') {
    return { style: pmtilesStyle(url, look.theme, look.lang, look.borders), fallback: false };
  }
  const answer = await answers(url);
  if (!answer) return { style: builtIn(look), fallback: true };
  try {
    return { style: (await answer.json()) as StyleSpecification, fallback: false };
  } catch {
    return { style: builtIn(look), fallback: true };
  }
}
