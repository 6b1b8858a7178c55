/** Risks that count and filter, the filter box, which trips, the import. */
import { signal } from '@preact/signals';
import type { Risk } from '../api/trips';
import { formatNumber } from '../i18n/format';
import { type Span, countRisks } from '../live/board';
import { RISKS } from '../live/list';
import { UploadIcon } from './icons';
import { RiskMark } from './risk';
import * as state from './state';
import { t } from './state';
import * as trips from './trips';

/** The dialog is open. */
export const importing = signal(false);

const SPANS: readonly Span[] = ['open', 'over', 'all'];

function Chips() {
  const all = trips.list.value?.trips ?? [];
  // Of a board that was cut, the server's counts are the whole truth.
  const counts = !trips.isCut.value ? countRisks(all) : new Map(Object.entries(trips.list.value?.counts ?? {}) as [Risk, number][]);
  return (
    <div class="trip-chips" role="group" aria-label={t('trips.risks')}>
      {RISKS.map((risk) => (
        <button
          key={risk}
          type="button"
          class={`chip trip-chip delay-${risk}`}
          aria-pressed={trips.risks.value.has(risk)}
          title={t(`risk.${risk}.what`)}
          data-testid={`risk-${risk}`}
          onClick={() => trips.toggleRisk(risk)}
        >
          <b class="num">{formatNumber(counts.get(risk) ?? 0, state.lang.value)}</b>
          <span>
            <RiskMark risk={risk} /> {t(`risk.${risk}`)}
          </span>
        </button>
      ))}
    </div>
  );
}

export function TripsBar() {
  return (
    <header class="trips-bar">
      <Chips />
      <div class="trips-tools">
        <input
          id="trip-filter"
          type="search"
          value={trips.text.value}
          placeholder={t('trips.filter')}
          aria-label={t('trips.filter')}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            trips.text.value = event.currentTarget.value;
          }}
        />
        <select
          aria-label={t('trips.span')}
          value={trips.span.value}
          onChange={(event) => {
            trips.span.value = event.currentTarget.value as Span;
            void trips.loadTrips();
          }}
        >
          {SPANS.map((each) => (
            <option key={each} value={each}>
              {t(`trips.span.${each}`)}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button"
          onClick={() => {
            importing.value = true;
          }}
        >
          <UploadIcon /> {t('trips.import')}
        </button>
      </div>
    </header>
  );
}
