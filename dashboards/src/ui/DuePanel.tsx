/** Who is still to arrive at a site in the next hours: when, how late, and how sure that is. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Due, DueStop } from '../api/places';
import { Empty, Failed, Loading } from './States';
import { heardNodes, session } from './app';
import { DelayBadge } from './risk';
import { nodesApi } from './placesApi';
import * as state from './state';
import { t } from './state';
import { minute, siteName } from './words';

const HOURS = [2, 8] as const;
type Hours = (typeof HOURS)[number];
/** Estimates move with every fix; a table that is read keeps still for so long, milliseconds. */
const REFRESH_MS = 15_000;

function useDue(code: string, hours: Hours): { told: Due | null; problem: string | null } {
  const [told, setTold] = useState<Due | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    const ask = async () => {
      try {
        const found = await nodesApi.due(code, hours);
        if (!current) return;
        setTold(found);
        setProblem(null);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (current) setProblem(error.message);
      }
    };
    void ask();
    const every = setInterval(() => void ask(), REFRESH_MS);
    const stop = heardNodes.subscribe((nodes) => nodes.some((node) => node.site.code === code) && void ask());
    return () => {
      current = false;
      clearInterval(every);
      stop();
    };
  }, [code, hours]);
  return { told, problem };
}

/** The plan, struck through where the estimate says otherwise by a minute or more. */
function Times({ stop, zone }: { stop: DueStop; zone: string }) {
  const planned = stop.planned_at && minute(stop.planned_at, zone);
  const expected = stop.p50 && minute(stop.p50, zone);
  return (
    <>
      <td class="num">{planned ? expected && expected !== planned ? <s class="muted">{planned}</s> : planned : '–'}</td>
      <td class="num">
        {expected ? <b>{expected}</b> : <span class="muted">{t('card.trip.noEta')}</span>}
        {stop.p90 && <small class="muted">{t('site.due.latest', { time: minute(stop.p90, zone) })}</small>}
      </td>
    </>
  );
}

function DueRow({ stop, zone }: { stop: DueStop; zone: string }) {
  return (
    <tr data-trip={stop.trip} data-vehicle={stop.vehicle ?? ''}>
      <th scope="row">
        <a href={state.tripPage(stop.trip)}>{stop.vehicle ?? stop.trip}</a>
        {stop.status === 'approaching' && <span class="tag visit-entering">{t('site.due.near')}</span>}
      </th>
      <td>{stop.origin ? siteName(stop.origin) : '–'}</td>
      <Times stop={stop} zone={zone} />
      <td>
        <DelayBadge risk={stop.risk} delay={stop.delay_s} />
      </td>
    </tr>
  );
}

function DueTable({ stops, zone }: { stops: readonly DueStop[]; zone: string }) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={t('site.due')}>
      <table data-testid="board-due">
        <thead>
          <tr>
            <th scope="col">{t('site.vehicle')}</th>
            <th scope="col">{t('site.due.from')}</th>
            <th scope="col">{t('site.due.planned')}</th>
            <th scope="col">{t('site.due.expected')}</th>
            <th scope="col">{t('site.due.delay')}</th>
          </tr>
        </thead>
        <tbody>
          {stops.map((stop) => (
            <DueRow key={`${stop.trip} ${stop.stop}`} stop={stop} zone={zone} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function DuePanel({ code, zone }: { code: string; zone: string }) {
  const [hours, setHours] = useState<Hours>(2);
  const { told, problem } = useDue(code, hours);
  void session.now.value; // "tomorrow" begins at midnight
  return (
    <section class="panel due-panel" data-testid="due-panel">
      <div class="panel-head">
        <h2>
          {t('site.due')} <span class="muted num">{told?.due.length ?? ''}</span>
        </h2>
        <div class="spans" role="group" aria-label={t('site.due.span')}>
          {HOURS.map((each) => (
            <button key={each} type="button" class="switch" aria-pressed={hours === each} onClick={() => setHours(each)}>
              {t('site.due.hours', { n: each })}
            </button>
          ))}
        </div>
      </div>
      {problem && <Failed reason={problem} small />}
      {!problem && !told && <Loading lines={3} small />}
      {told && told.due.length === 0 && <Empty words={t('site.due.none', { n: hours })} small />}
      {told && told.due.length > 0 && <DueTable stops={told.due} zone={zone} />}
    </section>
  );
}
