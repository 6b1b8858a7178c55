/** The ledger of exceptions: who must take over what and until when, and what was done. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Problem } from '../api/http';
import { EXCEPTION_KINDS, type Exception, type ExceptionKind } from '../api/service';
import { Empty, Failed, Loading, Stale } from './States';
import { RaiseDialog } from './DeskDialogs';
import { HandOver, aboutOf } from './DeskQueue';
import { ExceptionDetail } from './ExceptionDetail';
import { ExceptionWeek } from './ExceptionWeek';
import { alertNews, may, session } from './app';
import { serviceApi } from './desk';
import * as exceptions from './exceptions';
import { pageKeys } from './pageKeys';
import { useFresh } from './fresh';
import * as state from './state';
import { t, tValue } from './state';
import { minute } from './words';

function go(number: string | null): void {
  location.hash = number ? state.exceptionPage(number) : '#/exceptions';
}

const KEYS: Readonly<Record<string, () => void>> = {
  j: () => exceptions.step(1),
  k: () => exceptions.step(-1),
  ArrowDown: () => exceptions.step(1),
  ArrowUp: () => exceptions.step(-1),
  Enter: () => go(exceptions.current.peek()),
  Escape: () => go(null),
};

async function fetchLedger(): Promise<void> {
  try {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await serviceApi.ledger());
    link.download = 'exceptions.xlsx';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    exceptions.problem.value = error.message;
  }
}

function Bar({ onRaise }: { onRaise: () => void }) {
  const week = exceptions.onWeek.value;
  return (
    <div class="trips-bar alerts-bar">
      <h1>{t('ledger.title')}</h1>
      {!week && (
        <>
          <div class="segments" role="tablist" aria-label={t('ledger.which')}>
            {exceptions.WHICH.map((each) => (
              <button key={each} type="button" role="tab" aria-selected={exceptions.which.value === each} onClick={() => exceptions.choose(each, exceptions.kind.peek())}>
                {t(`ledger.which.${each}`)}
              </button>
            ))}
          </div>
          <select
            aria-label={t('exception.kind')}
            value={exceptions.kind.value}
            onChange={(event) => exceptions.choose(exceptions.which.peek(), event.currentTarget.value as ExceptionKind | '')}
          >
            <option value="">{t('ledger.anyKind')}</option>
            {EXCEPTION_KINDS.map((each) => (
              <option key={each} value={each}>
                {t(`exception.kind.${each}`)}
              </option>
            ))}
          </select>
        </>
      )}
      <span class="bar-end">
        <a class="button" href={week ? '#/exceptions' : state.exceptionPage('week')}>
          {t(week ? 'ledger.back' : 'ledger.week')}
        </a>
        {may('export') && (
          <button type="button" class="button" onClick={() => void fetchLedger()}>
            {t('ledger.export')}
          </button>
        )}
        {may('raise_exception') && (
          <button type="button" class="button primary" onClick={onRaise}>
            {t('ledger.report')}
          </button>
        )}
      </span>
    </div>
  );
}

function Row({ one }: { one: Exception }) {
  const chosen = state.exception.value === one.number || (state.exception.value === null && exceptions.current.value === one.number);
  return (
    <li class="alert-item">
      <a
        class="queue-row"
        href={state.exceptionPage(one.number)}
        aria-current={chosen ? 'true' : undefined}
        data-exception={one.number}
      >
        <span class="unseen">{one.number} </span>
        <span class="queue-line">
          <span class={`severity severity-${one.severity}`} title={tValue('severity', String(one.severity))}>
            {one.severity}
          </span>
          <b>{tValue('exception.kind', one.kind)}</b>
          <span class="num">{aboutOf(one)}</span>
          <span class="queue-age">
            <HandOver one={one} />
          </span>
        </span>
        <span class="queue-line muted">
          <small class="queue-text">
            <span class="num">{one.number}</span> · {minute(one.found_at)} · {one.description}
          </small>
          <small class="queue-where">{tValue('exception.step', one.state)}</small>
        </span>
      </a>
    </li>
  );
}

function List() {
  void session.now.value; // timers run
  const told = exceptions.list.value;
  if (told === null) {
    return exceptions.problem.value ? <Failed reason={exceptions.problem.value} onRetry={() => void exceptions.load()} /> : <Loading lines={8} />;
  }
  if (told.exceptions.length === 0) return <Empty words={t('ledger.none')} />;
  return (
    <ul class="alert-list" data-testid="exceptions" aria-label={t('ledger.title')}>
      {told.exceptions.map((each) => (
        <Row key={each.number} one={each} />
      ))}
    </ul>
  );
}

export function ExceptionsPage() {
  const raising = useSignal(false);
  const number = state.exception.value;
  useFresh('exceptions', alertNews.value, exceptions.load);
  useEffect(() => {
    if (number !== 'week') void exceptions.open(number);
  }, [number]);
  useEffect(() => {
    pageKeys.value = KEYS;
    return () => {
      if (pageKeys.value === KEYS) pageKeys.value = null; // the next page may have come already
    };
  }, []);
  return (
    <main class="trips alerts" data-testid="exceptions-page">
      <Bar
        onRaise={() => {
          raising.value = true;
        }}
      />
      {exceptions.list.value && exceptions.problem.value && <Stale reason={exceptions.problem.value} onRetry={() => void exceptions.load()} />}
      {exceptions.onWeek.value ? (
        <ExceptionWeek />
      ) : (
        <div class="alerts-both">
          <div class="alerts-left">
            <List />
          </div>
          <ExceptionDetail />
        </div>
      )}
      {raising.value && (
        <RaiseDialog
          onDone={() => {
            raising.value = false;
            void exceptions.load();
          }}
        />
      )}
    </main>
  );
}
