/** What the holder of a link is shown.  Times are ISO 8601; null is unknown or not shown. */
export interface Site {
  readonly name_zh: string;
  readonly name_en: string;
  readonly zone: string;
  readonly lon?: number;
  readonly lat?: number;
}

export interface Milestone {
  readonly kind: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly planned_at: string | null;
  readonly estimated_at: string | null;
  readonly actual_at: string | null;
  readonly site: Site | null;
}

export interface Spot {
  readonly lon: number;
  readonly lat: number;
  readonly time: string;
  /** Else snapped to a grid of 5 km. */
  readonly exact: boolean;
}

export interface Shared {
  readonly number: string;
  readonly state: string;
  readonly state_zh: string;
  readonly state_en: string;
  readonly place: { readonly text_zh: string; readonly text_en: string } | null;
  readonly position: Spot | null;
  readonly eta: { readonly window_from?: string | null; readonly window_to?: string | null; readonly p50?: string; readonly p90?: string } | null;
  readonly promised_at: string | null;
  readonly risk: string | null;
  readonly cause_zh: string | null;
  readonly cause_en: string | null;
  readonly milestones: readonly Milestone[];
  readonly plate_tail: string | null;
  readonly origin?: Site | null;
  readonly destination?: Site | null;
  readonly as_of: string | null;
  readonly stale: boolean;
  readonly reply_zh: string;
  readonly reply_en: string;
}
