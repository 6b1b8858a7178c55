// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Purge } from '../src/api/ops';
import { addWords } from '../src/i18n';
import { adminEn } from '../src/i18n/admin.en';
import { adminZh } from '../src/i18n/admin.zh';
import { KeptPart } from '../src/ui/KeptPart';
import * as state from '../src/ui/state';

const page = document.body;
const asked: string[] = [];

const purge = (id: number, more: Partial<Purge> = {}): Purge => ({
  id,
  at: '2026-11-22T06:00:00Z',
  what: 'fix',
  before: '2026-09-23T00:00:00Z',
  rows: 2,
  rule: 'eu: history 60 days',
  subject: '',
  ...more,
});

function answer(path: string): unknown {
  if (path.includes('/privacy/retention')) {
    return { profile: 'eu', rules: [{ kind: 'history', days: 60, source: 'GDPR Art. 5(1)(e)', setting: 'MILEPOST_RETENTION__HISTORY_DAYS' }] };
  }
  if (path.includes('before=2')) return { purges: [purge(1, { what: 'estimate' })], more: false };
  if (path.includes('people=true')) return { purges: [purge(7, { what: 'waybill', rule: 'erasure', subject: 'erased-0a1b2c3d' })], more: false };
  return { purges: [purge(3), purge(2)], more: true };
}

beforeAll(() => addWords({ en: adminEn, zh: adminZh }));

beforeEach(() => {
  asked.length = 0;
  state.lang.value = 'en';
  vi.stubGlobal('fetch', (path: string | URL | Request) => {
    const url = path instanceof Request ? path.url : String(path);
    asked.push(url);
    return Promise.resolve(Response.json(answer(url)));
  });
  render(<KeptPart />, page);
});

afterEach(() => {
  render(null, page);
  vi.unstubAllGlobals();
});

const seen = (text: string) => vi.waitFor(() => expect(page.textContent).toContain(text));

test('what is in force is told with its rule and its setting', async () => {
  await seen('Rules of the European Union');
  await seen('GDPR Art. 5(1)(e)');
  expect(page.querySelector('[data-kept="history"]')?.textContent).toContain('60');
  await seen('MILEPOST_RETENTION__HISTORY_DAYS');
});

test('the log goes on where the page before ended', async () => {
  await seen('eu: history 60 days');
  page.querySelector<HTMLButtonElement>('.admin-end button')?.click();
  await seen('estimate');
  expect(page.querySelectorAll('tbody tr')).toHaveLength(4);
});

test('erasures are told by the pseudonym', async () => {
  await seen('eu: history 60 days');
  page.querySelector<HTMLInputElement>('input[type=checkbox]')?.click();
  await seen('erased-0a1b2c3d');
  expect(page.textContent).not.toContain('eu: history 60 days');
});
