// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Answer } from '../src/api/answers';
import type { Place, RecordLine, WaybillBrief } from '../src/api/waybills';
import { addWords } from '../src/i18n';
import { deskEn } from '../src/i18n/desk.en';
import { deskZh } from '../src/i18n/desk.zh';
import { tripsEn } from '../src/i18n/trips.en';
import { tripsZh } from '../src/i18n/trips.zh';
import { AnswerView } from '../src/ui/Answer';
import { Milestones } from '../src/ui/Milestones';
import { session } from '../src/ui/app';
import * as desk from '../src/ui/desk';
import * as state from '../src/ui/state';

const page = document.body;
const NOW = Date.parse('2026-11-22T06:00:00Z');
const site = (code: string): Place => ({ code, name_zh: `${code}站`, name_en: `${code} hub`, zone: 'UTC', lon: 121, lat: 31 });

function milestone(more: Partial<RecordLine> = {}): RecordLine {
  return {
    key: 'arrived_hub-1',
    kind: 'arrived_hub',
    name_zh: '到达',
    name_en: 'At a hub',
    planned_at: '2026-11-22T05:00:00Z',
    estimated_at: null,
    actual_at: null,
    site: site('WUH'),
    operator: null,
    vehicle: null,
    trip: null,
    note: '',
    evidence: [],
    files: [],
    source: 'gps',
    author: null,
    presumed: false,
    version: 1,
    cause: 'first',
    was_at: null,
    valid: true,
    ...more,
  };
}

function waybill(more: Partial<WaybillBrief> = {}): WaybillBrief {
  return {
    number: 'HXE20261122000001',
    code: '2611220000000171',
    order_no: 'PO-1',
    customer: { code: 'kl', name_zh: '科蓝', name_en: 'Kelan' },
    stored: false,
    placed_at: '2026-11-21T20:00:00Z',
    cancelled_at: null,
    judged_at: null,
    carrier: null,
    origin: site('SHA'),
    destination: site('CAN'),
    state: 'in_transit',
    state_zh: '运输中',
    state_en: 'In transit',
    since: null,
    headline: null,
    trip: 'T-1',
    vehicle: 'A1',
    site: null,
    risk: 'late',
    delay_s: 3600,
    cause: 'traffic_slow',
    eta: { p50: '2026-11-22T08:00:00Z', p90: '2026-11-22T08:30:00Z' },
    promised_at: '2026-11-22T07:00:00Z',
    opens_at: null,
    next_stop: null,
    last_milestone: null,
    shipped_at: null,
    goods_text: '',
    alerts: 0,
    ...more,
  };
}

function answer(more: Partial<Answer> = {}): Answer {
  return {
    answer_id: 'a-1',
    found: true,
    asked: '000001',
    matched_by: 'number',
    also: [],
    suggestions: [],
    waybill: waybill(),
    check_failed: false,
    place: { text_zh: '昆山附近', text_en: 'near Kunshan', kind: 'town', site: null, distance_m: 900 },
    position: { lon: 121, lat: 31, time: '2026-11-22T05:52:00Z', speed_mps: 20, exact: true },
    age_s: 480,
    stale: false,
    on_route: true,
    off_m: 10,
    next_stop: null,
    eta: { p50: '2026-11-22T08:00:00Z', p90: '2026-11-22T08:30:00Z', window_from: '2026-11-22T08:00:00Z', window_to: '2026-11-22T08:30:00Z' },
    promised_at: '2026-11-22T07:00:00Z',
    promise_delta_min: 60,
    risk: 'late',
    cause: 'traffic_slow',
    cause_zh: '路况拥堵',
    cause_en: 'slow traffic',
    action_zh: '已联系司机',
    action_en: 'we have spoken to the driver',
    as_of: '2026-11-22T05:52:00Z',
    source: 'gps',
    timeline: [],
    exception: null,
    contact: 'sms',
    requirements: ['cold_chain'],
    reply: 'late',
    reply_zh: '非常抱歉，您的货物延误。',
    reply_en: 'We are sorry: your shipment is delayed.',
    sms_zh: '您的货物延误。',
    disclosure: 'exact',
    callback_at: null,
    ...more,
  };
}

beforeAll(() => {
  addWords({ en: { ...tripsEn, ...deskEn }, zh: { ...tripsZh, ...deskZh } });
  state.lang.value = 'en';
  state.zone.value = 'UTC';
});

beforeEach(() => {
  session.now.value = NOW;
  desk.answeredAt.value = NOW;
  desk.replyKind.value = 'en';
});

