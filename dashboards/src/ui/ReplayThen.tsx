/** How it stood at the moment that is shown, in words: also for who has no map. */
import type { Trip, TripStop } from '../api/trips';
import { formatAge } from '../i18n/format';
import { State } from '../live/state';
import { tripAsOf, tripAt } from '../replay/asOf';
import { delayAt, delaysByTrip } from '../replay/chart';
import { LATE_S } from '../replay/marks';
import { countOf } from '../replay/fleet';
import type { Moment } from '../replay/samples';
import { Loading } from './States';
import { StateMark, stateName } from './icons';
import { past as onMap } from './mapLink';
import { lengthWords, speedWords } from './measures';
import * as replay from './replay';
import { signedDelay } from './risk';
import * as state from './state';
import { t } from './state';
import { clock, minute } from './words';

const age = (seconds: number) => formatAge(seconds, state.lang.value);

function Figures({ moment, delay }: { moment: Moment; delay: number | null }) {
  const since = (replay.clock.value.at - moment.fixed) / 1000;
  return (
    <>
      <div class="figures replay-figures">
        <div>
          <span class="muted">{t('replay.chart.speed')}</span>
          <b class="num">{moment.lost || Number.isNaN(moment.speed) ? '–' : speedWords(moment.speed)}</b>
        </div>
        <div>
          <span class="muted">{t('replay.delay')}</span>
          <b class={`num${delay !== null && delay >= 60 ? ' bad' : ''}`}>{delay === null ? '–' : signedDelay(delay)}</b>
        </div>
        <div>
          <span class="muted">{t(`state.${stateName(moment.state)}`)}</span>
          <StateMark state={moment.state} course={moment.course} />
        </div>
      </div>
      <p class={moment.lost ? 'bad' : 'muted'}>
        {moment.lost && `${t('replay.lost')} · `}
        {t('replay.fixed', { age: age(since) })}
        {moment.lag >= LATE_S && ` · ${t('replay.lag', { age: age(moment.lag) })}`}
      </p>
    </>
  );
}

/** Plan beside what had happened by then. */
function Stop({ stop, number }: { stop: TripStop; number: number }) {
  const zone = state.zone.value; // as the line of time has it, wherever the stop is
  const planned = stop.planned.arrive_at ?? stop.planned.depart_at;
  const actual = stop.arrived_at ?? stop.departed_at;
  const late = stop.arrived_at && stop.delay_s !== null && Math.abs(stop.delay_s) >= 60 ? stop.delay_s : null;
  return (
    <li class={actual ? 'done' : ''}>
      <span class="replay-stop-number num">{number}</span>
      <span class="replay-stop-name">{state.nameOf(stop.site)}</span>
      <span class="num muted">{planned && (actual ? <s>{clock(planned, zone)}</s> : clock(planned, zone))}</span>
      <span class="num">{actual ? clock(actual, zone) : <span class="muted">{t('replay.open')}</span>}</span>
      <span class={`num replay-stop-delay${late !== null && late > 0 ? ' bad' : ''}`}>{late === null ? '' : signedDelay(late)}</span>
    </li>
  );
}

function OnTrip({ trip }: { trip: Trip }) {
  const percent = trip.share === null ? null : Math.round(trip.share * 100);
  return (
    <div class="replay-trip">
      <p>
        <a href={state.tripPage(trip.code)}>{t('replay.trip', { code: trip.code })}</a>
        {percent !== null && <span class="muted num"> · {t('replay.trip.share', { percent })}</span>}
        {trip.off_route && trip.away_m !== null && <span class="bad num"> · {t('replay.trip.off', { length: lengthWords(trip.away_m) })}</span>}
      </p>
      <div class="replay-stops-head muted" aria-hidden="true">
        <span>{t('replay.plan')}</span>
        <span>{t('replay.actual')}</span>
      </div>
      <ol class="replay-stops">
        {trip.stops
          .filter((stop) => !stop.dropped)
          .map((stop, i) => (
            <Stop key={stop.stop} stop={stop} number={i + 1} />
          ))}
      </ol>
    </div>
  );
}

function One({ plate }: { plate: string }) {
  const { at } = replay.clock.value;
  const past = replay.past.value;
  const moment = replay.momentFor(plate);
  const trip = past && tripAt(past.told.trips, at);
  const delay = past && delayAt(delaysByTrip(past.told.delay), at);
  if (!past && replay.vehicle.value) return replay.problem.value ? null : <Loading words={t('replay.loading')} small lines={4} />;
  if (past && past.samples.time.length === 0) return <p class="empty small">{t('replay.nothing')}</p>;
  return (
    <>
      {moment ? <Figures moment={moment} delay={delay && !Number.isNaN(delay.late.p50) ? delay.late.p50 : null} /> : <p class="muted">{t('replay.unseen')}</p>}
      {past && !past.told.complete && <p class="bad">{t('replay.incomplete')}</p>}
      {past && (trip ? <OnTrip trip={tripAsOf(trip, at, moment)} /> : <p class="muted">{t('replay.trip.none')}</p>)}
    </>
  );
}

const SHOWN = [State.Moving, State.Stopped, State.Stale, State.Lost] as const;

function Fleet() {
  void replay.clock.value; // the fleet of the map is filled in place
  const then = onMap.value;
  if (!replay.samples.value || !then) return replay.problem.value ? null : <Loading words={t('replay.loading')} small lines={2} />;
  const counts = countOf(then.fleet);
  return (
    <ul class="replay-counts" aria-label={t('replay.moving')} data-testid="replay-counts">
      {SHOWN.map((each) => (
        <li key={each}>
          <StateMark state={each} />
          <b class="num">{counts[each]}</b>
          <span class="muted">{t(`state.${stateName(each)}`)}</span>
        </li>
      ))}
    </ul>
  );
}

export function ReplayThen() {
  const alone = replay.vehicle.value;
  const plate = alone ?? state.selected.value;
  return (
    <section class="replay-then" aria-label={t('replay.now')}>
      <h2>
        {alone ?? t('replay.fleet')} <small class="muted num">{minute(replay.clock.value.at)}</small>
      </h2>
      {!alone && <Fleet />}
      {plate && !alone && (
        <p class="replay-chosen">
          <b>{plate}</b>{' '}
          <button type="button" class="link" onClick={() => replay.open({ vehicle: plate, at: replay.clock.peek().at })}>
            {t('replay.alone')}
          </button>
        </p>
      )}
      {plate && <One plate={plate} />}
    </section>
  );
}
