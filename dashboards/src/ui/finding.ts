/** The search: what is known here at once, what the API finds after it, and what was opened lately. */
import { computed, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { FoundOut, HitOut, HitKind } from '../api/types.gen';
import { withQuery } from '../api/problem';
import { platesLike } from '../live/list';
import { fold } from '../live/text';
import { api, fleet, may, partyName, sites } from './app';
import { showOnMap, showSite } from './mapLink';
import * as state from './state';
import { t } from './state';

/** Of each kind at once: a list that is read, not scrolled. */
const MOST = 6;
/** Milliseconds without a key before the API is asked. */
const REST_MS = 120;
const MOST_RECENT = 8;
/** The end of a telephone number is the shortest thing to ask the desk for. */
const NUMBER = /\d{4}/;
/** Nothing else here has so many digits: Enter asks for it at once. */
const LONG_NUMBER = /\d{11}/;

export type Kind = HitKind | 'where';

export interface Hit {
  readonly kind: Kind;
  /** Plate, code, number or name; of `where` what was asked. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly vehicle: string | null;
  readonly trip: string | null;
}

export interface Group {
  readonly kind: Kind;
  readonly hits: readonly Hit[];
}

const KINDS: readonly Kind[] = ['vehicle', 'trip', 'waybill', 'driver', 'hub', 'where'];

export const text = signal('');
export const busy = signal(false);
export const problem = signal<string | null>(null);
const answer = signal<{ readonly text: string; readonly hits: readonly HitOut[] } | null>(null);

function fromApi(hit: HitOut): Hit {
  const zh = state.lang.value === 'zh';
  const { kind, code, vehicle, trip } = hit;
  return { kind, code, title: zh ? hit.title_zh : hit.title_en, detail: zh ? hit.detail_zh : hit.detail_en, vehicle, trip };
}

function vehicleHit(plate: string): Hit {
  const row = fleet.row.get(plate);
  const detail = row === undefined ? '' : partyName(fleet.party[row]);
  return { kind: 'vehicle', code: plate, title: plate, detail, vehicle: plate, trip: null };
}

/** Known without asking: vehicles that the console shows, and hubs. */
function known(asked: string): Hit[] {
  const wanted = fold(asked);
  if (!wanted) return [];
  const hubs = sites.value
    .filter((site) => fold(`${site.code} ${site.name_zh} ${site.name_en}`).includes(wanted))
    .slice(0, MOST)
    .map((site): Hit => ({ kind: 'hub', code: site.code, title: state.nameOf(site), detail: site.code, vehicle: null, trip: null }));
  return [...platesLike(fleet, asked, MOST).map(vehicleHit), ...hubs];
}

/** What was found, grouped by kind; with a long number the desk comes first. */
export const groups = computed<readonly Group[]>(() => {
  const asked = text.value.trim();
  if (!asked) return [];
  const told = answer.value?.text === asked ? answer.value.hits.map(fromApi) : [];
  const seen = new Set(told.map((hit) => `${hit.kind} ${hit.code}`));
  const hits = [...told, ...known(asked).filter((hit) => !seen.has(`${hit.kind} ${hit.code}`))];
  if (NUMBER.test(asked) && may('look_waybills')) {
    const title = t('search.where', { text: asked });
    hits.push({ kind: 'where', code: asked, title, detail: t('search.whereWhat'), vehicle: null, trip: null });
  }
  const found = KINDS.map((kind) => ({ kind, hits: hits.filter((hit) => hit.kind === kind).slice(0, MOST) }));
  const some = found.filter((group) => group.hits.length > 0);
  const isLong = LONG_NUMBER.test(fold(asked)) && !told.some((hit) => hit.kind === 'waybill');
  return isLong ? some.toSorted((a, b) => Number(b.kind === 'where') - Number(a.kind === 'where')) : some;
});

/** Hits of all groups in the order they are shown. */
export const hits = computed(() => (text.value.trim() ? groups.value.flatMap((group) => group.hits) : recent.value));

let timer: ReturnType<typeof setTimeout> | undefined;

async function ask(asked: string): Promise<void> {
  busy.value = true;
  try {
    const found = await api.line.get<FoundOut>(withQuery('/find', { q: asked, limit: String(MOST) }));
    if (text.peek().trim() !== asked) return; // somebody has typed on
    answer.value = { text: asked, hits: found.hits };
    problem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  } finally {
    if (text.peek().trim() === asked) busy.value = false;
  }
}

export function type(asked: string): void {
  text.value = asked;
  clearTimeout(timer);
  if (fold(asked)) timer = setTimeout(() => void ask(asked.trim()), REST_MS);
  else busy.value = false;
}

function readRecent(kept: string | null): Hit[] {
  try {
    const found: unknown = JSON.parse(kept ?? '[]');
    if (!Array.isArray(found)) return [];
    return found.filter((each: Partial<Hit> | null): each is Hit => KINDS.some((kind) => kind === each?.kind) && typeof each?.code === 'string');
  } catch {
    return []; // somebody else wrote there
  }
}

/** What was opened from here lately, the newest first; of this browser. */
export const recent = signal<readonly Hit[]>(readRecent(state.remembered('found')));

function keep(hit: Hit): void {
  const others = recent.value.filter((each) => each.kind !== hit.kind || each.code !== hit.code);
  recent.value = [hit, ...others].slice(0, MOST_RECENT);
  state.remember('found', JSON.stringify(recent.value));
}

function showVehicle(plate: string): void {
  location.hash = '#/';
  state.select(plate);
  showOnMap(plate);
}

const OPEN: Readonly<Record<Kind, (hit: Hit) => void>> = {
  vehicle: (hit) => showVehicle(hit.code),
  trip: (hit) => {
    location.hash = state.tripPage(hit.code);
  },
  waybill: (hit) => {
    location.hash = state.waybillPage(hit.code);
  },
  driver: (hit) => {
    if (hit.vehicle && fleet.row.has(hit.vehicle)) showVehicle(hit.vehicle);
    else if (hit.trip) location.hash = state.tripPage(hit.trip);
  },
  hub: (hit) => {
    const site = sites.value.find((each) => each.code === hit.code);
    location.hash = site ? '#/' : state.sitePage(hit.code);
    if (site) showSite(site);
  },
  where: (hit) => {
    location.hash = state.deskPage(hit.code);
  },
};

export function open(hit: Hit): void {
  state.searchOpen.value = false;
  keep(hit);
  OPEN[hit.kind](hit);
}
