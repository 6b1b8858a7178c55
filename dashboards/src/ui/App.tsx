/** The whole page. */
import { useEffect } from 'preact/hooks';
import { Banner } from './Banner';
import { Header, mayOpen, ownPage } from './Header';
import { Later, type PageName } from './Later';
import { PrintHead } from './PrintHead';
import { me, settled } from './app';
import * as state from './state';
import { t, tValue } from './state';

/** What the window is about: the one thing on it, or the page's name. */
function subjectOf(page: state.Page): string | null {
  const report = state.exception.value === 'week' ? null : state.exception.value;
  const one = state.site.value ?? state.trip.value ?? state.waybill.value ?? report;
  if (page === 'map') return state.selected.value ?? state.fence.value;
  return one ?? (page === 'trip' || page === 'waybill' ? null : t(`app.${page}`));
}

/** What a page shows first, beside the shared map or without it; the map's script is not fetched before it is there. */
const FIRST: Readonly<Record<state.Page, PageName>> = {
  map: 'Sidebar',
  desk: 'DeskQueue',
  trip: 'TripPage',
  waybill: 'WaybillPage',
  replay: 'ReplaySide',
  trips: 'TripsPage',
  waybills: 'WaybillsPage',
  alerts: 'AlertsPage',
  exceptions: 'ExceptionsPage',
  sites: 'SitesPage',
  accuracy: 'AccuracyPage',
  devices: 'DevicesPage',
  rules: 'RulesPage',
  people: 'PeoplePage',
};

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

/** What else some pages show beside the map. */
function Further({ page }: { page: state.Page }) {
  if (page === 'replay') return <Later key="replay-dock" name="ReplayDock" quiet />;
  if (page !== 'desk') return null;
  return (
    <>
      <Later key="desk-detail" name="DeskDetail" />
      {state.deskDialog.value && <Later key="desk-dialog" name="DeskOpened" quiet />}
      <Later key="desk-map" name="AnswerOnMap" after="DeskDetail" quiet />
    </>
  );
}

/** Over everything, when it is wanted. */
function Over({ page, open }: { page: state.Page; open: boolean }) {
  return (
    <>
      {open && <Later name="Toasts" after={FIRST[page]} quiet />}
      {state.onMap.value && <Later name="ImportDialog" after={FIRST[page]} quiet />}
      {state.searchOpen.value && <Later name="Search" quiet />}
      {state.helpOpen.value && <Later name="Help" quiet />}
      {state.signInWanted.value && <Later name="SignIn" quiet />}
    </>
  );
}

export function App() {
  const page = state.page.value;
  const subject = subjectOf(page);
  const count = state.unread.value > 0 ? `(${state.unread.value}) ` : '';
  useEffect(() => {
    document.title = `${count}${subject ? `${subject} · Milepost` : 'Milepost'}`;
  }, [subject, count]);
  const shared = state.onMap.value;
  const known = settled.value;
  const open = known && mayOpen(page);
  useEffect(() => {
    if (known && page === 'map' && !open) location.hash = ownPage(); // who sees no vehicles begins elsewhere
  }, [page, known, open]);
  return (
    <div class="app">
      <Header />
      <Banner />
      <PrintHead page={subject ?? t('app.map')} />
      {/* The map stays alive behind the other pages: it is dear to make.  Some pages share it. */}
      <div class={WITH[page] ?? 'board'} hidden={!shared || (known && !open)}>
        {open && shared ? <Later key={page} name={FIRST[page]} /> : <div class="sidebar" />}
        <Later key="map" name="MapPane" after={FIRST[page]} />
        {open && <Further page={page} />}
      </div>
      {open && !shared && <Later key={page} name={FIRST[page]} />}
      {known && !open && <NoRight />}
      <Over page={page} open={open} />
    </div>
  );
}
