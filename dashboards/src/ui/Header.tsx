/** Name, pages, search, how fresh the data is, settings, who is signed in. */
import type { Right } from '../api/people';
import { formatAge } from '../i18n/format';
import { may, me, session, settled, signOut } from './app';
import { Menu } from './Menu';
import { Later } from './Later';
import { ChevronIcon, GearIcon, KeyboardIcon, Logo, SearchIcon } from './frameIcons';
import * as state from './state';
import { t, tValue } from './state';

function Live() {
  if (!may('look_vehicles')) return null; // there is no stream for them
  const { phase, heardAt } = session.status.value;
  void session.now.value; // ages grow once a second
  const silence = heardAt ? (Date.now() - heardAt) / 1000 : Number.NaN;
  return (
    <div class={`live live-${phase}`} data-testid="live">
      <span class="dot" />
      <strong>{t(`live.${phase}`)}</strong>
      {phase !== 'connecting' && phase !== 'refused' && heardAt > 0 && (
        <span class="muted num wide">
          {' · '}
          {t('live.age', { age: formatAge(silence, state.lang.value) })}
        </span>
      )}
    </div>
  );
}

/** Which right opens which page, in the order of the navigation. */
const DOORS: Readonly<Record<state.Place, Right>> = {
  map: 'look_vehicles',
  desk: 'look_queries',
  waybills: 'look_waybills',
  trips: 'look_trips',
  alerts: 'look_alerts',
  exceptions: 'look_exceptions',
  sites: 'look_places',
  accuracy: 'look_accuracy',
  devices: 'look_devices',
  replay: 'look_vehicles',
  rules: 'look_notices',
  people: 'look_audit',
};
const NAMES = Object.keys(DOORS) as state.Place[];
/** What is not of every hour stands behind a button. */
const SELDOM: ReadonlySet<state.Place> = new Set(['sites', 'accuracy', 'devices', 'replay', 'rules', 'people']);

/** So many links stand side by side without a menu. */
const MOST_LINKS = 7;

/** The page of the navigation that a page belongs to. */
function placeOf(page: state.Page): state.Place {
  return page === 'trip' ? 'trips' : page === 'waybill' ? 'waybills' : page;
}

/** Whether the reader may open the page that is shown. */
export function mayOpen(page: state.Page): boolean {
  return may(DOORS[placeOf(page)]);
}

/** The first page of the reader's own. */
export function ownPage(): string {
  const first = NAMES.find((each) => may(DOORS[each])) ?? 'map';
  return first === 'map' ? '#/' : `#/${first}`;
}

/** Severe alerts that nobody has taken up. */
function Unread() {
  const count = state.unread.value;
  if (count === 0) return null;
  return (
    <span class="count num" data-testid="unread" title={t('alarms.unread', { count })}>
      {count}
    </span>
  );
}

function PageLink({ to }: { to: state.Place }) {
  const here = placeOf(state.page.value) === to;
  return (
    <a class="page" href={to === 'map' ? '#/' : `#/${to}`} aria-current={here ? 'page' : undefined}>
      {t(`app.${to}`)}
      {to === 'alerts' && <Unread />}
    </a>
  );
}

function Pages() {
  const open = settled.value ? NAMES.filter((each) => may(DOORS[each])) : [];
  const seldom = open.length > MOST_LINKS ? open.filter((each) => SELDOM.has(each)) : [];
  const here = placeOf(state.page.value);
  return (
    <nav class="pages">
      {open.filter((each) => !seldom.includes(each)).map((each) => (
        <PageLink key={each} to={each} />
      ))}
      {seldom.length > 0 && (
        <Menu
          current={seldom.includes(here)}
          label={
            <>
              {seldom.includes(here) ? t(`app.${here}`) : t('app.more')} <ChevronIcon />
            </>
          }
        >
          {seldom.map((each) => (
            <PageLink key={each} to={each} />
          ))}
        </Menu>
      )}
    </nav>
  );
}

/** Who is signed in; the operator on this very machine need not be. */
function Person() {
  const who = me.value;
  if (!who) return null;
  const role = tValue('role', who.role);
  const leaves = who.name !== 'operator' || state.storedToken() !== null;
  return (
    <Menu
      label={
        <span class="person" title={t('signin.as', { name: who.shown, role })} data-testid="person">
          <span class="face" aria-hidden="true">
            {(who.shown || who.name).slice(0, 1).toUpperCase()}
          </span>
          <span class="person-name">{who.shown || who.name}</span>
        </span>
      }
    >
      <p class="menu-note">
        <b>{who.shown || who.name}</b>
        <span class="muted">{role}</span>
      </p>
      {leaves && (
        <button type="button" onClick={() => void signOut()}>
          {t('signin.out')}
        </button>
      )}
    </Menu>
  );
}

export function Header() {
  return (
    <header class="header">
      <a class="skip" href="#list" onClick={(event) => {
        event.preventDefault();
        document.getElementById('list')?.focus();
      }}>
        {t('app.skip')}
      </a>
      <span class="brand">
        <Logo /> Milepost
      </span>
      <Pages />
      <button
        type="button"
        class="search-open"
        aria-keyshortcuts="Control+K"
        onClick={() => {
          state.searchOpen.value = true;
        }}
      >
        <SearchIcon />
        <b class="unseen">{t('search.title')}</b>
        <span>{t('search.open')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Live />
      <button
        type="button"
        class="tool square keys"
        aria-label={t('help.open')}
        title={t('help.open')}
        onClick={() => {
          state.helpOpen.value = true;
        }}
      >
        <KeyboardIcon />
      </button>
      <Menu label={<GearIcon />} name={t('prefs.title')} tool>
        <Later name="Preferences" quiet />
      </Menu>
      <Person />
    </header>
  );
}
