import { describe, expect, test } from 'vitest';
import { distance } from '../src/live/motion';
import { add, area, begin, canFinish, finish, flaws, fromFence, insert, middles, move, pathsOf, remove, toGeometry, undo } from '../src/map/draft';
import { circleRing, contains, crossings, destination, lineLength, meeting, ringArea } from '../src/map/geometry';

const at = (lon: number, lat: number) => ({ lon, lat });
const SQUARE = [at(0, 0), at(2, 0), at(2, 2), at(0, 2)];
const BOW = [at(0, 0), at(2, 2), at(2, 0), at(0, 2)];

function drawn(points: readonly { lon: number; lat: number }[]) {
  return finish(points.reduce(add, begin('polygon', 0)));
}

describe('the plane', () => {
  test.each([0, 31, 60, 84])('a circle keeps its radius at latitude %d', (lat) => {
    const centre = at(121, lat);
    for (const point of circleRing(centre, 500)) expect(distance(centre, point)).toBeCloseTo(500, 0);
  });

  test('a destination north is north', () => {
    const there = destination(at(10, 50), 111_195, 0);
    expect(there.lon).toBeCloseTo(10);
    expect(there.lat).toBeCloseTo(51, 3);
  });

  test('segments that cross meet where they cross, and others nowhere', () => {
    expect(meeting(at(0, 0), at(2, 2), at(0, 2), at(2, 0))).toEqual(at(1, 1));
    expect(meeting(at(0, 0), at(1, 0), at(0, 1), at(1, 1))).toBeNull();
    expect(meeting(at(0, 0), at(1, 1), at(3, 0), at(3, 3))).toBeNull();
  });

  test('a simple ring does not cross itself, a bow does', () => {
    expect(crossings([SQUARE])).toEqual([]);
    expect(crossings([BOW])).toEqual([at(1, 1)]);
    expect(crossings([BOW.slice(0, 3)], false)).toEqual([]);
  });

  test('a hole that cuts the outside is found', () => {
    expect(crossings([SQUARE, [at(1, 1), at(3, 1), at(3, 1.5), at(1, 1.5)]])).toHaveLength(2);
  });

  test('a ring across the antimeridian is one piece', () => {
    const ring = [at(179.9, 0), at(-179.9, 0), at(-179.9, 0.2), at(179.9, 0.2)];
    expect(crossings([ring])).toEqual([]);
    expect(contains(ring, at(180, 0.1))).toBe(true);
    expect(contains(ring, at(-179.95, 0.1))).toBe(true);
    expect(contains(ring, at(0, 0.1))).toBe(false);
    expect(ringArea(ring)).toBeCloseTo((0.2 * 111_195) ** 2, -6);
  });

  test('lengths and areas are metres', () => {
    expect(lineLength([at(0, 0), at(0, 1), at(0, 2)])).toBeCloseTo(2 * 111_195, -2);
    expect(ringArea(circleRing(at(121, 31), 1000))).toBeCloseTo(Math.PI * 1e6, -5);
  });
});

describe('a draft', () => {
  test('of a circle is a point and a radius', () => {
    const draft = add(begin('circle', 300), at(121.47, 31.23));
    expect(draft.done).toBe(true);
    expect(toGeometry(draft)).toEqual({ type: 'Point', coordinates: [121.47, 31.23] });
    expect(area(draft)).toBeCloseTo(Math.PI * 90_000);
  });

  test('of a polygon is finished with three points, not with two', () => {
    const two = [at(0, 0), at(1, 0)].reduce(add, begin('polygon', 0));
    expect([canFinish(two), finish(two).done]).toEqual([false, false]);
    expect(flaws(two)).toContainEqual({ kind: 'few' });
    expect(finish(add(two, at(1, 1))).done).toBe(true);
  });

  test('closes its ring only for the server', () => {
    const geometry = toGeometry(drawn(SQUARE));
    expect(geometry).toEqual({ type: 'Polygon', coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] });
  });

  test('takes points back while it is drawn, and no longer afterwards', () => {
    const three = SQUARE.slice(0, 3).reduce(add, begin('polygon', 0));
    expect(undo(three).paths[0]?.points).toEqual(SQUARE.slice(0, 2));
    expect(undo(finish(three)).paths[0]?.points).toHaveLength(3);
  });

  test('gets a corner in the middle of an edge and holds it', () => {
    const draft = drawn(SQUARE);
    const [edge] = middles(draft);
    const next = insert(draft, edge!.grip, edge!.at);
    expect(next.paths[0]?.points.slice(0, 3)).toEqual([at(0, 0), at(1, 0), at(2, 0)]);
    expect(next.grip).toEqual({ path: 0, index: 1 });
    expect(middles(draft)).toHaveLength(4);
  });

  test('keeps three corners whatever is deleted', () => {
    const three = remove(drawn(SQUARE), { path: 0, index: 0 });
    expect(three.paths[0]?.points).toHaveLength(3);
    expect(remove(three, { path: 0, index: 0 })).toBe(three);
  });

  test('says where a dragged corner makes it cross itself', () => {
    const bent = move(drawn(SQUARE), { path: 0, index: 0 }, at(3, 1));
    expect(flaws(bent).filter((each) => each.kind === 'crossing')).toHaveLength(1);
    expect(flaws(drawn(SQUARE))).toEqual([]);
  });

  test('of a polygon with a hole comes back as it was, and says when the hole leaves it', () => {
    const close = (ring: number[][]) => [...ring, ring[0] ?? []];
    const outer = close([[0, 0], [9, 0], [9, 9], [0, 9]]);
    const hole = close([[2, 2], [4, 2], [4, 4]]);
    const geometry = { type: 'Polygon' as const, coordinates: [outer, hole] };
    const draft = fromFence('polygon', geometry, 0);
    expect(toGeometry(draft)).toEqual(geometry);
    const away = [0, 1, 2].reduce((each, index) => move(each, { path: 1, index }, at(20 + index, 20 + index ** 2)), draft);
    expect(flaws(away)).toEqual([{ kind: 'outside', at: at(20, 20) }]);
    expect(remove(draft, { path: 1, index: 0 }).paths).toHaveLength(1);
  });

  test.each([
    { type: 'MultiPolygon', coordinates: [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[5, 5], [6, 5], [6, 6], [5, 5]]]] },
    { type: 'LineString', coordinates: [[0, 0], [1, 0], [2, 1]] },
    { type: 'MultiLineString', coordinates: [[[0, 0], [1, 0]], [[2, 1], [3, 1]]] },
  ] as const)('of a $type comes back as it was', (geometry) => {
    const shape = geometry.type === 'MultiPolygon' ? 'polygon' : 'corridor';
    const given = structuredClone(geometry) as unknown as Parameters<typeof pathsOf>[0];
    expect(toGeometry(fromFence(shape, given, 50))).toEqual(geometry);
  });

  test('drawn on a second world lies in the first', () => {
    expect(toGeometry(add(begin('circle', 9), at(481.47, 31)))).toEqual({ type: 'Point', coordinates: [121.47, 31] });
  });
});
