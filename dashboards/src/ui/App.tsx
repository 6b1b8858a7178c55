/** The whole page. */
import { useEffect } from 'preact/hooks';
import { Banner } from './Banner';
import { DevicesPage } from './DevicesPage';
import { Help, TokenDialog } from './Dialogs';
import { Header } from './Header';
import { ImportDialog } from './ImportDialog';
import { Later } from './Later';
import { MapPane } from './MapPane';
import { Search } from './Search';
import { Sidebar } from './Sidebar';
import { SitesPage } from './SitesPage';
import * as state from './state';
import { t } from './state';

/** What the window is about: the page's name, or that of the one thing on it. */
function subjectOf(page: state.Page): string | null {
  switch (page) {
    case 'devices':
      return t('app.devices');
    case 'accuracy':
      return t('app.accuracy');
    case 'sites':
      return state.site.value ?? t('app.sites');
    case 'trips':
    case 'trip':
      return state.trip.value ?? t('app.trips');
    default:
      return state.selected.value ?? state.fence.value;
  }
}

export function App() {
  const page = state.page.value;
  const subject = subjectOf(page);
  useEffect(() => {
    document.title = subject ? `${subject} · Milepost` : 'Milepost';
  }, [subject]);
  return (
    <div class="app">
      <Header />
      <Banner />
      {/* The map stays alive behind the other pages: it is dear to make.  A trip's page shares it. */}
      <div class={page === 'trip' ? 'board with-trip' : 'board'} hidden={page !== 'map' && page !== 'trip'}>
        {page === 'trip' ? <Later key="trip" name="TripPage" /> : <Sidebar />}
        <MapPane />
      </div>
      {page === 'trips' && <Later key="trips" name="TripsPage" />}
      {page === 'devices' && <DevicesPage />}
      {page === 'sites' && <SitesPage />}
      {page === 'accuracy' && <Later key="accuracy" name="AccuracyPage" />}
      <ImportDialog />
      <Search />
      <Help />
      <TokenDialog />
    </div>
  );
}
