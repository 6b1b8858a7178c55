/** One vehicle: where, how old, how good, on which link. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Vehicle } from '../api/shapes';
import { formatAge, formatCourse, formatNumber, formatPlace, formatSpeed, formatTime, formatZone } from '../i18n/format';
import { ageOf, cell, onlineOf } from '../live/fleet';
import { State } from '../live/state';
import { CardNodes } from './CardNodes';
import { CardTrack } from './CardTrack';
import { CardTrip } from './CardTrip';
import { api, fleet, partyName, session, sites } from './app';
import { CloseIcon, CopyIcon, CrosshairIcon, HubIcon, RouteIcon, StateMark, stateName } from './icons';
import { fitTrack, showOnMap, track } from './mapLink';
import * as state from './state';
import { t, tValue } from './state';

/** What the API knows beyond the live columns; of the plate in it only. */
const detail = signal<Vehicle | null>(null);
const missing = signal(false);
const copied = signal(false);

/** The detail is asked for again when a new fix has come, but not more often than this. */
const REFRESH_MS = 5000;

function useDetail(plate: string): void {
  const askedAt = useRef(0);
  const askedOf = useRef<boolean | null>(null);
  const row = fleet.row.get(plate);
  const time = row === undefined ? 0 : cell(fleet.time, row);
  const online = row === undefined ? null : onlineOf(fleet, row);
  useEffect(() => {
    detail.value = null;
    missing.value = false;
    askedAt.current = 0;
  }, [plate]);
  useEffect(() => {
    // A link that comes or goes is asked about at once: nothing else may follow for hours.
    if (Date.now() - askedAt.current < REFRESH_MS && askedOf.current === online) return;
    askedAt.current = Date.now();
    askedOf.current = online;
    api.vehicle(plate).then(
      (answer) => {
        if (state.selected.peek() === plate) detail.value = answer;
      },
      (error: unknown) => {
        if (error instanceof Problem && error.status === 404) missing.value = true;
      },
    );
  }, [plate, time, online]);
}

function Fact({ name, children, title }: { name: string; children: preact.ComponentChildren; title?: string }) {
  return (
    <div class="fact" title={title}>
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
    </div>
  );
}

/** Up or down, since when, and why if it is down. */
function Link({ online, now }: { online: boolean | null; now: number }) {
  const word = online === null ? 'unknown' : online ? 'online' : 'offline';
  const told = detail.value;
  // The stream may know already what the detail does not say yet.
  const since = told?.online === online && told.link_time ? Date.parse(told.link_time) : null;
  const reason = since !== null && online === false ? told?.link_reason : null;
  return (
    <span data-testid="link">
      <span class={`pill pill-${word}`}>{t(`link.${word}`)}</span>
      {since !== null && (
        <span title={new Date(since).toISOString()}>
          {' '}
          {t('link.since', { time: formatTime(since, now, state.zone.value, state.lang.value) })}
        </span>
      )}
      {reason && <span class="muted"> · {tValue('reason', reason)}</span>}
    </span>
  );
}

function copyPlace(lon: number, lat: number): void {
  void navigator.clipboard.writeText(formatPlace(lon, lat)).then(() => {
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, 1500);
  });
}

/** Where it is entering, standing or leaving: what it looks like now, and no node yet. */
function Presence({ row }: { row: number }) {
  void session.version.value;
  const code = fleet.site[row];
  const presence = fleet.presence[row];
  if (!code || !presence) return null;
  const site = sites.value.find((each) => each.code === code);
  return (
    <p class={`presence presence-${presence}`} data-testid="presence">
      <HubIcon />
      <a href={state.sitePage(code)}>{t(`presence.${presence}`, { site: site ? state.nameOf(site) : code })}</a>
    </p>
  );
}

function Figures({ row }: { row: number }) {
  const lang = state.lang.value;
  const age = ageOf(fleet, row, session.now.value);
  const stale = cell(fleet.state, row) === State.Stale || cell(fleet.state, row) === State.Lost;
  const altitude = detail.value?.position?.altitude_m;
  return (
    <div class="figures">
      <div>
        <span class="muted">{t('card.speed')}</span>
        <b class="num" data-testid="speed">
          {formatSpeed(cell(fleet.speed, row))} <small>{t('unit.kmh')}</small>
        </b>
      </div>
      <div>
        <span class="muted">{t('card.lastFix')}</span>
        <b class={`num${stale ? ' old' : ''}`} data-testid="age">
          {Number.isNaN(age) ? t('fleet.noFix') : t('unit.ago', { age: formatAge(age, lang) })}
        </b>
      </div>
      <div>
        <span class="muted">{t('card.altitude')}</span>
        <b class="num">
          {altitude == null ? '–' : formatNumber(altitude, lang)} <small>{t('unit.m')}</small>
        </b>
      </div>
    </div>
  );
}

