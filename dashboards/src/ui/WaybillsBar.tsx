/** Risks that count and filter, the filter box and its choices, the import. */
import { signal } from '@preact/signals';
import { WAYBILL_STATES, type WaybillState } from '../api/waybills';
import { formatNumber } from '../i18n/format';
import { RISKS } from '../live/list';
import { may, parties } from './app';
import { UploadIcon } from './icons';
import { RiskMark } from './risk';
import * as state from './state';
import { t } from './state';
import * as waybills from './waybills';

/** The dialog is open. */
export const importing = signal(false);
/** Typing rests that long before the server is asked, milliseconds. */
const TYPED_MS = 250;

function Chips() {
  const told = waybills.list.value?.risks ?? {};
  return (
    <div class="trip-chips" role="group" aria-label={t('trips.risks')}>
      {RISKS.map((risk) => (
        <button
          key={risk}
          type="button"
          class={`chip trip-chip delay-${risk}`}
          aria-pressed={waybills.risks.value.has(risk)}
          title={t(`risk.${risk}.what`)}
          data-testid={`risk-${risk}`}
          onClick={() => waybills.toggleRisk(risk)}
        >
          <b class="num">{formatNumber(told[risk] ?? 0, state.lang.value)}</b>
          <span>
            <RiskMark risk={risk} /> {t(`risk.${risk}`)}
          </span>
        </button>
      ))}
    </div>
  );
}

let typed: ReturnType<typeof setTimeout> | undefined;

export function stopTyping(): void {
  clearTimeout(typed);
}

function Filter() {
  return (
    <input
      id="waybill-filter"
      type="search"
      value={waybills.text.value}
      placeholder={t('waybills.filter')}
      aria-label={t('waybills.filter')}
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => {
        waybills.text.value = event.currentTarget.value;
        clearTimeout(typed);
        typed = setTimeout(() => void waybills.load(), TYPED_MS);
      }}
    />
  );
}

function Selects() {
  const choose = (set: () => void) => {
    set();
    void waybills.load();
  };
  return (
    <>
      <select
        aria-label={t('waybills.col.state')}
        value={waybills.waybillState.value}
        onChange={({ currentTarget }) =>
          choose(() => {
            waybills.waybillState.value = currentTarget.value as WaybillState | '';
          })
        }
      >
        <option value="">{t('waybills.anyState')}</option>
        {WAYBILL_STATES.map((each) => (
          <option key={each} value={each}>
            {t(`waybill.state.${each}`)}
          </option>
        ))}
      </select>
      <select
        aria-label={t('waybills.col.customer')}
        value={waybills.customer.value}
        onChange={({ currentTarget }) =>
          choose(() => {
            waybills.customer.value = currentTarget.value;
          })
        }
      >
        <option value="">{t('waybills.anyCustomer')}</option>
        {parties.value.map((each) => (
          <option key={each.code} value={each.code}>
            {state.nameOf(each)}
          </option>
        ))}
      </select>
      <select
        aria-label={t('waybills.which')}
        value={waybills.onlyOpen.value ? 'open' : 'all'}
        onChange={({ currentTarget }) =>
          choose(() => {
            waybills.onlyOpen.value = currentTarget.value === 'open';
          })
        }
      >
        <option value="open">{t('waybills.which.open')}</option>
        <option value="all">{t('waybills.which.all')}</option>
      </select>
    </>
  );
}

export function WaybillsBar() {
  return (
    <header class="trips-bar">
      <Chips />
      <div class="trips-tools">
        <Filter />
        <Selects />
        {may('edit_waybills') && (
          <button
            type="button"
            class="button"
            onClick={() => {
              importing.value = true;
            }}
          >
            <UploadIcon /> {t('trips.import')}
          </button>
        )}
      </div>
    </header>
  );
}
