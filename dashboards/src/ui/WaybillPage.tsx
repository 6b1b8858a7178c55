/** One waybill: how it stands, its record, its legs, what was scanned and signed; its way on the map beside it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Waybill } from '../api/waybills';
import { endAhead } from '../live/ahead';
import { Empty, Failed, Loading, Stale } from './States';
import { HeadlineBanner } from './Answer';
import { Expectation } from './Expectation';
import { Milestones } from './Milestones';
import { Wishes } from './Reply';
import { At } from './At';
import { WaybillActions } from './WaybillActions';
import { WaybillFacts } from './WaybillFacts';
import { WaybillLegs, WaybillProofs, WaybillScans } from './WaybillParts';
import { OVER, stateWord } from './WaybillsPage';
import { may, session } from './app';
import { waybillsApi } from './desk';
import { CrosshairIcon } from './icons';
import { pageKeys } from './pageKeys';
import { fitPoints, map, track, tripVehicle, tripView } from './mapLink';
import { DelayBadge } from './risk';
import { tripNews, useFresh } from './fresh';
import * as state from './state';
import { t } from './state';
import { clearMap, ridesOf, wayOf } from './waybillMap';
import { useFollowUp } from './useFollowUp';
import * as waybills from './waybills';
import type { Point } from '../live/motion';

function useWaybill(number: string) {
  const [told, setTold] = useState<{ waybill: Waybill | null; problem: Problem | null }>({ waybill: null, problem: null });
  const wanted = useRef(number);
  wanted.current = number;
  const reload = async () => {
    try {
      const waybill = await waybillsApi.one(number);
      if (wanted.current === number) setTold({ waybill, problem: null });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (wanted.current === number) setTold((before) => ({ waybill: before.waybill, problem: error }));
    }
  };
  useFresh(`waybill ${number}`, tripNews(), reload, 10_000);
  return { ...told, reload };
}

/** The rides that were, and the trip that carries it now; nothing of a vehicle after it was unloaded. */
function useMap(waybill: Waybill | null): () => void {
  const points = useRef<readonly Point[]>([]);
  const fitted = useRef(false);
  const view = map.value;
  const fit = () => fitPoints(points.current);
  useEffect(() => {
    state.select(null);
    return clearMap;
  }, []);
  useEffect(() => {
    if (!waybill) return undefined;
    let late = false;
    const read = may('look_vehicles') || may('look_waybills');
    void Promise.all([wayOf(waybill), read ? waybillsApi.track(waybill.number).catch(() => null) : null]).then(([way, rides]) => {
      if (late) return;
      tripView.value = way;
      tripVehicle.value = waybill.vehicle;
      track.value = rides ? ridesOf(rides) : null;
      points.current = [...way.stops, ...way.line, ...(track.value?.flat() ?? [])];
      if (view && !fitted.current) {
        fitted.current = true;
        fit();
      }
    });
    return () => {
      late = true;
    };
  }, [waybill?.number, waybill?.trip, waybill?.vehicle, waybill?.state, view, state.lang.value]);
  return fit;
}

function Head({ waybill }: { waybill: Waybill }) {
  const over = OVER.has(waybill.state);
  return (
    <header class="trip-head">
      <p class="crumbs">
        <a href="#/waybills">‹ {t('app.waybills')}</a>
        <span class="muted">
          {waybill.order_no && <> · {t('waybill.order', { number: waybill.order_no })}</>} · {t('waybill.code', { code: waybill.code })}
        </span>
      </p>
      <div class="trip-title">
        <h1>{waybill.number}</h1>
        <span class="tag" data-testid="waybill-state">
          {stateWord(waybill)}
        </span>
        {!over && <DelayBadge risk={waybill.risk} delay={waybill.delay_s} word />}
      </div>
      <p class="trip-lane">
        {state.nameOf(waybill.origin)} → {state.nameOf(waybill.destination)}
      </p>
      <p class="trip-who">
        {waybill.customer && <span>{state.nameOf(waybill.customer)}</span>}
        {waybill.goods_text && <span class="muted"> · {waybill.goods_text}</span>}
      </p>
      <Wishes contact={waybill.contact} requirements={waybill.requirements} />
    </header>
  );
}

