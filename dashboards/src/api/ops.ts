/** Alerts, their detectors, notices, people and the trail.  Times are ISO 8601; null is not yet, or not known. */
import type { AlertFullOut, AlertOut } from './types.gen';
import type { Right } from './people';

export type {
  AlertsOut as AlertList,
  DetectorLimitOut as Limit,
  DetectorOut as Detector,
  NoticesOut as NoticeList,
  PurgeOut as Purge,
  PurgesOut as Purges,
  RetentionOut as Retention,
} from './types.gen';


/** An alert; with its life when it was asked for alone. */
export type Alert = AlertOut & Partial<Pick<AlertFullOut, 'entries'>>;




export interface Channel {
  readonly code: string;
  readonly kind: 'apprise' | 'webhook';
  readonly name: string;
  /** As much of it as is no secret. */
  readonly address: string;
  readonly direct: boolean;
  readonly enabled: boolean;
  readonly failing_since: string | null;
  readonly disabled_why: string | null;
}

export const TARGETS = ['role', 'person', 'consignee', 'customer', 'address', 'system'] as const;
export type Target = (typeof TARGETS)[number];

/** A weekly stretch in which a rule holds: days from 0 Monday, minutes after midnight. */
export interface RuleHours {
  readonly days: readonly number[];
  readonly opens: number;
  /** May be of the next day. */
  readonly closes: number;
  readonly zone?: string | null;
}

export interface RuleSaid {
  readonly name: string;
  readonly enabled: boolean;
  readonly topics: readonly string[];
  readonly least: number;
  readonly customers: readonly string[];
  readonly origins: readonly string[];
  readonly destinations: readonly string[];
  readonly channel: string;
  readonly to: Target;
  readonly recipient: string;
  readonly language: 'zh' | 'en' | 'both';
  readonly hours: readonly RuleHours[];
  readonly quiet: boolean;
  readonly digest_minutes: number;
}

export interface Rule extends RuleSaid {
  readonly code: string;
}

export interface RuleList {
  readonly rules: readonly Rule[];
  /** What a rule may be about. */
  readonly topics: readonly string[];
}

export type NoticeState = 'waiting' | 'sending' | 'sent' | 'failed' | 'cancelled' | 'gathered';

export interface Notice {
  readonly id: string;
  readonly topic: string;
  readonly subject_kind: string;
  readonly subject: string;
  readonly severity: number;
  readonly rule: string | null;
  readonly channel: string;
  readonly recipient: string;
  readonly address: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly text_zh: string;
  readonly text_en: string;
  readonly state: NoticeState;
  readonly happened_at: string;
  readonly created_at: string;
  readonly due_at: string | null;
  readonly sent_at: string | null;
  readonly tries: number;
  readonly corrects: string | null;
  readonly attempts?: readonly Attempt[];
}

export interface Attempt {
  readonly at: string;
  readonly ok: boolean;
  readonly status: number | null;
  readonly detail: string;
  readonly seconds: number | null;
  /** It may have been taken all the same. */
  readonly unknown: boolean;
}


export const ROLES = [
  'owner',
  'dispatcher',
  'cs_agent',
  'cs_lead',
  'exception_handler',
  'warehouse',
  'data_admin',
  'it_admin',
  'qa',
  'driver',
  'customer',
  'partner',
] as const;
export type Role = (typeof ROLES)[number];

export interface Person {
  readonly name: string;
  readonly shown: string;
  readonly role: Role;
  readonly parties: readonly string[] | null;
  readonly customers: readonly string[] | null;
  readonly sites: readonly string[];
  readonly driver: string;
  readonly contact: Readonly<Record<string, string>>;
  readonly language: 'zh' | 'en';
  readonly has_password: boolean;
  readonly disabled_at: string | null;
  readonly created_by: string;
  readonly created_at: string;
  readonly seen_at: string | null;
}

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly rights: readonly Right[] | null;
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly used_at: string | null;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly principal: string;
  readonly role: string;
  readonly act: string;
  readonly kind: string;
  readonly subject: string;
  readonly why: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Rights {
  /** How much of each kind of fact each role sees. */
  readonly sees: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly may: Readonly<Record<string, readonly Right[]>>;
}
