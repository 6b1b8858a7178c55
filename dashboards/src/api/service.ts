/** Customer service: questions and exceptions.  Times are ISO 8601; null is not yet. */
import type { Headline, WaybillBrief } from './waybills';

export const CHANNELS = ['phone', 'web', 'email', 'social', 'sms', 'app', 'im'] as const;
export type Channel = (typeof CHANNELS)[number];
export const DEPARTMENTS = ['service', 'dispatch', 'warehouse'] as const;
export type Department = (typeof DEPARTMENTS)[number];
export type QueryState = 'new' | 'routed' | 'answered' | 'replied' | 'closed';

export interface Entry {
  readonly at: string;
  readonly act: string;
  readonly author: string | null;
  readonly note?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** A customer's question, from the asking to the reply. */
export interface Query {
  readonly id: string;
  readonly number: string;
  readonly asked_at: string;
  readonly age_s: number;
  readonly channel: Channel;
  readonly urgent: boolean;
  /** It has waited so long that it goes with the urgent ones. */
  readonly lifted: boolean;
  readonly asker: string;
  readonly contact: string;
  readonly asked: string;
  readonly question: string;
  readonly waybill: WaybillBrief | null;
  readonly state: QueryState;
  readonly department: Department;
  readonly handler: string | null;
  readonly answer_id: string | null;
  readonly finding: string;
  readonly source: string;
  readonly reply: string;
  readonly reply_channel: Channel | null;
  readonly routed_at: string | null;
  readonly answered_at: string | null;
  readonly replied_at: string | null;
  readonly closed_at: string | null;
  readonly remind_at: string | null;
  readonly reminded: number;
  readonly overdue: boolean;
  readonly entries?: readonly Entry[];
  /** The way its reply is to take, and why where it is not the one asked by. */
  readonly way?: { readonly channel: Channel; readonly why_zh: string; readonly why_en: string };
}

export interface QueryList {
  readonly queries: readonly Query[];
  readonly counts: Readonly<Record<string, number>>;
}

export const STEPS = ['received', 'contacted', 'reported', 'investigating', 'settled', 'closed'] as const;
export type Step = (typeof STEPS)[number];
export const EXCEPTION_KINDS = ['delay', 'lost', 'damaged', 'info_error', 'refused', 'other'] as const;
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

/** An exception report, as it stands; its entries are the ledger. */
export interface Exception extends Headline {
  readonly id?: string;
  readonly kind: ExceptionKind;
  readonly detail: string;
  readonly severity: number;
  readonly state: Step;
  readonly waybill: string | null;
  readonly trip: string | null;
  readonly vehicle: string | null;
  readonly order_no: string;
  readonly found_at: string;
  readonly description: string;
  readonly assigned_to: string | null;
  readonly assigned_at: string | null;
  readonly due_at: string;
  readonly breached_at: string | null;
  readonly cause: string | null;
  readonly new_eta: string | null;
  readonly told_customer_at: string | null;
  readonly claim_due_at: string | null;
  readonly claimed_at: string | null;
  readonly result: string | null;
  readonly responsible: string | null;
  readonly feedback: string | null;
  readonly closed_at: string | null;
  readonly closed_by: string | null;
  readonly author: string;
  /** What can be done now, and what is to be said with it. */
  readonly next: readonly { readonly act: string; readonly needs: readonly string[] }[];
  readonly kind_zh: string;
  readonly kind_en: string;
  readonly state_zh: string;
  readonly state_en: string;
  readonly customer: string | null;
  readonly carrier: string | null;
  readonly site: string | null;
  readonly alert: string | null;
  readonly overdue: boolean;
  readonly hand_over_s: number | null;
  readonly files: readonly string[];
  readonly entries?: readonly Entry[];
}

export interface ExceptionList {
  readonly exceptions: readonly Exception[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface QuerySaid {
  /** An answer that was given already. */
  readonly answer_id?: string;
  readonly channel: Channel;
  readonly urgent?: boolean;
  readonly asker?: string;
  readonly contact?: string;
  readonly asked: string;
  readonly question?: string;
}
