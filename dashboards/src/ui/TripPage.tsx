/** One trip: how it stands and why, plan beside estimate beside actual, on the map beside it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Trip } from '../api/trips';
import { formatAge } from '../i18n/format';
import { cell } from '../live/fleet';
import { Empty, Failed, Loading, Stale } from './States';
import { TripActions } from './TripActions';
import { TripDelay } from './TripDelay';
import { TripHistory } from './TripHistory';
import { TripPlot } from './TripPlot';
import { TripStops } from './TripStops';
import { At, EtaWords } from './At';
import { fleet, partyName, session } from './app';
import { CrosshairIcon } from './icons';
import { pageKeys } from './pageKeys';
import { fitTrip, map, showOnMap, tripVehicle, tripView } from './mapLink';
import { useFresh } from './fresh';
import { lengthWords } from './measures';
import { replayOf } from './replayLink';
import * as state from './state';
import { t } from './state';
import { viewOf } from './tripMap';
import * as trips from './trips';
import { useFollowUp } from './useFollowUp';

/** What the live stream says of the vehicle that serves it: a number that changes with it. */
function newsOf(trip: Trip | null): number {
  void session.version.value;
  const row = trip?.vehicle ? fleet.row.get(trip.vehicle) : undefined;
  return row === undefined ? 0 : cell(fleet.time, row) + fleet.trips;
}

function useTrip(code: string): { trip: Trip | null; problem: Problem | null; reload: () => Promise<void> } {
  const [told, setTold] = useState<{ trip: Trip | null; problem: Problem | null }>({ trip: null, problem: null });
  const wanted = useRef(code);
  wanted.current = code;
  const reload = async () => {
    try {
      const trip = await trips.tripsApi.one(code);
      if (wanted.current === code) setTold({ trip, problem: null });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (wanted.current === code) setTold((before) => ({ trip: before.trip, problem: error }));
    }
  };
  useFresh(`trip ${code}`, newsOf(told.trip), reload);
  return { ...told, reload };
}

/** The map beside the page shows this trip and nobody else's card. */
function useMap(trip: Trip | null): void {
  const fitted = useRef(false);
  void session.version.value;
  const view = map.value;
  useEffect(() => {
    state.select(null);
    return () => {
      tripView.value = null;
      tripVehicle.value = null;
    };
  }, []);
  useEffect(() => {
    if (!trip) return;
    tripVehicle.value = trip.vehicle;
    tripView.value = viewOf(trip);
    if (!fitted.current && view) {
      fitted.current = true;
      fitTrip(trip);
    }
  }, [trip, view, state.lang.value]);
}

function Head({ trip }: { trip: Trip }) {
  const plate = trip.vehicle;
  return (
    <header class="trip-head">
      <p class="crumbs">
        <a href="#/trips">‹ {t('app.trips')}</a>
        {trip.route && <span class="muted"> · {t('trip.route', { route: trip.route })}</span>}
      </p>
      <div class="trip-title">
        <h1>{trip.code}</h1>
        <span class={`tag state-${trip.state}`} data-testid="trip-state">
          {t(`trip.state.${trip.state}`)}
        </span>
      </div>
      <p class="trip-lane">
        {trips.placeName(trip.origin)} → {trips.placeName(trip.destination)}
      </p>
      <p class="trip-who">
        {plate ? (
          <a
            href="#/"
            onClick={() => {
              state.select(plate);
              showOnMap(plate);
            }}
          >
            {plate}
          </a>
        ) : (
          <span class="no-eta">{t('trips.noVehicle')}</span>
        )}
        {trip.driver && <span> · {t('trip.driver', { name: trip.driver })}</span>}
        {trip.party && <span class="muted"> · {partyName(trip.party)}</span>}
        {plate && trip.starts_at && Date.parse(trip.starts_at) < session.now.value && (
          <span>
            {' · '}
            <a href={replayOf(plate, trip.starts_at, trip.ends_at)} data-testid="trip-replay">
              {t('app.replay')}
            </a>
          </span>
        )}
      </p>
    </header>
  );
}

