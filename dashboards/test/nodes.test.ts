import { describe, expect, test } from 'vitest';
import type { Evidence, Node, Track } from '../src/api/shapes';
import { byTime, dwellBars, isProvisional, marksOf, merged, news, uncertainty } from '../src/live/nodes';
import { evidenceFeatures, provingFixes } from '../src/map/track';

const T0 = Date.parse('2026-11-20T06:00:00Z');
const iso = (minutes: number) => new Date(T0 + minutes * 60_000).toISOString();

/** A first version of an arrival at minute `at`, recorded two minutes later. */
function node(id: string, at: number, change: Partial<Node> = {}): Node {
  return {
    id,
    version: 1,
    valid: true,
    cause: 'first',
    kind: 'arrived',
    name: { zh: '', en: '' },
    vehicle: 'A1',
    site: { code: 'SHA', name_zh: '上海', name_en: 'Shanghai', zone: 'Asia/Shanghai' },
    operator: null,
    fence: null,
    visit: null,
    planned_at: null,
    estimated_at: null,
    actual_at: iso(at),
    earliest_at: iso(at - 1),
    latest_at: iso(at + 1),
    stopped_at: null,
    confirmed_at: null,
    basis: 'interpolated',
    source: 'gps',
    author: null,
    reason: null,
    note: null,
    evidence: [],
    attachments: [],
    was_at: null,
    machine_at: null,
    conflict: false,
    provisional: false,
    near_fence: false,
    backfilled: false,
    is_news: true,
    recorded_at: iso(at + 2),
    ...change,
  };
}

const ids = (list: readonly Node[]) => list.map((each) => `${each.id}.${each.version}`);

describe('a timeline', () => {
  test('is newest first, whatever the order of arrival', () => {
    const [a, b, c] = [node('a', 0), node('b', 10), node('c', 5)];
    expect(ids(merged([], [a, b, c]))).toEqual(['b.1', 'c.1', 'a.1']);
    expect(ids(merged(merged([], [c]), [b, a]))).toEqual(['b.1', 'c.1', 'a.1']);
  });

  test('keeps the newest version of a node and forgets none', () => {
    const second = node('a', 7, { version: 2 });
    expect(ids(merged([node('a', 0), node('b', 5)], [second]))).toEqual(['a.2', 'b.1']);
    expect(ids(merged([second], [node('a', 0)]))).toEqual(['a.2']);
  });

  test('is the same list when nothing in it changed, so that nothing is drawn anew', () => {
    const list = merged([], [node('a', 0)]);
    expect(merged(list, [node('a', 0)])).toBe(list);
  });

  test('orders events of one instant the same way every time', () => {
    expect([node('a', 0), node('b', 0)].toSorted(byTime)).toEqual([node('b', 0), node('a', 0)].toSorted(byTime));
  });
});

describe('the newest nodes', () => {
  const now = T0 + 60 * 60_000;

  test('are those that the server calls news, latest word first', () => {
    const old = node('old', 0, { is_news: false, backfilled: true });
    expect(ids(news([], [node('a', 30), old, node('b', 20)], now))).toEqual(['a.1', 'b.1']);
  });

  test('take back what was told when it did not happen', () => {
    const told = news([], [node('a', 30)], now);
    const gone = node('a', 30, { version: 2, valid: false, is_news: false, recorded_at: iso(40) });
    expect(ids(news(told, [gone], now))).toEqual(['a.2']);
    expect(news([], [gone], now)).toEqual([]);
  });

  test('grow old', () => {
    const told = news([], [node('a', 30)], now);
    expect(news(told, [], now + 3 * 3_600_000)).toEqual([]);
  });

  test('are never more than a panel can hold', () => {
    const many = Array.from({ length: 500 }, (_, i) => node(`n${i}`, i / 10));
    expect(news([], many, now)).toHaveLength(40);
  });
});

describe('a node', () => {
  test('has no marks when nothing is against it', () => {
    expect(marksOf(node('a', 0))).toEqual([]);
  });

  test('is marked by what a reader must know, the gravest first', () => {
    const odd = node('a', 0, { conflict: true, source: 'person', was_at: iso(9), provisional: true, backfilled: true });
    expect(marksOf(odd)).toEqual(['conflict', 'person', 'provisional', 'backfilled']);
    expect(marksOf(node('a', 0, { was_at: iso(9) }))).toEqual(['corrected']);
    expect(marksOf(node('a', 0, { valid: false, was_at: iso(9) }))).toEqual(['retracted']);
    expect(marksOf(node('a', 0, { near_fence: true }))).toEqual(['near_fence']);
  });

  test('is as sure as its bounds are near, and not at all with an open one', () => {
    expect(uncertainty(node('a', 0))).toBe(120);
    expect(uncertainty(node('a', 0, { earliest_at: null }))).toBeNaN();
  });

  test('is proved by those fixes of the track that it names', () => {
    const times = [0, 1, 2, 3].map(iso);
    const track = {
      type: 'Feature',
      geometry: { type: 'LineString', coordinates: times.map((_, i) => [121 + i, 31]) },
      properties: { times },
    } as unknown as Track;
    const evidence: Evidence[] = [1, 3].map((minutes) => ({ device: 'T1', time: iso(minutes) }));
    const fixes = provingFixes(track, evidence);
    expect(fixes.map((fix) => fix.lon)).toEqual([122, 124]);
    const [first] = evidenceFeatures(fixes, (ms) => String(ms - T0)).features;
    expect(first).toMatchObject({ properties: { time: '60000' }, geometry: { coordinates: [122, 31] } });
  });
});

test('outlines that nobody looked at are provisional', () => {
  expect(['surveyed', 'drawn', 'geocoded', 'needs_review'].map((each) => isProvisional(each as 'drawn'))).toEqual([false, false, true, true]);
});

describe('a dwell plot', () => {
  test('takes the narrowest bars with which all stays fit', () => {
    expect(dwellBars([60, 400, 700], 24)).toEqual({ width: 300, counts: [1, 1, 1] });
    expect(dwellBars([90_000], 24).width).toBe(7200);
    expect(dwellBars([], 24).counts).toEqual([0]);
  });

  test.each([[300], [299.9], [86_400 * 40]])('holds a stay of %d s', (stay) => {
    const { counts } = dwellBars([stay], 24);
    expect(counts.length).toBeLessThanOrEqual(24);
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(1);
  });
});
