// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '../src/ui/app';
import { pageKeys } from '../src/ui/pageKeys';
import { ReplayDock } from '../src/ui/ReplayDock';
import { ReplaySide } from '../src/ui/ReplaySide';
import { past, track, tripVehicle } from '../src/ui/mapLink';
import * as replay from '../src/ui/replay';
import * as state from '../src/ui/state';
import { HOUR, MINUTE, NOON } from './drives';

const START = new Date(NOON).toISOString();
const iso = (minutes: number) => new Date(NOON + minutes * MINUTE).toISOString();

const fixes = {
  time: [0, 10, 20, 50].map((minutes) => NOON + minutes * MINUTE),
  lon: [121, 121.1, 121.2, 121.5],
  lat: [31, 31, 31, 31],
  speed: [20, 20, 20, 20],
  course: [90, 90, 90, 90],
  flags: [0, 0, 1024, 0],
  lag_s: [1, 1, 7200, 1],
};
const alert = { id: 'x', began_at: iso(30), closed_at: null, name_zh: '失联', name_en: 'Signal lost', severity: 2 };
const told = { vehicle: 'A1', from: START, to: iso(60), fixes, complete: true, gaps: [{ from: iso(20), to: iso(50) }], visits: [], nodes: [], alerts: [alert], delay: [], trips: [] };

const asked: string[] = [];
let answer: (url: string) => Response;

const find = (name: string) => document.querySelector<HTMLElement>(`[data-testid=${name}]`);
const at = () => find('replay-time')?.dataset['at'];
const marks = () => [...document.querySelectorAll<HTMLElement>('[data-testid=replay-mark]')];

beforeEach(async () => {
  state.lang.value = 'en';
  state.zone.value = 'UTC';
  session.now.value = NOON + 2 * HOUR;
  asked.length = 0;
  answer = () => Response.json(told);
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    return Promise.resolve(answer(url));
  });
  const address = `#/replay?vehicle=A1&from=${START}&to=${iso(60)}&at=${iso(5)}&speed=60`;
  state.page.value = 'replay';
  history.replaceState(null, '', address); // tells nobody, as when the page is opened with it
  render(
    <>
      <ReplaySide />
      <ReplayDock />
    </>,
    document.body,
  );
  await vi.waitFor(() => expect(marks()).toHaveLength(3));
});

afterEach(async () => {
  render(null, document.body);
  await vi.waitFor(() => expect(pageKeys.value).toBeNull()); // effects end after the page is gone
  vi.unstubAllGlobals();
});

test('the address says what is replayed, and the page says that it is the past', () => {
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('/vehicles/A1/replay?from=2026-05-04T12%3A00%3A00.000Z&to=2026-05-04T13%3A00%3A00.000Z');
  expect(at()).toBe(iso(5));
  expect(find('replay-time')?.textContent).toContain('12:05:00');
  expect(find('replay-time')?.getAttribute('aria-label')).toBe('You are looking at the past');
  expect(find('replay-slider')?.getAttribute('aria-valuetext')).toContain('12:05:00');
});

test('marks lead to their moment, and say what is to be known of them', async () => {
  expect(marks().map((each) => each.dataset['what'])).toEqual(['gap', 'late', 'alert']);
  expect(marks()[0]?.textContent).toContain('Nothing was heard for 30 min');
  expect(marks()[1]?.textContent).toContain('received up to 2 h later');
  marks()[2]?.click();
  await vi.waitFor(() => expect(at()).toBe(iso(30)));
  expect(marks()[2]?.getAttribute('aria-current')).toBe('time');
  expect(find('replay')?.textContent).toContain('No signal: held at the last fix');
});

test('keys step through time and marks', async () => {
  const press = async (key: string, then: string) => {
    pageKeys.value?.[key]?.();
    await vi.waitFor(() => expect(at()).toBe(then));
  };
  await press('ArrowRight', new Date(NOON + 5 * MINUTE + 10_000).toISOString());
  await press('Shift+ArrowLeft', new Date(NOON + 10_000).toISOString());
  await press(']', iso(20));
  await press(']', iso(30));
  await press('[', iso(20));
});

test('it plays, pauses, and the speed can be chosen', async () => {
  find('replay-play')?.click();
  await vi.waitFor(() => expect(find('replay-play')?.getAttribute('aria-pressed')).toBe('true'));
  await vi.waitFor(() => expect(Date.parse(at() ?? '')).toBeGreaterThan(NOON + 5 * MINUTE));
  replay.play();
  await vi.waitFor(() => expect(find('replay-play')?.getAttribute('aria-pressed')).toBe('false'));
  replay.setSpeed(120);
  await vi.waitFor(() => expect(document.querySelector<HTMLSelectElement>('[data-testid=replay-speed]')?.value).toBe('120'));
  expect(location.hash).toContain('speed=120');
});

test('what is refused is said, and can be asked for once more', async () => {
  answer = () => Response.json({ detail: 'may be at most 3600 s before `to`' }, { status: 422 });
  replay.open({ vehicle: 'B2' });
  await vi.waitFor(() => expect(find('replay')?.textContent).toContain('may be at most 3600 s'));
  answer = () => Response.json(told);
  const again = [...document.querySelectorAll('button')].find((each) => each.textContent === 'Try again');
  again?.click();
  await vi.waitFor(() => expect(marks()).toHaveLength(3));
  expect(find('replay')?.textContent).not.toContain('may be at most');
});

test('when the page is left its keys and its past are gone from everywhere', async () => {
  expect(past.value).not.toBeNull();
  render(null, document.body);
  await vi.waitFor(() => expect(pageKeys.value).toBeNull());
  expect([past.value, track.value, tripVehicle.value]).toEqual([null, null, null]);
});
