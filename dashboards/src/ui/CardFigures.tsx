/** Speed, age and arrival of the vehicle in the card, its link, and where it stands. */
import type { Eta, Trip } from '../api/trips';
import { formatAge, formatTime } from '../i18n/format';
import { ageOf, cell, onlineOf } from '../live/fleet';
import { State } from '../live/state';
import { fleet, session, sites } from './app';
import { detail } from './cardData';
import { chosenTrip } from './chosenTrip';
import { HubIcon } from './icons';
import { speedNumber, speedUnitWord } from './measures';
import { shownRisk } from './risk';
import * as state from './state';
import { t, tValue } from './state';
import { minute } from './words';

/** The trip of that vehicle, once it is told. */
export function tripOf(row: number): Trip | null {
  const trip = chosenTrip.value;
  return trip !== null && trip.code === fleet.trip[row] ? trip : null;
}

/** Where it is entering, standing or leaving: what it looks like now, and no node yet. */
function Presence({ row }: { row: number }) {
  void session.version.value;
  const code = fleet.site[row];
  const presence = fleet.presence[row];
  if (!code || !presence) return null;
  const site = sites.value.find((each) => each.code === code);
  return (
    <span class={`presence presence-${presence}`} data-testid="presence">
      <HubIcon />
      <a href={state.sitePage(code)}>{t(`presence.${presence}`, { site: site ? state.nameOf(site) : code })}</a>
    </span>
  );
}

/** Up or down, since when, and why if it is down. */
function Link({ row }: { row: number }) {
  void session.version.value;
  const online = onlineOf(fleet, row);
  const word = online === null ? 'unknown' : online ? 'online' : 'offline';
  const told = detail.value;
  // The stream may know already what the detail does not say yet.
  const since = told?.online === online && told.link_time ? Date.parse(told.link_time) : null;
  const reason = since !== null && online === false ? told?.link_reason : null;
  return (
    <span data-testid="link">
      <span class={`pill pill-${word}`}>{t(`link.${word}`)}</span>
      {since !== null && (
        <span class="muted" title={new Date(since).toISOString()}>
          {' '}
          {t('link.since', { time: formatTime(since, session.now.value, state.zone.value, state.lang.value) })}
        </span>
      )}
      {reason && <span class="muted"> · {tValue('reason', reason)}</span>}
    </span>
  );
}

/** When it will be at the end: the window, and how old that thought is. */
function Arrival({ row }: { row: number }) {
  const trip = tripOf(row);
  const eta: Eta | null = trip?.final_eta ?? null;
  const zone = trip?.destination?.zone ?? state.zone.value;
  const risk = shownRisk(fleet.risk[row] ?? 'unknown', cell(fleet.delay, row));
  if (!eta) return <b class="muted">{t('card.eta.none')}</b>;
  const [from, to] = [minute(eta.p50, zone), minute(eta.p90, zone)];
  const age = trip?.evaluated_at ? formatAge((session.now.value - Date.parse(trip.evaluated_at)) / 1000, state.lang.value) : null;
  return (
    <>
      <b class={`num risk-${risk} tinted`} title={t('trips.eta.what', { p50: from, p90: to, zone })} data-testid="card-eta">
        {from}
      </b>
      <small class="num">
        – {to.slice(-'14:05'.length)}
        {age !== null && <span title={t('card.eta.age', { age })}> · {t('card.ago', { age })}</span>}
      </small>
    </>
  );
}

export function CardFigures({ row }: { row: number }) {
  const lang = state.lang.value;
  const age = ageOf(fleet, row, session.now.value);
  const is = cell(fleet.state, row) as State;
  const stale = is === State.Stale || is === State.Lost;
  return (
    <>
      <div class="figures card-figures">
        <div>
          <span class="muted">{t('card.speed')}</span>
          <b class="num" data-testid="speed">
            {speedNumber(cell(fleet.speed, row))} <small>{speedUnitWord()}</small>
          </b>
        </div>
        <div>
          <span class="muted">{t('card.lastFix')}</span>
          <b class={`num${stale ? ' old' : ''}`} data-testid="age">
            {Number.isNaN(age) ? t('fleet.noFix') : t('unit.ago', { age: formatAge(age, lang) })}
          </b>
        </div>
        {fleet.trip[row] && (
          <div>
            <span class="muted">{t('card.eta')}</span>
            <Arrival row={row} />
          </div>
        )}
      </div>
      <p class="card-link">
        <Link row={row} />
        <Presence row={row} />
      </p>
    </>
  );
}