function Figures({ waybill, fit }: { waybill: Waybill; fit: () => void }) {
  void session.now.value;
  const over = OVER.has(waybill.state);
  const late = ['late', 'overdue'].includes(waybill.risk) && (waybill.delay_s ?? 0) > 0;
  const promised = waybill.promised_at && <At iso={waybill.promised_at} site={waybill.destination} />;
  return (
    <div class="figures trip-figures">
      <div>
        <span class="muted">{t('waybills.col.where')}</span>
        <span class="figure where-figure">
          <b>{waybill.vehicle ? t('waybills.aboard', { plate: waybill.vehicle }) : waybill.site ? state.nameOf(waybill.site) : t('answer.notSeen')}</b>
        </span>
        {waybill.trip && (
          <small>
            <a href={state.tripPage(waybill.trip)}>{waybill.trip}</a>
          </small>
        )}
      </div>
      <div>
        <span class="muted">{over ? stateWord(waybill) : t('answer.expected')}</span>
        <span class="figure">
          {over && waybill.since ? <b><At iso={waybill.since} site={waybill.destination} /></b> : waybill.eta ? <Expectation eta={waybill.eta} site={waybill.destination} /> : <span class="no-eta">{t('answer.noEta')}</span>}
        </span>
      </div>
      <div>
        <span class="muted">{t('answer.promised')}</span>
        <span class="figure">{promised ? late ? <s>{promised}</s> : <b>{promised}</b> : <span class="muted">{t('answer.noPromise')}</span>}</span>
      </div>
      <button type="button" class="tool square" title={t('waybill.fit')} aria-label={t('waybill.fit')} onClick={fit}>
        <CrosshairIcon />
      </button>
    </div>
  );
}

function Missing({ number, problem, retry }: { number: string; problem: Problem | null; retry: () => void }) {
  if (!problem) return <Loading words={t('waybill.loading', { number })} lines={8} />;
  if (problem.status !== 404) return <Failed reason={problem.message} onRetry={retry} />;
  return (
    <Empty words={t('waybill.unknown', { number })}>
      <a class="button" href="#/waybills">
        {t('app.waybills')}
      </a>
    </Empty>
  );
}

/** Milestones follow from scans and bookings behind the API: ask again until then, milliseconds. */
const FOLLOW_UPS_MS = [800, 2000, 5000] as const;

function go(number: string, delta: 1 | -1): void {
  const next = waybills.neighbourOf(number, delta);
  if (next) location.hash = state.waybillPage(next);
}

function useKeys(number: string): void {
  useEffect(() => {
    waybills.current.value = number; // the board's keyboard goes on from here
    const keys = {
      j: () => go(number, 1),
      k: () => go(number, -1),
      Escape: () => {
        location.hash = '#/waybills';
      },
    };
    pageKeys.value = keys;
    return () => {
      if (pageKeys.value === keys) pageKeys.value = null; // the next page may have come already
    };
  }, [number]);
}

function Body({ number }: { number: string }) {
  const { waybill, problem, reload } = useWaybill(number);
  const fit = useMap(waybill);
  const changed = useFollowUp(reload, FOLLOW_UPS_MS);
  useKeys(number);
  if (!waybill) return <Missing number={number} problem={problem} retry={() => void reload()} />;
  return (
    <>
      {waybill.headline && <HeadlineBanner headline={waybill.headline} />}
      <Head waybill={waybill} />
      {problem && <Stale reason={problem.message} onRetry={() => void reload()} />}
      <WaybillActions waybill={waybill} onDone={changed} />
      <Figures waybill={waybill} fit={fit} />
      <section class="trip-part" data-testid="timeline">
        <h2>{t('waybill.timeline')}</h2>
        <Milestones list={[...waybill.milestones, ...endAhead(waybill)]} label={t('waybill.timeline')} />
        {waybill.retracted.length > 0 && (
          <details class="taken-back">
            <summary>
              {t('waybill.retracted.title')} <span class="muted num">{waybill.retracted.length}</span>
            </summary>
            <p class="muted">{t('waybill.retracted.why')}</p>
            <Milestones list={waybill.retracted} label={t('waybill.retracted.title')} />
          </details>
        )}
      </section>
      <WaybillLegs waybill={waybill} onDone={changed} />
      <WaybillScans waybill={waybill} onDone={changed} />
      <WaybillProofs waybill={waybill} />
      <WaybillFacts waybill={waybill} />
    </>
  );
}

export function WaybillPage() {
  const number = state.waybill.value;
  if (number === null) return null;
  return (
    <section class="trip" aria-label={number} data-testid="waybill">
      <Body key={number} number={number} />
    </section>
  );
}
