/** What is kept of a trip: its plans, its vehicles, the steps of its life; each with who and why. */
import type { Trip } from '../api/trips';
import { t, tValue } from './state';
import { minute } from './words';

/** Without a site the installation's clock counts. */
function When({ iso }: { iso: string | null }) {
  if (iso === null) return <span class="num muted">{t('trip.always')}</span>;
  return <span class="num muted" title={iso}>{minute(iso)}</span>;
}

function Said({ author, reason }: { author: string | null; reason: string | null }) {
  if (!author) return null;
  return <span class="muted">{t('fence.by', { author, reason: reason || '–' })}</span>;
}

function Part({ title, count, children }: { title: string; count: number; children: preact.ComponentChildren }) {
  return (
    <details class="history">
      <summary>
        {title} <span class="muted num">{count}</span>
      </summary>
      {count === 0 ? <p class="muted">{t('trip.nothing')}</p> : <ol>{children}</ol>}
    </details>
  );
}

export function TripHistory({ trip }: { trip: Trip }) {
  const first = trip.plans[0];
  return (
    <section class="trip-part" data-testid="history">
      <h2>{t('trip.history')}</h2>
      <Part title={t('trip.steps')} count={trip.steps.length}>
        {trip.steps.toReversed().map((step) => (
          <li key={`${step.at} ${step.event}`}>
            <When iso={step.at} />
            <span>
              <b>{t(`trip.state.${step.to_state}`)}</b>{' '}
              <span class="muted">
                {tValue('step', step.event)} · {tValue('from', step.source)}
              </span>
              <br />
              <Said author={step.author} reason={step.reason} />
            </span>
          </li>
        ))}
      </Part>
      <Part title={t('trip.plans')} count={trip.plans.length}>
        {trip.plans.toReversed().map((plan) => {
          const last = plan.stops.at(-1);
          const zone = trip.stops.find((stop) => stop.stop === last?.stop)?.site.zone;
          const codes = plan.stops.map((stop) => stop.site).join(' → ');
          const changed = first && plan.revision > 0 ? '' : ` · ${t('stop.baseline')}`;
          return (
            <li key={plan.revision}>
              <When iso={plan.valid_from ?? plan.recorded_at} />
              <span>
                <b>{t('plan.revision', { n: plan.revision })}</b>
                <span class="muted">{changed}</span>
                <br />
                <span class="num">
                  {codes}
                  {last?.arrive_at && `, ${t('plan.ends', { time: minute(last.arrive_at, zone) })}`}
                </span>
                <br />
                <Said author={plan.author} reason={plan.reason} />
              </span>
            </li>
          );
        })}
      </Part>
      <Part title={t('trip.vehicles')} count={trip.assigned.length}>
        {trip.assigned.toReversed().map((each) => (
          <li key={`${each.from} ${each.vehicle}`}>
            <When iso={each.from} />
            <span>
              <b>{each.vehicle}</b> {each.driver && <span>{t('trip.driver', { name: each.driver })}</span>}
              {each.to && <span class="muted"> · {t('trip.until', { time: minute(each.to) })}</span>}
              <br />
              <Said author={each.author} reason={each.reason} />
            </span>
          </li>
        ))}
      </Part>
      <p class="muted trip-model">
        {trip.model ? t('trip.model', { model: trip.model }) : t('trip.noModel')} <a href="#/accuracy">{t('trip.howGood')}</a>
      </p>
    </section>
  );
}