afterEach(() => {
  render(null, page);
  vi.unstubAllGlobals();
  desk.clear();
});

const shown = () => (page.textContent ?? '').replaceAll('\u00A0', ' ');

test('a late answer says by how much, why and what is done, and the sentence to read', () => {
  render(<AnswerView told={answer()} />, page);
  expect(shown()).toContain('+1 h');
  expect(shown()).toContain('slow traffic');
  expect(shown()).toContain('we have spoken to the driver');
  expect(page.querySelector('[data-testid=reply-text]')?.textContent).toBe('We are sorry: your shipment is delayed.');
  expect(page.querySelector('.answer-figures s')?.textContent).toContain('07:00');
});

test('the age of a position grows on the desk, and is never called now', () => {
  session.now.value = NOW + 120_000;
  render(<AnswerView told={answer()} />, page);
  expect(page.querySelector('[data-testid=answer-age]')?.textContent).toContain('Position 10 min old');
  expect(shown()).not.toMatch(/\bnow\b/i);
});

test('a stale position says so, and tells no speed', () => {
  render(<AnswerView told={answer({ stale: true, age_s: 7500 })} />, page);
  expect(page.querySelector('[data-testid=answer-age]')?.textContent).toContain('Last position 2 h 5 min old');
  expect(shown()).toContain('may be elsewhere by now');
  expect(shown()).not.toContain('72 km/h');
});

test('an open exception stands on top of everything', () => {
  render(<AnswerView told={answer({ waybill: waybill({ headline: { number: 'EX-1', kind: 'damaged', state: 'investigating' } }) })} />, page);
  const first = page.querySelector('[data-testid=answer]')?.firstElementChild;
  expect(first?.textContent).toContain('Exception EX-1: Damaged, investigating');
  expect(first?.getAttribute('href')).toBe('#/exceptions/EX-1');
});

test('how the consignee wants to be reached is beside the reply', () => {
  render(<AnswerView told={answer()} />, page);
  expect(page.querySelector('[data-testid=wishes]')?.textContent).toContain('Text message, no calls');
  expect(page.querySelector('[data-testid=wishes]')?.textContent).toContain('Cold chain');
});

test('what is not found has suggestions that are one press away', () => {
  render(<AnswerView told={answer({ found: false, waybill: null, place: { text_zh: '', text_en: '', kind: 'unknown', site: null, distance_m: null }, position: null, age_s: null, suggestions: ['HXE20261122000002'], reply: 'not_found' })} />, page);
  expect(shown()).toContain('Nothing is found for “000001”');
  expect(page.querySelector('[data-testid=choices] button')?.textContent).toBe('HXE20261122000002');
});

test('a key pressed before the answer is here copies it as soon as it is', async () => {
  const copied: string[] = [];
  vi.stubGlobal('navigator', { ...navigator, languages: ['en'], clipboard: { writeText: (text: string) => Promise.resolve(void copied.push(text)) } });
  let tell: (told: Answer) => void = () => {};
  vi.spyOn(desk.waybillsApi, 'where').mockReturnValue(new Promise((resolve) => (tell = resolve)));
  const asked = desk.ask('000001');
  desk.copy('en');
  expect(copied).toEqual([]);
  tell(answer());
  await asked;
  expect(copied).toEqual(['We are sorry: your shipment is delayed.']);
  await vi.waitFor(() => expect(desk.copied.value).toEqual({ kind: 'en', ok: true }));
});

test('a later question overtakes an earlier one', async () => {
  const tells: ((told: Answer) => void)[] = [];
  vi.spyOn(desk.waybillsApi, 'where').mockImplementation(() => new Promise((resolve) => tells.push(resolve)));
  const both = [desk.ask('1'), desk.ask('2')];
  tells[1]?.(answer({ asked: '2' }));
  tells[0]?.(answer({ asked: '1' }));
  await Promise.all(both);
  expect(desk.answer.value?.asked).toBe('2');
});

test('what was taken back is struck through and stays', () => {
  const list = [milestone({ actual_at: '2026-11-22T05:10:00Z' }), milestone({ key: 'wrong', valid: false, actual_at: '2026-11-22T04:00:00Z' })];
  render(<Milestones list={list} label="Milestones" />, page);
  const rows = page.querySelectorAll('.milestone[data-kind]');
  expect(rows).toHaveLength(2);
  expect(rows[0]?.querySelector('s')?.textContent).toContain('05:00');
  expect(rows[1]?.className).toContain('milestone-off');
  expect(rows[1]?.textContent).toContain('retracted');
});
