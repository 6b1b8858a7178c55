/** The whole page. */
import { useEffect } from 'preact/hooks';
import { Banner } from './Banner';
import { DevicesPage } from './DevicesPage';
import { Help, TokenDialog } from './Dialogs';
import { Header } from './Header';
import { ImportDialog } from './ImportDialog';
import { MapPane } from './MapPane';
import { Search } from './Search';
import { Sidebar } from './Sidebar';
import { SitesPage } from './SitesPage';
import * as state from './state';
import { t } from './state';

export function App() {
  const page = state.page.value;
  const subject = page === 'devices' ? t('app.devices') : page === 'sites' ? (state.site.value ?? t('app.sites')) : (state.selected.value ?? state.fence.value);
  useEffect(() => {
    document.title = subject ? `${subject} · Milepost` : 'Milepost';
  }, [subject]);
  return (
    <div class="app">
      <Header />
      <Banner />
      {/* The map stays alive behind the other page: it is dear to make. */}
      <div class="board" hidden={page !== 'map'}>
        <Sidebar />
        <MapPane />
      </div>
      {page === 'devices' && <DevicesPage />}
      {page === 'sites' && <SitesPage />}
      <ImportDialog />
      <Search />
      <Help />
      <TokenDialog />
    </div>
  );
}
