/**
 * What a dispatcher looks for first: how late, from where to where, who drives; what can be done.
 *
 * The fleet's columns are no signals: every part that reads them hears of its version itself.
 */
import type { Trip } from '../api/trips';
import { cell } from '../live/fleet';
import type { State } from '../live/state';
import { tripOf } from './CardFigures';
import { LinkIcon, MessageIcon, ReplayIcon } from './alertIcons';
import { fleet, may, partyName, session } from './app';
import { aboard, cardDialog, detail, driverInFull, wantsToWrite } from './cardData';
import { CloseIcon, CrosshairIcon, StateMark, stateName } from './icons';
import { showOnMap } from './mapLink';
import { DelayBadge } from './risk';
import * as state from './state';
import { t } from './state';

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

/** As the reader may see it; in full for who says why, which is kept. */
function Driver({ code, name }: { code: string; name: string }) {
  const told = driverInFull.value;
  const full = told?.trip === code ? told.name : name;
  return (
    <span>
      {' · '}
      {t('card.driver', { name: full })}
      {full.includes('*') && may('reveal') && (
        <button
          type="button"
          class="link"
          onClick={() => {
            cardDialog.value = 'driver';
          }}
        >
          {t('card.reveal')}
        </button>
      )}
    </span>
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
      {trip.driver && <Driver code={trip.code} name={trip.driver} />}
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
