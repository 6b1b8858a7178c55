/** What the person at the screen has chosen; signals, kept in the address and the browser. */
import { batch, computed, signal } from '@preact/signals';
import { type Key, type Lang, type Params, preferredLanguage, translate, translateValue } from '../i18n';
import type { SortKey } from '../live/list';
import type { State } from '../live/state';

export type ThemeChoice = 'system' | 'dark' | 'light';
export type Page = 'map' | 'trips' | 'trip' | 'sites' | 'accuracy' | 'devices';

const address = new URLSearchParams(location.search);
const systemDark = matchMedia('(prefers-color-scheme: dark)');

/** A remembered choice; browsers that forbid storage simply do not remember. */
function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`milepost.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`milepost.${name}`, value);
  } catch {
    // storage is forbidden: the choice lasts as long as the page
  }
}

function oneOf<T extends string>(value: string | null, allowed: readonly T[]): T | null {
  return allowed.find((each) => each === value) ?? null;
}

const LANGS = ['en', 'zh'] as const;
const THEMES = ['system', 'dark', 'light'] as const;

export const lang = signal<Lang>(
  oneOf(address.get('lang'), LANGS) ??
    oneOf(remembered('lang'), LANGS) ??
    preferredLanguage(navigator.languages),
);
export const themeChoice = signal<ThemeChoice>(
  oneOf(address.get('theme'), THEMES) ?? oneOf(remembered('theme'), THEMES) ?? 'system',
);
const systemTheme = signal<'dark' | 'light'>(systemDark.matches ? 'dark' : 'light');
systemDark.addEventListener('change', () => {
  systemTheme.value = systemDark.matches ? 'dark' : 'light';
});
export const theme = computed(() =>
  themeChoice.value === 'system' ? systemTheme.value : themeChoice.value,
);

export const borders = signal(remembered('borders') !== 'off');
export const hubs = signal(remembered('hubs') !== 'off');
export const plates = signal(remembered('plates') !== 'off');
export const fences = signal(remembered('fences') !== 'off');
/** The panel of the newest nodes is open. */
export const newsOpen = signal(remembered('news') !== 'off');

export const selected = signal<string | null>(address.get('vehicle'));
/** Code of the fence whose card is open. */
export const fence = signal<string | null>(address.get('fence'));
export const hovered = signal<string | null>(null);
export const following = signal(false);
export const filterText = signal('');
export const filterStates = signal<ReadonlySet<State>>(new Set());
export const sort = signal<SortKey>('state');

/** The pointer is on the list: rows must not move away from under it. */
export const holding = signal(false);

export const searchOpen = signal(false);
export const helpOpen = signal(false);
export const tokenWanted = signal(false);
export const mapFailed = signal(false);
export const basemapFellBack = signal(false);

/** What an address names; a page that has several of its kind names one. */
interface Place {
  readonly page: Page;
  readonly site: string | null;
  readonly trip: string | null;
}

/** `#/sites/SHA`, `#/trips`, `#/trips/T-1`, `#/accuracy`, `#/devices`; anything else is the map. */
export function readHash(hash: string): Place {
  const [, name, rest] = hash.split('/');
  const code = rest ? decodeURIComponent(rest) : null;
  const none = { site: null, trip: null };
  if (name === 'sites') return { ...none, page: 'sites', site: code };
  if (name === 'trips') return { ...none, page: code ? 'trip' : 'trips', trip: code };
  return { ...none, page: name === 'devices' || name === 'accuracy' ? name : 'map' };
}

const first = readHash(location.hash);
export const page = signal<Page>(first.page);
/** Code of the site whose page is open. */
export const site = signal<string | null>(first.site);
/** Code of the trip whose page is open. */
export const trip = signal<string | null>(first.trip);
window.addEventListener('hashchange', () => {
  const next = readHash(location.hash);
  batch(() => {
    page.value = next.page;
    site.value = next.site;
    trip.value = next.trip;
  });
});

export function sitePage(code: string): string {
  return `#/sites/${encodeURIComponent(code)}`;
}

export function tripPage(code: string): string {
  return `#/trips/${encodeURIComponent(code)}`;
}

/** IANA zone of the installation, from the API; until then the viewer's own. */
export const zone = signal(Intl.DateTimeFormat().resolvedOptions().timeZone);

export function t(key: Key, params?: Params): string {
  return translate(lang.value, key, params);
}

/** The words for a value that comes from outside: a flag, a grade, a reason. */
export function tValue(prefix: string, value: string): string {
  return translateValue(lang.value, prefix, value);
}

export function select(plate: string | null): void {
  if (selected.value !== plate) following.value = false;
  selected.value = plate;
  fence.value = null; // one card at a time
}

export function selectFence(code: string | null): void {
  select(null);
  fence.value = code;
}

/** A fence's card, from whatever page. */
export function openFence(code: string): void {
  location.hash = '#/';
  selectFence(code);
}

/** A site's, or anything's, name in the viewer's language. */
export function nameOf(named: { readonly name_zh: string; readonly name_en: string }): string {
  return lang.value === 'zh' ? named.name_zh : named.name_en;
}

export function toggleState(state: State): void {
  const next = new Set(filterStates.value);
  if (!next.delete(state)) next.add(state);
  filterStates.value = next;
}

export function clearFilters(): void {
  filterText.value = '';
  filterStates.value = new Set();
}

/** The address that shows the same: only what differs from the defaults stands in it. */
export function addressOf(base: string, now: { vehicle: string | null; fence: string | null; lang: Lang; theme: ThemeChoice }): string {
  const url = new URL(base);
  const put = (name: string, value: string | null) =>
    value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
  put('vehicle', now.vehicle);
  put('fence', now.fence);
  if (url.searchParams.has('lang')) put('lang', now.lang);
  if (url.searchParams.has('theme')) put('theme', now.theme);
  return url.href;
}

const TOKEN = 'milepost.token';

export function storedToken(): string | null {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return null;
  }
}

export function storeToken(token: string): void {
  try {
    sessionStorage.setItem(TOKEN, token);
  } catch {
    // storage is forbidden: the person is asked again on the next page load
  }
}
