/** Words by language.  Pure: the language is an argument; `ui/state.ts` holds the chosen one. */
import { type Key, type Messages, en } from './en';
import { zh } from './zh';

export type { Key };
export type Lang = 'en' | 'zh';

export const LANGUAGES: Readonly<Record<Lang, Messages>> = { en, zh };

export type Params = Readonly<Record<string, string | number>>;

/** The words for a key, with `{name}` replaced. */
export function translate(lang: Lang, key: Key, params?: Params): string {
  const text: string = LANGUAGES[lang][key];
  return params ? text.replaceAll(/\{(\w+)\}/g, (all, name: string) => String(params[name] ?? all)) : text;
}

/** The words for a key made of a prefix and a value from outside; the value itself if unknown. */
export function translateValue(lang: Lang, prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return key in en ? translate(lang, key as Key) : value;
}

/** The language a person's browser asks for, out of those there are. */
export function preferredLanguage(wanted: readonly string[]): Lang {
  for (const each of wanted) {
    if (each.toLowerCase().startsWith('zh')) return 'zh';
    if (each.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}
