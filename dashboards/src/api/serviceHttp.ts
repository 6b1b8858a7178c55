/** The API's parts for the customer service desk and the ledger of exceptions. */
import { type Line, withQuery } from './problem';
import type { Exception, ExceptionList, ExceptionSummary, Query, QueryList, QuerySaid } from './service';

export type QueryAct = 'take' | 'route' | 'answer' | 'reply' | 'close';
export type ExceptionAct = 'assign' | 'contact' | 'report' | 'investigate' | 'settle' | 'close' | 'note';

export class ServiceApi {
  constructor(private readonly line: Line) {}

  /** Urgent first, then the oldest. */
  queries = (wish: { readonly open?: boolean; readonly handler?: string | undefined }) =>
    this.line.get<QueryList>(withQuery('/queries', wish));

  query = (id: string) => this.line.get<Query>(`/queries/${encodeURIComponent(id)}`);

  /** Looked up and routed by itself. */
  ask = (said: QuerySaid) => this.line.send<Query>('POST', '/queries', said);

  act = (id: string, act: QueryAct, said: Readonly<Record<string, unknown>> = {}) =>
    this.line.send<Query>('POST', `/queries/${encodeURIComponent(id)}/${act}`, said);

  exceptions = (wish: { readonly open?: boolean; readonly handler?: string | undefined; readonly state?: string | undefined; readonly kind?: string | undefined }) =>
    this.line.get<ExceptionList>(withQuery('/exceptions', wish));

  exception = (number: string) => this.line.get<Exception>(`/exceptions/${encodeURIComponent(number)}`);

  /** Of a week as ISO 8601 names it, `2026-W47`; else of this one. */
  summary = (week?: string) => this.line.get<ExceptionSummary>(withQuery('/exceptions/summary', { week }));

  /** The ledger of the last month as a workbook. */
  ledger = () => this.line.file('/exceptions/export?format=xlsx');

  raise = (said: Readonly<Record<string, unknown>>) => this.line.send<Exception>('POST', '/exceptions', said);

  step = (number: string, act: ExceptionAct, said: Readonly<Record<string, unknown>>) =>
    this.line.send<Exception>('POST', `/exceptions/${encodeURIComponent(number)}/${act}`, said);
}
