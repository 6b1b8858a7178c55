// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import type { Alert } from '../src/api/ops';
import * as alerts from '../src/ui/alerts';
import * as state from '../src/ui/state';
import { alert as alertOf } from './alert';

const LATER = new Date(Date.now() + 3_600_000).toISOString();
const EARLIER = new Date(Date.now() - 3_600_000).toISOString();

const alert = (id: string, more: Partial<Alert> = {}) => alertOf(id, EARLIER, more);

function shown(): string[] {
  return alerts.shown.value.map((each) => each.id);
}

function give(...given: readonly Alert[]): void {
  alerts.list.value = { alerts: given, counts: {} };
}

beforeEach(() => {
  alerts.text.value = '';
  alerts.severities.value = new Set();
  alerts.chosen.value = new Set();
  alerts.current.value = null;
});

test('snoozed alerts sink until their time is over; the others keep their order', () => {
  give(alert('a', { snoozed_until: LATER }), alert('b'), alert('c', { snoozed_until: EARLIER }));
  expect(shown()).toEqual(['b', 'c', 'a']);
});

test('severities and words narrow the list together', () => {
  give(alert('a', { severity: 1, vehicle: '沪A12345' }), alert('b', { severity: 3, waybill: 'JD20261122000001' }), alert('c', { severity: 3 }));
  alerts.toggleSeverity(3);
  expect(shown()).toEqual(['b', 'c']);
  alerts.text.value = ' jd2026 ';
  expect(shown()).toEqual(['b']);
  alerts.toggleSeverity(3);
  alerts.text.value = '沪a';
  expect(shown()).toEqual(['a']);
});

test('an act is meant for those that are chosen, else for the one that is open', () => {
  give(alert('a'), alert('b'), alert('c', { severity: 4 }));
  expect(alerts.targets.value).toEqual([]);
  alerts.current.value = 'b';
  expect(alerts.targets.value).toEqual(['b']);
  alerts.toggle('a');
  alerts.toggle('c');
  expect(alerts.targets.value).toEqual(['a', 'c']);
  alerts.toggleSeverity(2); // what is not seen is not meant
  expect(alerts.targets.value).toEqual(['a']);
  alerts.toggle('a');
  expect(alerts.targets.value).toEqual(['b']);
});

test('what is closed, or gone from the list, is meant by no act', () => {
  give(alert('a', { state: 'closed' }));
  alerts.current.value = 'a';
  expect(alerts.targets.value).toEqual([]);
  alerts.current.value = 'gone';
  expect(alerts.targets.value).toEqual([]);
});

test('an alert leads to what it is about', () => {
  expect(alerts.subjectPage(alert('a', { waybill: 'W1', trip: 'T1', vehicle: 'V1' }))).toBe(state.waybillPage('W1'));
  expect(alerts.subjectPage(alert('a', { trip: 'T1', vehicle: 'V1' }))).toBe(state.tripPage('T1'));
  expect(alerts.subjectPage(alert('a', { vehicle: '沪A1' }))).toBe('?vehicle=%E6%B2%AAA1#/');
  expect(alerts.subjectPage(alert('a', { subject_kind: 'device' }))).toBe('#/devices');
});
