/** Trips under the names the console uses.  Spans are seconds, lengths metres, times ISO 8601; null is unknown. */
import type { CauseIn, StopIn, TripBriefOut, TripImportRow } from './types.gen';

export type {
  AccuracyOut as Accuracy,
  AssignmentIn as Assignment,
  AccuracyGroup as ScoreGroup,
  BucketFigures as BucketScore,
  BucketOut as Bucket,
  CauseIn as CauseSaid,
  EstimateOut as EstimatePoint,
  EstimatesOut as Estimates,
  EtaOut as Eta,
  PlanIn as Replan,
  PlannedLinesOut as PlannedLines,
  PlannedStopOut as PlannedStop,
  RiskChangeOut as RiskChange,
  SiteOut as TripSite,
  StepIn as StepSaid,
  StopStatus,
  StopWordIn as StopSaid,
  TripBriefOut as TripBrief,
  TripImportOut as TripImport,
  TripOut as Trip,
  TripsOut as TripList,
  TripState,
  TripStopOut as TripStop,
} from './types.gen';

/** How a trip or a stop stands against its due time. */
export type Risk = TripBriefOut['risk'];

export type DelayCause = CauseIn['cause'];

/** A stop of a new revision; `stop` names the one that it stays. */
export type StopPlan = StopIn;

export type ImportResult = TripImportRow['result'];

export type AccuracyBy = 'all' | 'hub' | 'lane' | 'day';

export type TripFormat = 'csv' | 'json' | 'gtfs';

/** Who says it, and why. */
export interface Word {
  readonly author: string;
  readonly reason: string;
}
