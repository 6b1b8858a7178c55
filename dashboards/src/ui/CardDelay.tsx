/** How the delay went in the last two hours: what was expected then against the plan. */
import type { Estimates, Trip } from '../api/trips';
import { type Late, extent, scale, stepPath, stretches } from '../live/plot';
import { isKnown, trendOf } from '../live/trend';
import { Section, Told } from './CardSection';
import { session } from './app';
import { shownRisk, signedDelay } from './risk';
import { t } from './state';
import { causeWords, tripsApi } from './trips';
import { type Asked, useAsk } from './useAsk';
import { minute } from './words';

const SPAN_MS = 2 * 3_600_000;
const [WIDTH, HEIGHT] = [320, 52];
/** Estimates are of minutes: asked for as often as a person would look, milliseconds. */
const GAP_MS = 15_000;

/** The stop that decides how late a trip is. */
function stopOf(trip: Trip): number {
  return trip.late_stop ?? trip.stops.at(-1)?.number ?? 0;
}

function Drawing({ points, from, to }: { points: readonly Late[]; from: number; to: number }) {
  const [low, high] = extent(points, []);
  const x = scale(from, to, 0, WIDTH);
  const y = scale(low, high, HEIGHT - 2, 2);
  const zero = y.at(0).toFixed(1);
  const first = points.find((each) => !Number.isNaN(each.p50));
  const last = points.findLast((each) => !Number.isNaN(each.p50));
  const label = t('card.delay.label', { from: signedDelay(first?.p50 ?? 0), to: signedDelay(last?.p50 ?? 0) });
  return (
    <figure class="card-delay">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line class="due" x1="0" x2={WIDTH} y1={zero} y2={zero} />
        {stretches(points, to).map((stretch) => {
          const begun = stretch.points[0];
          if (!stretch.known || !begun) return null;
          const line = stepPath(stretch, x, y, (point) => point.p50);
          return (
            <g key={begun.at}>
              <path class="area" d={`${line}V${zero}H${x.at(begun.at).toFixed(1)}Z`} />
              <path class="line" d={line} />
            </g>
          );
        })}
      </svg>
      <figcaption class="muted num">
        <span>{minute(from)}</span>
        <span>{minute(to)}</span>
      </figcaption>
    </figure>
  );
}

/** "Slow traffic 34 min, late departure 13 min"; a person's word before the machine's. */
function Why({ trip }: { trip: Trip }) {
  const words = (trip.delay_s ?? 0) > 0 ? causeWords(trip) : '';
  if (!words) return null;
  return (
    <p class="part-note card-why" data-testid="card-cause">
      {words.charAt(0).toUpperCase() + words.slice(1)}
    </p>
  );
}

function useEstimates(trip: Trip): Asked<Estimates> {
  const stop = stopOf(trip);
  return useAsk(`card delay ${trip.code} ${stop}`, Date.parse(trip.evaluated_at ?? '') || 0, () => tripsApi.estimates(trip.code, stop), GAP_MS);
}

export function CardDelay({ trip }: { trip: Trip }) {
  const asked = useEstimates(trip);
  const risk = shownRisk(trip.risk, trip.delay_s);
  const to = session.now.value;
  return (
    <Section name="delay" title={t('card.delay')} aside={trip.delay_s !== null && risk !== 'unknown' && <b class={`tinted risk-${risk}`}>{signedDelay(trip.delay_s)}</b>}>
      <Told asked={asked}>
        {(told) => {
          const points = trendOf(told, to - SPAN_MS, to);
          return isKnown(points) ? (
            <div class={`risk-${risk}`}>
              <Drawing points={points} from={to - SPAN_MS} to={to} />
            </div>
          ) : (
            <p class="part-note">{t('card.delay.none')}</p>
          );
        }}
      </Told>
      <Why trip={trip} />
    </Section>
  );
}
