/** All that is known of one stop: window, parts of the estimate, bounds, every plan and who made it. */
import { useState } from 'preact/hooks';
import type { Eta, Trip, TripStop } from '../api/trips';
import { formatAge } from '../i18n/format';
import { StopDialog } from './TripStopDialog';
import { signedDelay } from './risk';
import * as state from './state';
import { t } from './state';
import { minute, second } from './words';

const PARTS = ['driving_s', 'dwell_s', 'rest_s', 'deviation_s'] as const;

/** What an estimate is made of: the parts add up to the time until then. */
function partsOfEta(eta: Eta): string {
  const lang = state.lang.value;
  const worth = PARTS.filter((part) => Math.abs(eta.parts[part]) >= 30);
  const word = (part: (typeof PARTS)[number]) => {
    const seconds = eta.parts[part];
    return `${t(`eta.${part}`)} ${part === 'deviation_s' ? signedDelay(seconds) : formatAge(seconds, lang)}`;
  };
  return worth.map(word).join(t('trip.comma'));
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
    </div>
  );
}

export function StopDetails({ trip, stop, onDone }: { trip: Trip; stop: TripStop; onDone: () => void }) {
  const [saying, setSaying] = useState(false);
  const { zone } = stop.site;
  const { opens_at: opens, closes_at: closes, service_s: service, early_s: early, late_s: late } = stop.planned;
  const age = (seconds: number) => formatAge(seconds, state.lang.value);
  return (
    <div class="stop-details">
      <dl>
        {opens && closes && opens !== closes && (
          <Fact name={t('stop.window')}>
            {minute(opens, zone)} – {minute(closes, zone)}
          </Fact>
        )}
        <Fact name={t('stop.tolerance')}>{t('stop.toleranceOf', { early: age(early), late: age(late) })}</Fact>
        {service > 0 && <Fact name={t('stop.service')}>{age(service)}</Fact>}
        {stop.eta && <Fact name={t('stop.parts')}>{partsOfEta(stop.eta)}</Fact>}
        {stop.earliest_at && stop.latest_at && (
          <Fact name={t('node.bounds')}>{t('node.bounds.of', { from: second(stop.earliest_at, zone), to: second(stop.latest_at, zone), width: age((Date.parse(stop.latest_at) - Date.parse(stop.earliest_at)) / 1000) })}</Fact>
        )}
        {stop.baseline_delay_s !== null && <Fact name={t('stop.againstFirst')}>{signedDelay(stop.baseline_delay_s)}</Fact>}
        {trip.plans.length > 1 &&
          trip.plans.map((plan) => {
            const planned = plan.stops.find((each) => each.stop === stop.stop);
            const time = planned?.arrive_at ?? planned?.depart_at;
            return (
              <Fact key={plan.revision} name={plan.revision === 0 ? t('stop.baseline') : t('plan.revision', { n: plan.revision })}>
                {time ? minute(time, zone) : t('stop.notInPlan')} <span class="muted">{t('fence.by', { author: plan.author, reason: plan.reason || '–' })}</span>
              </Fact>
            );
          })}
        {stop.author && <Fact name={t('stop.said')}>{t('fence.by', { author: stop.author, reason: stop.reason ?? '–' })}</Fact>}
      </dl>
      {!stop.dropped && (
        <button type="button" class="link" onClick={() => setSaying(true)}>
          {t('stop.say')}
        </button>
      )}
      {saying && (
        <StopDialog
          trip={trip}
          stop={stop}
          onDone={(changed) => {
            setSaying(false);
            if (changed) onDone();
          }}
        />
      )}
    </div>
  );
}
