/** Pages that are fetched when somebody opens them, so that the map need not wait for their script. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from './state';

/** A script of pages that belong together, fetched once. */
const SCRIPTS = {
  trips: () => import('./tripPages'),
  desk: () => import('./deskPages'),
  ops: () => import('./opsPages'),
  admin: () => import('./adminPages'),
} as const;
type Script = keyof typeof SCRIPTS;
type Pages = Readonly<Record<string, () => preact.JSX.Element | null>>;

/** Which script a page is in. */
const PAGES = {
  TripsPage: 'trips',
  TripPage: 'trips',
  AccuracyPage: 'trips',
  DeskQueue: 'desk',
  DeskDetail: 'desk',
  WaybillsPage: 'desk',
  WaybillPage: 'desk',
  AlertsPage: 'ops',
  ExceptionsPage: 'ops',
  RulesPage: 'admin',
  PeoplePage: 'admin',
} as const satisfies Readonly<Record<string, Script>>;
type Name = keyof typeof PAGES;

const scripts = signal<Readonly<Partial<Record<Script, Pages>>>>({});
const failed = signal<string | null>(null);

async function fetchPages(script: Script): Promise<void> {
  failed.value = null;
  try {
    const pages: Pages = await SCRIPTS[script]();
    scripts.value = { ...scripts.value, [script]: pages };
  } catch (error) {
    failed.value = error instanceof Error ? error.message : String(error); // the network, or a newer build
  }
}

export function Later({ name }: { name: Name }) {
  useEffect(() => {
    if (!scripts.peek()[PAGES[name]]) void fetchPages(PAGES[name]);
  }, []);
  const Page = scripts.value[PAGES[name]]?.[name];
  if (Page) return <Page />;
  return (
    <div class="empty" role={failed.value ? 'alert' : 'status'}>
      {failed.value ? (
        <>
          <b>{t('app.page.failed', { reason: failed.value })}</b>
          <button type="button" class="button" onClick={() => location.reload()}>
            {t('common.retry')}
          </button>
        </>
      ) : (
        <>
          <span class="spinner" aria-hidden="true" />
          {t('app.page.loading')}
        </>
      )}
    </div>
  );
}
