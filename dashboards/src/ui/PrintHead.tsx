/** What stands over a printed page: whose it is, which page, when and by which clock it was printed. */
import { signal } from '@preact/signals';
import { me, session } from './app';
import * as state from './state';
import { t } from './state';
import { second, zoneWord } from './words';

const printedAt = signal(Date.now());
window.addEventListener('beforeprint', () => {
  printedAt.value = session.now.peek();
});

export function PrintHead({ page }: { page: string }) {
  const time = second(printedAt.value);
  return (
    <div class="print-head" aria-hidden="true">
      <b>Milepost · {location.host}</b>
      <span>{t('print.head', { page, time, zone: zoneWord(state.zone.value) })}</span>
      <span>{me.value?.shown ?? ''}</span>
    </div>
  );
}
