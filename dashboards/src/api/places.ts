/** Fences, visits and nodes as the API answers them.  Units stand in the field names. */
import type { LineString, MultiLineString, MultiPolygon, Point, Polygon } from 'geojson';

export type FenceShape = 'circle' | 'polygon' | 'corridor';
export type Role = 'origin' | 'hub' | 'destination' | 'rest_area' | 'customs' | 'forbidden' | 'other';
export type StopRule = 'pass' | 'stay' | 'stand';
export type Confidence = 'surveyed' | 'drawn' | 'geocoded' | 'needs_review';
export type Datum = 'wgs84' | 'gcj02' | 'bd09';

/** A place of business as other answers name it. */
export interface SiteName {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly zone: string;
}

export interface Hours {
  /** 0 Monday to 6 Sunday. */
  readonly days: readonly number[];
  /** Minutes after midnight in the site's zone; `closes` may lie in the next day. */
  readonly opens: number;
  readonly closes: number;
}

export type FenceGeometry = Point | Polygon | MultiPolygon | LineString | MultiLineString;

export interface FenceProperties {
  readonly code: string;
  readonly site: SiteName;
  readonly version: number;
  readonly role: Role;
  readonly shape: FenceShape;
  readonly radius_m: number | null;
  readonly node_level: boolean;
  /** Code of the fence that this one lies in. */
  readonly parent: string | null;
  readonly margin_m: number;
  readonly dwell_in_s: number;
  readonly dwell_out_s: number;
  readonly stop_rule: StopRule;
  readonly hours: readonly Hours[];
  readonly confidence: Confidence;
  readonly datum: Datum;
  readonly valid_from: string;
  readonly valid_to: string | null;
  readonly author: string;
  readonly reason: string;
  readonly recorded_at: string;
}

export interface Fence {
  readonly type: 'Feature';
  readonly id: string;
  readonly geometry: FenceGeometry;
  readonly properties: FenceProperties;
}

/** What an edit says; what is left out takes the role's default, or stays as it is. */
export interface FenceEdit {
  readonly code: string;
  readonly site?: string;
  readonly name_zh?: string;
  readonly name_en?: string;
  readonly geometry: FenceGeometry;
  readonly radius_m?: number;
  readonly role: Role;
  readonly node_level?: boolean;
  readonly parent?: string | null;
  readonly margin_m?: number;
  readonly dwell_in_s?: number;
  readonly dwell_out_s?: number;
  readonly stop_rule?: StopRule;
  readonly hours?: readonly Hours[];
  readonly confidence?: Confidence;
  readonly valid_from?: string;
  readonly author: string;
  readonly reason: string;
}

export interface FenceWarning {
  readonly kind: string;
  readonly fence: string;
}

export interface FenceSaved {
  readonly fence: Fence;
  readonly warnings: readonly FenceWarning[];
}

export interface ImportFault {
  readonly line: number;
  readonly field: string | null;
  readonly why: string;
}

export interface ImportReport {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly faults: readonly ImportFault[];
  readonly rows: readonly ImportRow[];
}

export interface ImportRow {
  readonly line?: number;
  readonly code: string;
  readonly outcome?: string;
}

export type NodeKind = 'arrived' | 'departed' | 'passed';
export type Basis = 'observed' | 'interpolated' | 'gap_bounded' | 'near_fence' | 'manual' | 'scan';
export type Cause =
  | 'first'
  | 'updated'
  | 'corrected'
  | 'retracted'
  | 'merged'
  | 'confirmed'
  | 'edited'
  | 'conflict';

export interface Evidence {
  readonly device: string;
  readonly time: string;
}

/** One version of a node; times are RFC 3339 in UTC. */
export interface Node {
  readonly id: string;
  readonly version: number;
  /** False: it did not occur. */
  readonly valid: boolean;
  readonly cause: Cause;
  readonly kind: NodeKind;
  readonly vehicle: string;
  readonly site: SiteName;
  readonly operator: string | null;
  readonly fence: { readonly code: string; readonly version: number } | null;
  readonly visit: string | null;
  readonly planned_at: string | null;
  readonly estimated_at: string | null;
  readonly actual_at: string;
  readonly earliest_at: string | null;
  readonly latest_at: string | null;
  readonly stopped_at: string | null;
  readonly confirmed_at: string | null;
  readonly basis: Basis;
  readonly source: 'gps' | 'person';
  readonly author: string | null;
  readonly reason: string | null;
  readonly note: string | null;
  readonly evidence: readonly Evidence[];
  readonly attachments: readonly string[];
  /** The time before this version, where it moved it. */
  readonly was_at: string | null;
  /** What the fixes say, where a person said otherwise. */
  readonly machine_at: string | null;
  readonly conflict: boolean;
  readonly provisional: boolean;
  readonly near_fence: boolean;
  readonly backfilled: boolean;
  /** Fresh enough to tell people of. */
  readonly is_news: boolean;
  readonly recorded_at: string;
}

export interface NewNode {
  readonly vehicle: string;
  readonly site: string;
  readonly kind: NodeKind;
  readonly actual_at: string;
  readonly author: string;
  readonly reason: string;
  readonly note?: string;
}

export interface NodeCorrection {
  /** The version it replaces. */
  readonly version: number;
  readonly actual_at?: string;
  readonly valid?: boolean;
  readonly note?: string;
  readonly author: string;
  readonly reason: string;
}

export interface Crossing {
  readonly at: string;
  readonly earliest: string | null;
  readonly latest: string | null;
  readonly basis: Basis;
}

export interface Visit {
  readonly id: string;
  readonly vehicle: string;
  readonly fence: string;
  readonly site: SiteName;
  readonly node_level: boolean;
  readonly state: string;
  readonly entered: Crossing;
  readonly left: Crossing | null;
  readonly stopped_at: string | null;
  readonly dwell_s: number | null;
  readonly flaps: number;
}

export interface Inside {
  readonly vehicle: string;
  readonly state: string;
  readonly since: string;
  readonly stopped_at: string | null;
  readonly fence: string;
}

export interface Board {
  readonly site: SiteName;
  readonly now: string;
  readonly inside: readonly Inside[];
  readonly arrivals: readonly Node[];
  readonly departures: readonly Node[];
  readonly dwell: {
    readonly count: number;
    readonly median_s: number | null;
    readonly longest_s: number | null;
  };
}
