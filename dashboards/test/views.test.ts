// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import * as filters from '../src/ui/filters';
import { forgetView, readViews, saveView, viewLink, views } from '../src/ui/views';

beforeEach(() => {
  views.value = [];
  filters.apply('');
});

test('a view is the board under a name, and the board again when it is opened', () => {
  filters.apply('state=late&hub=SHA&hub=WUH&sort=eta&view=121.5,31.2,8');
  saveView('late at the port');
  filters.apply('');
  expect(filters.query.value).toBe('');
  filters.apply(views.value[0]!.query);
  expect([...filters.chips.value]).toEqual(['late']);
  expect(filters.picks.value.hub).toEqual(['SHA', 'WUH']);
  expect(filters.view.value).toEqual({ lon: 121.5, lat: 31.2, zoom: 8 });
});

test('a name is of one view: saved again it is another, forgotten it is gone', () => {
  saveView('mine');
  filters.apply('state=late');
  saveView('mine');
  expect(views.value).toEqual([{ name: 'mine', query: 'state=late' }]);
  forgetView('mine');
  expect(views.value).toEqual([]);
});

test.each(['', '{', '[1, null, {"name": 3}]', 'null'])('what somebody else left there (%s) is no view', (kept) => {
  expect(readViews(kept)).toEqual([]);
});

test('a link holds the board and nothing of this browser', () => {
  filters.apply('state=late,at_risk&group=north');
  expect(viewLink('https://h.example/console/?lang=zh&vehicle=A#/trips')).toBe('https://h.example/console/#/?state=late,at_risk&group=north');
});
