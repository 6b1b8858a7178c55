/** Waybills and what is answered about them.  Spans are seconds, lengths metres, times ISO 8601; null is unknown. */
import type { Risk, TripSite } from './trips';

export type Place = TripSite;

export interface Named {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
}

/** As likely before as after `p50`, nine times in ten before `p90`, where that is known. */
export interface Expected {
  readonly p50: string;
  readonly p90: string | null;
}

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
] as const;
export type WaybillState = (typeof WAYBILL_STATES)[number];

/** An open exception stands above the state. */
export interface Headline {
  readonly number: string;
  readonly kind: string;
  readonly state: string;
}

export interface Milestone {
  readonly key: string;
  readonly kind: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly planned_at: string | null;
  readonly estimated_at: string | null;
  readonly actual_at: string | null;
  readonly site: Place | null;
  readonly operator: string | null;
  readonly vehicle: string | null;
  readonly trip: string | null;
  readonly note: string | null;
  /** gps, scan, person or plan. */
  readonly source: string;
  readonly author: string | null;
  /** By the plan: no scan says so. */
  readonly presumed: boolean;
  readonly evidence?: readonly unknown[];
  readonly files?: readonly string[];
  readonly version: number;
  readonly cause: string;
  readonly was_at: string | null;
  readonly recorded_at: string | null;
  readonly valid: boolean;
}

export interface WaybillBrief {
  readonly number: string;
  readonly code: string;
  readonly order_no: string | null;
  readonly customer: Named | null;
  readonly carrier: Named | null;
  readonly origin: Place;
  readonly destination: Place;
  readonly state: WaybillState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly since: string | null;
  readonly headline: Headline | null;
  readonly trip: string | null;
  readonly vehicle: string | null;
  readonly site: Place | null;
  readonly risk: Risk;
  readonly delay_s: number | null;
  readonly cause: string | null;
  readonly eta: Expected | null;
  readonly promised_at: string | null;
  readonly opens_at: string | null;
  readonly next_stop: Place | null;
  readonly last_milestone: Milestone | null;
  readonly shipped_at: string | null;
  readonly goods_text: string;
  readonly alerts: number;
}

export interface WaybillList {
  readonly waybills: readonly WaybillBrief[];
  readonly counts: Readonly<Record<string, number>>;
  readonly risks: Readonly<Record<string, number>>;
}

export interface Booking {
  readonly trip: string;
  readonly load_stop: number;
  readonly unload_stop: number;
  readonly from: string;
  readonly to?: string | null;
  readonly author: string;
  readonly reason: string;
}

export interface Leg {
  readonly number: number;
  readonly from: Place;
  readonly to: Place;
  readonly booking: Booking | null;
  readonly past: readonly Booking[];
}

export interface Ride {
  readonly leg: number;
  readonly trip: string;
  readonly vehicle: string;
  readonly from: string;
  readonly to: string | null;
  readonly from_basis: string;
  readonly to_basis: string | null;
  readonly presumed: boolean;
}

export const SCAN_KINDS = ['loaded', 'unloaded', 'received', 'released'] as const;
export type ScanKind = (typeof SCAN_KINDS)[number];

export interface Scan {
  readonly id: string;
  readonly kind: ScanKind;
  readonly site: Place;
  readonly vehicle: string | null;
  readonly at: string;
  readonly slot: string;
  readonly note: string;
  readonly author: string;
  readonly withdrawn_by: string | null;
  readonly withdrawn_why: string | null;
}

export interface ProofOfDelivery {
  readonly id: string;
  readonly outcome: 'signed' | 'refused' | 'withdrawn';
  readonly at: string;
  readonly signer: string;
  readonly note: string;
  readonly files: readonly string[];
  readonly author: string;
}

export interface EvidenceFile {
  readonly id: string;
  readonly name: string;
  readonly media: string;
  readonly size: number;
}

export interface Goods {
  readonly name: string;
  readonly spec?: string | null;
  readonly quantity?: number | null;
  readonly weight_kg?: number | null;
  readonly volume_m3?: number | null;
}

export interface Waybill extends WaybillBrief {
  readonly shipper: string;
  readonly consignee: string;
  /** Masked unless the reader may see it. */
  readonly phone: string;
  readonly address: string;
  readonly goods: readonly Goods[];
  readonly requirements: readonly string[];
  readonly contact: string;
  readonly legs: readonly Leg[];
  readonly rides: readonly Ride[];
  readonly milestones: readonly Milestone[];
  readonly retracted: readonly Milestone[];
  readonly scans: readonly Scan[];
  readonly proofs: readonly ProofOfDelivery[];
  readonly files: readonly EvidenceFile[];
  readonly exceptions: readonly Headline[];
  readonly shares: number;
}

export interface WaybillPosition {
  readonly kind: 'aboard' | 'at_site' | 'unknown';
  readonly vehicle: string | null;
  readonly position: { readonly lon: number; readonly lat: number; readonly time: string; readonly age_s: number } | null;
  readonly site: Place | null;
}

/** The rides' lines, each with its times. */
export interface WaybillTrack {
  readonly type: 'FeatureCollection';
  readonly features: readonly {
    readonly geometry: { readonly type: string; readonly coordinates: readonly unknown[] } | null;
    readonly properties: Readonly<Record<string, unknown>>;
  }[];
}

export interface ImportReport {
  readonly created: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly refused: number;
  readonly rows: readonly { readonly line: number; readonly number: string | null; readonly result: string; readonly reason?: string | null }[];
}
