import { expect, test } from 'vitest';
import { emptyFleet, reduce } from '../src/live/fleet';
import { State } from '../src/live/state';
import { Worst, clusterFeatures, rankColours, rankOf } from '../src/map/clusters';
import { insideBySite, plateFeatures } from '../src/map/labelFeatures';
import { distances, geodesic, greatCircle } from '../src/map/measure';
import { measureFeatures } from '../src/map/measuring';
import { COLOURS } from '../src/map/palette';
import { plannedFeatures } from '../src/map/planned';

interface Given {
  readonly risk?: 'late' | 'overdue' | 'at_risk' | 'on_time';
  readonly state?: State;
  readonly site?: string;
  readonly presence?: 'entering' | 'inside' | 'leaving';
  readonly heard?: boolean;
}

/** Vehicles a hundredth of a degree apart on a parallel. */
function fleetOf(...given: Given[]) {
  const of = <T>(value: (each: Given, i: number) => T) => given.map(value);
  const vehicles = {
    plate: of((_, i) => `P${i}`),
    party: of(() => null),
    time: of(({ heard = true }) => (heard ? 0 : null)),
    received: of(() => 0),
    lon: of((_, i) => Math.round((116 + i / 100) * 1e7)),
    lat: of(() => 30e7),
    speed: of(() => 2000),
    course: of(() => 0),
    grade: of(() => 0),
    flags: of(() => 0),
    online: of(() => null),
    site: of(({ site }) => site ?? null),
    presence: of(({ presence }) => presence ?? null),
    risk: of(({ risk }) => risk ?? null),
  };
  const fleet = reduce(emptyFleet(), { type: 'snapshot', vehicles }, { viewer: 0, server: 0 });
  given.forEach(({ state }, row) => {
    if (state !== undefined) fleet.state[row] = state;
  });
  return fleet;
}

test('a circle is as urgent as the worst in it: late before at risk before silent before driving', () => {
  const fleet = fleetOf({}, { state: State.Stopped }, { state: State.Stale }, { state: State.Lost }, { risk: 'at_risk' }, { risk: 'overdue', state: State.Lost });
  const ranks = [0, 1, 2, 3, 4, 5].map((row) => rankOf(fleet, row));
  expect(ranks).toEqual([Worst.Moving, Worst.Stopped, Worst.Stale, Worst.Lost, Worst.AtRisk, Worst.Late]);
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
});

test.each(['dark', 'light'] as const)('every rank has a colour of its own in the %s theme', (theme) => {
  const colours = rankColours(theme);
  expect(new Set(colours).size).toBe(Object.keys(Worst).length);
  expect(colours[Worst.Late]).toBe(COLOURS[theme].risks.late);
});

test('what the filters hide, and what was never heard of, is in no circle', () => {
  const fleet = fleetOf({}, {}, { heard: false }, {});
  const plates = (visible: Uint8Array | null) => clusterFeatures(fleet, visible, 0).features.map((each) => each.properties?.['plate']);
  expect(plates(null)).toEqual(['P0', 'P1', 'P3']);
  expect(plates(Uint8Array.of(1, 0, 1, 0))).toEqual(['P0']);
});

test('a hub counts who is inside or coming in, not who leaves', () => {
  const fleet = fleetOf({ site: 'SHA', presence: 'inside' }, { site: 'SHA', presence: 'entering' }, { site: 'SHA', presence: 'leaving' }, { site: 'BJS', presence: 'inside' }, {});
  expect([...insideBySite(fleet)]).toEqual([['SHA', 2], ['BJS', 1]]);
});

