/** A vehicle's last 24 hours as map features and as a sum.  Pure. */
import type { Feature, FeatureCollection, LineString, Point as GeoPoint } from 'geojson';
import type { Evidence, Track } from '../api/shapes';
import { type Point, distance } from '../live/motion';

export interface Sample extends Point {
  /** Unix milliseconds; NaN when the API did not say. */
  readonly time: number;
}

/** Parts of a drive; between two parts nothing is known. */
export type Parts = readonly (readonly Sample[])[];

/** Slower than this between two fixes is standing, m/s. */
const DRIVING = 5 / 3.6;

/** Lists one level deeper than `depth` say; the API cuts lines and their times alike. */
function isNested<T>(list: readonly T[] | readonly (readonly T[])[], depth: number): list is readonly (readonly T[])[] {
  let first: unknown = list;
  for (let i = 0; i < depth; i++) first = Array.isArray(first) ? first[0] : undefined;
  return Array.isArray(first);
}

/** The track's parts, each point with its time. */
export function partsOf(track: Track): Parts {
  if (!track.geometry) return [];
  const { coordinates } = track.geometry;
  const { times } = track.properties;
  const lines = isNested<readonly number[]>(coordinates, 2) ? coordinates : [coordinates];
  const flat = isNested<string>(times, 1) ? times.flat() : times;
  let seen = 0;
  return lines
    .map((points) =>
      points.map((point) => {
        const time = Date.parse(flat[seen++] ?? '');
        return { lon: point[0] ?? Number.NaN, lat: point[1] ?? Number.NaN, time };
      }),
    )
    .filter((part) => part.length > 0);
}

type Kind = 'driven' | 'before' | 'gap' | 'off';

function line(points: readonly Point[], kind: Kind): Feature<LineString>[] {
  if (points.length < 2) return [];
  const coordinates = points.map((each) => [each.lon, each.lat]);
  return [{ type: 'Feature', properties: { kind }, geometry: { type: 'LineString', coordinates } }];
}

/** What is known of the trip that a track is of. */
export interface Driven {
  /** When it began, milliseconds; what is older was another drive. */
  readonly since: number;
  /** Stretches off its planned way. */
  readonly off: readonly (readonly Point[])[];
}

/** Solid where it was seen, dashed from where it was lost to where it was found. */
export function trackFeatures(parts: Parts, trip: Driven = { since: Number.NEGATIVE_INFINITY, off: [] }): FeatureCollection<LineString> {
  const features = parts.flatMap((part, i) => {
    const begun = part.findIndex((fix) => fix.time >= trip.since);
    const cut = begun < 0 ? part.length : begun;
    const [last, first] = [part.at(-1), parts[i + 1]?.[0]];
    return [
      ...line(part.slice(0, cut + 1), 'before'),
      ...line(part.slice(cut), 'driven'),
      ...(last && first ? line([last, first], 'gap') : []),
    ];
  });
  return { type: 'FeatureCollection', features: [...features, ...trip.off.flatMap((stretch) => line(stretch, 'off'))] };
}

/** Milliseconds without a fix that are a gap, as the API has it. */
const GAP = 600_000;

/** The parts with a new fix at their end; after a gap it begins a part of its own. */
export function extended(parts: Parts, fix: Sample): Parts {
  const last = parts.at(-1);
  const end = last?.at(-1);
  if (!last || !end) return [[fix]];
  if (fix.time <= end.time) return parts;
  return fix.time - end.time > GAP ? [...parts, [fix]] : [...parts.slice(0, -1), [...last, fix]];
}

export interface TrackSum {
  readonly metres: number;
  readonly drivingSeconds: number;
  readonly gaps: number;
}

export function sumTrack(parts: Parts): TrackSum {
  let metres = 0;
  let drivingSeconds = 0;
  for (const { metres: length, seconds } of parts.flatMap(steps)) {
    metres += length;
    if (seconds > 0 && length / seconds > DRIVING) drivingSeconds += seconds;
  }
  return { metres, drivingSeconds, gaps: Math.max(0, parts.length - 1) };
}

interface Leg {
  readonly metres: number;
  readonly seconds: number;
  readonly end: number;
}

function steps(part: readonly Sample[]): Leg[] {
  return part.slice(1).map((to, i) => {
    const from = part[i] ?? to;
    return { metres: distance(from, to), seconds: (to.time - from.time) / 1000, end: to.time };
  });
}

/** Mean speed in m/s over `slots` equal stretches of the time from `start` to `end`; NaN unseen. */
export function speedProfile(parts: Parts, start: number, end: number, slots: number): number[] {
  const metres = Array.from({ length: slots }, () => 0);
  const seconds = Array.from({ length: slots }, () => 0);
  const width = (end - start) / slots;
  for (const leg of parts.flatMap(steps)) {
    // A leg may span several slots: it fills each for its share.
    const begin = leg.end - leg.seconds * 1000;
    const first = Math.max(0, Math.floor((begin - start) / width));
    const last = Math.min(slots - 1, Math.floor((leg.end - start) / width));
    for (let slot = first; slot <= last && leg.seconds > 0; slot++) {
      const from = Math.max(begin, start + slot * width);
      const share = (Math.min(leg.end, start + (slot + 1) * width) - from) / 1000 / leg.seconds;
      if (share <= 0) continue;
      metres[slot] = (metres[slot] ?? 0) + leg.metres * share;
      seconds[slot] = (seconds[slot] ?? 0) + leg.seconds * share;
    }
  }
  return metres.map((length, slot) => (seconds[slot] ? length / (seconds[slot] ?? 1) : Number.NaN));
}

const MINUTE_MS = 60_000;
/** Stretches of time a chart may show, minutes: the shortest that holds everything is taken. */
const SPANS = [15, 30, 60, 180, 360, 720, 1440] as const;

/** How much time before `now` a chart of the track shows, milliseconds. */
export function chartSpan(parts: Parts, now: number): number {
  const first = parts[0]?.[0]?.time ?? Number.NaN;
  const fitting = SPANS.find((minutes) => now - first <= minutes * MINUTE_MS);
  return (fitting ?? 1440) * MINUTE_MS;
}

/** [[west, south], [east, north]] of the points; null without any. */
export function boundsOf(points: Iterable<Point>): [[number, number], [number, number]] | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { lon, lat } of points) {
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  return west <= east ? [[west, south], [east, north]] : null;
}

/** A track tells times to the millisecond, and so does evidence. */
const SAME_MS = 1;

/** Those fixes of a track that a node names. */
export function provingFixes(track: Track, evidence: readonly Evidence[]): Sample[] {
  const wanted = evidence.map((each) => Date.parse(each.time));
  return partsOf(track)
    .flat()
    .filter((fix) => wanted.some((time) => Math.abs(time - fix.time) <= SAME_MS));
}

export function evidenceFeatures(
  fixes: readonly Sample[],
  clock: (ms: number) => string,
): FeatureCollection<GeoPoint> {
  const features = fixes.map((fix) => ({
    type: 'Feature' as const,
    properties: { time: clock(fix.time) },
    geometry: { type: 'Point' as const, coordinates: [fix.lon, fix.lat] },
  }));
  return { type: 'FeatureCollection', features };
}
