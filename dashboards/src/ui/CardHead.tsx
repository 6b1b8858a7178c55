/**
 * What a dispatcher looks for first: how late, from where to where, who drives; what can be done; speed, age, arrival.
 *
 * The fleet's columns are no signals: every part that reads them hears of its version itself.
 */
import type { Eta, Trip } from '../api/trips';
import { formatAge, formatTime } from '../i18n/format';
import { ageOf, cell, onlineOf } from '../live/fleet';
import { State } from '../live/state';
import { LinkIcon, MessageIcon, ReplayIcon } from './alertIcons';
import { fleet, may, partyName, session, sites } from './app';
import { aboard, cardDialog, detail, wantsToWrite } from './cardData';
import { chosenTrip } from './chosenTrip';
import { CloseIcon, CrosshairIcon, HubIcon, StateMark, stateName } from './icons';
import { showOnMap } from './mapLink';
import { DelayBadge, shownRisk } from './risk';
import { speedNumber, speedUnitWord } from './measures';
import * as state from './state';
import { t, tValue } from './state';
import { minute } from './words';

/** The trip of that vehicle, once it is told. */
function tripOf(row: number): Trip | null {
  const trip = chosenTrip.value;
  return trip !== null && trip.code === fleet.trip[row] ? trip : null;
}

/** The button goes with its card: the keyboard goes on in the list. */
function close(): void {
  state.select(null);
  document.getElementById('list')?.focus();
}

/** Late or not, where it is on a trip; else whether it moves. */
function Badge({ row }: { row: number }) {
  void session.version.value;
  const is = cell(fleet.state, row) as State;
  const name = stateName(is);
  const onTrip = Boolean(fleet.trip[row]);
  return (
    <>
      {onTrip && <DelayBadge risk={fleet.risk[row] ?? 'unknown'} delay={cell(fleet.delay, row)} word />}
      <span class={`badge badge-${name}`} title={t(`state.${name}.what`)}>
        <StateMark state={is} /> <span class={onTrip ? 'unseen' : ''}>{t(`state.${name}`)}</span>
      </span>
    </>
  );
}

function Lane({ row }: { row: number }) {
  void session.version.value;
  const trip = tripOf(row);
  const party = partyName(fleet.party[row]);
  if (!trip) return <p class="muted">{party}</p>;
  const name = (site: Trip['origin']) => (site ? state.nameOf(site) : '–');
  return (
    <p class="muted card-lane">
      <span>
        {name(trip.origin)} → {name(trip.destination)}
      </span>
      {trip.driver && <span> · {t('card.driver', { name: trip.driver })}</span>}
      <span> · {party}</span>
    </p>
  );
}

export function CardHead({ plate, row }: { plate: string; row: number | undefined }) {
  return (
    <div class="card-head">
      <div>
        <h2>
          {plate}
          {row !== undefined && <Badge row={row} />}
        </h2>
        {row === undefined ? <p class="muted"> </p> : <Lane row={row} />}
      </div>
      <button type="button" class="tool square" aria-label={t('card.close')} onClick={close}>
        <CloseIcon />
      </button>
    </div>
  );
}

function Follow({ plate }: { plate: string }) {
  const on = state.following.value;
  const follow = () => {
    state.following.value = !on;
    if (!on) showOnMap(plate);
  };
  return (
    <button type="button" class={on ? 'button primary on' : 'button primary'} aria-pressed={on} onClick={follow}>
      <CrosshairIcon /> {t(on ? 'card.following' : 'card.follow')}
    </button>
  );
}

/** How far back the replay of a vehicle without a trip begins, and how long before a trip. */
const PAST_MS = 6 * 3_600_000;
const BEFORE_MS = 3_600_000;

/** The replay of its trip so far; without one, of its last hours. */
function pastOf(plate: string, row: number): string {
  const now = session.now.value;
  const begun = Date.parse(tripOf(row)?.starts_at ?? '');
  const from = new Date(begun < now ? begun - BEFORE_MS : now - PAST_MS).toISOString();
  return `#/replay?${new URLSearchParams({ vehicle: plate, from, to: new Date(now).toISOString(), at: from }).toString()}`;
}

export function CardActions({ plate, row }: { plate: string; row: number }) {
  const noDevice = detail.value !== null && detail.value.device === null;
  const nothing = aboard.value === 0;
  return (
    <div class="actions card-actions">
      {!state.mapFailed.value && <Follow plate={plate} />}
      {may('share') && may('look_waybills') && (
        <button
          type="button"
          class="button"
          disabled={nothing || aboard.value === null}
          title={nothing ? t('card.share.none') : undefined}
          onClick={() => {
            cardDialog.value = 'share';
          }}
        >
          <LinkIcon /> {t('card.share')}
        </button>
      )}
      <a class="button" href={pastOf(plate, row)}>
        <ReplayIcon /> {t('card.replay')}
      </a>
      {may('message') && (
        <button
          type="button"
          class="button"
          disabled={noDevice}
          title={noDevice ? t('card.message.none') : undefined}
          onClick={() => {
            wantsToWrite.value++;
          }}
        >
          <MessageIcon /> {t('card.message')}
        </button>
      )}
    </div>
  );
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
