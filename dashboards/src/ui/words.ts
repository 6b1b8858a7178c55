/** Times and nodes in words, with the choices of the person at the screen. */
import type { SiteName } from '../api/shapes';
import { formatAge, formatMinute, formatTime, formatZone } from '../i18n/format';
import { me, session } from './app';
import * as state from './state';

/** An instant to the minute, in a site's zone. */
export function minute(iso: string | number, zone = state.zone.value): string {
  const ms = typeof iso === 'number' ? iso : Date.parse(iso);
  return formatMinute(ms, session.now.peek(), zone, state.lang.value);
}

/** Hours and minutes alone: "14:05". */
export function clock(iso: string | number, zone: string): string {
  return minute(iso, zone).slice(-'14:05'.length);
}

/** An instant to the second. */
export function second(iso: string | number, zone = state.zone.value): string {
  const ms = typeof iso === 'number' ? iso : Date.parse(iso);
  return formatTime(ms, session.now.peek(), zone, state.lang.value);
}

/** "GMT+8", but only where the clock on the wall is another than the installation's. */
export function strangeZone(iso: string, zone: string): string {
  const at = Date.parse(iso);
  const word = formatZone(at, zone, state.lang.value);
  return word === formatZone(at, state.zone.value, state.lang.value) ? '' : word;
}

export function zoneWord(zone: string): string {
  return `${zone}, ${formatZone(session.now.peek(), zone, state.lang.value)}`;
}

export function siteName(site: SiteName): string {
  return state.nameOf(site);
}

export function since(iso: string): string {
  return formatAge((session.now.value - Date.parse(iso)) / 1000, state.lang.value);
}

/** The person's own name: of who is signed in, else asked once. */
export const author = {
  last: () => {
    if (me.peek() && me.peek()?.role !== 'owner') return me.peek()?.name ?? ''; // the API takes no other

    try {
      return localStorage.getItem('milepost.author') ?? '';
    } catch {
      return ''; // storage is forbidden
    }
  },
  keep: (name: string) => state.remember('author', name),
};
