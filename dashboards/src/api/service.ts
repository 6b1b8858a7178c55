/** Customer service: questions and exceptions, under the names the console uses. */
import type { Channel as AnyChannel, Department as AnyDepartment, QueryFullOut, QueryOut, ReportFullOut, ReportKind, ReportOut, ReportState } from './types.gen';

export type {
  QueriesOut as QueryList,
  QueryIn as QuerySaid,
  QueryState,
  ReportIn as ExceptionSaid,
  ReportEntryOut as ExceptionEntry,
  ReportsOut as ExceptionList,
  ReportSummaryOut as ExceptionSummary,
  TallyOut as Tally,
} from './types.gen';

export type Channel = AnyChannel;
export type Department = AnyDepartment;
export type ExceptionKind = ReportKind;
export type Step = ReportState;

/** A customer's question; with its log when it was asked for alone. */
export type Query = QueryOut & Partial<Pick<QueryFullOut, 'way' | 'entries' | 'sent'>>;

/** An exception report as it stands; with its ledger when it was asked for alone. */
export type Exception = ReportOut & Partial<Pick<ReportFullOut, 'entries' | 'next'>>;

export const CHANNELS = ['phone', 'web', 'email', 'social', 'sms', 'app', 'im'] as const satisfies readonly Channel[];
export const DEPARTMENTS = ['service', 'dispatch', 'warehouse'] as const satisfies readonly Department[];
export const STEPS = ['received', 'contacted', 'reported', 'investigating', 'settled', 'closed'] as const satisfies readonly Step[];
export const EXCEPTION_KINDS = ['delay', 'lost', 'damaged', 'info_error', 'refused', 'other'] as const satisfies readonly ExceptionKind[];
