/** The trips board: which trips, in which order, how many of each risk.  Pure. */
import type { Risk, TripBrief, TripSite, TripState } from '../api/trips';
import { RISKS, descending, fold, lateness } from './list';

/** Nothing more is expected of a vehicle. */
export const OVER: readonly TripState[] = ['completed', 'closed', 'cancelled', 'aborted', 'assumed_completed'];

/** Something is still to come. */
export const OPEN: readonly TripState[] = [
  'draft',
  'planned',
  'assigned',
  'armed',
  'at_origin',
  'en_route',
  'at_stop',
  'arrived_final',
  'suspended',
];

/** In the order of a trip's life. */
const LIFE: readonly TripState[] = [...OPEN, ...OVER];

export type Span = 'open' | 'over' | 'all';

export const STATES_OF: Readonly<Record<Span, readonly TripState[]>> = { open: OPEN, over: OVER, all: LIFE };

export const BOARD_SORTS = ['delay', 'trip', 'vehicle', 'state', 'next', 'estimate', 'cause', 'age'] as const;
export type BoardSort = (typeof BOARD_SORTS)[number];

export interface BoardQuery {
  readonly text: string;
  /** Empty: every risk. */
  readonly risks: ReadonlySet<Risk>;
  readonly sort: BoardSort;
  /** The other way round; what is unknown stays last. */
  readonly reversed: boolean;
}

const namesOf = (site: TripSite | null) => (site ? `${site.code} ${site.name_zh} ${site.name_en}` : '');

/** All that a trip is found by. */
function wordsOf(trip: TripBrief): string {
  const sites = [trip.origin, trip.destination, trip.next_stop].map(namesOf);
  return fold([trip.code, trip.route, trip.vehicle, trip.driver, ...sites].filter(Boolean).join(' '));
}

type Value = string | number | null;

const ms = (iso: string | null | undefined): number | null => (iso ? Date.parse(iso) : null);

/** What a column is sorted by; null is unknown. */
function valueOf(trip: TripBrief, sort: BoardSort): Value {
  switch (sort) {
    case 'delay':
      return trip.risk === 'unknown' || trip.delay_s === null ? null : -trip.delay_s;
    case 'trip':
      return trip.code;
    case 'vehicle':
      return trip.vehicle;
    case 'state':
      return LIFE.indexOf(trip.state) - (trip.share ?? 0);
    case 'next':
      return ms(trip.next_due);
    case 'estimate':
      return ms(trip.next_eta?.p50);
    case 'cause':
      return trip.cause;
    default:
      return ms(trip.evaluated_at);
  }
}

function compare(a: Value, b: Value, reversed: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b === reversed ? 1 : -1;
}

/** The trips that match, in the order they are shown; of equal ones the later first, then what begins first. */
export function selectTrips(trips: readonly TripBrief[], query: BoardQuery): TripBrief[] {
  const wanted = fold(query.text);
  return trips
    .filter((trip) => query.risks.size === 0 || query.risks.has(trip.risk))
    .filter((trip) => !wanted || wordsOf(trip).includes(wanted))
    .map((trip) => ({
      trip,
      value: valueOf(trip, query.sort),
      late: lateness(trip.risk, trip.delay_s ?? Number.NaN),
      starts: ms(trip.starts_at),
    }))
    .toSorted(
      (a, b) =>
        compare(a.value, b.value, query.reversed) ||
        descending(a.late, b.late) ||
        compare(a.starts, b.starts, false) ||
        (a.trip.code < b.trip.code ? -1 : 1),
    )
    .map(({ trip }) => trip);
}

export function countRisks(trips: readonly TripBrief[]): ReadonlyMap<Risk, number> {
  const counts = new Map<Risk, number>(RISKS.map((risk) => [risk, 0]));
  for (const { risk } of trips) counts.set(risk, (counts.get(risk) ?? 0) + 1);
  return counts;
}

export interface Part {
  readonly cause: string;
  readonly seconds: number;
}

/** Shorter parts are not worth a word. */
const WORTH_S = 30;

/** A delay's parts, the largest first; what was made good (less than nothing) is left out. */
export function partsOfDelay(split: Readonly<Record<string, number>>): Part[] {
  return Object.entries(split)
    .map(([cause, seconds]) => ({ cause, seconds }))
    .filter(({ seconds }) => seconds >= WORTH_S)
    .toSorted((a, b) => b.seconds - a.seconds || (a.cause < b.cause ? -1 : 1));
}
