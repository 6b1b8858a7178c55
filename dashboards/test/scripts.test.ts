import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { alarmsEn } from '../src/i18n/alarms.en';
import { cardEn } from '../src/i18n/card.en';
import { deskEn } from '../src/i18n/desk.en';
import { en } from '../src/i18n/en';
import { fleetEn } from '../src/i18n/fleet.en';
import { opsEn } from '../src/i18n/ops.en';
import { placesEn } from '../src/i18n/places.en';
import { replayEn } from '../src/i18n/replay.en';
import { tripsEn } from '../src/i18n/trips.en';
import { waybillsEn } from '../src/i18n/waybills.en';

const UI = resolve(import.meta.dirname, '../src/ui');
const SUBJECTS = { alarms: alarmsEn, card: cardEn, fleet: fleetEn, places: placesEn, trips: tripsEn, desk: deskEn, waybills: waybillsEn, ops: opsEn, replay: replayEn } as const;

/** A module's file, if it is ours. */
function fileOf(from: string, name: string): string | null {
  if (!name.startsWith('.')) return null;
  const path = resolve(dirname(from), name);
  for (const end of ['.tsx', '.ts', '/index.ts']) {
    try {
      readFileSync(path + end);
      return path + end;
    } catch {
      // another ending
    }
  }
  return null;
}

/** Every module of ours that a script brings along, itself included; what it fetches later is not. */
function closure(entry: string): ReadonlyMap<string, string> {
  const seen = new Map<string, string>();
  const open = [entry];
  for (let file = open.pop(); file; file = open.pop()) {
    if (seen.has(file)) continue;
    const text = readFileSync(file, 'utf8');
    seen.set(file, text);
    for (const [line, name] of text.matchAll(/^(?:import|export|\}) [^;]*?from '([^']+)';/gm)) {
      const next = line.startsWith('import type') ? null : fileOf(file, name ?? '');
      if (next) open.push(next);
    }
  }
  return seen;
}

/** Keys that a module names, whole or by how they begin. */
function* keysIn(text: string): Generator<string> {
  for (const [, key] of text.matchAll(/'([a-z]\w*(?:\.\w+)+)'/g)) if (key) yield key;
  for (const [, start] of text.matchAll(/`([a-z]\w*\.(?:\w+\.)*)\$\{/g)) if (start) yield `${start}*`;
}

const has = (words: object, key: string) => (key.endsWith('*') ? Object.keys(words).some((each) => each.startsWith(key.slice(0, -1))) : key in words);
const isFirst = (key: string) => has(en, key);

function subjectsOf(key: string): string[] {
  return Object.entries(SUBJECTS)
    .filter(([, words]) => has(words, key))
    .map(([name]) => name);
}

const later = readFileSync(join(UI, 'Later.tsx'), 'utf8');
const scripts = [...later.matchAll(/(\w+): \{ load: \(\) => import\('\.\/(\w+)'\), words: \[([^\]]*)\]/g)].map(
  ([, name = '', file = '', words = '']) => [name, file, words.split(',').map((each) => each.trim().replaceAll("'", ''))] as const,
);

test('there are scripts to look at', () => expect(scripts.length).toBeGreaterThan(5));

/** Modules of the frame are there from the start, and so are their words. */
const frame = closure(resolve(UI, 'App.tsx'));

test.each(scripts)('the script "%s" brings the words that it says', (_name, file, words) => {
  const missing = new Set<string>();
  for (const [path, text] of closure(join(UI, `${file}.tsx`))) {
    if (frame.has(path) || path.includes('/i18n/')) continue;
    for (const key of keysIn(text)) {
      const subjects = subjectsOf(key);
      // Of a beginning it is not known which keys are meant: one subject that has some will do, and the frame's words, too.
      if (subjects.length === 0 || (key.endsWith('*') && isFirst(key))) continue;
      if (!subjects.some((each) => words.includes(each))) missing.add(`${key} of ${subjects.join('/')} in ${path.slice(UI.length)}`);
    }
  }
  expect([...missing]).toEqual([]);
});

test('the frame needs no words that come later', () => {
  const missing = [...frame].filter(([path]) => !path.includes('/i18n/')).flatMap(([path, text]) => [...keysIn(text)].filter((key) => subjectsOf(key).length > 0 && !isFirst(key)).map((key) => `${key} in ${path.slice(UI.length)}`));
  expect([...new Set(missing)]).toEqual([]);
});
