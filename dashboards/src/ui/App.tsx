/** The whole page. */
import { useEffect } from 'preact/hooks';
import { Banner } from './Banner';
import { Header, mayOpen, ownPage } from './Header';
import { Later, type PageName } from './Later';
import { Toasts } from './Toasts';
import { unread } from './alarms';
import { me, settled } from './app';
import * as state from './state';
import { t, tValue } from './state';

/** What the window is about: the one thing on it, or the page's name. */
function subjectOf(page: state.Page): string | null {
  const one = state.site.value ?? state.trip.value ?? state.waybill.value ?? state.exception.value;
  if (page === 'map') return state.selected.value ?? state.fence.value;
  return one ?? (page === 'trip' || page === 'waybill' ? null : t(`app.${page}`));
}

/** What stands beside the shared map. */
function Beside({ page }: { page: state.Page }) {
  switch (page) {
    case 'trip':
      return <Later key="trip" name="TripPage" />;
    case 'waybill':
      return <Later key="waybill" name="WaybillPage" />;
    case 'desk':
      return <Later key="desk" name="DeskQueue" />;
    case 'replay':
      return <Later key="replay" name="ReplaySide" />;
    default:
      return <Later key="board" name="Sidebar" />;
  }
}

/** A page without the map. */
function Whole({ page }: { page: state.Page }) {
  switch (page) {
    case 'trips':
      return <Later key="trips" name="TripsPage" />;
    case 'waybills':
      return <Later key="waybills" name="WaybillsPage" />;
    case 'alerts':
      return <Later key="alerts" name="AlertsPage" />;
    case 'exceptions':
      return <Later key="exceptions" name="ExceptionsPage" />;
    case 'devices':
      return <Later key="devices" name="DevicesPage" />;
    case 'sites':
      return <Later key="sites" name="SitesPage" />;
    case 'accuracy':
      return <Later key="accuracy" name="AccuracyPage" />;
    case 'rules':
      return <Later key="rules" name="RulesPage" />;
    case 'people':
      return <Later key="people" name="PeoplePage" />;
    default:
      return null;
  }
}

function NoRight() {
  return (
    <div class="empty" role="alert">
      <b>{t('app.noRight', { role: tValue('role', me.value?.role ?? '') })}</b>
      <a class="button" href={ownPage()}>
        {t('common.done')}
      </a>
    </div>
  );
}

const WITH: Partial<Record<state.Page, string>> = { trip: 'board with-trip', waybill: 'board with-trip', desk: 'board with-desk', replay: 'board with-replay' };

/** What a page shows first: the map's script is not fetched before it is there. */
const FIRST: Partial<Record<state.Page, PageName>> = {
  map: 'Sidebar',
  desk: 'DeskDetail',
  trip: 'TripPage',
  waybill: 'WaybillPage',
  trips: 'TripsPage',
  waybills: 'WaybillsPage',
  replay: 'ReplaySide',
  alerts: 'AlertsPage',
  exceptions: 'ExceptionsPage',
  sites: 'SitesPage',
  accuracy: 'AccuracyPage',
  devices: 'DevicesPage',
  rules: 'RulesPage',
  people: 'PeoplePage',
};

export function App() {
  const page = state.page.value;
  const subject = subjectOf(page);
  const count = unread.value > 0 ? `(${unread.value}) ` : '';
  useEffect(() => {
    document.title = `${count}${subject ? `${subject} · Milepost` : 'Milepost'}`;
  }, [subject, count]);
  const known = settled.value;
  const open = known && mayOpen(page);
  useEffect(() => {
    if (known && page === 'map' && !open) location.hash = ownPage(); // who sees no vehicles begins elsewhere
  }, [page, known, open]);
  return (
    <div class="app">
      <Header />
      <Banner />
      {/* The map stays alive behind the other pages: it is dear to make.  Some pages share it. */}
      <div class={WITH[page] ?? 'board'} hidden={!state.onMap.value || (known && !open)}>
        {open ? <Beside page={page} /> : <div class="sidebar" />}
        <Later key="map" name="MapPane" after={FIRST[page]} />
        {open && page === 'replay' && <Later key="replay-dock" name="ReplayDock" quiet />}
        {open && page === 'desk' && <Later key="desk-detail" name="DeskDetail" />}
        {open && page === 'desk' && <Later key="desk-map" name="AnswerOnMap" after="DeskDetail" quiet />}
      </div>
      {open && <Whole page={page} />}
      {known && !open && <NoRight />}
      <Toasts />
      {state.onMap.value && <Later name="ImportDialog" after={FIRST[page] ?? 'MapPane'} quiet />}
      {state.searchOpen.value && <Later name="Search" quiet />}
      {state.helpOpen.value && <Later name="Help" quiet />}
      {state.signInWanted.value && <Later name="SignIn" quiet />}
    </div>
  );
}
