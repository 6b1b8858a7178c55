// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../src/api/http';
import type { FoundOut, HitOut } from '../src/api/types.gen';
import { reduce } from '../src/live/fleet';
import { api, fleet, sites } from '../src/ui/app';
import * as finding from '../src/ui/finding';
import { typedEarly } from '../src/ui/pageKeys';
import { Search } from '../src/ui/Search';
import * as state from '../src/ui/state';

const PLATES = ['沪A·12345', '京B·20001'];
const none = PLATES.map(() => null);
const columns = { plate: PLATES, party: none, time: none, received: none, lon: none, lat: none, speed: none, course: none, grade: none, flags: none, online: none };

const place = document.body;
const hit = (kind: HitOut['kind'], code: string): HitOut => ({ kind, code, title_zh: code, title_en: code, detail_zh: '详', detail_en: 'more', vehicle: null, trip: null });
const kinds = () => [...place.querySelectorAll<HTMLElement>('#hits li[data-kind]')].map((each) => each.dataset['kind']);
const chosen = () => place.querySelector('#hits li[aria-selected=true] b')?.textContent;
let answer: FoundOut | Problem = { hits: [] };

async function type(text: string): Promise<HTMLInputElement> {
  const box = place.querySelector<HTMLInputElement>('.search-box input')!;
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  await vi.waitFor(() => expect(finding.text.value).toBe(text));
  return box;
}

beforeEach(async () => {
  state.lang.value = 'en';
  location.hash = '#/';
  reduce(fleet, { type: 'snapshot', vehicles: columns }, { viewer: 0, server: 0 });
  sites.value = [{ code: 'SHA-1', name_zh: '上海', name_en: 'Shanghai hub', zone: 'Asia/Shanghai', lon: 121, lat: 31 }];
  vi.spyOn(api.line, 'get').mockImplementation(async () => {
    if (answer instanceof Problem) throw answer;
    return answer as never;
  });
  answer = { hits: [] };
  finding.recent.value = [];
  state.searchOpen.value = true;
  render(<Search />, place);
  await vi.waitFor(() => expect(place.querySelector('.search-box')).not.toBeNull());
});

afterEach(() => {
  render(null, place);
  state.searchOpen.value = false;
  vi.restoreAllMocks();
});

test('vehicles and hubs are there at once, the rest grouped by kind when the API has answered', async () => {
  answer = { hits: [hit('vehicle', '沪A·12345'), hit('trip', 'TR-12345'), hit('waybill', 'JD2026'), hit('driver', '王芳')] };
  await type('12345');
  await vi.waitFor(() => expect(kinds()[0]).toBe('vehicle'));
  await vi.waitFor(() => expect(kinds()).toEqual(['vehicle', 'trip', 'waybill', 'driver', 'where']));
  await type('shang');
  answer = { hits: [] };
  await vi.waitFor(() => expect(kinds()).toEqual(['hub']));
});

test('arrows choose over all groups, Enter opens, and what was opened is recent', async () => {
  answer = { hits: [hit('trip', 'TR-20417'), hit('waybill', 'JD20261122000001')] };
  const box = await type('20417');
  await vi.waitFor(() => expect(kinds()).toContain('waybill'));
  const press = (key: string) => box.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  press('ArrowDown');
  await vi.waitFor(() => expect(chosen()).toBe('JD20261122000001'));
  press('ArrowUp');
  await vi.waitFor(() => expect(chosen()).toBe('TR-20417'));
  press('Enter');
  expect(location.hash).toBe('#/trips/TR-20417');
  expect(state.searchOpen.value).toBe(false);
  expect(finding.recent.value.map((each) => each.code)).toEqual(['TR-20417']);
});

test('an empty box shows what was opened lately, once each', async () => {
  for (const code of ['T-1', 'T-2', 'T-1']) finding.open({ kind: 'trip', code, title: code, detail: '', vehicle: null, trip: code });
  state.searchOpen.value = true;
  await vi.waitFor(() => expect([...place.querySelectorAll('#hits li[data-kind] b')].map((each) => each.textContent)).toEqual(['T-1', 'T-2']));
});

test('what was typed and entered before the box came is found and opened', async () => {
  state.searchOpen.value = false;
  await vi.waitFor(() => expect(place.querySelector('.search-box')).toBeNull());
  typedEarly.value = '20001\n';
  state.searchOpen.value = true;
  await vi.waitFor(() => expect(state.selected.value).toBe('京B·20001'));
  expect([state.searchOpen.value, typedEarly.value]).toEqual([false, '']);
});

test('when the API is away what is known here is still found, and it is said', async () => {
  answer = new Problem(0, 'gone');
  await type('12345');
  await vi.waitFor(() => expect(place.textContent).toContain('gone'));
  expect(kinds()).toEqual(['vehicle', 'where']);
});

test('a long number that is no waybill here goes to the desk first', async () => {
  await type('138 0013 8000');
  await vi.waitFor(() => expect(kinds()).toEqual(['where']));
});
