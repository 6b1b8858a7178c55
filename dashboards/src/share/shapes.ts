/** What the holder of a link is shown, `SharedOut` of the API.  Times are ISO 8601; null is unknown or not shown. */
export interface Site {
  readonly name_zh: string;
  readonly name_en: string;
}

export interface Milestone {
  readonly kind: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly planned_at: string | null;
  readonly actual_at: string;
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
  /** IANA, of the destination: times are told in it. */
  readonly zone: string;
  readonly place: { readonly text_zh: string; readonly text_en: string };
  readonly position: Spot | null;
  readonly eta: { readonly window_from: string; readonly window_to: string } | null;
  readonly promised_at: string | null;
  readonly is_late: boolean;
  readonly cause_zh: string | null;
  readonly cause_en: string | null;
  readonly milestones: readonly Milestone[];
  readonly plate_tail: string | null;
  readonly origin: Site;
  readonly destination: Site;
  /** Of what is told of the place, seconds. */
  readonly age_s: number;
  readonly as_of: string;
  readonly stale: boolean;
  readonly reply_zh: string;
  readonly reply_en: string;
}
