// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Help } from '../src/ui/Dialogs';
import * as filters from '../src/ui/filters';
import { ACTS, type Act, LETTERS, SHORTCUTS, actOf, wordOf } from '../src/ui/keyTable';
import { listenToKeys } from '../src/ui/keys';
import { pageKeys, typedEarly } from '../src/ui/pageKeys';
import * as state from '../src/ui/state';

const place = document.body;
const press = (key: string, target: EventTarget = document.body) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
/** Whether somebody took the key. */
const taken = (key: string) => !press(key);

listenToKeys();

beforeEach(() => {
  state.lang.value = 'en';
  location.hash = '#/';
  state.page.value = 'map';
});

afterEach(() => {
  render(null, place);
  state.helpOpen.value = false;
  state.searchOpen.value = false;
  state.select(null);
  pageKeys.value = null;
  typedEarly.value = '';
  filters.clear();
});

test('no key does two things in one place', () => {
  for (const where of ['anywhere', 'map', 'list'] as const) {
    const keys = ACTS.filter((act) => SHORTCUTS[act].where === where).flatMap((act) => SHORTCUTS[act].keys);
    expect(new Set(keys).size).toBe(keys.length);
  }
  expect(new Set(Object.values(LETTERS)).size).toBe(Object.keys(LETTERS).length);
});

const PLAIN = ACTS.filter((act) => SHORTCUTS[act].where === 'map' && act !== 'show');

test.each(PLAIN)('%s is listened to on the map', (act) => {
  expect(taken(SHORTCUTS[act].keys[0])).toBe(true);
});

test('a key that is in no table does nothing', () => {
  for (const key of ['q', 'Z', '1', 'Tab']) {
    expect(actOf(key, 'map')).toBeUndefined();
    expect(taken(key)).toBe(false);
  }
});

test('the help says every key of the table, and of the page what it listens to', async () => {
  press('?');
  render(<Help />, place);
  await vi.waitFor(() => expect(place.querySelectorAll('kbd').length).toBeGreaterThan(0));
  const shown = [...place.querySelectorAll('kbd')].map((each) => each.textContent);
  const names: Readonly<Record<string, string>> = { Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑' };
  for (const act of ACTS) for (const key of SHORTCUTS[act as Act].keys) expect(shown).toContain(names[key] ?? key);
  for (const letter of Object.values(LETTERS)) expect(shown).toContain(letter);
  render(null, place);
  state.helpOpen.value = true; // a dialog that goes says that it was closed
  state.page.value = 'alerts';
  pageKeys.value = { a: () => {}, o: () => {}, ArrowDown: () => {} };
  render(<Help />, place);
  await vi.waitFor(() => expect(place.textContent).toContain('Acknowledge'));
  expect(place.textContent).toContain('Assign');
  expect(place.textContent).not.toContain('Snooze');
  expect(wordOf('alerts', 'ArrowDown')).toBeNull();
});

test('g and a letter lead to a page, g alone and a wrong letter nowhere', async () => {
  press('g');
  press('t');
  await vi.waitFor(() => expect(location.hash).toBe('#/trips'));
  press('g');
  press('q');
  expect(location.hash).toBe('#/trips');
  press('g');
  press('m');
  await vi.waitFor(() => expect(state.page.value).toBe('map'));
});

test('a letter that is typed into a field is no command', () => {
  const field = document.createElement('input');
  place.append(field);
  press('g', field);
  press('t', field);
  press('?', field);
  expect(location.hash).toBe('#/');
  expect(state.helpOpen.value).toBe(false);
  field.remove();
});

test('what is typed before the search has come is kept for it', () => {
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, cancelable: true }));
  expect(state.searchOpen.value).toBe(true);
  for (const key of ['g', 't', 'x', 'Backspace', '7']) press(key);
  expect(typedEarly.value).toBe('gt7');
  expect(location.hash).toBe('#/');
});

test('escape takes the filters back when nothing else is open', () => {
  filters.togglePick('hub', 'SHA');
  filters.toggleChip('late');
  press('Escape');
  expect(filters.query.value).toBe('');
});
