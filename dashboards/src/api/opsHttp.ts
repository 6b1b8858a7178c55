/** The API's parts about alerts, notices and people. */
import type {
  Alert,
  AlertList,
  AuditEntry,
  Channel,
  Detector,
  Key,
  Notice,
  NoticeList,
  Person,
  Purges,
  Retention,
  Rights,
  Role,
  Rule,
  RuleList,
  RuleSaid,
} from './ops';
import { type Line, withQuery } from './problem';

export type AlertAct = 'acknowledge' | 'assign' | 'snooze' | 'close';
type Said = Readonly<Record<string, unknown>>;

export class AlertsApi {
  constructor(private readonly line: Line) {}

  /** The gravest first, then the longest open. */
  list = (wish: { readonly state?: string; readonly kind?: string; readonly subject?: string; readonly assigned?: string; readonly severity?: number; readonly from?: string }) =>
    this.line.get<AlertList>(withQuery('/alerts', { ...wish, limit: 500 }));

  one = (id: string) => this.line.get<Alert>(`/alerts/${encodeURIComponent(id)}`);

  act = (id: string, act: AlertAct, said: Said) => this.line.send<Alert>('POST', `/alerts/${encodeURIComponent(id)}/${act}`, said);

  /** On all of them, or on none. */
  bulk = (ids: readonly string[], act: AlertAct, said: Said) => this.line.send<unknown>('POST', '/alerts/bulk', { ids, act, ...said });

  detectors = async () => (await this.line.get<{ readonly detectors: readonly Detector[] }>('/detectors')).detectors;

  setDetector = (kind: string, said: { readonly enabled: boolean; readonly severity: number | null; readonly limits: Readonly<Record<string, number>> }) =>
    this.line.send<unknown>('PUT', `/detectors/${encodeURIComponent(kind)}`, said);
}

export class NoticesApi {
  constructor(private readonly line: Line) {}

  rules = () => this.line.get<RuleList>('/notice-rules');
  addRule = (rule: Rule) => this.line.send<Rule>('POST', '/notice-rules', rule);
  setRule = (code: string, said: RuleSaid) => this.line.send<Rule>('PUT', `/notice-rules/${encodeURIComponent(code)}`, said);
  removeRule = (code: string) => this.line.send<unknown>('DELETE', `/notice-rules/${encodeURIComponent(code)}`);

  channels = async () => (await this.line.get<{ readonly channels: readonly Channel[] }>('/channels')).channels;
  addChannel = (said: Said) => this.line.send<Channel & { readonly secret: string | null }>('POST', '/channels', said);
  setChannel = (code: string, said: Said) => this.line.send<Channel & { readonly secret: string | null }>('PUT', `/channels/${encodeURIComponent(code)}`, said);
  removeChannel = (code: string) => this.line.send<unknown>('DELETE', `/channels/${encodeURIComponent(code)}`);
  testChannel = (code: string, to: string) => this.line.send<Notice>('POST', `/channels/${encodeURIComponent(code)}/test`, { to });

  /** The newest first. */
  list = (wish: { readonly state?: string; readonly subject?: string; readonly channel?: string }) => this.line.get<NoticeList>(withQuery('/notices', wish));
  one = (id: string) => this.line.get<Notice>(`/notices/${encodeURIComponent(id)}`);
  replay = (id: string, why: string) => this.line.send<unknown>('POST', `/notices/${encodeURIComponent(id)}/replay`, { why });
}

export class PeopleApi {
  constructor(private readonly line: Line) {}

  people = async () => (await this.line.get<{ readonly people: readonly Person[] }>('/people')).people;
  addPerson = (said: Said) => this.line.send<Person>('POST', '/people', said);
  setPerson = (name: string, said: Said) => this.line.send<Person>('PATCH', `/people/${encodeURIComponent(name)}`, said);
  setPassword = (name: string, said: { readonly password: string; readonly current?: string }) =>
    this.line.send<unknown>('POST', `/people/${encodeURIComponent(name)}/password`, said);
  endSessions = (name: string) => this.line.send<unknown>('DELETE', `/people/${encodeURIComponent(name)}/sessions`);

  keys = async () => (await this.line.get<{ readonly keys: readonly Key[] }>('/keys')).keys;
  addKey = (said: Said & { readonly name: string; readonly role: Role }) => this.line.send<Key & { readonly key: string }>('POST', '/keys', said);
  revokeKey = (id: string) => this.line.send<unknown>('DELETE', `/keys/${encodeURIComponent(id)}`);

  audit = (wish: { readonly principal?: string; readonly kind?: string; readonly subject?: string; readonly act?: string; readonly before?: number }) =>
    this.line.get<{ readonly entries: readonly AuditEntry[]; readonly more: boolean }>(withQuery('/audit', wish));
  rights = () => this.line.get<Rights>('/rights');

  retention = () => this.line.get<Retention>('/privacy/retention');
  purges = (wish: { readonly people?: boolean; readonly before?: number; readonly limit?: number }) =>
    this.line.get<Purges>(withQuery('/privacy/purges', wish));
}
