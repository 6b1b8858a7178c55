/** What the inbox of alerts is asked for, as its address says it.  Pure. */
import type { Alert } from '../api/ops';

export const WHICH = ['open', 'mine', 'closed'] as const;
export type Which = (typeof WHICH)[number];

const SEVERITIES = [1, 2, 3, 4] as const;

export interface Inbox {
  readonly which: Which;
  readonly text: string;
  /** Empty: all. */
  readonly severities: ReadonlySet<number>;
  /** null: all. */
  readonly kind: string | null;
}

export const ALL: Inbox = { which: 'open', text: '', severities: new Set(), kind: null };

/** From the query of an address; what nobody knows is as if it were not there. */
export function readInbox(query: string): Inbox {
  const asked = new URLSearchParams(query);
  const graves = new Set((asked.get('severity') ?? '').split(',').map(Number));
  return {
    which: WHICH.find((each) => each === asked.get('state')) ?? 'open',
    text: asked.get('q') ?? '',
    severities: new Set(SEVERITIES.filter((each) => graves.has(each))),
    kind: asked.get('kind'),
  };
}

/** The query of an address: only what differs from all. */
export function writeInbox({ which, text, severities, kind }: Inbox): string {
  const said = new URLSearchParams();
  if (which !== 'open') said.set('state', which);
  if (text.trim()) said.set('q', text.trim());
  if (severities.size > 0) said.set('severity', [...severities].toSorted().join(','));
  if (kind) said.set('kind', kind);
  return said.toString().replaceAll('%2C', ',');
}

function isAbout(alert: Alert, words: string): boolean {
  const about = [alert.subject, alert.vehicle, alert.trip, alert.waybill, alert.site, alert.name_zh, alert.name_en];
  return about.some((each) => each?.toLowerCase().includes(words));
}

/** Snoozed ones sink: they are quiet until then. */
function isQuiet(alert: Alert, now: number): boolean {
  return alert.snoozed_until !== null && Date.parse(alert.snoozed_until) > now;
}

/** Those that are asked for, in the order given; quiet ones last. */
export function sifted(alerts: readonly Alert[], { text, severities, kind }: Inbox, now: number): readonly Alert[] {
  const words = text.trim().toLowerCase();
  const found = alerts.filter(
    (each) => (severities.size === 0 || severities.has(each.severity)) && (kind === null || each.kind === kind) && (!words || isAbout(each, words)),
  );
  return [...found.filter((each) => !isQuiet(each, now)), ...found.filter((each) => isQuiet(each, now))];
}
