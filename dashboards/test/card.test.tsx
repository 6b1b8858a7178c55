// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { render } from 'preact';
import type { VehicleCommand } from '../src/api/commandsHttp';
import type { Estimates, StopStatus, TripStop } from '../src/api/trips';
import type { WaybillBrief } from '../src/api/waybills';
import { addWords } from '../src/i18n';
import { cardEn } from '../src/i18n/card.en';
import { cardZh } from '../src/i18n/card.zh';
import { isBehind, stopTime, stopsShown } from '../src/live/cardStops';
import { nextAsk, showable } from '../src/live/commands';
import { newTimeWords } from '../src/live/newTime';
import { isKnown, trendOf } from '../src/live/trend';
import { Section } from '../src/ui/CardSection';

addWords({ en: cardEn, zh: cardZh });

const NOW = Date.parse('2026-11-22T04:00:00Z'); // 12:00 in Shanghai
const iso = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
const site = { code: 'HGH', name_zh: '杭州枢纽', name_en: 'Hangzhou hub', zone: 'Asia/Shanghai' };

function stop(number: number, status: StopStatus, more: object = {}): TripStop {
  return { number, stop: `s${number}`, site, status, planned: { arrive_at: iso(number * 60), closes_at: null, depart_at: iso(number * 60 + 20), via: false }, eta: null, arrived_at: null, departed_at: null, ...more } as unknown as TripStop;
}

const way = (count: number, behind: number) => Array.from({ length: count }, (_, i) => stop(i, i < behind ? 'departed' : 'planned'));

test('a short trip is shown whole', () => {
  expect(stopsShown(way(6, 3))).toEqual([0, 1, 2, 3, 4, 5]);
});

test.each([
  [0, [0, 1, 2, 3, 4, { after: 4, hidden: 4 }, 9]],
  [5, [0, { after: 0, hidden: 3 }, 4, 5, 6, 7, 8, 9]],
  [10, [0, { after: 0, hidden: 4 }, 5, 6, 7, 8, 9]],
])('of a long trip with %i stops behind it, what lies around the vehicle is shown', (behind, shown) => {
  expect(stopsShown(way(10, behind))).toEqual(shown);
});

test('no gap hides a single stop', () => {
  for (let behind = 0; behind <= 9; behind++) {
    for (const each of stopsShown(way(9, behind))) if (typeof each === 'object') expect(each.hidden).toBeGreaterThan(1);
  }
});

test('what was missed is behind as what was left', () => {
  expect(['departed', 'passed', 'missed', 'skipped', 'arrived', 'planned', 'approaching'].map((status) => isBehind(stop(1, status as StopStatus)))).toEqual([true, true, true, true, false, false, false]);
});

test('beside what happened, and what is expected, stands the plan that it broke', () => {
  expect(stopTime(stop(1, 'planned'), false)).toEqual({ planned: null, is: iso(60), kind: 'plan' });
  expect(stopTime(stop(1, 'planned', { eta: { p50: iso(75), p90: iso(90) } }), false)).toEqual({ planned: iso(60), is: iso(75), kind: 'estimate' });
  expect(stopTime(stop(1, 'arrived', { arrived_at: iso(58) }), false)).toEqual({ planned: iso(60), is: iso(58), kind: 'actual' });
});

test('what differs by less than a minute is as planned', () => {
  expect(stopTime(stop(1, 'arrived', { arrived_at: iso(60.9) }), false).planned).toBeNull();
});

test('of the first stop the departure counts', () => {
  expect(stopTime(stop(0, 'departed', { arrived_at: iso(-60), departed_at: iso(30) }), true)).toEqual({ planned: iso(20), is: iso(30), kind: 'actual' });
});

function estimates(...points: readonly (readonly [number, number | null])[]): Estimates {
  return { points: points.map(([at, late]) => ({ at: iso(at), p50: late === null ? null : iso(late), p90: late === null ? null : iso(late + 5), no_estimate: null, model: '1', plan: 0 })), due: iso(0), baseline_due: iso(0), actual: null, changes: [] } as Estimates;
}

test('the trend begins with what was held before it', () => {
  const points = trendOf(estimates([-300, 5], [-200, 10], [-60, 20]), NOW - 120 * 60_000, NOW);
  expect(points.map(({ at, p50 }) => [(at - NOW) / 60_000, p50])).toEqual([[-120, 600], [-60, 1200]]);
  expect(isKnown(points)).toBe(true);
  expect(isKnown(trendOf(estimates([-60, null]), NOW - 120 * 60_000, NOW))).toBe(false);
});

function command(state: VehicleCommand['state'], ago: number): VehicleCommand {
  return { id: '1', kind: 'message', text: 'a', seconds: null, state, requested_by: 'x', requested_at: new Date(NOW - ago).toISOString(), expires_at: iso(60), sent_at: null, confirmed_at: null, detail: null };
}

test('what became of an order is asked for often at first, then seldom, then not at all', () => {
  expect(nextAsk([command('waiting', 1000)], NOW)).toBe(2000);
  expect(nextAsk([command('sent', 3_600_000)], NOW)).toBe(10_000);
  expect(nextAsk([command('confirmed', 1000), command('refused', 0), command('expired', 0)], NOW)).toBeNull();
});

test('a message is one line without anything that a screen obeys', () => {
  expect(showable(' a\n\nb\u0007c\u202Ed ')).toBe('a b c d');
  expect(showable('\n')).toBe('');
});

const waybill = (more: Partial<WaybillBrief> = {}) =>
  ({ number: 'JD1', destination: site, promised_at: iso(60), eta: { p50: iso(95), p90: iso(120) }, vehicle: '沪A1', ...more }) as unknown as WaybillBrief;

test('the new time is said on the clock of the destination, with how much later it is', () => {
  expect(newTimeWords(waybill(), NOW, 'en')).toBe(
    'Waybill JD1 is expected at Hangzhou hub between 13:35 and 14:00 (GMT+8). That is about 35 min later than promised (13:00). We are sorry and keep you informed.',
  );
  expect(newTimeWords(waybill(), NOW, 'zh')).toBe('运单 JD1 预计 13:35 至 14:00 到达杭州枢纽（GMT+8）。比承诺时间（13:00）晚约 35 分钟，非常抱歉，我们会持续告知进展。');
});

test('who is in time is not told of a delay, who is unknown of no time; nobody of the vehicle', () => {
  expect(newTimeWords(waybill({ eta: { p50: iso(61), p90: null } }), NOW, 'en')).toBe('Waybill JD1 is expected at Hangzhou hub at about 13:01 (GMT+8). It was promised for 13:00.');
  const unknown = newTimeWords(waybill({ eta: null }), NOW, 'en');
  expect(unknown).toContain('no reliable estimate');
  expect(unknown).not.toMatch(/\d\d:\d\d/);
  expect(newTimeWords(waybill(), NOW, 'zh')).not.toContain('沪A1');
});

test('a part that was folded stays so', async () => {
  const show = () => render(<Section name="test" title="Part"><p>inside</p></Section>, document.body);
  show();
  expect(document.body.textContent).toContain('inside');
  document.querySelector('button')?.click();
  await vi.waitFor(() => expect(document.body.textContent).not.toContain('inside'));
  expect(document.querySelector('button')?.getAttribute('aria-expanded')).toBe('false');
  render(null, document.body);
  show();
  expect(document.body.textContent).not.toContain('inside');
});
