/** One alert: what is wrong, what to do about it, what was done. */
import type { ComponentChildren } from 'preact';
import type { Alert } from '../api/ops';
import { Empty } from './States';
import { MessageIcon, ReplayIcon } from './alertIcons';
import * as alerts from './alerts';
import { may } from './app';
import { wantsToWrite } from './cardData';
import { CrosshairIcon } from './icons';
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

/** To its card on the map, without a new page. */
function VehicleLink({ plate, say = false, children, ...rest }: { plate: string; say?: boolean; class?: string; children: ComponentChildren }) {
  const open = () => {
    state.select(plate);
    if (say) wantsToWrite.value++;
  };
  return (
    <a href="#/" onClick={open} {...rest}>
      {children}
    </a>
  );
}

/** What can be done about it elsewhere: look at that moment, ask the driver. */
function Ways({ alert }: { alert: Alert }) {
  return (
    <p class="alert-ways">
      <a class="button" href={state.replayAt(alert.vehicle, alert.began_at)} data-testid="alert-replay">
        <ReplayIcon /> {t('alerts.replay')}
      </a>
      {alert.vehicle && may('look_vehicles') && (
        <VehicleLink plate={alert.vehicle} class="button">
          <CrosshairIcon /> {t('alerts.map')}
        </VehicleLink>
      )}
      {alert.vehicle && may('look_vehicles') && may('message') && (
        <VehicleLink plate={alert.vehicle} say class="button">
          <MessageIcon /> {t('alerts.write')}
        </VehicleLink>
      )}
    </p>
  );
}

function Links({ alert }: { alert: Alert }) {
  const links: [string, string, string][] = [];
  if (alert.waybill) links.push([t('subject.waybill'), alert.waybill, state.waybillPage(alert.waybill)]);
  if (alert.trip) links.push([t('subject.trip'), alert.trip, state.tripPage(alert.trip)]);
  if (alert.site) links.push([t('subject.site'), alert.site, state.sitePage(alert.site)]);
  if (alert.exception) links.push([t('subject.exception'), alert.exception, state.exceptionPage(alert.exception)]);
  return (
    <dl class="alert-links">
      {alert.vehicle && (
        <div>
          <dt>{t('subject.vehicle')}</dt>
          <dd>
            <VehicleLink plate={alert.vehicle}>{alert.vehicle}</VehicleLink>
          </dd>
        </div>
      )}
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
  if (!alert) return <Empty words={t('alerts.pick')} />;
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
      <Ways alert={alert} />
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
