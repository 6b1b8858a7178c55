/** The waybills' board: the most late against their promise first. */
import { useEffect } from 'preact/hooks';
import type { WaybillBrief } from '../api/waybills';
import { MOST_WAYBILLS } from '../api/waybillsHttp';
import { Empty, Failed, Loading, Stale } from './States';
import { HeadlineBanner } from './Answer';
import { Expectation } from './Expectation';
import { At } from './At';
import { WaybillImport } from './WaybillImport';
import { WaybillsBar, importing, stopTyping } from './WaybillsBar';
import { pageKeys } from './pageKeys';
import { DelayBadge } from './risk';
import { tripNews, useFresh } from './fresh';
import * as state from './state';
import { t } from './state';
import * as waybills from './waybills';

export function stateWord(one: WaybillBrief): string {
  return state.lang.value === 'zh' ? one.state_zh : one.state_en;
}

function Where({ one }: { one: WaybillBrief }) {
  if (one.vehicle) return <span>{t('waybills.aboard', { plate: one.vehicle })}</span>;
  return <span>{one.site ? state.nameOf(one.site) : <span class="no-eta">{t('answer.notSeen')}</span>}</span>;
}

function Last({ one }: { one: WaybillBrief }) {
  const last = one.last_milestone;
  if (!last?.actual_at) return <span class="muted">–</span>;
  return (
    <>
      <span>{state.nameOf(last)}</span>
      <small class="muted">
        <At iso={last.actual_at} site={last.site} />
      </small>
    </>
  );
}

export const OVER: ReadonlySet<string> = new Set(['delivered', 'completed', 'cancelled']);

function Row({ one, current }: { one: WaybillBrief; current: boolean }) {
  const over = OVER.has(one.state);
  return (
    <tr
      class={current ? 'trip-row current' : 'trip-row'}
      data-waybill={one.number}
      data-risk={over ? 'on_time' : one.risk}
      aria-current={current ? 'true' : undefined}
      onClick={(event) => {
        const inLink = event.target instanceof Element && event.target.closest('a, button');
        if (!inLink) location.hash = state.waybillPage(one.number);
      }}
    >
      <td class="col-delay">{over ? <span class="muted">{stateWord(one)}</span> : <DelayBadge risk={one.risk} delay={one.delay_s} word={one.delay_s === null} />}</td>
      <th scope="row" class="col-trip">
        <a href={state.waybillPage(one.number)}>{one.number}</a>
        <small class="muted">{one.order_no ?? ''}</small>
      </th>
      <td>
        <span>{one.customer ? state.nameOf(one.customer) : '–'}</span>
        <small class="muted">{one.goods_text}</small>
      </td>
      <td>
        <span>{state.nameOf(one.origin)}</span>
        <small class="muted">→ {state.nameOf(one.destination)}</small>
      </td>
      <td>
        <span>{stateWord(one)}</span>
        {one.headline ? <HeadlineBanner headline={one.headline} short /> : <small class="warn-words">{one.alerts > 0 ? t('waybills.alerts', { count: one.alerts }) : ''}</small>}
      </td>
      <td>
        <Where one={one} />
        <small class="muted">{one.trip ?? ''}</small>
      </td>
      <td>
        {one.eta ? <Expectation eta={one.eta} site={one.destination} /> : <span class="muted">–</span>}
        <small class="muted">{one.promised_at && t('waybills.promised', { time: '' })}{one.promised_at && <At iso={one.promised_at} site={one.destination} />}</small>
      </td>
      <td>
        <Last one={one} />
      </td>
    </tr>
  );
}

const COLUMNS = ['delay', 'number', 'customer', 'lane', 'state', 'where', 'expected', 'last'] as const;

function Nothing() {
  if (waybills.problem.value) return <Failed reason={waybills.problem.value} onRetry={() => void waybills.load()} />;
  if (waybills.list.value === null) return <Loading words={t('waybills.loading')} lines={10} />;
  return (
    <Empty words={t('waybills.none')} how={t('waybills.none.how')}>
      <button type="button" class="button" onClick={waybills.clearFilters}>
        {t('fleet.clear')}
      </button>
    </Empty>
  );
}

function step(delta: 1 | -1): void {
  waybills.current.value = waybills.neighbourOf(waybills.current.value, delta);
  requestAnimationFrame(() => document.querySelector('tr.current')?.scrollIntoView({ block: 'nearest' }));
}

const KEYS: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Enter: () => {
    if (waybills.current.value) location.hash = state.waybillPage(waybills.current.value);
  },
  '/': () => document.getElementById('waybill-filter')?.focus(),
  Escape: () => {
    if (waybills.current.value) waybills.current.value = null;
    else waybills.clearFilters();
  },
};

export function WaybillsPage() {
  useFresh('waybills', tripNews(), waybills.load, 10_000);
  useEffect(() => {
    pageKeys.value = KEYS;
    return () => {
      if (pageKeys.value === KEYS) pageKeys.value = null; // the next page may have come already
      stopTyping();
    };
  }, []);
  const rows = waybills.list.value?.waybills ?? [];
  return (
    <main class="trips" data-testid="waybills">
      <WaybillsBar />
      {waybills.problem.value && waybills.list.value && (
        <Stale reason={waybills.problem.value} onRetry={() => void waybills.load()} />
      )}
      <div class="trips-box" tabIndex={0} role="region" aria-label={t('app.waybills')}>
        <table class="trips-table waybills-table" data-testid="waybills-table">
          <thead>
            <tr>
              {COLUMNS.map((each) => (
                <th key={each} scope="col" class={`col-${each}`}>
                  {t(`waybills.col.${each}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <Row key={one.number} one={one} current={one.number === waybills.current.value} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <Nothing />}
      </div>
      {waybills.isCut() && <p class="trips-cut muted">{t('waybills.cut', { count: MOST_WAYBILLS })}</p>}
      {importing.value && (
        <WaybillImport
          onDone={() => {
            importing.value = false;
            void waybills.load();
          }}
        />
      )}
    </main>
  );
}
