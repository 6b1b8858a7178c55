/** The whole page. */
import { useEffect } from 'preact/hooks';
import { Banner } from './Banner';
import { DevicesPage } from './DevicesPage';
import { Help, TokenDialog } from './Dialogs';
import { Header } from './Header';
import { MapPane } from './MapPane';
import { Search } from './Search';
import { Sidebar } from './Sidebar';
import * as state from './state';
import { t } from './state';

export function App() {
  const page = state.page.value;
  const plate = state.selected.value;
  useEffect(() => {
    const subject = page === 'devices' ? t('app.devices') : plate;
    document.title = subject ? `${subject} · Milepost` : 'Milepost';
  }, [page, plate, state.lang.value]);
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
      <Search />
      <Help />
      <TokenDialog />
    </div>
  );
}
