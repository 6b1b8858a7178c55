/** What the trips' pages share: the client, the board's list and choices, words for causes. */
import { computed, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Risk, Trip, TripBrief, TripList, TripSite } from '../api/trips';
import { MOST_TRIPS, TripsApi } from '../api/tripsHttp';
import { formatAge } from '../i18n/format';
import { type BoardSort, OVER, type Part, type Span, STATES_OF, partsOfDelay, selectTrips } from '../live/board';
import { held } from '../live/list';
import { api, session } from './app';
import { GAP_MS } from './fresh';
import { shownRisk, signedDelay } from './risk';
import * as state from './state';
import { t, tValue } from './state';
import { minute } from './words';

export const tripsApi = new TripsApi(api.line);

export const list = signal<TripList | null>(null);
export const problem = signal<string | null>(null);
export const text = signal('');
export const risks = signal<ReadonlySet<Risk>>(new Set());
export const span = signal<Span>('open');
export const sort = signal<BoardSort>('delay');
export const reversed = signal(false);
/** The pointer is on the board: rows must not move away from under it. */
export const holding = signal(false);
/** There are more trips than the board asks for: the server filters, too. */
export const isCut = signal(false);
/** The row that the keyboard is on. */
export const current = signal<string | null>(null);

let shownBefore: readonly string[] = [];

/** The rows of the board, in order. */
export const shown = computed<readonly TripBrief[]>(() => {
  const query = { text: text.value, risks: risks.value, sort: sort.value, reversed: reversed.value };
  const rows = selectTrips(list.value?.trips ?? [], query);
  const codes = rows.map((trip) => trip.code);
  shownBefore = holding.value ? held(shownBefore, codes) : codes;
  const byCode = new Map(rows.map((trip) => [trip.code, trip]));
  return shownBefore.flatMap((code) => byCode.get(code) ?? []);
});

export function toggleRisk(risk: Risk): void {
  const next = new Set(risks.value);
  if (!next.delete(risk)) next.add(risk);
  risks.value = next;
  if (isCut.peek()) void loadTrips();
}


export function clearFilters(): void {
  text.value = '';
  risks.value = new Set();
  if (isCut.peek()) void loadTrips();
}

/** A column's header: once sorts by it, twice the other way round. */
export function sortBy(column: BoardSort): void {
  holding.value = false;
  reversed.value = sort.value === column && !reversed.value;
  sort.value = column;
}

/** How far back the board looks for trips that are over. */
const REACH_MS = 7 * 86_400_000;

let asked = 0;

export async function loadTrips(): Promise<void> {
  const turn = ++asked;
  try {
    const from = span.peek() === 'open' ? null : session.now.peek() - REACH_MS;
    const wanted = isCut.peek() ? [...risks.peek()] : [];
    const answer = await tripsApi.list({ states: STATES_OF[span.peek()], risks: wanted, from });
    if (turn !== asked) return; // a later question overtook this one
    isCut.value = answer.trips.length >= MOST_TRIPS || wanted.length > 0;
    list.value = answer;
    problem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (turn === asked) problem.value = error.message;
  }
}

/** The neighbour of a trip in the board's order. */
export function neighbourOf(code: string | null, delta: 1 | -1): string | null {
  const rows = shown.peek();
  const place = rows.findIndex((trip) => trip.code === code);
  if (place < 0) return rows[0]?.code ?? null;
  return rows[Math.min(rows.length - 1, Math.max(0, place + delta))]?.code ?? null;
}

/** A longer board is asked for so much less often: a row is more than a kilobyte. */
const ROWS_A_GAP = 200;
/** How long the board rests between two questions, milliseconds. */
export function boardGap(): number {
  return GAP_MS * Math.max(1, (list.value?.trips.length ?? 0) / ROWS_A_GAP);
}

export function placeName(site: TripSite | null): string {
  return site ? state.nameOf(site) : '–';
}

/** "slow traffic" */
export function causeName(cause: string): string {
  return tValue('why', cause);
}

