/** Ctrl K: one box over everything that has a name. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { cell } from '../live/fleet';
import type { State } from '../live/state';
import { Dialog } from './Dialog';
import { fleet } from './app';
import * as finding from './finding';
import type { Group, Hit } from './finding';
import { HubIcon, RouteIcon, SearchIcon, StateMark } from './icons';
import { ENTER, typedEarly } from './pageKeys';
import * as state from './state';
import { t } from './state';

function MarkOf({ hit }: { hit: Hit }) {
  const row = hit.kind === 'vehicle' ? fleet.row.get(hit.code) : undefined;
  if (row !== undefined) return <StateMark state={cell(fleet.state, row) as State} />;
  switch (hit.kind) {
    case 'hub':
      return <HubIcon />;
    case 'trip':
    case 'driver':
      return <RouteIcon />;
    default:
      return <SearchIcon />;
  }
}

interface ResultProps {
  readonly hit: Hit;
  readonly active: boolean;
  readonly place: number;
}

function Result({ hit, active, place }: ResultProps) {
  return (
    <li id={`hit-${place}`} role="option" aria-selected={active} onClick={() => finding.open(hit)} data-kind={hit.kind}>
      <MarkOf hit={hit} />
      <b>{hit.title}</b>
      <span class="muted">{hit.detail}</span>
    </li>
  );
}

function Results({ groups, active }: { groups: readonly (Group & { readonly label: string })[]; active: number }) {
  let place = 0;
  return (
    <div class="hits" id="hits" role="listbox" aria-label={t('find.title')}>
      {groups.map(({ kind, label, hits }) => (
        <ul key={kind} role="group" aria-label={label}>
          <li class="hits-head" role="presentation">
            {label}
          </li>
          {hits.map((hit) => {
            const here = place++;
            return <Result key={`${hit.kind} ${hit.code}`} hit={hit} active={here === active} place={here} />;
          })}
        </ul>
      ))}
    </div>
  );
}

function labelled(): (Group & { readonly label: string })[] {
  if (finding.text.value.trim()) {
    return finding.groups.value.map((group) => ({ ...group, label: t(`find.kind.${group.kind}`) }));
  }
  const hits = finding.recent.value;
  return hits.length > 0 ? [{ kind: 'where', hits, label: t('find.recent') }] : [];
}

/** What is said under the list. */
function Said() {
  const count = finding.hits.value.length;
  const { busy, problem, text } = finding;
  if (problem.value) return <p class="hits-note bad">{t('find.failed', { reason: problem.value })}</p>;
  if (busy.value && count === 0) return <p class="hits-note muted">{t('find.busy')}</p>;
  if (text.value.trim() && count === 0) return <p class="empty">{t('search.none', { text: text.value })}</p>;
  return <p class="hits-note muted">{t('find.hint')}</p>;
}

function Box() {
  const [place, setPlace] = useState(0);
  const found = finding.hits.value;
  const active = Math.min(place, Math.max(0, found.length - 1));
  useLayoutEffect(() => {
    document.getElementById(`hit-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const close = () => {
    state.searchOpen.value = false;
  };
  const press = (event: KeyboardEvent) => {
    if (event.isComposing) return; // Enter also ends the choice of a character
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) {
      event.preventDefault();
      setPlace(Math.min(found.length - 1, Math.max(0, active + step)));
    }
    const hit = found[active];
    if (event.key === 'Enter' && hit) finding.open(hit);
  };
  return (
    <Dialog title={t('find.title')} onClose={close} class="search">
      <label class="search-box">
        <SearchIcon />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="hits"
          aria-activedescendant={found[active] ? `hit-${active}` : undefined}
          aria-label={t('find.title')}
          placeholder={t('search.open')}
          autocomplete="off"
          spellcheck={false}
          maxLength={64}
          value={finding.text.value}
          onInput={(event) => {
            finding.type(event.currentTarget.value);
            setPlace(0);
          }}
          onKeyDown={press}
        />
      </label>
      <Results groups={labelled()} active={active} />
      <p class="unseen" role="status">
        {finding.text.value.trim() && t('find.count', { count: found.length })}
      </p>
      <Said />
    </Dialog>
  );
}

/** Opened anew it is empty, but for what was typed while it came. */
export function Search() {
  const open = state.searchOpen.value;
  useLayoutEffect(() => {
    if (!open) return;
    const [text = '', ...entered] = typedEarly.peek().split(ENTER);
    typedEarly.value = '';
    finding.type(text);
    const first = finding.hits.peek()[0];
    if (entered.length > 0 && first) finding.open(first);
  }, [open]);
  return open ? <Box /> : null;
}
