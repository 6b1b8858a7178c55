/** Words by language.  Pure: the language is an argument; `ui/state.ts` holds the chosen one. */
import type { alarmsEn } from './alarms.en';
import type { cardEn } from './card.en';
import type { en } from './en';
import type { deskEn } from './desk.en';
import type { fleetEn } from './fleet.en';
import type { opsEn } from './ops.en';
import type { placesEn } from './places.en';
import type { replayEn } from './replay.en';
import type { tripsEn } from './trips.en';
import type { waybillsEn } from './waybills.en';

/** Those of the pages included that bring their own. */
export type Key = keyof typeof en | keyof typeof alarmsEn | keyof typeof cardEn | keyof typeof tripsEn | keyof typeof deskEn | keyof typeof opsEn | keyof typeof fleetEn | keyof typeof placesEn | keyof typeof replayEn | keyof typeof waybillsEn;
export type Messages = { readonly [K in Key]: string };
export type Lang = 'en' | 'zh';

/** What has been brought so far; `subjects.ts` brings words before anybody asks for them. */
export const LANGUAGES: Readonly<Record<Lang, Messages>> = { en: {} as Messages, zh: {} as Messages };

/** The words of a page that is loaded when somebody opens it. */
export function addWords(more: Readonly<Partial<Record<Lang, Partial<Messages>>>>): void {
  Object.assign(LANGUAGES.en, more.en);
  Object.assign(LANGUAGES.zh, more.zh);
}

export type Params = Readonly<Record<string, string | number>>;

/** The words for a key, with `{name}` replaced. */
export function translate(lang: Lang, key: Key, params?: Params): string {
  const text: string = LANGUAGES[lang][key];
  return params ? text.replaceAll(/\{(\w+)\}/g, (all, name: string) => String(params[name] ?? all)) : text;
}

/** The words for a key made of a prefix and a value from outside; the value itself if unknown. */
export function translateValue(lang: Lang, prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return key in LANGUAGES[lang] ? translate(lang, key as Key) : value;
}

/** The language a person's browser asks for, out of those there are. */
export function preferredLanguage(wanted: readonly string[]): Lang {
  for (const each of wanted) {
    if (each.toLowerCase().startsWith('zh')) return 'zh';
    if (each.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}
