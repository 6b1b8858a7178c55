// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import type { Alert } from '../src/api/ops';
import { FRESH_MS, alarmsIn, isUnread, mergedAlarms, troublesOf } from '../src/live/alarms';
import type { AlertNews } from '../src/live/messages';
import { alert as alertOf } from './alert';

const chime = vi.hoisted(() => vi.fn<() => void>());
vi.mock('../src/ui/sound', () => ({ chime, readySound: () => {} }));
const alarms = await import('../src/ui/alarms');

const NOW = Date.parse('2026-11-22T12:00:00Z');
const at = (ago: number) => new Date(NOW - ago).toISOString();

const alert = (id: string, more: Partial<Alert> = {}) => alertOf(id, at(1000), { began_at: at(60_000), ...more });

function news(id: string, more: Partial<Alert> = {}, act = 'opened', ago = 1000): AlertNews {
  return { ...alert(id, more), entry: { number: 1, at: at(ago), act, author: null, note: '', severity: more.severity ?? 2 } };
}

const ids = (list: readonly Alert[]) => list.map((each) => each.id);
const none: ReadonlySet<string> = new Set();

beforeEach(() => {
  alarms.severe.value = [];
  alarms.toasts.value = [];
  alarms.sound.value = false;
  chime.mockClear();
});

test('what is new and severe rings, what is less grave does not', () => {
  const heard = [news('a', { severity: 1 }), news('b', { severity: 2 }), news('c', { severity: 3 }), news('d', { severity: 4 })];
  expect(ids(alarmsIn(heard, NOW, none))).toEqual(['a', 'b']);
});

test('one that grows worse rings once it is severe', () => {
  expect(ids(alarmsIn([news('a', { severity: 2 }, 'worse')], NOW, none))).toEqual(['a']);
});

test.each(['acknowledged', 'assigned', 'snoozed', 'escalated', 'better', 'closed'])('that it was %s is nothing to ring for', (act) => {
  expect(alarmsIn([news('a', {}, act)], NOW, none)).toEqual([]);
});

test('what a stream tells of the time before a cut rings only when it is fresh', () => {
  const heard = [news('a', {}, 'opened', FRESH_MS), news('b', {}, 'opened', FRESH_MS + 1)];
  expect(ids(alarmsIn(heard, NOW, none))).toEqual(['a']);
});

test('what was found late in old data is no alarm', () => {
  expect(alarmsIn([news('a', { facts: { backfilled: true } })], NOW, none)).toEqual([]);
});

test('what somebody has taken up already, or wants quiet, does not ring', () => {
  const later = new Date(NOW + 60_000).toISOString();
  expect(alarmsIn([news('a', { state: 'acknowledged' }), news('b', { snoozed_until: later })], NOW, none)).toEqual([]);
  expect(alarmsIn([news('a'), news('a', { state: 'acknowledged' }, 'acknowledged')], NOW, none)).toEqual([]);
  expect(isUnread(alert('b', { snoozed_until: at(1) }), NOW)).toBe(true);
});

test('nothing rings twice, however often it is told', () => {
  expect(alarmsIn([news('a'), news('a', {}, 'worse')], NOW, none)).toHaveLength(1);
  expect(alarmsIn([news('a', {}, 'reopened')], NOW, new Set(['a']))).toEqual([]);
});

test('the newest severe ones are kept, those that close or become harmless go', () => {
  const before = [alert('a', { opened_at: at(9000) }), alert('b', { opened_at: at(5000) }), alert('c')];
  const after = mergedAlarms(before, [news('b', { state: 'closed' }, 'closed'), news('c', { severity: 3 }, 'better'), news('d', { opened_at: at(10) })]);
  expect(ids(after)).toEqual(['d', 'a']);
});

test('the waybills of one vehicle are one trouble', () => {
  const told = troublesOf([alert('a', { vehicle: 'V1' }), alert('b', { vehicle: 'V1' }), alert('c', { vehicle: 'V2' }), alert('d', { vehicle: 'V1', kind: 'sos' })]);
  expect(told.map(({ alert: { id }, more }) => [id, more])).toEqual([['a', 1], ['c', 0], ['d', 0]]);
});

test('a toast comes once, and goes when somebody takes the alert up', () => {
  alarms.hearAlerts([news('toast-1'), news('toast-2', { severity: 3 })], NOW);
  expect(alarms.toasts.value.map((each) => each.alert.id)).toEqual(['toast-1']);
  alarms.hearAlerts([news('toast-1', {}, 'worse')], NOW);
  expect(alarms.toasts.value).toHaveLength(1);
  alarms.hearAlerts([news('toast-1', { state: 'acknowledged' }, 'acknowledged')], NOW);
  expect(alarms.toasts.value).toEqual([]);
  expect(alarms.severe.value?.map((each) => each.state)).toEqual(['acknowledged']);
});

test('there is a sound only for who asked for one, and one for all that come together', () => {
  alarms.hearAlerts([news('sound-1')], NOW);
  expect(chime).not.toHaveBeenCalled();
  alarms.sound.value = true;
  alarms.hearAlerts([news('sound-1', {}, 'worse'), news('sound-2', { severity: 3 })], NOW);
  expect(chime).not.toHaveBeenCalled();
  alarms.hearAlerts([news('sound-3'), news('sound-4')], NOW);
  expect(chime).toHaveBeenCalledTimes(1);
});

test('that a sound is wanted is remembered', () => {
  alarms.flipSound();
  expect([alarms.sound.value, localStorage.getItem('milepost.sound')]).toEqual([true, 'on']);
  alarms.flipSound();
  expect([alarms.sound.value, localStorage.getItem('milepost.sound')]).toEqual([false, 'off']);
});
