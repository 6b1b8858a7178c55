/** Keyboard help: what the table of keys says, and what the page that is open listens to. */
import type { Key } from '../i18n';
import { Dialog } from './Dialog';
import { mayOpen } from './Header';
import { ACTS, DRAWING, GO, LETTERS, SHORTCUTS, wordOf } from './keyTable';
import { pageKeys } from './pageKeys';
import * as state from './state';
import { t } from './state';

const SHOWN: Readonly<Record<string, string>> = { Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', 'Shift+ArrowLeft': '⇧ ←', 'Shift+ArrowRight': '⇧ →', ' ': '␣' };

function Keys({ keys, parted }: { keys: readonly string[]; parted?: string }) {
  return (
    <dt>
      {keys.map((key, i) => (
        <>
          {i > 0 && parted && <span class="muted"> {parted} </span>}
          <kbd key={key}>{SHOWN[key] ?? key}</kbd>
        </>
      ))}
    </dt>
  );
}

interface PartProps {
  readonly title: Key;
  readonly entries: readonly (readonly [readonly string[], string])[];
  readonly parted?: string;
}

function Part({ title, entries, parted }: PartProps) {
  if (entries.length === 0) return null;
  return (
    <section>
      <h3 class="muted">{t(title)}</h3>
      <dl class="shortcuts">
        {entries.map(([keys, what]) => (
          <div key={`${keys.join(' ')} ${what}`}>
            <Keys keys={keys} {...(parted ? { parted } : {})} />
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Acts of some places, those of one word together. */
function acts(...places: readonly string[]): [string[], string][] {
  const found = new Map<Key, string[]>();
  for (const act of ACTS) {
    const { keys, where, what } = SHORTCUTS[act];
    if (places.includes(where)) found.set(what, [...(found.get(what) ?? []), ...keys]);
  }
  return Array.from(found, ([what, keys]) => [keys, t(what)]);
}

function ofPage(): [string[], string][] {
  return Object.keys(pageKeys.value ?? {}).flatMap((key): [string[], string][] => {
    const word = wordOf(state.page.value, key);
    return word ? [[[key], t(word)]] : [];
  });
}

function ofPages(): [string[], string][] {
  const places = (Object.keys(LETTERS) as state.Place[]).filter((each) => mayOpen(each));
  return places.map((place) => [[GO, LETTERS[place]], t(`app.${place}`)]);
}

export function Help() {
  if (!state.helpOpen.value) return null;
  const close = () => {
    state.helpOpen.value = false;
  };
  const onBoard = state.page.value === 'map';
  return (
    <Dialog title={t('key.title')} onClose={close} class="help">
      <div class="help-parts">
        {onBoard ? <Part title="key.map" entries={acts('map', 'list')} /> : <Part title="key.page" entries={ofPage()} />}
        <Part title="key.anywhere" entries={[[['Ctrl', 'K'], t('key.search')], ...acts('anywhere')]} />
        {onBoard && <Part title="key.drawing" entries={DRAWING.map(([keys, what]) => [keys, t(what)] as const)} />}
        <Part title="key.pages" entries={ofPages()} parted={t('key.then')} />
      </div>
    </Dialog>
  );
}
