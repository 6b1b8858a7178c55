/** The newest severe alerts, bottom left of the map, and the newest nodes below them. */
import { signal } from '@preact/signals';
import type { Alert } from '../api/ops';
import type { Trouble } from '../live/alarms';
import { troublesOf } from '../live/alarms';
import { News } from './News';
import { Failed, Loading } from './States';
import * as alarms from './alarms';
import { may } from './app';
import { BellIcon, KindMark } from './alertIcons';
import { ChevronIcon } from './icons';
import { showOnMap } from './mapLink';
import { signedDelay } from './risk';
import * as state from './state';
import { t } from './state';
import { minute } from './words';

const SHOWN = 4;

const open = signal(state.remembered('alarms') !== 'off');

function flip(): void {
  open.value = !open.peek();
  state.remember('alarms', open.peek() ? 'on' : 'off');
}

/** " +12 min", of what is about a delay. */
function lateWords(alert: Alert): string {
  const delay = alert.facts['delay_s'];
  return typeof delay === 'number' && Math.abs(delay) >= 60 ? ` ${signedDelay(delay)}` : '';
}

function Entry({ trouble: { alert, more } }: { trouble: Trouble }) {
  const words = state.lang.value === 'zh' ? alert.text_zh : alert.text_en;
  const look = () => {
    if (!alert.vehicle || !may('look_vehicles')) return;
    state.select(alert.vehicle);
    showOnMap(alert.vehicle);
  };
  return (
    <li class={`alarm severity-tint-${alert.severity}`} data-testid="alarm" data-severity={alert.severity}>
      <KindMark kind={alert.kind} />
      <button type="button" class="alarm-text" title={words} onClick={look} disabled={!alert.vehicle}>
        <span class="alarm-line">
          <b>{alert.vehicle ?? alert.subject}</b> {state.nameOf(alert)}
          {lateWords(alert)}
        </span>
        <span class="alarm-line muted">
          {more > 0 && <>{t('alarms.more', { count: more })} · </>}
          {words}
        </span>
      </button>
      <a class="alarm-time num muted" href={state.alertPage(alert.id)} title={t('alarms.show')}>
        {minute(alert.opened_at)}
      </a>
    </li>
  );
}

export function SoundSwitch() {
  const words = t(alarms.sound.value ? 'alarms.sound.on' : 'alarms.sound.off');
  return (
    <button type="button" class="tool square quiet" aria-pressed={alarms.sound.value} aria-label={words} title={words} data-testid="sound" onClick={alarms.flipSound}>
      <BellIcon off={!alarms.sound.value} />
    </button>
  );
}

function Body() {
  const all = alarms.severe.value;
  if (all === null) {
    return alarms.problem.value ? <Failed small reason={alarms.problem.value} onRetry={() => void alarms.loadSevere()} /> : <Loading small lines={3} />;
  }
  if (all.length === 0) return <p class="card-note">{t('alarms.none')}</p>;
  return (
    <ul class="alarm-list">
      {troublesOf(all)
        .slice(0, SHOWN)
        .map((each) => (
          <Entry key={each.alert.id} trouble={each} />
        ))}
    </ul>
  );
}

function AlarmsCard() {
  const count = state.unread.value;
  return (
    <section class="alarms" aria-label={t('alarms.title')} data-testid="alarms-card">
      <header class="alarms-head">
        <button type="button" class="alarms-fold" aria-expanded={open.value} title={t(open.value ? 'alarms.close' : 'alarms.open')} onClick={flip}>
          {t('alarms.title')}
          {count > 0 && (
            <span class="count num" title={t('alarms.unread', { count })}>
              {count}
            </span>
          )}
          <ChevronIcon />
        </button>
        <SoundSwitch />
        <a href="#/alerts">{t('alarms.all')}</a>
      </header>
      {open.value && <Body />}
    </section>
  );
}

/** What is new, where the map has room for it. */
export function Dock() {
  return (
    <div class="dock">
      {may('look_alerts') && <AlarmsCard />}
      <News />
    </div>
  );
}
