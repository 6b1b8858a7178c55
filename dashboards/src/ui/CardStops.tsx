/** The stops of the trip in the card: the plan struck through beside what is expected, or what happened. */
import { useState } from 'preact/hooks';
import type { Trip, TripStop } from '../api/trips';
import { isBehind, stopTime, stopsShown } from '../live/cardStops';
import { Section } from './CardSection';
import { Loading } from './States';
import { StatusMark } from './TripStops';
import { session } from './app';
import { shownRisk } from './risk';
import { lengthWords } from './measures';
import * as state from './state';
import { t } from './state';
import { conditionsOf, placeName } from './trips';
import { minute } from './words';

function Times({ stop, first }: { stop: TripStop; first: boolean }) {
  const { planned, is, kind } = stopTime(stop, first);
  const zone = stop.site.zone;
  if (is === null) return <span class="muted">–</span>;
  const risk = kind === 'plan' ? 'unknown' : shownRisk(stop.risk, stop.delay_s);
  const late = risk === 'late' || risk === 'overdue' || risk === 'at_risk';
  return (
    <span class="card-stop-times num">
      {planned && (
        <s class="muted" title={t('node.planned')}>
          {minute(planned, zone)}
        </s>
      )}
      <span class={`time-${kind}${late ? ` risk-${risk}` : ''}`} title={t(kind === 'actual' ? 'stop.actual' : kind === 'estimate' ? 'node.estimated' : 'node.planned')}>
        {minute(is, zone)}
      </span>
    </span>
  );
}

function Stop({ stop, first, here }: { stop: TripStop; first: boolean; here: boolean }) {
  return (
    <li class={`card-stop${isBehind(stop) ? ' behind' : ''}${here ? ' here' : ''}`} data-testid="card-stop" data-status={stop.status} aria-current={here ? 'step' : undefined}>
      <StatusMark status={stop.status} />
      <span class="card-stop-name">
        <b>{placeName(stop.site)}</b>
        <small class="muted">
          {stop.planned.via && `${t('stop.mark.via')} · `}
          {t(`stop.status.${stop.status}`)}
        </small>
      </span>
      <Times stop={stop} first={first} />
    </li>
  );
}

function Way({ trip }: { trip: Trip }) {
  if (trip.left_m === null || trip.share === null || trip.share >= 1) return null;
  const whole = trip.left_m / (1 - trip.share);
  return <>{t('card.trip.km', { done: lengthWords(whole - trip.left_m), whole: lengthWords(whole) })}</>;
}

function Stops({ trip }: { trip: Trip }) {
  const [all, setAll] = useState(false);
  void session.now.value;
  const stops = trip.stops.filter((stop) => !stop.dropped);
  const here = stops.findIndex((stop) => !isBehind(stop));
  const troubles = conditionsOf(trip);
  return (
    <>
      {troubles.length > 0 && (
        <ul class="card-troubles">
          {troubles.map((words) => (
            <li key={words} class="tag tag-conflict">
              {words}
            </li>
          ))}
        </ul>
      )}
      <ol class="card-stops">
        {stopsShown(stops, all ? stops.length : undefined).map((each) => {
          if (typeof each === 'object') {
            return (
              <li key={`gap ${each.after}`} class="card-stop card-stop-gap">
                <span aria-hidden="true">⋮</span>
                <button type="button" class="link" onClick={() => setAll(true)}>
                  {t('card.trip.cut', { count: each.hidden })}
                </button>
              </li>
            );
          }
          const stop = stops[each];
          return stop && <Stop key={stop.stop} stop={stop} first={each === 0} here={each === here} />;
        })}
      </ol>
    </>
  );
}

export function CardStops({ code, trip }: { code: string; trip: Trip | null }) {
  return (
    <Section
      name="trip"
      title={t('card.trip', { code })}
      aside={
        <>
          {trip && <Way trip={trip} />}{' '}
          <a href={state.tripPage(code)} title={t('card.trip.whole')} aria-label={t('card.trip.whole')} data-testid="card-trip">
            ›
          </a>
        </>
      }
    >
      {trip ? <Stops trip={trip} /> : <Loading small lines={4} />}
    </Section>
  );
}
