/** One alert: what is wrong, what to do about it, what was done. */
import type { Alert } from '../api/ops';
import * as alerts from './alerts';
import * as state from './state';
import { t, tValue } from './state';
import { minute, second, since } from './words';

function Times({ alert }: { alert: Alert }) {
  return (
    <p class="muted num">
      {t('alerts.began', { time: minute(alert.began_at) })} · {t('alerts.opened', { time: minute(alert.opened_at) })}
    </p>
  );
}

/** Who has it, since when it is quiet, how it ended. */
function Stands({ alert }: { alert: Alert }) {
  const said = [
    alert.state === 'closed' && alert.closed_how ? t(`alert.how.${alert.closed_how}`) : t(`alert.state.${alert.state}`),
    alert.assigned_to && t('alerts.with', { name: alert.assigned_to }),
    alert.acknowledged_by && t('alerts.acknowledgedBy', { name: alert.acknowledged_by }),
    alert.snoozed_until && t('alerts.snoozed', { time: minute(alert.snoozed_until) }),
  ];
  return (
    <p>
      {said.filter(Boolean).join(' · ')}{' '}
      {alert.closed_why && <q>{alert.closed_why}</q>}
      {alert.escalated_at && (
        <span class="tag tag-conflict" title={t('alerts.escalated.why')}>
          {t('alerts.escalated')}
        </span>
      )}
    </p>
  );
}

function Links({ alert }: { alert: Alert }) {
  const links: [string, string, string][] = [];
  if (alert.waybill) links.push([t('subject.waybill'), alert.waybill, state.waybillPage(alert.waybill)]);
  if (alert.trip) links.push([t('subject.trip'), alert.trip, state.tripPage(alert.trip)]);
  if (alert.vehicle) links.push([t('subject.vehicle'), alert.vehicle, `?vehicle=${encodeURIComponent(alert.vehicle)}#/`]);
  if (alert.site) links.push([t('subject.site'), alert.site, state.sitePage(alert.site)]);
  if (alert.exception) links.push([t('subject.exception'), alert.exception, state.exceptionPage(alert.exception)]);
  return (
    <dl class="alert-links">
      {links.map(([word, name, href]) => (
        <div key={word}>
          <dt>{word}</dt>
          <dd>
            <a href={href}>{name}</a>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Life({ alert }: { alert: Alert }) {
  return (
    <ol class="alert-life" data-testid="alert-life">
      {alert.entries?.map((entry) => (
        <li key={entry.number}>
          <time class="num muted">{second(entry.at)}</time>
          <span>
            {tValue('alert.act', entry.act)}
            {entry.author && ` · ${entry.author}`}
            {entry.note && <q>{entry.note}</q>}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function AlertDetail() {
  const alert = alerts.opened.value;
  if (!alert) return <div class="empty">{t('alerts.pick')}</div>;
  return (
    <section class="alert-detail" data-testid="alert" aria-label={state.nameOf(alert)}>
      <header>
        <h2>
          <span class={`severity severity-${alert.severity}`} title={tValue('severity', String(alert.severity))}>
            {alert.severity}
          </span>
          {state.nameOf(alert)}
          <span class="muted num">{t('alerts.since', { age: since(alert.began_at) })}</span>
        </h2>
        <p class="alert-text">{alerts.textOf(alert)}</p>
        <Times alert={alert} />
        <Stands alert={alert} />
        {alert.facts['backfilled'] === true && <p class="muted">{t('alerts.late')}</p>}
      </header>
      <Links alert={alert} />
      <h3>{t('alerts.playbook')}</h3>
      <ol class="playbook">
        {alerts.playbookOf(alert).map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ol>
      <h3>{t('alerts.life')}</h3>
      <Life alert={alert} />
    </section>
  );
}
