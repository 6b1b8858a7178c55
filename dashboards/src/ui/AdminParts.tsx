/** Building blocks of the pages about rules and people. */
import { useState } from 'preact/hooks';
import { Empty, Shown } from './States';
import { Dialog } from './Dialog';
import type { Asked } from './admin';
import { parties, sites } from './app';
import { partyWord, siteWord } from './admin';
import { copyText } from './copy';
import { CopyIcon } from './icons';
import * as state from './state';
import { t } from './state';

interface TabsProps<T extends string> {
  readonly page: 'rules' | 'people';
  readonly parts: readonly T[];
  readonly chosen: T | undefined;
  readonly words: (part: T) => string;
}

/** The parts of a page; each has an address. */
export function Tabs<T extends string>({ page, parts, chosen, words }: TabsProps<T>) {
  return (
    <nav class="admin-tabs" aria-label={t(`app.${page}`)}>
      {parts.map((each) => (
        <a key={each} class="page" href={`#/${page}/${each}`} aria-current={each === chosen ? 'page' : undefined}>
          {words(each)}
        </a>
      ))}
    </nav>
  );
}

interface ListedProps<T> {
  readonly asked: Asked<T>;
  readonly isEmpty: (told: T) => boolean;
  readonly none: string;
  readonly children: (told: T) => preact.ComponentChildren;
}

/** A list while it is asked for, when it cannot be had, when it is empty, and as it is. */
export function Listed<T>({ asked, isEmpty, none, children }: ListedProps<T>) {
  return (
    <Shown told={asked.told} problem={asked.problem} onRetry={() => void asked.load()}>
      {(told) => (isEmpty(told) ? <Empty words={none} /> : children(told))}
    </Shown>
  );
}

/** A table that scrolls by itself; its heads are all different. */
export function Table({ label, heads, children }: { label: string; heads: readonly string[]; children: preact.ComponentChildren }) {
  return (
    <div class="admin-box" tabIndex={0} role="region" aria-label={label}>
      <table class="admin-table">
        <thead>
          <tr>
            {heads.map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface SecretProps {
  readonly title: string;
  readonly secret: string;
  readonly onDone: () => void;
}

/** Something that is shown this once. */
export function Secret({ title, secret, onDone }: SecretProps) {
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <Dialog title={title} class="wide" onClose={onDone}>
      <div class="form">
        <p class="password">
          <code data-testid="secret">{secret}</code>
          <button type="button" class="button primary" onClick={() => void copyText(secret).then(setCopied)}>
            <CopyIcon /> {copied ? t('reply.copied') : t('common.copy')}
          </button>
        </p>
        {copied === false && <p class="bad">{t('reply.copyFailed')}</p>}
        <div class="form-end">
          <button type="button" class="button" onClick={onDone}>
            {t('common.done')}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

interface CodesProps {
  readonly label: string;
  readonly of: 'parties' | 'sites';
  readonly value: readonly string[];
  readonly onValue: (value: readonly string[]) => void;
}

/** Some companies or sites; none chosen is every one. */
export function CodesField({ label, of, value, onValue }: CodesProps) {
  const known = of === 'sites' ? sites.value : parties.value;
  const word = of === 'sites' ? siteWord : partyWord;
  return (
    <div class="codes" role="group" aria-label={label}>
      <span class="muted">{label}</span>
      <span class="codes-box">
        {value.map((each) => (
          <span key={each} class="tag">
            {word(each)}
            <button type="button" class="codes-drop" aria-label={t('codes.drop', { code: each })} onClick={() => onValue(value.filter((other) => other !== each))}>
              ×
            </button>
          </span>
        ))}
        <select
          aria-label={label}
          value=""
          onChange={(event) => {
            if (event.currentTarget.value) onValue([...value, event.currentTarget.value]);
            event.currentTarget.value = '';
          }}
        >
          <option value="">{value.length === 0 ? t('people.all') : t('codes.add')}</option>
          {known
            .filter((each) => !value.includes(each.code))
            .map((each) => (
              <option key={each.code} value={each.code}>
                {state.nameOf(each)} ({each.code})
              </option>
            ))}
        </select>
      </span>
    </div>
  );
}
