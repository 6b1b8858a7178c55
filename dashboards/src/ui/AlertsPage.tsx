/** The inbox of alerts: the gravest first, one for each episode, acted on one by one or together. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Alert } from '../api/ops';
import { Empty, Failed, Loading } from './States';
import { AlertDetail } from './AlertDetail';
import { AlertsBar } from './AlertsBar';
import { AssignDialog, CloseDialog, SnoozeDialog } from './AlertDialogs';
import * as alerts from './alerts';
import { alertNews, may, session } from './app';
import { pageKeys } from './pageKeys';
import { useFresh } from './fresh';
import * as state from './state';
import { t, tValue } from './state';
import { minute, since } from './words';

type Open = 'assign' | 'snooze' | 'close';
const open = signal<Open | null>(null);
const refusal = signal<string | null>(null);

/** ms between two questions: the stream says when there is something to ask for. */
const GAP = 1_000;

async function acknowledge(): Promise<void> {
  if (!may('work_alerts')) return;
  try {
    await alerts.act('acknowledge', {});
    refusal.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refusal.value = error.message;
  }
}

function show(which: Open): void {
  if (may('work_alerts') && alerts.targets.peek().length > 0) open.value = which;
}

function step(delta: 1 | -1): void {
  alerts.step(delta);
  document.querySelector('.alert-row[aria-current]')?.scrollIntoView({ block: 'nearest' });
}

const KEYS: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  x: () => alerts.current.value && alerts.toggle(alerts.current.value),
  a: () => void acknowledge(),
  s: () => show('snooze'),
  o: () => show('assign'),
  e: () => show('close'),
  Enter: () => {
    const here = alerts.opened.value;
    const page = here && alerts.subjectPage(here);
    if (page) location.href = page;
  },
  '/': () => document.getElementById('alert-filter')?.focus(),
  Escape: () => void alerts.openAlert(null),
};

function ChooseAll() {
  const there = alerts.shown.value.filter((each) => each.state !== 'closed');
  const some = there.filter((each) => alerts.chosen.value.has(each.id)).length;
  return (
    <input
      type="checkbox"
      class="choose-all"
      checked={there.length > 0 && some === there.length}
      indeterminate={some > 0 && some < there.length}
      disabled={there.length === 0}
      aria-label={t('alerts.chooseAll')}
      title={t('alerts.chooseAll')}
      onChange={alerts.toggleAll}
    />
  );
}

function Acts() {
  if (!may('work_alerts')) return null;
  const count = alerts.targets.value.length;
  const idle = count === 0;
  return (
    <div class="alert-acts" role="toolbar" aria-label={t('alerts.title')}>
      <ChooseAll />
      <button type="button" class="button" disabled={idle} onClick={() => void acknowledge()}>
        {t('alerts.acknowledge')} <kbd>a</kbd>
      </button>
      <button type="button" class="button" disabled={idle} onClick={() => show('assign')}>
        {t('alerts.assign')} <kbd>o</kbd>
      </button>
      <button type="button" class="button" disabled={idle} onClick={() => show('snooze')}>
        {t('alerts.snooze')} <kbd>s</kbd>
      </button>
      <button type="button" class="button" disabled={idle} onClick={() => show('close')}>
        {t('alerts.close')} <kbd>e</kbd>
      </button>
      {alerts.chosen.value.size > 0 && <span class="muted num">{t('alerts.chosen', { count })}</span>}
    </div>
  );
}

/** Whose it is, or that nobody has it yet. */
function Whose({ alert }: { alert: Alert }) {
  const quiet = alert.snoozed_until !== null && Date.parse(alert.snoozed_until) > session.now.value;
  return (
    <small class="queue-where muted">
      {alert.escalated_at && <span class="tag tag-conflict">{t('alerts.escalated')}</span>}{' '}
      {quiet && alert.snoozed_until
        ? t('alerts.snoozed', { time: minute(alert.snoozed_until) })
        : alert.assigned_to
          ? t('alerts.with', { name: alert.assigned_to })
          : t(`alert.state.${alert.state}`)}
    </small>
  );
}

function Row({ alert }: { alert: Alert }) {
  const here = alerts.current.value === alert.id;
  return (
    <li class={`alert-item${alert.state === 'open' ? ' fresh' : ''}`}>
      <input
        type="checkbox"
        checked={alerts.chosen.value.has(alert.id)}
        aria-label={t('alerts.choose', { subject: alert.subject })}
        onChange={() => alerts.toggle(alert.id)}
      />
      <button
        type="button"
        class="alert-row queue-row"
        aria-current={here ? 'true' : undefined}
        data-alert={alert.kind}
        onClick={() => void alerts.openAlert(alert.id)}
      >
        <span class="queue-line">
          <span class={`severity severity-${alert.severity}`} title={tValue('severity', String(alert.severity))}>
            {alert.severity}
          </span>
          <b>{state.nameOf(alert)}</b>
          <span class="num">{alert.subject}</span>
          {alert.vehicle && alert.vehicle !== alert.subject && <span class="muted">{alert.vehicle}</span>}
          <span class="queue-age num muted">{since(alert.began_at)}</span>
        </span>
        <span class="queue-line">
          <span class="queue-text">{alerts.textOf(alert)}</span>
          <Whose alert={alert} />
        </span>
      </button>
    </li>
  );
}

function List() {
  void session.now.value; // ages grow once a second
  const told = alerts.list.value;
  if (told === null) {
    return alerts.problem.value ? <Failed reason={alerts.problem.value} onRetry={() => void alerts.load()} /> : <Loading lines={8} />;
  }
  const rows = alerts.shown.value;
  if (rows.length === 0) return <Empty words={t('alerts.none')} />;
  return (
    <ul class="alert-list" data-testid="alerts" aria-label={t('alerts.title')}>
      {rows.map((each) => (
        <Row key={each.id} alert={each} />
      ))}
    </ul>
  );
}

function Opened({ which }: { which: Open }) {
  const done = () => {
    open.value = null;
  };
  if (which === 'assign') return <AssignDialog onDone={done} />;
  return which === 'snooze' ? <SnoozeDialog onDone={done} /> : <CloseDialog onDone={done} />;
}

/** The address leads here, and says what is looked at. */
function useAddress(): void {
  useEffect(() => {
    const read = () => state.page.peek() === 'alerts' && alerts.apply(location.hash);
    read();
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  const wish = state.part.value;
  useEffect(() => {
    if (wish && wish !== alerts.current.peek()) void alerts.openAlert(wish);
  }, [wish]);
  const address = alerts.address.value;
  const here = useRef(false); // the first address is the one that somebody came by
  useEffect(() => {
    if (here.current) history.replaceState(null, '', `${location.pathname}${location.search}${address}`);
    here.current = true;
  }, [address]);
}

export function AlertsPage() {
  useAddress();
  useFresh('alerts', alertNews.value, alerts.load, GAP);
  useEffect(() => {
    pageKeys.value = KEYS;
    return () => {
      if (pageKeys.value === KEYS) pageKeys.value = null; // the next page may have come already
    };
  }, []);
  const problem = refusal.value ?? (alerts.list.value ? alerts.problem.value : null);
  return (
    <main class="trips alerts" data-testid="alerts-page">
      <AlertsBar />
      {problem && (
        <p class="trips-stale" role="alert">
          {t('common.failed', { reason: problem })}
        </p>
      )}
      <div class="alerts-both">
        <div class="alerts-left">
          <Acts />
          <List />
        </div>
        <AlertDetail />
      </div>
      {open.value && <Opened which={open.value} />}
    </main>
  );
}
