/** What the person at the screen has chosen; signals, kept in the address and the browser. */
import { batch, computed, signal } from '@preact/signals';
import { type Key, type Lang, type Params, preferredLanguage, translate, translateValue } from '../i18n';
import { bringAll } from '../i18n/subjects';
import { UNITS, type Units } from '../i18n/units';

export type ThemeChoice = 'system' | 'dark' | 'light';
const PAGES = ['map', 'desk', 'waybills', 'trips', 'alerts', 'exceptions', 'sites', 'accuracy', 'devices', 'replay', 'rules', 'people'] as const;
/** A page that the navigation leads to. */
export type Place = (typeof PAGES)[number];
export type Page = Place | 'trip' | 'waybill';

const address = new URLSearchParams(location.search);
const systemDark = matchMedia('(prefers-color-scheme: dark)');

/** A remembered choice; browsers that forbid storage simply do not remember. */
export function remembered(name: string): string | null {
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

/** Lengths and speeds as the person reads them. */
export const units = signal<Units>(oneOf(remembered('units'), UNITS) ?? 'metric');

/** Speak another language, as soon as its words are here; without them the old one stays. */
export async function speak(next: Lang): Promise<void> {
  await bringAll(next);
  lang.value = next;
  remember('lang', next);
}

/** Whether new severe alerts are heard, too: only who asks for it hears any. */
export const sound = signal(remembered('sound') === 'on');
/** Severe alerts that nobody has taken up; `alarms.ts` counts them. */
export const unread = signal(0);

export const borders = signal(remembered('borders') !== 'off');
export const hubs = signal(remembered('hubs') !== 'off');
export const plates = signal(remembered('plates') !== 'off');
export const fences = signal(remembered('fences') !== 'off');
/** The panel of the newest nodes is open. */
export const newsOpen = signal(remembered('news') === 'on');

export const selected = signal<string | null>(address.get('vehicle'));
/** Code of the fence whose card is open. */
export const fence = signal<string | null>(address.get('fence'));
export const hovered = signal<string | null>(null);
export const following = signal(false);

/** The pointer is on the list: rows must not move away from under it. */
export const holding = signal(false);

export const searchOpen = signal(false);
export const helpOpen = signal(false);
/** The API wants to know who asks. */
export const signInWanted = signal(false);
/** The dialog that the desk has open. */
export type DeskDialog = 'ask' | 'route' | 'finding' | 'reply' | 'raise';
export const deskDialog = signal<DeskDialog | null>(null);
export const mapFailed = signal(false);
export const basemapFellBack = signal(false);

/** What an address names: a page, and one of its kind where it has several. */
interface Address {
  readonly page: Page;
  readonly subject: string | null;
}

/** `#/sites/SHA`, `#/trips`, `#/trips/T-1`, `#/desk`, `#/waybills/HX...`; anything else is the map. */
export function readHash(hash: string): Address {
  const [, name, rest] = (hash.split('?', 1)[0] ?? '').split('/');
  const subject = rest ? decodeURIComponent(rest) : null;
  const place = oneOf(name ?? null, PAGES) ?? 'map';
  if (subject && place === 'trips') return { page: 'trip', subject };
  if (subject && place === 'waybills') return { page: 'waybill', subject };
  return { page: place, subject: place === 'map' ? null : subject };
}

const first = readHash(location.hash);
export const page = signal<Page>(first.page);
/** What the address names on its page: a site, a trip, a waybill, an exception. */
const subject = signal<string | null>(first.subject);
const subjectOf = (...pages: readonly Page[]) => computed(() => (pages.includes(page.value) ? subject.value : null));
/** Code of the site whose page is open. */
export const site = subjectOf('sites');
/** Code of the trip whose page is open. */
export const trip = subjectOf('trip');
/** Number of the waybill whose page is open. */
export const waybill = subjectOf('waybill');
/** Number of the exception whose report is open. */
export const exception = subjectOf('exceptions');
/** What the desk was asked for by the address. */
export const deskWish = subjectOf('desk');
/** Which part of a page that has several. */
export const part = subjectOf('rules', 'people', 'alerts');
window.addEventListener('hashchange', () => {
  const next = readHash(location.hash);
  batch(() => {
    page.value = next.page;
    subject.value = next.subject;
  });
});

/** Pages that share the one map. */
export const onMap = computed(() => (['map', 'trip', 'desk', 'waybill', 'replay'] as readonly Page[]).includes(page.value));

export function sitePage(code: string): string {
  return `#/sites/${encodeURIComponent(code)}`;
}

export function tripPage(code: string): string {
  return `#/trips/${encodeURIComponent(code)}`;
}

export function waybillPage(number: string): string {
  return `#/waybills/${encodeURIComponent(number)}`;
}

export function exceptionPage(number: string): string {
  return `#/exceptions/${encodeURIComponent(number)}`;
}

/** The inbox, with that alert open. */
export function alertPage(id: string): string {
  return `#/alerts/${encodeURIComponent(id)}`;
}

/** The desk, with the answer about a number. */
export function deskPage(asked: string): string {
  return `#/desk/${encodeURIComponent(asked)}`;
}

/** The replay of that moment: of one vehicle, or of the whole fleet where none is named. */
export function replayAt(plate: string | null, iso: string): string {
  const at = new URLSearchParams(plate ? { vehicle: plate, at: iso } : { at: iso });
  return `#/replay?${at.toString()}`;
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

/** The address that shows the same: only what differs from the defaults stands in it; `board` is null beside the map's page. */
export function addressOf(base: string, now: { vehicle: string | null; fence: string | null; lang: Lang; theme: ThemeChoice; board: string | null }): string {
  const url = new URL(base);
  if (now.board !== null) url.hash = now.board ? `#/?${now.board}` : '#/';
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

export function forgetToken(): void {
  try {
    sessionStorage.removeItem(TOKEN);
  } catch {
    // storage is forbidden: nothing was kept
  }
}
