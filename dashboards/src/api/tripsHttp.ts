/** The API's parts about trips and about the accuracy of their estimates. */
import { type Line, withQuery } from './problem';
import type {
  Accuracy,
  AccuracyBy,
  Assignment,
  CauseSaid,
  Estimates,
  PlannedLines,
  Replan,
  Risk,
  StepSaid,
  StopSaid,
  Trip,
  TripFormat,
  TripImport,
  TripList,
  TripState,
} from './trips';

/** More rows than a person reads, fewer than a page chokes on. */
export const MOST_TRIPS = 1000;

export interface TripWish {
  readonly states: readonly TripState[];
  /** Empty: every risk. */
  readonly risks: readonly Risk[];
  /** Milliseconds; null: without a limit. */
  readonly from: number | null;
}

const path = (code: string) => `/trips/${encodeURIComponent(code)}`;

export class TripsApi {
  constructor(private readonly line: Line) {}

  /** The most late first; `from` in milliseconds: planned to end after it. */
  list = ({ states, risks, from }: TripWish) => {
    const query = new URLSearchParams(states.map((each) => ['state', each]));
    for (const risk of risks) query.append('risk', risk);
    if (from !== null) query.set('from', new Date(from).toISOString());
    query.set('limit', String(MOST_TRIPS));
    return this.line.get<TripList>(`/trips?${query}`);
  };

  /** Planned ways of open trips that touch a box, simplified, the late ones first. */
  lines = ([west, south, east, north]: readonly [number, number, number, number]) =>
    this.line.get<PlannedLines>(withQuery('/trips/lines', { bbox: [west, south, east, north].map((each) => each.toFixed(4)).join(',') }));

  one = (code: string) => this.line.get<Trip>(path(code));

  estimates = (code: string, stop: number) =>
    this.line.get<Estimates>(withQuery(`${path(code)}/estimates`, { stop }));

  /** A new revision of the plan; earlier ones stay. */
  replan = (code: string, said: Replan) =>
    this.line.send<unknown>('POST', `${path(code)}/plans`, said);

  /** The vehicle before it, if any, is released at that moment. */
  assign = (code: string, said: Assignment) =>
    this.line.send<unknown>('POST', `${path(code)}/assignments`, said);

  /** 409 when the step is not legal now. */
  step = (code: string, said: StepSaid) =>
    this.line.send<unknown>('POST', `${path(code)}/steps`, said);

  sayStop = (code: string, stop: number, said: StopSaid) =>
    this.line.send<unknown>('POST', `${path(code)}/stops/${stop}`, said);

  sayCause = (code: string, said: CauseSaid) =>
    this.line.send<unknown>('POST', `${path(code)}/cause`, said);

  /** Line by line; the same file twice changes nothing. */
  import = (file: Blob, how: { readonly format: TripFormat; readonly author: string; readonly date?: string }) =>
    this.line.send<TripImport>('POST', withQuery('/trips/import', how), file);

  /** Times in milliseconds. */
  accuracy = (by: AccuracyBy, from: number, to: number) => {
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    return this.line.get<Accuracy>(withQuery('/accuracy', { by, ...span }));
  };
}
