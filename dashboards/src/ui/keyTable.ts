/**
 * Every key there is, in one table: what listens to keys and what tells of them both read it, so that neither can
 * know of one that the other does not.
 */
import type { Key } from '../i18n';
import type { Page, Place } from './state';

export interface Shortcut {
  /** As the browser names them; any of them does it. */
  readonly keys: readonly string[];
  readonly where: 'anywhere' | 'map' | 'list';
  readonly what: Key;
}

export const SHORTCUTS = {
  help: { keys: ['?'], where: 'anywhere', what: 'key.help' },
  close: { keys: ['Escape'], where: 'anywhere', what: 'key.close' },
  next: { keys: ['j'], where: 'map', what: 'key.nextOne' },
  previous: { keys: ['k'], where: 'map', what: 'key.previous' },
  show: { keys: ['Enter'], where: 'map', what: 'key.show' },
  follow: { keys: ['f'], where: 'map', what: 'key.follow' },
  filter: { keys: ['/'], where: 'map', what: 'key.filter' },
  down: { keys: ['ArrowDown'], where: 'list', what: 'key.nextOne' },
  up: { keys: ['ArrowUp'], where: 'list', what: 'key.previous' },
  first: { keys: ['Home'], where: 'list', what: 'key.first' },
  last: { keys: ['End'], where: 'list', what: 'key.first' },
} as const satisfies Readonly<Record<string, Shortcut>>;

export type Act = keyof typeof SHORTCUTS;
export const ACTS = Object.keys(SHORTCUTS) as Act[];

/** Before one of these a page is meant. */
export const GO = 'g';

/** The letter of every page. */
export const LETTERS: Readonly<Record<Place, string>> = {
  map: 'm',
  desk: 'd',
  waybills: 'w',
  trips: 't',
  alerts: 'a',
  exceptions: 'e',
  sites: 'h',
  accuracy: 'y',
  devices: 'v',
  replay: 'r',
  rules: 'u',
  people: 'p',
};

/** The act of a key in a place; undefined: none. */
export function actOf(key: string, where: Shortcut['where']): Act | undefined {
  return ACTS.find((act) => SHORTCUTS[act].where === where && (SHORTCUTS[act].keys as readonly string[]).includes(key));
}

/** The drawing listens for itself, see `map/drawing.ts`. */
export const DRAWING: readonly (readonly [readonly string[], Key])[] = [[['Enter', 'Delete', '←'], 'key.draw']];

const LIST: Readonly<Record<string, Key>> = {
  j: 'key.nextOne',
  k: 'key.previous',
  Enter: 'key.openIt',
  '/': 'key.filter',
};

/** What keys of a page are called; a page tells itself which of them it listens to. */
const WORDS: Readonly<Partial<Record<Page, Readonly<Record<string, Key>>>>> = {
  desk: { c: 'key.copyReply', s: 'key.copySms', l: 'key.language', r: 'key.again', n: 'key.log' },
  replay: { ' ': 'key.play', '[': 'key.markBack', ']': 'key.markNext', ArrowLeft: 'key.stepBack', ArrowRight: 'key.stepOn', 'Shift+ArrowLeft': 'key.leapBack', 'Shift+ArrowRight': 'key.leapOn', '+': 'key.faster', '-': 'key.slower' },
  alerts: { x: 'key.tick', a: 'key.acknowledge', s: 'key.snooze', o: 'key.assign', e: 'key.end' },
};

/** The word for a key of a page; null: one of those that every list has and nobody need be told of. */
export function wordOf(page: Page, key: string): Key | null {
  return WORDS[page]?.[key] ?? LIST[key] ?? null;
}
