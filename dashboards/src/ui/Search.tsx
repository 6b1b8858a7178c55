/** Ctrl K: one box over everything that has a name. */
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { Site } from '../api/shapes';
import { cell } from '../live/fleet';
import { fold, selectRows } from '../live/list';
import type { State } from '../live/state';
import { Dialog } from './Dialog';
import { fleet, may, partyName, partyNames, sites } from './app';
import { HubIcon, RouteIcon, SearchIcon, StateMark } from './icons';
import { showOnMap, showSite } from './mapLink';
import * as state from './state';
import { t } from './state';

const MOST = 30;
const MOST_TRIPS = 6;
/** The end of a telephone number is the shortest thing to ask the desk for. */
const NUMBER = /\d{4}/;
/** Nothing else here has so many digits: Enter asks for it at once. */
const LONG_NUMBER = /\d{11}/;

type Hit =
  | { readonly kind: 'vehicle'; readonly plate: string; readonly row: number }
  | { readonly kind: 'trip'; readonly trip: string; readonly row: number }
  | { readonly kind: 'hub'; readonly site: Site }
  /** What only the desk can find: a waybill, an order, the end of a telephone number. */
  | { readonly kind: 'where'; readonly asked: string };

function siteName(site: Site): string {
  return state.lang.value === 'zh' ? site.name_zh : site.name_en;
}

function find(text: string): Hit[] {
  const wanted = fold(text);
  const begins = (site: Site) => [site.code, site.name_zh, site.name_en].some((each) => fold(each).startsWith(wanted));
  const hubs = sites.value
    .filter((site) => fold(`${site.code} ${site.name_zh} ${site.name_en}`).includes(wanted))
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)))
    .map((site): Hit => ({ kind: 'hub', site }));
  const query = { text, states: new Set<State>(), sort: 'plate' } as const;
  const vehicles = selectRows(fleet, query, partyNames.value)
    .slice(0, MOST)
    .map((row): Hit => ({ kind: 'vehicle', plate: fleet.plate[row] ?? '', row }));
  const here = [...(wanted ? hubs : []), ...(wanted ? tripsOf(wanted) : []), ...vehicles].slice(0, MOST);
  const asked = text.trim();
  const where: Hit[] = NUMBER.test(asked) && may('look_waybills') ? [{ kind: 'where', asked }] : [];
  return here.length > 0 && !LONG_NUMBER.test(asked) ? [...here, ...where] : [...where, ...here];
}

/** Trips that a vehicle is on; of the others the trips' own page knows. */
function tripsOf(wanted: string): Hit[] {
  const found: Hit[] = [];
  for (let row = 0; row < fleet.size && found.length < MOST_TRIPS; row++) {
    const trip = fleet.trip[row];
    if (trip && fold(trip).includes(wanted)) found.push({ kind: 'trip', trip, row });
  }
  return found;
}

function nameOf(hit: Hit): string {
  switch (hit.kind) {
    case 'hub':
      return siteName(hit.site);
    case 'trip':
      return hit.trip;
    case 'where':
      return t('search.where', { text: hit.asked });
    default:
      return hit.plate;
  }
}

function whatOf(hit: Hit): string {
  switch (hit.kind) {
    case 'hub':
      return `${t('search.hub')} ${hit.site.code}`;
    case 'trip':
      return `${t('search.trip')} · ${fleet.plate[hit.row] ?? ''}`;
    case 'where':
      return t('search.whereWhat');
    default:
      return partyName(fleet.party[hit.row]);
  }
}

function MarkOf({ hit }: { hit: Hit }) {
  switch (hit.kind) {
    case 'hub':
      return <HubIcon />;
    case 'trip':
      return <RouteIcon />;
    case 'where':
      return <SearchIcon />;
    default:
      return <StateMark state={cell(fleet.state, hit.row) as State} />;
  }
}

const keyOf = (hit: Hit) => `${hit.kind} ${hit.kind === 'hub' ? hit.site.code : nameOf(hit)}`;

function open(hit: Hit): void {
  state.searchOpen.value = false;
  if (hit.kind === 'trip' || hit.kind === 'where') {
    location.hash = hit.kind === 'trip' ? state.tripPage(hit.trip) : state.deskPage(hit.asked);
    return;
  }
  location.hash = '#/';
  if (hit.kind === 'vehicle') {
    state.select(hit.plate);
    showOnMap(hit.plate);
  } else showSite(hit.site);
}

function Result({ hit, active, id }: { hit: Hit; active: boolean; id: string }) {
  return (
    <li id={id} role="option" aria-selected={active} onClick={() => open(hit)}>
      <MarkOf hit={hit} />
      <b>{nameOf(hit)}</b>
      <span class="muted">{whatOf(hit)}</span>
    </li>
  );
}

function Box() {
  const [text, setText] = useState('');
  const [place, setPlace] = useState(0);
  const hits = useMemo(() => find(text), [text, state.lang.value]);
  useLayoutEffect(() => {
    document.getElementById(`hit-${place}`)?.scrollIntoView({ block: 'nearest' });
  }, [place]);
  const close = () => {
    state.searchOpen.value = false;
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) {
      event.preventDefault();
      setPlace(Math.min(hits.length - 1, Math.max(0, place + step)));
    }
    const hit = hits[place];
    if (event.key === 'Enter' && hit) open(hit);
  };
  return (
    <Dialog title={t('search.title')} onClose={close} class="search">
      <label class="search-box">
        <SearchIcon />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="hits"
          aria-activedescendant={hits[place] ? `hit-${place}` : undefined}
          aria-label={t('search.title')}
          placeholder={t('search.open')}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setPlace(0);
          }}
          onKeyDown={press}
        />
      </label>
      <ul class="hits" id="hits" role="listbox" aria-label={t('search.title')}>
        {hits.map((hit, i) => (
          <Result
            key={keyOf(hit)}
            id={`hit-${i}`}
            hit={hit}
            active={i === place}
          />
        ))}
      </ul>
      {hits.length === 0 && <p class="empty">{t('search.none', { text })}</p>}
    </Dialog>
  );
}

export function Search() {
  return state.searchOpen.value ? <Box /> : null;
}