test('plates are of what is chosen, then of what is late, and no more than can be read', () => {
  const box = [115, 29, 117, 31] as const;
  const few = fleetOf({}, { risk: 'late' }, {}, {});
  const shown = (more: object) => plateFeatures({ fleet: few, chosen: [], visible: null, viewer: 0, box, ...more }).features.map((each) => each.properties?.['plate']);
  expect(shown({})).toEqual(['P1', 'P0', 'P2', 'P3']);
  expect(shown({ chosen: [2], visible: Uint8Array.of(0, 1, 1, 1) })).toEqual(['P2', 'P1', 'P3']);
  expect(shown({ box: null, chosen: [3] })).toEqual(['P3']);
  expect(shown({ box: [116.005, 29, 116.015, 31] })).toEqual(['P1']);
  const many = fleetOf(...Array.from({ length: 400 }, (): Given => ({})));
  expect(plateFeatures({ fleet: many, chosen: [], visible: null, viewer: 0, box: [0, 0, 180, 80] }).features).toHaveLength(300);
});

/** Vincenty's own example: Flinders Peak to Buninyong on GRS 80, 54,972.271 m (Geoscience Australia). */
test('a distance is that of the geodesic on the ellipsoid', () => {
  const degrees = (d: number, m: number, s: number) => Math.sign(d) * (Math.abs(d) + m / 60 + s / 3600);
  const flinders = { lat: degrees(-37, 57, 3.7203), lon: degrees(144, 25, 29.5244) };
  const buninyong = { lat: degrees(-37, 39, 10.1561), lon: degrees(143, 55, 35.3839) };
  expect(geodesic(flinders, buninyong)).toBeCloseTo(54_972.271, 2);
  expect(geodesic(buninyong, flinders)).toBeCloseTo(54_972.271, 2);
});

test('along a meridian and the equator distances are those of the ellipsoid', () => {
  expect(geodesic({ lon: 0, lat: 0 }, { lon: 1, lat: 0 })).toBeCloseTo((Math.PI * 6_378_137) / 180, 3);
  expect(geodesic({ lon: 10, lat: 0 }, { lon: 10, lat: 90 })).toBeCloseTo(10_001_965.729, 2);
  expect(geodesic({ lon: 5, lat: 5 }, { lon: 5, lat: 5 })).toBe(0);
  expect(geodesic({ lon: 0, lat: 0 }, { lon: 179.9, lat: 0.1 }) / 20_000_000).toBeCloseTo(1, 1);
});

test('lengths add up from point to point', () => {
  const points = [{ lon: 116, lat: 30 }, { lon: 117, lat: 30 }, { lon: 117, lat: 31 }];
  const [none, first, both] = distances(points);
  expect(none).toBe(0);
  expect(both).toBeGreaterThan((first ?? 0) + 110_000);
  expect(distances([])).toEqual([]);
});

test('a long line bends as the earth does, a short one is straight', () => {
  const [from, to] = [{ lon: 116, lat: 40 }, { lon: 0, lat: 51 }];
  const bent = greatCircle(from, to);
  expect(bent[0]?.lon).toBeCloseTo(116, 9);
  expect(bent.at(-1)?.lat).toBeCloseTo(51, 9);
  expect(Math.max(...bent.map((each) => each.lat))).toBeGreaterThan(60);
  expect(greatCircle({ lon: 116, lat: 40 }, { lon: 116.1, lat: 40 })).toHaveLength(2);
});

test('each point but the first says how far it is', () => {
  const { features } = measureFeatures([{ lon: 0, lat: 0 }, { lon: 0.1, lat: 0 }, { lon: 0.2, lat: 0 }], (metres) => `${Math.round(metres / 1000)}`);
  expect(features.filter((each) => each.properties?.['kind'] === 'dot').map((each) => each.properties?.['label'])).toEqual(['', '11', '22']);
  expect(features.filter((each) => each.properties?.['kind'] === 'line')).toHaveLength(2);
});

test('planned ways keep the risk of their trip', () => {
  const [feature] = plannedFeatures([{ code: 'T-1', risk: 'late', line: [[1, 2], [3, 4]] }]).features;
  expect(feature).toMatchObject({ properties: { code: 'T-1', risk: 'late' }, geometry: { coordinates: [[1, 2], [3, 4]] } });
});
