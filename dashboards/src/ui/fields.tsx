/** Fields that forms share. */
import { fromWallTime } from '../i18n/zones';
import { sites } from './app';
import * as state from './state';
import { t } from './state';
import { zoneWord } from './words';

interface Field<T> {
  readonly label: string;
  readonly value: T;
  readonly onValue: (value: T) => void;
}

export function TextField({ label, value, onValue, hint, list }: Field<string> & { hint?: string; list?: string }) {
  return (
    <label>
      {label}
      <input
        type="text"
        autocomplete="off"
        list={list}
        placeholder={hint}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </label>
  );
}

export function AreaField({ label, value, onValue, rows = 3, hint }: Field<string> & { rows?: number; hint?: string }) {
  return (
    <label>
      {label}
      <textarea rows={rows} placeholder={hint} value={value} onInput={(event) => onValue(event.currentTarget.value)} />
    </label>
  );
}

/** One of some values, each with its words. */
export function ChoiceField<T extends string>({ label, value, onValue, choices, words }: Field<T> & { choices: readonly T[]; words: (value: T) => string }) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onValue(event.currentTarget.value as T)}>
        {choices.map((each) => (
          <option key={each} value={each}>
            {words(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function CheckField({ label, value, onValue }: Field<boolean>) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => onValue(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

/** A site by its code; its name helps to find it. */
export function SiteField({ label, value, onValue }: Field<string>) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">–</option>
        {sites.value.map((site) => (
          <option key={site.code} value={site.code}>
            {state.nameOf(site)} ({site.code})
          </option>
        ))}
      </select>
    </label>
  );
}

/** Wall-clock time in the installation's zone; empty is now, unless it is `needed`. */
export function MomentField({ value, onValue, label, needed = false }: Omit<Field<string>, 'label'> & { label?: string; needed?: boolean }) {
  return (
    <label>
      {label ?? t('form.at', { zone: zoneWord(state.zone.value) })}
      <input type="datetime-local" value={value} onInput={(event) => onValue(event.currentTarget.value)} />
      {!needed && <small class="muted">{t('trip.emptyNow')}</small>}
    </label>
  );
}

/** For a request: nothing when the field is empty. */
export function momentOf(text: string): string | undefined {
  const ms = text ? fromWallTime(text, state.zone.value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

type Filled<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** For a request: without the fields that are empty. */
export function filled<T extends Readonly<Record<string, unknown>>>(fields: T): Filled<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined)) as Filled<T>;
}
