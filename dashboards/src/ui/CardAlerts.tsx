/** What was wrong with the vehicle: what is still open first, then the last weeks. */
import { useEffect, useState } from 'preact/hooks';
import type { Alert } from '../api/ops';
import { Section, Told } from './CardSection';
import { ReplayIcon } from './alertIcons';
import { heardAlerts } from './app';
import { alertsApi } from './alarms';
import * as state from './state';
import { t, tValue } from './state';
import { useAsk } from './useAsk';
import { minute } from './words';

const SHOWN = 4;
const GAP_MS = 5_000;

async function historyOf(plate: string): Promise<readonly Alert[]> {
  const [open, closed] = await Promise.all([alertsApi.list({ subject: plate }), alertsApi.list({ subject: plate, state: 'closed' })]);
  return [...open.alerts, ...closed.alerts];
}

/** Grows when the live stream tells of an alert of this vehicle: those of others are no reason to ask. */
function useNews(plate: string): number {
  const [count, setCount] = useState(0);
  useEffect(() => heardAlerts.subscribe((news) => news.some((each) => each.vehicle === plate) && setCount((before) => before + 1)), [plate]);
  return count;
}

function Row({ alert, plate }: { alert: Alert; plate: string }) {
  const words = state.lang.value === 'zh' ? alert.text_zh : alert.text_en;
  return (
    <li class={`card-alert${alert.state === 'closed' ? ' over' : ''}`} data-testid="card-alert" data-state={alert.state}>
      <span class={`severity severity-${alert.severity}`} title={tValue('severity', String(alert.severity))}>
        {alert.severity}
      </span>
      <a href={state.alertPage(alert.id)} title={words}>
        <b>{state.nameOf(alert)}</b> {alert.waybill && <span class="muted">{alert.waybill}</span>}
      </a>
      <span class="muted num">{minute(alert.began_at)}</span>
      <a class="tool square quiet" href={state.replayAt(plate, alert.began_at)} title={t('alarms.replay')} aria-label={`${t('alarms.replay')} ${minute(alert.began_at)}`}>
        <ReplayIcon />
      </a>
    </li>
  );
}

function Rows({ all, plate }: { all: readonly Alert[]; plate: string }) {
  const [shown, setShown] = useState(SHOWN);
  if (all.length === 0) return <p class="part-note">{t('card.alerts.none')}</p>;
  return (
    <>
      <ul>
        {all.slice(0, shown).map((alert) => (
          <Row key={alert.id} alert={alert} plate={plate} />
        ))}
      </ul>
      {all.length > shown && (
        <button type="button" class="link" onClick={() => setShown(shown + 20)}>
          {t('card.alerts.older', { count: all.length - shown })}
        </button>
      )}
    </>
  );
}

export function CardAlerts({ plate }: { plate: string }) {
  const asked = useAsk(`card alerts ${plate}`, useNews(plate), () => historyOf(plate), GAP_MS);
  const open = asked.told?.filter((each) => each.state !== 'closed').length ?? 0;
  return (
    <Section name="alerts" title={t('card.alerts')} aside={open > 0 && <span class="count">{open}</span>}>
      <Told asked={asked}>{(told) => <Rows all={told} plate={plate} />}</Told>
    </Section>
  );
}
