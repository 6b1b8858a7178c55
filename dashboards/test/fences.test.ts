import { describe, expect, test } from 'vitest';
import { Problem, withQuery } from '../src/api/problem';
import type { Fence } from '../src/api/shapes';
import { formatMinute } from '../src/i18n/format';
import { formatArea, formatHours } from '../src/i18n/formatPlaces';
import { fromWallTime, wallTime } from '../src/i18n/zones';
import { BadMessage, parse } from '../src/live/messages';
import { begin, add } from '../src/map/draft';
import { draftFeatures } from '../src/map/draftLayer';
import { fenceFeatures, nameFeatures } from '../src/map/fences';
import { blankForm, editOf, fieldOf, formOf, isNodeLevel, lacking, usualRadius } from '../src/ui/fenceForm';

const SITE = { code: 'SHA', name_zh: '上海分拨中心', name_en: 'Shanghai hub', zone: 'Asia/Shanghai' };

function fence(change: Partial<Fence['properties']> = {}, geometry: Fence['geometry'] = { type: 'Point', coordinates: [121, 31] }): Fence {
  return {
    type: 'Feature',
    id: 'SHA',
    geometry,
    properties: {
      code: 'SHA',
      site: SITE,
      version: 3,
      role: 'hub',
      shape: 'circle',
      radius_m: 300,
      node_level: true,
      parent: 'PARK',
      margin_m: 103.923_048,
      dwell_in_s: 120,
      dwell_out_s: 90,
      stop_rule: 'stand',
      hours: [{ days: [0], opens: 0, closes: 1440 }],
      confidence: 'geocoded',
      datum: 'wgs84',
      valid_from: '2026-11-01T00:00:00Z',
      valid_to: null,
      author: 'M. Lin',
      reason: 'site plan',
      recorded_at: '2026-11-01T00:00:00Z',
      ...change,
    },
  };
}

const circle = { geometry: { type: 'Point', coordinates: [121, 31] }, radius: 250 } as const;
const outline = { geometry: { type: 'Point' as const, coordinates: [...circle.geometry.coordinates] }, radius: 250 };

describe('the fence form', () => {
  test('leaves to the role what nobody typed', () => {
    const form = { ...blankForm('Li Na'), code: ' SHA-2 ', reason: 'new yard', nameZh: '新', nameEn: 'New' };
    expect(editOf(form, outline, 'Asia/Shanghai', null)).toEqual({
      code: 'SHA-2',
      name_zh: '新',
      name_en: 'New',
      geometry: outline.geometry,
      radius_m: 250,
      role: 'hub',
      node_level: true,
      confidence: 'drawn',
      author: 'Li Na',
      reason: 'new yard',
    });
  });

  test('names no site anew when one is chosen, and no radius of a polygon', () => {
    const form = { ...blankForm('Li Na'), code: 'X', site: 'SHA', nameZh: '旧', reason: 'r' };
    const ring = [[0, 0], [1, 0], [1, 1], [0, 0]];
    const edit = editOf(form, { geometry: { type: 'Polygon', coordinates: [ring] }, radius: 300 }, 'UTC', null);
    expect(edit).toMatchObject({ site: 'SHA' });
    expect(edit).not.toHaveProperty('name_zh');
    expect(edit).not.toHaveProperty('radius_m');
  });

  test('of a fence keeps what it does not show, and takes it as looked at', () => {
    const before = fence();
    const form = { ...formOf(before, 'Li Na'), reason: 'moved', validFrom: '2026-11-20T08:00:00' };
    const edit = editOf(form, outline, 'Asia/Shanghai', before);
    expect(edit).toMatchObject({
      parent: 'PARK',
      hours: before.properties.hours,
      margin_m: 103.9,
      dwell_out_s: 90,
      stop_rule: 'stand',
      confidence: 'drawn',
      valid_from: '2026-11-20T00:00:00.000Z',
    });
  });

  test('says what it still needs', () => {
    expect([...lacking(blankForm(''))]).toEqual(['code', 'author', 'reason']);
    expect(lacking({ ...blankForm('Li'), code: 'X', reason: 'r' }).size).toBe(0);
  });

  test('knows where a problem of the API belongs', () => {
    const where = (pointer: string | null) => fieldOf(new Problem(422, '', pointer).field);
    expect(where('/radius_m')).toBe('radius');
    expect(where('/geometry/coordinates/0/7')).toBe('geometry');
    expect(where('/hours/0/days')).toBeNull();
    expect(where(null)).toBeNull();
  });

  test('takes nodes and a radius from the role', () => {
    expect([isNodeLevel('hub'), isNodeLevel('forbidden'), isNodeLevel('rest_area')]).toEqual([true, false, false]);
    expect([usualRadius('hub'), usualRadius('destination'), usualRadius('other')]).toEqual([300, 100, 150]);
  });
});

