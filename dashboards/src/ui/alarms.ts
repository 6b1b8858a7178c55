/** The severe alerts, kept up by the live stream; the new ones are told once, with a sound for who wants one. */
import { batch, effect, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Alert } from '../api/ops';
import { AlertsApi } from '../api/opsHttp';
import { SEVERE, type Trouble, alarmsIn, isUnread, mergedAlarms, troublesOf } from '../live/alarms';
import type { AlertNews } from '../live/messages';
import { api, heardAlerts, may, session, settled, snapshots } from './app';
import { chime, readySound } from './sound';
import * as state from './state';

export const alertsApi = new AlertsApi(api.line);

/** Severe and not closed, the newest first; null while they are asked for. */
export const severe = signal<readonly Alert[] | null>(null);
export const problem = signal<string | null>(null);
/** New ones that the person has not looked at, the newest first. */
export const toasts = signal<readonly Trouble[]>([]);
/** Whether new ones are heard, too. */
export const { sound } = state;

/** Ids of those that were there, or were told: nothing is told twice. */
const told = new Set<string>();

export async function loadSevere(): Promise<void> {
  try {
    const { alerts } = await alertsApi.list({ severity: SEVERE });
    batch(() => {
      for (const each of alerts) told.add(each.id);
      severe.value = mergedAlarms([], alerts);
      problem.value = null;
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

/** What the live stream told. */
export function hearAlerts(news: readonly AlertNews[], now: number): void {
  const alarms = alarmsIn(news, now, told);
  for (const each of alarms) told.add(each.id);
  batch(() => {
    if (severe.peek()) severe.value = mergedAlarms(severe.peek() ?? [], news);
    const gone = new Set(news.filter((each) => !isUnread(each, now)).map((each) => each.id));
    const left = toasts.peek().filter(({ alert }) => !gone.has(alert.id));
    toasts.value = [...troublesOf(alarms), ...left];
  });
  if (alarms.length > 0 && sound.peek()) chime();
}

export function dismiss(id: string): void {
  toasts.value = toasts.peek().filter(({ alert }) => alert.id !== id);
}

export function flipSound(): void {
  sound.value = !sound.peek();
  state.remember('sound', sound.peek() ? 'on' : 'off');
}

/** Begin to watch; once. */
export function watchAlerts(): void {
  effect(() => {
    if (settled.value && may('look_alerts') && snapshots.value >= 0) void loadSevere();
  });
  heardAlerts.subscribe((news) => {
    if (news.length > 0 && may('look_alerts')) hearAlerts(news, session.now.peek());
  });
  let before = sound.peek();
  effect(() => {
    if (sound.value) readySound();
    if (sound.value && !before) chime(); // what was asked for is heard once
    before = sound.value;
  });
  effect(() => {
    const now = session.now.value;
    state.unread.value = (severe.value ?? []).filter((each) => isUnread(each, now)).length;
  });
}
