/** What was expected over time: the band from the middle to the cautious estimate against the due time. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Estimates, Trip } from '../api/trips';
import { type Late, extent, heldAt, latenessOver, scale } from '../live/plot';
import { Empty, Failed } from './States';
import { Band, Changes, Dues, EDGE, Grid, HEIGHT } from './TripPlotParts';
import { session } from './app';
import { signedDelay } from './risk';
import { useWidth } from './useWidth';
import { t, tValue } from './state';
import { placeName, tripsApi } from './trips';
import { minute } from './words';

function useEstimates(trip: Trip, stop: number): { told: Estimates | null; problem: string | null } {
  const [told, setTold] = useState<{ estimates: Estimates; stop: number } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    tripsApi.estimates(trip.code, stop).then(
      (estimates) => {
        if (!wanted) return;
        setTold({ estimates, stop });
        setProblem(null);
      },
      (error: unknown) => {
        if (wanted) setProblem(error instanceof Problem ? error.message : String(error));
      },
    );
    return () => {
      wanted = false;
    };
  }, [trip.code, trip.evaluated_at, stop]);
  return { told: told?.stop === stop ? told.estimates : null, problem };
}

function readout(point: Late | null, at: number, zone: string): string {
  if (!point) return '';
  const time = minute(at, zone);
  if (Number.isNaN(point.p50)) {
    return t('plot.unknown', { time, why: point.point.no_estimate ? tValue('noEta', point.point.no_estimate) : t('noEta.other') });
  }
  const { p50, p90 } = point.point;
  return t('plot.known', { time, p50: minute(p50 ?? '', zone), p90: minute(p90 ?? '', zone), delay: signedDelay(point.p50) });
}

function Legend({ estimates }: { estimates: Estimates }) {
  const moved = estimates.baseline_due !== null && estimates.baseline_due !== estimates.due;
  return (
    <ul class="plot-legend muted">
      <li><i class="key-line" /> {t('plot.p50')}</li>
      <li><i class="key-band" /> {t('plot.p90')}</li>
      <li><i class="key-due" /> {t('plot.due')}</li>
      {moved && <li><i class="key-first" /> {t('plot.first')}</li>}
      {estimates.actual && <li><i class="key-actual" /> {t('plot.actual')}</li>}
    </ul>
  );
}

function Drawing({ estimates, zone }: { estimates: Estimates; zone: string }) {
  const [box, width] = useWidth(520, 280);
  const [at, setAt] = useState<number | null>(null);
  const late = latenessOver(estimates);
  const from = late[0]?.at ?? 0;
  const to = Math.max(late.at(-1)?.at ?? 1, estimates.actual ? Date.parse(estimates.actual) : session.now.peek());
  const due = Date.parse(estimates.due ?? '');
  const extra = [estimates.baseline_due, estimates.actual].flatMap((iso) => (iso ? [(Date.parse(iso) - due) / 1000] : []));
  const [low, high] = extent(late, extra);
  const x = scale(from, to, EDGE.left + 10, width - EDGE.right);
  const y = scale(low, high, HEIGHT - EDGE.bottom, EDGE.top);
  const drawn = { estimates, late, x, y, zone, width };
  const move = (delta: number) => {
    const place = at === null ? late.length - 1 : late.findLastIndex((each) => each.at <= at) + delta;
    setAt(late[Math.min(late.length - 1, Math.max(0, place))]?.at ?? null);
  };
  const last = late.at(-1) ?? null;
  return (
    <div ref={box} class="plot-box">
      <svg
        class="plot"
        width={width}
        height={HEIGHT}
        role="img"
        tabIndex={0}
        aria-label={t('plot.what', { now: readout(last, to, zone) })}
        onPointerMove={(event) => {
          const ms = x.value(event.clientX - event.currentTarget.getBoundingClientRect().left);
          setAt(Math.min(to, Math.max(from, ms)));
        }}
        onPointerLeave={() => setAt(null)}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
          if (step === 0) return;
          event.preventDefault();
          move(step);
        }}
      >
        <defs>
          <pattern id="plot-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" y1="0" x2="0" y2="7" />
          </pattern>
        </defs>
        <Grid {...drawn} />
        <Band {...drawn} />
        <Dues {...drawn} />
        <Changes {...drawn} changes={estimates.changes} />
        {at !== null && <line class="plot-cursor" x1={x.at(at)} x2={x.at(at)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />}
      </svg>
      <p class="plot-readout num" role="status">
        {at === null ? readout(last, to, zone) : readout(heldAt(late, at), at, zone)}
      </p>
    </div>
  );
}

/** The stop whose estimates are shown first: the one that is late, else the last. */
function firstChoice(trip: Trip): number {
  const late = trip.stops.find((stop) => stop.number === trip.late_stop);
  return (late && late.number !== 0 ? late : trip.stops.at(-1))?.number ?? 0;
}

export function TripPlot({ trip }: { trip: Trip }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const stop = chosen ?? firstChoice(trip);
  const { told, problem } = useEstimates(trip, stop);
  const site = trip.stops.find((each) => each.number === stop)?.site;
  if (trip.stops.length === 0) return null;
  return (
    <section class="trip-part" data-testid="plot">
      <div class="part-head">
        <h2>{t('plot.title')}</h2>
        <select aria-label={t('plot.stop')} value={String(stop)} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
          {trip.stops.map((each, i) =>
            i === 0 ? null : (
              <option key={each.stop} value={String(each.number)}>
                {i + 1} · {placeName(each.site)}
              </option>
            ),
          )}
        </select>
      </div>
      {problem && <Failed reason={problem} small />}
      {told && told.points.length === 0 && <Empty words={t('plot.none')} small />}
      {told && told.points.length > 0 && (
        <>
          <Drawing estimates={told} zone={site?.zone ?? 'UTC'} />
          <Legend estimates={told} />
        </>
      )}
    </section>
  );
}