describe('fences on the map', () => {
  test('a circle is drawn as its ring, a corridor as a line as wide as it is', () => {
    const line = { type: 'LineString' as const, coordinates: [[121, 0], [122, 0]] };
    const road = { ...fence({ shape: 'corridor', radius_m: 50 }, line), id: 'ROAD' };
    const { features } = fenceFeatures([fence(), road]);
    const [widest, round] = features;
    expect(round).toMatchObject({ geometry: { type: 'Polygon' }, properties: { code: 'SHA', provisional: true } });
    expect(widest).toMatchObject({ geometry: line, properties: { code: 'ROAD', band: true } });
    // 100 m at the equator, where a pixel of zoom 0 is 78 km.
    expect(widest?.properties?.['width']).toBeCloseTo(100 / 78_271.5, 6);
  });

  test('each has one name: the site of its code, or its code', () => {
    const ring = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]];
    const square = { ...fence({ shape: 'polygon', radius_m: null }, { type: 'Polygon', coordinates: [ring] }), id: 'SHA-2' };
    const { features } = nameFeatures([fence(), square], 'zh');
    expect(features.map((each) => each.properties?.['name'])).toEqual(['上海分拨中心', 'SHA-2']);
    expect(features.map((each) => each.geometry)).toEqual([
      { type: 'Point', coordinates: [121, 31] },
      { type: 'Point', coordinates: [1, 1] },
    ]);
  });

  test('the smallest lies on top, so that it can be clicked', () => {
    const small = { ...fence({ radius_m: 20 }), id: 'DOCK' };
    const order = fenceFeatures([small, fence()]).features.map((each) => each.properties?.['code']);
    expect(order).toEqual(['SHA', 'DOCK']);
  });

  test('a draft shows its corners, its flaws and where the next line would go', () => {
    const bow = [[0, 0], [2, 2], [2, 0], [0, 2]].reduce((draft, [lon, lat]) => add(draft, { lon: lon ?? 0, lat: lat ?? 0 }), begin('polygon', 0));
    const kinds = (done: boolean) => draftFeatures({ ...bow, done }, { lon: 1, lat: 3 }).features.map((each) => String(each.properties?.['kind']));
    expect(kinds(false)).toEqual(['line', 'rubber', ...Array<string>(4).fill('corner'), 'flaw']);
    expect(kinds(true)).toEqual(['face', 'line', ...Array<string>(4).fill('middle'), ...Array<string>(4).fill('corner'), 'flaw']);
  });
});

describe('times of a zone in a field', () => {
  test.each(['Asia/Shanghai', 'Asia/Urumqi', 'Europe/Berlin', 'America/St_Johns', 'UTC'])('%s there and back', (zone) => {
    for (let hour = 0; hour < 24 * 400; hour += 61) {
      const ms = Date.UTC(2026, 0, 1, hour, 7, 9);
      expect(fromWallTime(wallTime(ms, zone), zone)).toSatisfy((back: number) => wallTime(back, zone) === wallTime(ms, zone));
    }
  });

  test('are those of the zone, not of the browser', () => {
    expect(wallTime(Date.UTC(2026, 10, 20, 6, 5, 9), 'Asia/Shanghai')).toBe('2026-11-20T14:05:09');
    expect(fromWallTime('2026-11-20T14:05:09', 'Asia/Shanghai')).toBe(Date.UTC(2026, 10, 20, 6, 5, 9));
    expect(fromWallTime('2026-11-20T14:05', 'Asia/Shanghai')).toBe(Date.UTC(2026, 10, 20, 6, 5));
    expect(fromWallTime('', 'UTC')).toBeNaN();
  });

  test('of an hour that happens twice are the first one', () => {
    expect(fromWallTime('2026-10-25T02:30:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 25, 0, 30));
  });
});

describe('figures', () => {
  test.each([
    [7854, '7,854 m²', '7,854 平方米'],
    [1_500_000, '1.50 km²', '1.50 平方公里'],
  ])('an area of %d m²', (area, en, zh) => {
    expect([formatArea(area, 'en'), formatArea(area, 'zh')]).toEqual([en, zh]);
  });

  test('hours over midnight, whole days, all week', () => {
    const night = { days: [4, 0, 1, 2, 3], opens: 1320, closes: 1800 };
    const day = { days: [5], opens: 0, closes: 1440 };
    expect(formatHours([night, day], 'en')).toBe('Mon-Fri 22:00-06:00 +1, Sat 00:00-24:00');
    expect(formatHours([], 'zh')).toBe('全天');
  });

  test('a time to the minute names its day only when it is another', () => {
    const now = Date.UTC(2026, 10, 20, 6, 5, 9);
    expect(formatMinute(now, now, 'Asia/Shanghai', 'en')).toBe('14:05');
    expect(formatMinute(now - 86_400_000, now, 'Asia/Shanghai', 'en')).toBe('19 Nov, 14:05');
  });
});

describe('the stream', () => {
  const columns = Object.fromEntries(
    ['plate', 'party', 'time', 'received', 'lon', 'lat', 'speed', 'course', 'grade', 'flags', 'online'].map((name) => [name, []]),
  );
  const delta = (change: object) => JSON.stringify({ type: 'delta', v: 1, cursor: 'e:1', vehicles: columns, ...change });

  test('without nodes has none', () => {
    expect(parse(delta({}))).toMatchObject({ nodes: [] });
  });

  test('with nodes has them in order', () => {
    const nodes = [{ id: 'a', version: 1 }, { id: 'a', version: 2 }];
    expect(parse(delta({ nodes }))).toMatchObject({ nodes });
  });

  test.each([[[{ id: 7, version: 1 }]], [['a']], ['none']])('with %j is not understood', (nodes) => {
    expect(() => parse(delta({ nodes }))).toThrow(BadMessage);
  });

  test('with a column of presence that is not as long as the plates is not understood', () => {
    expect(() => parse(delta({ vehicles: { ...columns, presence: ['inside'] } }))).toThrow(/presence/);
  });
});

test('parameters that are not given stand in no address', () => {
  expect(withQuery('/nodes', { vehicle: '沪A', site: undefined, kind: null, q: '' })).toBe(`/nodes?vehicle=${encodeURIComponent('沪A')}`);
  expect(withQuery('/nodes', { open: false })).toBe('/nodes?open=false');
  expect(withQuery('/nodes', {})).toBe('/nodes');
});
