/** Which alerts ring: new and severe ones, each once.  Pure. */
import type { Alert } from '../api/ops';
import type { AlertNews } from './messages';

/** This grave, or graver: safety and loss (1), late and stalled (2). */
export const SEVERE = 2;
/** What is older is no news, milliseconds: a stream that goes on after a cut tells the past, too. */
export const FRESH_MS = 120_000;

/** Acts of the machine after which an alert may be new, or newly severe. */
const RINGS: ReadonlySet<string> = new Set(['opened', 'worse', 'reopened']);

export function isSevere(alert: Alert): boolean {
  return alert.severity <= SEVERE;
}

/** Nobody has taken it up, and nobody wants it quiet. */
export function isUnread(alert: Alert, now: number): boolean {
  return alert.state === 'open' && !(alert.snoozed_until && Date.parse(alert.snoozed_until) > now);
}

/** Those of `news` to ring for at `now`: no old ones, none found late, none of `told`, each once. */
export function alarmsIn(news: readonly AlertNews[], now: number, told: ReadonlySet<string>): readonly AlertNews[] {
  const found = new Map<string, AlertNews>();
  for (const each of news) {
    const fresh = now - Date.parse(each.entry.at) <= FRESH_MS;
    const rings = fresh && RINGS.has(each.entry.act) && isSevere(each) && isUnread(each, now);
    if (rings && each.facts['backfilled'] !== true && !told.has(each.id)) found.set(each.id, each);
    else if (found.has(each.id) && !isUnread(each, now)) found.delete(each.id); // taken up in the same breath
  }
  return [...found.values()];
}

/** The severe ones that are not closed, as `news` has them now; the newest first. */
export function mergedAlarms(before: readonly Alert[], news: readonly Alert[]): readonly Alert[] {
  const byId = new Map(before.map((each) => [each.id, each]));
  for (const each of news) {
    if (each.state === 'closed' || !isSevere(each)) byId.delete(each.id);
    else byId.set(each.id, each);
  }
  return [...byId.values()].toSorted((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at));
}

/** One trouble of one vehicle, which may be an alert of each of its waybills. */
export interface Trouble {
  readonly alert: Alert;
  /** How many more tell the same. */
  readonly more: number;
}

/** One for each kind and vehicle, in the order of the first of each. */
export function troublesOf(alerts: readonly Alert[]): readonly Trouble[] {
  const found = new Map<string, { alert: Alert; more: number }>();
  for (const alert of alerts) {
    const key = `${alert.kind} ${alert.vehicle ?? alert.trip ?? alert.id}`;
    const same = found.get(key);
    if (same) same.more++;
    else found.set(key, { alert, more: 0 });
  }
  return [...found.values()];
}
