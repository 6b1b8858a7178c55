/** Waybills under the names the console uses.  Spans are seconds, times ISO 8601; null is unknown. */
import type { MilestoneOut, ScanKind as AnyScan, WaybillState as AnyState, WaybillTrackOut } from './types.gen';

export type {
  BookingIn as BookingSaid,
  BookingOut as Booking,
  FileOut as EvidenceFile,
  GoodsOut as Goods,
  HeadlineOut as Headline,
  LegOut as Leg,
  MilestoneOut as Milestone,
  ProofIn as ProofSaid,
  ProofOut as ProofOfDelivery,
  RideOut as Ride,
  ScanIn as ScanSaid,
  ScanOut as Scan,
  SiteOut as Place,
  WaybillBriefOut as WaybillBrief,
  WaybillEtaOut as Expected,
  WaybillImportOut as ImportReport,
  WaybillOut as Waybill,
  WaybillPositionOut as WaybillPosition,
  WaybillsOut as WaybillList,
} from './types.gen';

export type WaybillState = AnyState;
export type ScanKind = AnyScan;

/** In the order of the way. */
export const WAYBILL_STATES = [
  'created',
  'awaiting_pickup',
  'arrived_origin',
  'picked_up',
  'departed_origin',
  'in_transit',
  'arrived_hub',
  'departed_hub',
  'arrived_dest_hub',
  'out_for_delivery',
  'arrived_destination',
  'delivered',
  'refused',
  'completed',
  'cancelled',
] as const satisfies readonly WaybillState[];

export const SCAN_KINDS = ['loaded', 'unloaded', 'received', 'released'] as const satisfies readonly ScanKind[];

/** A milestone, or what is still to come. */
export type RecordLine = Omit<MilestoneOut, 'actual_at' | 'recorded_at'> & { readonly actual_at: string | null };

/** The rides' lines, each with its times. */
export type WaybillTrack = Omit<WaybillTrackOut, 'features'> & {
  readonly features: readonly {
    readonly geometry: { readonly type: string; readonly coordinates: readonly unknown[] } | null;
    readonly properties: Readonly<Record<string, unknown>>;
  }[];
};
