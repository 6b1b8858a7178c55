/** What is answered about waybills, and the links to them.  Times are ISO 8601; null is unknown. */
import type { Risk } from './trips';
import type { Expected, Milestone, Place, WaybillBrief } from './waybills';

/** What is answered to "where is it?": kept as it was said, under its id. */
export interface Answer {
  readonly answer_id: string;
  readonly found: boolean;
  readonly asked: string;
  readonly matched_by: string | null;
  /** Sixteen digits of which the last two do not fit. */
  readonly check_failed: boolean;
  readonly also: readonly WaybillBrief[];
  readonly suggestions: readonly string[];
  readonly waybill: WaybillBrief | null;
  readonly place: {
    readonly text_zh: string;
    readonly text_en: string;
    readonly kind: 'site' | 'road' | 'town' | 'unknown';
    /** Code of the site that it is at. */
    readonly site: string | null;
    readonly distance_m: number | null;
  };
  readonly position: {
    readonly lon: number;
    readonly lat: number;
    readonly time: string;
    readonly speed_mps: number | null;
    readonly exact: boolean;
  } | null;
  readonly age_s: number | null;
  readonly stale: boolean;
  readonly on_route: boolean | null;
  readonly off_m: number | null;
  readonly next_stop: { readonly site: Place; readonly eta: Expected | null } | null;
  /** And the window that is told to customers, rounded. */
  readonly eta: (Expected & { readonly window_from: string; readonly window_to: string }) | null;
  readonly promised_at: string | null;
  readonly promise_delta_min: number | null;
  readonly risk: Risk;
  readonly cause: string | null;
  readonly cause_zh: string | null;
  readonly cause_en: string | null;
  readonly action_zh: string | null;
  readonly action_en: string | null;
  readonly as_of: string;
  readonly source: string | null;
  readonly timeline: readonly Milestone[];
  readonly exception: { readonly number: string; readonly kind: string; readonly found_at: string; readonly due_at: string | null } | null;
  readonly contact: string | null;
  readonly requirements: readonly string[];
  readonly reply: string;
  readonly reply_zh: string;
  readonly reply_en: string;
  readonly sms_zh: string;
  readonly disclosure: string;
  readonly callback_at: string | null;
}

export interface Share {
  readonly id: string;
  readonly note: string;
  readonly created_by: string;
  readonly created_at: string;
  /** 24 h after the delivery it ends, too. */
  readonly expires_at: string;
  readonly revoked_at: string | null;
  /** It leads to the waybill now. */
  readonly works: boolean;
  readonly views: number;
  readonly viewed_at: string | null;
}

export interface NewShare {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly expires_at: string;
}
