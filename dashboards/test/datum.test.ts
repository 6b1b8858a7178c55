import type { FeatureCollection } from 'geojson';
import { afterEach, describe, expect, it } from 'vitest';
import { distance } from '../src/live/motion';
import { UNSHIFTED, boxFromMap, fromMap, loadShift, setShift, toMap, toMapGeometry } from '../src/map/datum';
import { isShifted, shiftOf } from '../src/map/shift';

const point = ([lon, lat]: readonly [number, number]) => ({ lon, lat });

const CITIES: Readonly<Record<string, [number, number]>> = {
  Beijing: [116.404, 39.915],
  Shanghai: [121.4737, 31.2304],
  'Yangshan harbour': [122.06, 30.62],
  Urumqi: [87.6168, 43.8256],
  Lhasa: [91.1172, 29.647],
  Harbin: [126.6424, 45.7567],
  Haikou: [110.3312, 20.031],
  Shenzhen: [114.0579, 22.5431],
  Zhuhai: [113.5767, 22.2707],
  Xiamen: [118.0894, 24.4798],
  Dandong: [124.3944, 40.1244],
  Erenhot: [111.98, 43.65],
  Khorgos: [80.42, 44.21],
};
const ELSEWHERE: Readonly<Record<string, [number, number]>> = {
  Seoul: [126.978, 37.5665],
  Hanoi: [105.8544, 21.0285],
  Vladivostok: [131.8869, 43.1155],
  Ulaanbaatar: [106.9177, 47.8864],
  Pyongyang: [125.7625, 39.0392],
  'Hong Kong': [114.158, 22.2855],
  'Kwai Chung': [114.128, 22.3569],
  'Sheung Shui': [114.1285, 22.5016],
  Macao: [113.5439, 22.1987],
  Taipei: [121.5654, 25.033],
  Kaohsiung: [120.3014, 22.6273],
  Almaty: [76.8512, 43.222],
  Kathmandu: [85.324, 27.7172],
  Utrecht: [5.1214, 52.0907],
};

afterEach(() => setShift(UNSHIFTED));

describe('where maps are shifted', () => {
  it.each(Object.entries(CITIES))('%s is', (_name, [lon, lat]) => expect(isShifted(lon, lat)).toBe(true));
  it.each(Object.entries(ELSEWHERE))('%s is not', (_name, [lon, lat]) => {
    for (const datum of ['gcj02', 'bd09'] as const) {
      expect(shiftOf(datum).toMap(lon, lat)).toEqual([lon, lat]);
      expect(shiftOf(datum).fromMap(lon, lat)).toEqual([lon, lat]);
    }
  });
});

describe('the shift', () => {
  it('draws Beijing where the published example says', () => {
    const [lon, lat] = shiftOf('gcj02').toMap(116.404, 39.915);
    expect([lon, lat]).toEqual([expect.closeTo(116.410244499, 8), expect.closeTo(39.916404282, 8)]);
    const [baiduLon, baiduLat] = shiftOf('bd09').toMap(116.404, 39.915);
    expect([baiduLon, baiduLat]).toEqual([expect.closeTo(116.416627244, 8), expect.closeTo(39.922699552, 8)]);
  });

  it.each(['gcj02', 'bd09'] as const)('comes home from %s to 1e-6 degrees, all over the area', (datum) => {
    const { toMap: there, fromMap: back } = shiftOf(datum);
    let shifted = 0;
    for (let lon = 73; lon < 136; lon += 0.37) {
      for (let lat = 16; lat < 54; lat += 0.41) {
        if (!isShifted(lon, lat)) continue;
        shifted++;
        const [x, y] = back(...there(lon, lat));
        expect(Math.max(Math.abs(x - lon), Math.abs(y - lat))).toBeLessThan(1e-6);
      }
    }
    expect(shifted).toBeGreaterThan(4000);
  });

  it('moves a place by streets, not by towns', () => {
    for (const at of Object.values(CITIES)) {
      const away = distance(point(at), point(shiftOf('gcj02').toMap(...at)));
      expect(away).toBeGreaterThan(50);
      expect(away).toBeLessThan(1000);
    }
  });

  it('is the same on every copy of the world', () => {
    const { toMap: there, fromMap: back } = shiftOf('gcj02');
    const [lon, lat] = there(116.404, 39.915);
    expect(there(116.404 - 360, 39.915)).toEqual([expect.closeTo(lon - 360, 9), lat]);
    expect(back(lon + 360, lat)).toEqual([expect.closeTo(116.404 + 360, 6), expect.closeTo(39.915, 6)]);
  });
});

describe('the door', () => {
  const fleet: FeatureCollection = {
    type: 'FeatureCollection',
    features: [
      { type: 'Feature', properties: { a: 1 }, geometry: { type: 'Point', coordinates: [116.404, 39.915] } },
      { type: 'Feature', properties: {}, geometry: { type: 'MultiPolygon', coordinates: [[[[116.4, 39.9], [116.5, 39.9], [5.1, 52], [116.4, 39.9]]]] } },
    ],
  };

  it('hands everything through as it is on a map in WGS 84', async () => {
    setShift(await loadShift('wgs84'));
    expect(toMapGeometry(fleet)).toBe(fleet);
    expect(toMap(116.404, 39.915)).toEqual([116.404, 39.915]);
    expect(boxFromMap(100, 20, 110, 30)).toEqual([100, 20, 110, 30]);
  });

  it('moves features corner by corner and leaves what it was given alone', async () => {
    setShift(await loadShift('gcj02'));
    const moved = toMapGeometry(fleet);
    expect(moved.features[0]).toMatchObject({ properties: { a: 1 }, geometry: { coordinates: toMap(116.404, 39.915) } });
    expect(moved.features[1]?.geometry).toMatchObject({
      coordinates: [[[toMap(116.4, 39.9), toMap(116.5, 39.9), [5.1, 52], toMap(116.4, 39.9)]]],
    });
    expect(fleet.features[0]?.geometry).toMatchObject({ coordinates: [116.404, 39.915] });
  });

  /** A fence drawn by hand on such a map is stored where the yard is: the same pin overlays to 5 m. */
  it.each(['gcj02', 'bd09'] as const)('stores what is drawn on a map in %s where it stands on the ground', async (datum) => {
    setShift(await loadShift(datum));
    for (const ground of Object.values(CITIES)) {
      const onTheMap = shiftOf(datum).toMap(...ground); // where the map's own picture shows the gate
      const stored = fromMap(...onTheMap); // a click on it
      expect(distance(point(stored), point(ground))).toBeLessThan(0.2);
      expect(distance(point(toMap(...stored)), point(onTheMap))).toBeLessThan(0.2);
    }
  });

  it('asks for all that is in sight', async () => {
    setShift(await loadShift('bd09'));
    const [west, south, east, north] = boxFromMap(116.40, 39.90, 116.41, 39.91);
    for (const corner of [fromMap(116.4, 39.9), fromMap(116.41, 39.91)]) {
      expect(corner[0]).toBeGreaterThanOrEqual(west);
      expect(corner[0]).toBeLessThanOrEqual(east);
      expect(corner[1]).toBeGreaterThanOrEqual(south);
      expect(corner[1]).toBeLessThanOrEqual(north);
    }
  });
});
