/** Pages that are fetched when somebody opens them, so that the map need not wait for their script. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type * as Pages from './tripPages';
import { t } from './state';

type Name = 'TripsPage' | 'TripPage' | 'AccuracyPage';

const pages = signal<typeof Pages | null>(null);
const failed = signal<string | null>(null);

async function fetchPages(): Promise<void> {
  failed.value = null;
  try {
    pages.value = await import('./tripPages');
  } catch (error) {
    failed.value = error instanceof Error ? error.message : String(error); // the network, or a newer build
  }
}

export function Later({ name }: { name: Name }) {
  useEffect(() => {
    if (!pages.peek()) void fetchPages();
  }, []);
  const Page = pages.value?.[name];
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
