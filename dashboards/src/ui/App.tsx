/** The whole page. */
import { useEffect } from 'preact/hooks';
import { Banner } from './Banner';
import { DevicesPage } from './DevicesPage';
import { Help } from './Dialogs';
import { Header, mayOpen, ownPage } from './Header';
import { ImportDialog } from './ImportDialog';
import { Later } from './Later';
import { MapPane } from './MapPane';
import { Search } from './Search';
import { SignIn } from './SignIn';
import { Sidebar } from './Sidebar';
import { SitesPage } from './SitesPage';
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
    default:
      return <Sidebar />;
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
      return <DevicesPage />;
    case 'sites':
      return <SitesPage />;
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

const WITH: Partial<Record<state.Page, string>> = { trip: 'board with-trip', waybill: 'board with-trip', desk: 'board with-desk' };

export function App() {
  const page = state.page.value;
  const subject = subjectOf(page);
  useEffect(() => {
    document.title = subject ? `${subject} · Milepost` : 'Milepost';
  }, [subject]);
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
        <MapPane />
        {open && page === 'desk' && <Later key="desk-detail" name="DeskDetail" />}
      </div>
      {open && <Whole page={page} />}
      {known && !open && <NoRight />}
      <ImportDialog />
      <Search />
      <Help />
      <SignIn />
    </div>
  );
}
