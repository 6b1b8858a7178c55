/** The delay in a sentence, its causes as a bar of minutes, and what the clock noticed. */
import type { Trip } from '../api/trips';
import { formatAge } from '../i18n/format';
import { partsOfDelay } from '../live/board';
import { session } from './app';
import { DelayBadge, RiskMark, shownRisk, signedDelay } from './risk';
import * as state from './state';
import { t } from './state';
import { causeName, conditionsAt, sentenceOf } from './trips';

/** Patterns told apart by hue and by order; the words beside them say which is which. */
const CLASSES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;

function Split({ trip }: { trip: Trip }) {
  const parts = partsOfDelay(trip.split);
  const whole = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  if (whole <= 0) return null;
  const minutes = (seconds: number) => formatAge(Math.max(60, Math.round(seconds / 60) * 60), state.lang.value);
  return (
    <div class="split" data-testid="split">
      <div class="split-bar" role="img" aria-label={t('trip.split')}>
        {parts.map(({ cause, seconds }, i) => (
          <i key={cause} class={`split-${CLASSES[i % CLASSES.length]}`} style={{ width: `${(seconds / whole) * 100}%` }} title={`${causeName(cause)} ${minutes(seconds)}`} />
        ))}
      </div>
      <ul>
        {parts.map(({ cause, seconds }, i) => (
          <li key={cause}>
            <i class={`split-${CLASSES[i % CLASSES.length]}`} aria-hidden="true" />
            {causeName(cause)} <b class="num">{minutes(seconds)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Conditions({ trip }: { trip: Trip }) {
  void session.now.value;
  if (trip.conditions.length === 0) return null;
  return (
    <ul class="conditions" data-testid="conditions">
      {conditionsAt(trip).map((words) => (
        <li key={words} class="tag tag-conflict">
          {words}
        </li>
      ))}
    </ul>
  );
}

export function TripDelay({ trip }: { trip: Trip }) {
  const moved = trip.baseline_delay_s !== null && trip.delay_s !== null && Math.abs(trip.baseline_delay_s - trip.delay_s) >= 60;
  const risk = shownRisk(trip.risk, trip.delay_s);
  return (
    <section class={`trip-delay delay-${risk}`} data-testid="trip-delay">
      <div class="trip-delay-head">
        {trip.delay_s === null || risk === 'unknown' ? (
          <span class={`big-delay risk-${risk}`}>
            <RiskMark risk={risk} /> {t(`risk.${risk}`)}
          </span>
        ) : (
          <DelayBadge risk={risk} delay={trip.delay_s} word />
        )}
        {moved && risk !== 'unknown' && (
          <span class="muted">{t('trip.baseline', { delay: signedDelay(trip.baseline_delay_s ?? 0) })}</span>
        )}
      </div>
      <p class="trip-sentence" data-testid="sentence">
        {sentenceOf(trip)}
      </p>
      {trip.said && trip.cause && (
        <p class="muted">
          {t('trip.said', { cause: causeName(trip.cause), by: trip.said.by ?? '–' })}
          {trip.said.note && ` “${trip.said.note}”`}
        </p>
      )}
      <Split trip={trip} />
      <Conditions trip={trip} />
    </section>
  );
}