function Facts({ row }: { row: number }) {
  const lang = state.lang.value;
  const now = session.now.value;
  const time = cell(fleet.time, row);
  const [lon, lat] = [cell(fleet.lon, row), cell(fleet.lat, row)];
  const position = detail.value?.position ?? null;
  const grade = 'ABCX'[cell(fleet.grade, row)] ?? 'X';
  const quality = [
    tValue('grade', grade),
    position?.satellites != null && t('card.satellites', { count: position.satellites }),
    position?.hdop != null && t('card.hdop', { hdop: formatNumber(position.hdop, lang, 1) }),
  ].filter(Boolean);
  return (
    <dl class="facts">
      {!Number.isNaN(time) && (
        <>
          <Fact name={t('card.time')} title={new Date(time).toISOString()}>
            {formatTime(time, now, state.zone.value, lang)}{' '}
            <span class="muted">{formatZone(time, state.zone.value, lang)}</span>
          </Fact>
          <Fact name={t('card.place')}>
            {formatPlace(lon, lat)}{' '}
            <button type="button" class="link small" onClick={() => copyPlace(lon, lat)} aria-label={t('card.copy')}>
              {copied.value ? t('card.copied') : <CopyIcon />}
            </button>
          </Fact>
          <Fact name={t('card.course')}>{formatCourse(cell(fleet.course, row), lang)}</Fact>
          <Fact name={t('card.quality')}>{quality.join(' · ')}</Fact>
        </>
      )}
      {position && position.flags.length > 0 && (
        <Fact name={t('card.flags')}>{position.flags.map((each) => tValue('flag', each)).join(', ')}</Fact>
      )}
      <Fact name={t('card.device')}>{detail.value ? (detail.value.device ?? t('card.noDevice')) : '…'}</Fact>
      <Fact name={t('card.link')}>
        <Link online={onlineOf(fleet, row)} now={now} />
      </Fact>
    </dl>
  );
}

function Actions({ plate }: { plate: string }) {
  if (state.mapFailed.value) return null; // both are about the map
  const follow = () => {
    state.following.value = !state.following.value;
    if (state.following.value) showOnMap(plate);
  };
  return (
    <div class="actions">
      <button type="button" class={state.following.value ? 'button primary on' : 'button primary'} aria-pressed={state.following.value} onClick={follow}>
        <CrosshairIcon /> {t(state.following.value ? 'card.following' : 'card.follow')}
      </button>
      <button type="button" class="button" disabled={!track.value?.length} onClick={fitTrack}>
        <RouteIcon /> {t('card.fit')}
      </button>
    </div>
  );
}

/** The button goes with its card: the keyboard goes on in the list. */
function close(): void {
  state.select(null);
  document.getElementById('list')?.focus();
}

export function Card() {
  const plate = state.selected.value;
  void session.version.value;
  if (plate === null) return null;
  return <Open key={plate} plate={plate} />;
}

function Open({ plate }: { plate: string }) {
  void session.version.value;
  void session.now.value;
  useDetail(plate);
  const row = fleet.row.get(plate);
  const is = row === undefined ? null : (cell(fleet.state, row) as State);
  return (
    <section class="card" aria-label={t('card.title', { plate })} data-testid="card">
      <div class="card-head">
        <div>
          <h2>
            {plate}
            {is !== null && (
              <span class={`badge badge-${stateName(is)}`}>
                <StateMark state={is} /> {t(`state.${stateName(is)}`)}
              </span>
            )}
          </h2>
          <p class="muted">{row === undefined ? ' ' : partyName(fleet.party[row])}</p>
        </div>
        <button type="button" class="tool square" aria-label={t('card.close')} onClick={close}>
          <CloseIcon />
        </button>
      </div>
      {row === undefined ? (
        <p class="card-note">{missing.value ? t('card.unknown') : t('app.loading')}</p>
      ) : (
        <>
          <Actions plate={plate} />
          <Presence row={row} />
          <CardTrip row={row} />
          <Figures row={row} />
          <CardNodes plate={plate} />
          <Facts row={row} />
          <CardTrack plate={plate} />
        </>
      )}
    </section>
  );
}
