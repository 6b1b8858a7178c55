/** The API's parts about waybills, the answers about them and the links to them. */
import { type Line, withQuery } from './problem';
import type { Answer, NewShare, ShareSaid, Shares } from './answers';
import type {
  BookingSaid,
  EvidenceFile,
  ImportReport,
  ProofSaid,
  ScanSaid,
  Waybill,
  WaybillList,
  WaybillPosition,
  WaybillState,
  WaybillTrack,
} from './waybills';
import type { Risk } from './trips';

/** More rows than a person reads, fewer than a page chokes on. */
export const MOST_WAYBILLS = 500;

export interface WaybillWish {
  readonly text: string;
  /** Empty: every state. */
  readonly states: readonly WaybillState[];
  /** Empty: every risk. */
  readonly risks: readonly Risk[];
  readonly customer: string | null;
  readonly site: string | null;
  /** Only those that are not over. */
  readonly open: boolean;
}

export type ImportFormat = 'csv' | 'xlsx' | 'json';

const path = (number: string) => `/waybills/${encodeURIComponent(number)}`;

export class WaybillsApi {
  constructor(private readonly line: Line) {}

  /** The most late first. */
  list = ({ text, states, risks, customer, site, open }: WaybillWish) => {
    const query = new URLSearchParams(states.map((each) => ['state', each]));
    for (const risk of risks) query.append('risk', risk);
    for (const [name, value] of Object.entries({ q: text.trim(), customer, site })) if (value) query.set(name, value);
    if (open) query.set('open', 'true');
    query.set('late_first', 'true');
    query.set('limit', String(MOST_WAYBILLS));
    return this.line.get<WaybillList>(`/waybills?${query}`);
  };

  one = (number: string) => this.line.get<Waybill>(path(number));

  /** Name and telephone in full; who asked, and why, is kept. */
  reveal = (number: string, reason: string) =>
    this.line.send<{ readonly consignee: string; readonly phone: string }>('POST', `${path(number)}/revealed`, { reason });

  position = (number: string) => this.line.get<WaybillPosition>(`${path(number)}/position`);

  track = (number: string) => this.line.get<WaybillTrack>(`${path(number)}/track`);

  /** Where it is, by any key that it has; every answer is kept. */
  where = (asked: string) => this.line.get<Answer>(withQuery('/where-is', { q: asked }));

  /** What was answered then. */
  answer = (id: string) => this.line.get<Answer>(`/answers/${encodeURIComponent(id)}`);

  book = (number: string, said: BookingSaid) => this.line.send<unknown>('POST', `${path(number)}/bookings`, said);

  unbook = (number: string, leg: number, said: { readonly reason: string }) =>
    this.line.send<unknown>('DELETE', withQuery(`${path(number)}/bookings/${leg}`, said));

  scan = (number: string, said: ScanSaid) => this.line.send<unknown>('POST', `${path(number)}/scans`, said);

  withdrawScan = (number: string, scan: string, reason: string) =>
    this.line.send<unknown>('POST', `${path(number)}/scans/${encodeURIComponent(scan)}/withdrawal`, { reason });

  prove = (number: string, said: ProofSaid) => this.line.send<unknown>('POST', `${path(number)}/proof`, said);

  /** Pictures and PDF; the type goes with the file. */
  upload = (number: string, file: File) =>
    this.line.send<Pick<EvidenceFile, 'id'>>('POST', withQuery(`${path(number)}/files`, { name: file.name }), file);

  file = (number: string, id: string) => this.line.file(`${path(number)}/files/${encodeURIComponent(id)}`);

  /** Line by line; the same file twice changes nothing. */
  import = (file: Blob, format: ImportFormat) =>
    this.line.send<ImportReport>('POST', withQuery('/waybills/import', { format }), file);

  /** The newest first. */
  shares = async (number: string) => (await this.line.get<Shares>(`${path(number)}/shares`)).shares;

  share = (number: string, said: ShareSaid) =>
    this.line.send<NewShare>('POST', `${path(number)}/shares`, said);

  revoke = (id: string) => this.line.send<unknown>('DELETE', `/shares/${encodeURIComponent(id)}`);
}
