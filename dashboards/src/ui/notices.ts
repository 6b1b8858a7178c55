/** Rules, channels and limits in words. */
import type { Detector, Limit, Rule } from '../api/ops';
import { ROLES } from '../api/ops';
import { formatNumber } from '../i18n/format';
import * as state from './state';
import { t, tValue } from './state';

/** Carriers, drivers and customers are told of nothing as a role: they see less than a message says. */
export const TOLD_ROLES = ROLES.filter((each) => !['customer', 'partner', 'driver'].includes(each));

/** Groups of topics in the order they are read; what belongs to none of them is `other`. */
export const GROUPS = ['waybill', 'exception', 'alert', 'alert_over', 'alert_escalated', 'other'] as const;
export type Group = (typeof GROUPS)[number];

export function groupOf(topic: string): Group {
  const [first] = topic.split('.');
  return GROUPS.find((each) => each === first) ?? 'other';
}

/** A topic in words; what an alert is called the detectors say. */
export function topicWord(topic: string, detectors: readonly Detector[]): string {
  const kind = detectors.find((each) => topic.endsWith(`.${each.kind}`));
  const group = groupOf(topic);
  if (!kind || !group.startsWith('alert')) return tValue('topic', topic);
  const name = state.nameOf(kind);
  if (group === 'alert_over') return t('topic.end', { name });
  return group === 'alert_escalated' ? t('topic.escalated', { name }) : name;
}

/** Whom a rule tells. */
export function toWord(rule: Rule): string {
  if (rule.to === 'role') return tValue('role', rule.recipient);
  if (rule.to === 'person' || rule.to === 'address') return rule.recipient || t(`rules.to.${rule.to}`);
  return t(`rules.to.${rule.to}`);
}

/** The day of the week, 0 Monday. */
export function dayWord(day: number): string {
  return t('days').split(' ')[day] ?? '';
}

const MINUTE = 60;
const HOUR = 3600;
/** From here on a time is told in hours, s. */
const LONG = 2 * HOUR;

type Unit = 's' | 'min' | 'h' | 'kmh' | 'share' | 'days' | 'clock' | 'count';

/** How many of the SI unit one of the shown unit is. */
const IN_SI: Readonly<Record<Unit, number>> = { s: 1, min: MINUTE, h: HOUR, kmh: 1 / 3.6, share: 0.01, days: 1, clock: 1, count: 1 };
/** Limits that are no times. */
const UNITS: Readonly<Record<string, Unit>> = { limit: 'kmh', over: 'share', progress: 'share', signed: 'days', hour: 'clock', letters: 'count' };

/** In what a limit is shown and typed: what its default is a round number of. */
export function unitOf(limit: Limit): Unit {
  const known = UNITS[limit.name];
  if (known) return known;
  if (limit.default >= LONG && limit.default % HOUR === 0) return 'h';
  return limit.default >= MINUTE && limit.default % MINUTE === 0 ? 'min' : 's';
}

/** Digits that survive going there and back. */
const PLACES = 1e6;

export function shownValue(limit: Limit, value: number): number {
  return Math.round((value / IN_SI[unitOf(limit)]) * PLACES) / PLACES;
}

/** In SI; the default itself where the default's number was typed, so that nothing counts as changed. */
export function typedValue(limit: Limit, typed: number): number {
  return typed === shownValue(limit, limit.default) ? limit.default : typed * IN_SI[unitOf(limit)];
}

export function limitWord(limit: Limit, value: number): string {
  const number = formatNumber(shownValue(limit, value), state.lang.value, Number.isInteger(shownValue(limit, value)) ? 0 : 1);
  return `${number} ${t(`limitUnit.${unitOf(limit)}`)}`;
}

export function isChanged(limit: Limit): boolean {
  return limit.value !== limit.default;
}
