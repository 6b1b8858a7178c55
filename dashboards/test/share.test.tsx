// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Page } from '../src/share/Page';
import { EVERY_MS, addressOf, ask } from '../src/share/ask';
import type { Shared } from '../src/share/shapes';
import { age, clock, wantedLanguage } from '../src/share/words';

const page = document.body;
const ADDRESS = { base: 'http://x/api/v1/shared', token: 't' };

const TOLD: Shared = {
  number: 'HXE20261122000001',
  state: 'in_transit',
  state_zh: '运输中',
  state_en: 'In transit',
  place: { text_zh: '昆山附近', text_en: 'near Kunshan', kind: 'town' },
  position: null,
  eta: { window_from: '2026-11-22T08:00:00Z', window_to: '2026-11-22T08:30:00Z' },
  promised_at: '2026-11-22T07:00:00Z',
  is_late: true,
  risk: 'late',
  zone: 'UTC',
  age_s: 480,
  cause_zh: '路况拥堵',
  cause_en: 'slow traffic',
  milestones: [],
  plate_tail: '345',
  origin: { name_zh: '上海站', name_en: 'Shanghai hub', zone: 'Asia/Shanghai' },
  destination: { name_zh: '广州站', name_en: 'Guangzhou hub', zone: 'Asia/Shanghai' },
  as_of: '2026-11-22T05:52:00Z',
  stale: false,
  reply: 'late',
  expires_at: null,
  reply_zh: '非常抱歉。',
  reply_en: 'We are sorry.',
};

const answers = (...list: readonly (Response | Error)[]) => {
  const left = [...list];
  const fetch = vi.fn((_address: string) => {
    const next = left.length > 1 ? left.shift() : left[0];
    return next instanceof Response ? Promise.resolve(next.clone()) : Promise.reject(next);
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
};

/** A stream that a test speaks for. */
class Stream extends EventTarget {
  static last: Stream | null = null;
  readonly sent: string[] = [];
  constructor(readonly url: string) {
    super();
    Stream.last = this;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(code = 1000): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}

beforeEach(() => vi.stubGlobal('WebSocket', Stream));

const told = () => new Response(JSON.stringify(TOLD));
const shown = () => page.textContent ?? '';
const open = (first: 'en' | 'zh' = 'en') => render(<Page address={ADDRESS} first={first} remember={() => {}} />, page);

afterEach(() => {
  Stream.last = null;
  render(null, page);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('the API is beside the page, whatever stands before both', () => {
  expect(addressOf('https://h.example/s/AbC-_1')).toEqual({ base: 'https://h.example/api/v1/shared', token: 'AbC-_1' });
  expect(addressOf('https://h.example/milepost/s/AbC/')).toEqual({ base: 'https://h.example/milepost/api/v1/shared', token: 'AbC' });
});

test('nothing of the visitor goes out with the question', async () => {
  const fetch = answers(told());
  await ask(ADDRESS, true);
  expect(fetch).toHaveBeenCalledWith('http://x/api/v1/shared/t?again=true', { cache: 'no-store', referrerPolicy: 'no-referrer', credentials: 'omit' });
});

test('expected, agreed and why are told in words', async () => {
  answers(told());
  open();
  await vi.waitFor(() => expect(shown()).toContain('In transit'));
  expect(shown()).toContain('08:00 – ');
  expect(shown()).toContain('Later than agreed');
  expect(shown()).toContain('Because of slow traffic');
  expect(shown()).toContain('We are sorry.');
});

test('the token goes in a message, never in the address of the stream', async () => {
  answers(told());
  open();
  await vi.waitFor(() => expect(Stream.last).not.toBeNull());
  Stream.last?.dispatchEvent(new Event('open'));
  expect(Stream.last?.url).toBe('ws://x/api/v1/shared/live');
  expect(Stream.last?.sent).toEqual(['{"token":"t"}']);
  Stream.last?.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify({ ...TOLD, state_en: 'Delivered', state: 'delivered' }) }));
  await vi.waitFor(() => expect(shown()).toContain('Delivered'));
});

test('the language can be switched', async () => {
  answers(told());
  open('zh');
  await vi.waitFor(() => expect(shown()).toContain('运输中'));
  page.querySelector('button')?.click();
  await vi.waitFor(() => expect(shown()).toContain('In transit'));
});

test('a link that ended shows nothing any more, also of what it showed before', async () => {
  vi.useFakeTimers();
  const fetch = answers(told(), new Response('', { status: 404 }));
  open();
  await vi.waitFor(() => expect(shown()).toContain('In transit'));
  Stream.last?.close(1008);
  await vi.waitFor(() => expect(shown()).toContain('This link shows nothing'));
  expect(shown()).not.toContain('HXE20261122000001');
  await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
  expect(fetch).toHaveBeenCalledTimes(2); // and nobody asks again
});

test('without a connection the last word stays, with its time', async () => {
  vi.useFakeTimers();
  answers(told(), new TypeError('offline'));
  open();
  await vi.waitFor(() => expect(shown()).toContain('In transit'));
  Stream.last?.close(1006);
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  await vi.waitFor(() => expect(shown()).toContain('There is no connection'));
  expect(shown()).toContain('In transit');
});

test('times are of the place, ages at least a minute', () => {
  const at = '2026-11-22T16:05:00Z';
  expect(clock(at, Date.parse(at), 'Asia/Shanghai', 'en')).toBe('00:05');
  expect(clock(at, Date.parse(at) + 86_400_000, 'Asia/Shanghai', 'en')).toBe('23 Nov, 00:05');
  expect(age(5, 'en')).toBe('1 min');
  expect(age(7500, 'zh')).toBe('2 小时 5 分钟');
  expect(wantedLanguage(['de', 'zh-TW'])).toBe('zh');
});