const minutes = (seconds: number) =>
  formatAge(Math.max(60, Math.round(seconds / 60) * 60), state.lang.value).replaceAll(' ', '\u00A0');

/** "slow traffic 34 min, late departure 13 min" */
export function partsWords(parts: readonly Part[]): string {
  return parts.map(({ cause, seconds }) => `${causeName(cause)} ${minutes(seconds)}`).join(t('trip.comma'));
}

/** Why a trip is late, in few words; empty when it is not. */
export function causeWords(trip: TripBrief): string {
  const parts = partsOfDelay(trip.split);
  if (trip.cause && parts[0]?.cause !== trip.cause) return causeName(trip.cause); // a person's word
  return partsWords(parts);
}

/** Why there is no estimate. */
export function noEstimateWords(trip: TripBrief): string {
  if (trip.no_estimate === null) return t(trip.evaluated_at === null ? 'noEta.other' : 'noEta.none');
  if (trip.no_estimate !== 'not_under_way') return t(`noEta.${trip.no_estimate}`);
  if (OVER.includes(trip.state)) return t('noEta.over');
  return t(trip.state === 'suspended' ? 'noEta.suspended' : trip.state === 'draft' ? 'noEta.not_under_way' : 'noEta.not_begun');
}

const places = (trip: Trip) => trip.stops.find((stop) => stop.number === trip.late_stop) ?? trip.stops.at(-1);

/** A sentence to read to somebody on the telephone. */
export function sentenceOf(trip: Trip): string {
  const stop = places(trip);
  const site = stop ? placeName(stop.site) : placeName(trip.destination);
  const zone = stop?.site.zone;
  const why = causeWords(trip);
  const because = why ? t('say.because', { why: `${why.charAt(0).toUpperCase()}${why.slice(1)}` }) : '';
  const delay = trip.delay_s ?? 0;
  const late = signedDelay(Math.abs(delay)).replace('+', '').replaceAll(' ', '\u00A0'); // not cut by the end of a line
  const way = Math.round(delay / 60) === 0 ? 'now' : delay > 0 ? 'late' : 'early';
  if (stop?.arrived_at) {
    return because + t(`say.arrived.${way}`, { site, time: minute(stop.arrived_at, zone), late });
  }
  if (shownRisk(trip.risk, trip.delay_s) === 'unknown') return t('say.unknown', { why: noEstimateWords(trip) });
  const eta = stop?.eta ?? trip.final_eta;
  if (!eta) return because + t('say.overdue', { site, time: minute(stop?.planned.closes_at ?? trip.ends_at ?? '', zone), late });
  return because + t(`say.expected.${way}`, { site, time: minute(eta.p50, zone), until: minute(eta.p90, zone), late });
}

type Condition = TripBrief['conditions'][number];

/** "Unplanned stop for 34 min" */
function conditionWords({ kind, since }: Condition): string {
  const name = tValue('condition', kind);
  if (!since) return name;
  const age = formatAge((session.now.value - Date.parse(since)) / 1000, state.lang.value);
  return t('condition.for', { name, age });
}

/** What the clock found, each kind once: the longest. */
export function conditionsOf(trip: TripBrief): string[] {
  const since = (each: Condition) => (each.since ? Date.parse(each.since) : Number.POSITIVE_INFINITY);
  const byAge = trip.conditions.toSorted((a, b) => since(a) - since(b));
  const first = new Map<string, Condition>();
  for (const each of byAge) if (!first.has(each.kind)) first.set(each.kind, each);
  return [...first.values()].map(conditionWords);
}

/** The same of a whole trip, each with its stop where it is about one. */
export function conditionsAt(trip: Trip): string[] {
  return trip.conditions.map((each) => {
    const number = 'stop' in each ? each.stop : null;
    const stop = trip.stops.find((one) => one.number === number);
    const words = conditionWords(each);
    return stop ? t('condition.at', { site: placeName(stop.site), words }) : words;
  });
}