function Figure({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <span class="muted">{name}</span>
      <span class="figure">{children}</span>
    </div>
  );
}

/** How far, when at the end, and how old that is. */
function Figures({ trip }: { trip: Trip }) {
  void session.now.value;
  const lang = state.lang.value;
  const age = (iso: string) => formatAge((session.now.value - Date.parse(iso)) / 1000, lang);
  const percent = trip.share === null ? null : Math.round(trip.share * 100);
  const last = trip.stops.at(-1);
  return (
    <div class="figures trip-figures">
      <Figure name={t('trip.left')}>
        <b class="num">{trip.left_m === null ? '–' : lengthWords(trip.left_m)}</b>
        {percent !== null && <small class="num"> {t('trip.done', { percent })}</small>}
      </Figure>
      <Figure name={t(last?.arrived_at ? 'trip.arrivedEnd' : 'trip.atEnd')}>
        {last?.arrived_at ? (
          <b>
            <At iso={last.arrived_at} site={last.site} />
          </b>
        ) : trip.final_eta ? (
          <EtaWords eta={trip.final_eta} site={trip.destination} />
        ) : (
          <span class="no-eta">{t('trips.noEta')}</span>
        )}
      </Figure>
      <Figure name={t('trip.age')}>
        <b class="num">{trip.evaluated_at ? t('unit.ago', { age: age(trip.evaluated_at) }) : '–'}</b>
        {trip.heard_at && <small class="num"> {t('trip.fixAge', { age: age(trip.heard_at) })}</small>}
      </Figure>
      <button type="button" class="tool square" title={t('trip.fit')} aria-label={t('trip.fit')} onClick={() => fitTrip(trip)}>
        <CrosshairIcon />
      </button>
    </div>
  );
}

function Missing({ code, problem, retry }: { code: string; problem: Problem | null; retry: () => void }) {
  if (!problem) return <Loading words={t('trip.loading', { code })} lines={8} />;
  if (problem.status !== 404) return <Failed reason={problem.message} onRetry={retry} />;
  return (
    <Empty words={t('trip.unknown', { code })}>
      <a class="button" href="#/trips">
        {t('app.trips')}
      </a>
    </Empty>
  );
}

/** What follows from a person's word is worked out behind the API: ask again until then, milliseconds. */
const FOLLOW_UPS_MS = [1000, 2500, 5000, 10_000, 20_000] as const;

function go(code: string, delta: 1 | -1): void {
  const next = trips.neighbourOf(code, delta);
  if (next) location.hash = state.tripPage(next);
}

function Body({ code }: { code: string }) {
  const { trip, problem, reload } = useTrip(code);
  useMap(trip);
  const changed = useFollowUp(reload, FOLLOW_UPS_MS);
  useEffect(() => {
    trips.current.value = code; // the board's keyboard goes on from here
    const keys = {
      j: () => go(code, 1),
      k: () => go(code, -1),
      Escape: () => {
        location.hash = '#/trips';
      },
    };
    pageKeys.value = keys;
    return () => {
      if (pageKeys.value === keys) pageKeys.value = null; // the next page may have come already
    };
  }, [code]);
  if (!trip) return <Missing code={code} problem={problem} retry={() => void reload()} />;
  return (
    <>
      <Head trip={trip} />
      {problem && <Stale reason={problem.message} onRetry={() => void reload()} />}
      <TripActions trip={trip} onDone={changed} />
      <TripDelay trip={trip} />
      <Figures trip={trip} />
      <TripStops trip={trip} onDone={changed} />
      <TripPlot trip={trip} />
      <TripHistory trip={trip} />
    </>
  );
}

export function TripPage() {
  const code = state.trip.value;
  if (code === null) return null;
  return (
    <section class="trip" aria-label={code} data-testid="trip">
      <Body key={code} code={code} />
    </section>
  );
}
