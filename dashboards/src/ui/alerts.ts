/** The inbox of alerts: which are shown, which are chosen, what is done with them. */
import { batch, computed, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Alert, AlertList } from '../api/ops';
import type { AlertAct, AlertsApi } from '../api/opsHttp';
import { type Inbox, type Which, readInbox, sifted, writeInbox } from '../live/inbox';
import { alertsApi } from './alarms';
import * as state from './state';

export { WHICH } from '../live/inbox';

export const list = signal<AlertList | null>(null);
export const problem = signal<string | null>(null);
export const which = signal<Which>('open');
export const text = signal('');
/** Only those of these severities; none chosen is all. */
export const severities = signal<ReadonlySet<number>>(new Set());
/** Only those of this kind; null is all. */
export const kind = signal<string | null>(null);
/** Those that are acted on together. */
export const chosen = signal<ReadonlySet<string>>(new Set());
/** The one whose detail is open. */
export const current = signal<string | null>(null);
/** The whole of it, with its life. */
export const opened = signal<Alert | null>(null);

const inbox = computed<Inbox>(() => ({ which: which.value, text: text.value, severities: severities.value, kind: kind.value }));

export const shown = computed<readonly Alert[]>(() => sifted(list.value?.alerts ?? [], inbox.value, Date.now()));

/** Kinds that are there, and the one that is asked for, with a name each. */
export const kinds = computed(() => {
  const named = new Map((list.value?.alerts ?? []).map((each) => [each.kind as string, each]));
  return [...named].map(([code, alert]) => ({ code, name: state.nameOf(alert) })).toSorted((a, b) => a.name.localeCompare(b.name));
});

/** As the address has it: the filters, and the one that is open. */
export const address = computed(() => {
  const query = writeInbox(inbox.value);
  const page = current.value ? state.alertPage(current.value) : '#/alerts';
  return query ? `${page}?${query}` : page;
});

/** The inbox as an address has it. */
export function apply(hash: string): void {
  const next = readInbox(hash.split('?')[1] ?? '');
  const moved = next.which !== which.peek();
  batch(() => {
    which.value = next.which;
    text.value = next.text;
    severities.value = next.severities;
    kind.value = next.kind;
    if (moved) list.value = null;
  });
  if (moved) void load();
}

/** Those chosen that are still there; else the one that is open.  What is closed is done with. */
export const targets = computed<readonly string[]>(() => {
  const there = shown.value.filter((each) => each.state !== 'closed');
  const meant = there.filter((each) => chosen.value.has(each.id));
  return (meant.length > 0 ? meant : there.filter((each) => each.id === current.value)).map((each) => each.id);
});

function wish(): Parameters<AlertsApi['list']>[0] {
  if (which.peek() === 'closed') return { state: 'closed' };
  return which.peek() === 'mine' ? { assigned: 'me' } : {};
}

export async function load(): Promise<void> {
  try {
    const asked = which.peek();
    const told = await alertsApi.list(wish());
    if (which.peek() !== asked) return; // another list is wanted by now
    batch(() => {
      list.value = told;
      problem.value = null;
    });
    if (current.peek()) void openAlert(current.peek());
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

export function choose(next: Which): void {
  batch(() => {
    which.value = next;
    chosen.value = new Set();
    list.value = null;
  });
  void load();
}

export function toggle(id: string): void {
  const next = new Set(chosen.peek());
  if (!next.delete(id)) next.add(id);
  chosen.value = next;
}

/** All that are shown, or none. */
export function toggleAll(): void {
  const there = shown.peek().filter((each) => each.state !== 'closed');
  const all = there.length > 0 && there.every((each) => chosen.peek().has(each.id));
  chosen.value = new Set(all ? [] : there.map((each) => each.id));
}

export function toggleSeverity(severity: number): void {
  const next = new Set(severities.peek());
  if (!next.delete(severity)) next.add(severity);
  severities.value = next;
}

export async function openAlert(id: string | null): Promise<void> {
  current.value = id;
  if (id === null) {
    opened.value = null;
    return;
  }
  try {
    const told = await alertsApi.one(id);
    if (current.peek() === id) opened.value = told;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

/** Do it to all that are meant; raises `Problem`. */
export async function act(what: AlertAct, said: Readonly<Record<string, unknown>>): Promise<void> {
  const ids = targets.peek();
  const [first] = ids;
  if (first === undefined) return;
  if (ids.length === 1) await alertsApi.act(first, what, said);
  else await alertsApi.bulk(ids, what, said);
  chosen.value = new Set();
  const place = shown.peek().findIndex((each) => each.id === current.peek());
  await load();
  if (what === 'close') moveOn(place);
}

/** What was closed is gone from the list: the next one takes its place. */
function moveOn(place: number): void {
  const rows = shown.peek();
  if (place < 0 || rows.some((each) => each.id === current.peek())) return;
  void openAlert(rows[Math.min(place, rows.length - 1)]?.id ?? null);
}

/** Whether any that is meant is quiet now. */
export function isSomeQuiet(): boolean {
  const meant = new Set(targets.peek());
  return shown.peek().some((each) => meant.has(each.id) && each.snoozed_until !== null);
}

export function step(delta: 1 | -1): void {
  const rows = shown.peek();
  const place = rows.findIndex((each) => each.id === current.peek());
  const next = place < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, place + delta))];
  void openAlert(next?.id ?? null);
}

export function textOf(alert: Alert): string {
  return state.lang.value === 'zh' ? alert.text_zh : alert.text_en;
}

export function playbookOf(alert: Alert): readonly string[] {
  return state.lang.value === 'zh' ? alert.playbook_zh : alert.playbook_en;
}

/** The page about what an alert is about; null: there is none. */
export function subjectPage(alert: Alert): string | null {
  if (alert.waybill) return state.waybillPage(alert.waybill);
  if (alert.trip) return state.tripPage(alert.trip);
  if (alert.vehicle) return `?vehicle=${encodeURIComponent(alert.vehicle)}#/`;
  return alert.subject_kind === 'device' ? '#/devices' : null;
}
