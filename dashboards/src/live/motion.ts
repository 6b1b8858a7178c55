/** Where to draw a vehicle between two fixes.  Pure: positions in, positions out. */

export interface Point {
  readonly lon: number;
  readonly lat: number;
}

/** A stretch a marker glides along; `duration` 0 means it stands at `to`. */
export interface Leg {
  readonly from: Point;
  readonly to: Point;
  /** Milliseconds of the viewer's clock. */
  readonly start: number;
  readonly duration: number;
}

export interface Step {
  /** Where the marker is drawn when the new fix arrives. */
  readonly drawn: Point;
  readonly fix: Point;
  /** Milliseconds between the two fixes. */
  readonly gap: number;
  readonly standing: boolean;
  readonly now: number;
}

/** A marker never glides longer than this: a terminal slower than it jumps, honestly. */
const LONGEST_GLIDE_MS = 60_000;
/** A gap longer than this is not motion we know anything about. */
const LONGEST_GAP_MS = 120_000;
/** m/s; faster than any lorry: the fix before or after was wrong, so no glide between them. */
const FASTEST = 60;
/** Metres within which a standing vehicle's wander is not drawn. */
const WANDER_M = 30;

const EARTH_M = 6_371_008.8;
const RADIAN = Math.PI / 180;

/** Metres between two near points: flat-earth, right to 0.1 % within 100 km. */
export function distance(a: Point, b: Point): number {
  const x = (b.lon - a.lon) * RADIAN * Math.cos(((a.lat + b.lat) / 2) * RADIAN);
  const y = (b.lat - a.lat) * RADIAN;
  return Math.hypot(x, y) * EARTH_M;
}

/** Degrees clockwise from north from a to b; NaN when they are the same place. */
export function bearing(a: Point, b: Point): number {
  const x = (b.lon - a.lon) * Math.cos(((a.lat + b.lat) / 2) * RADIAN);
  const y = b.lat - a.lat;
  return x === 0 && y === 0 ? Number.NaN : (Math.atan2(x, y) / RADIAN + 360) % 360;
}

export function still(place: Point): Leg {
  return { from: place, to: place, start: 0, duration: 0 };
}

/** The leg a new fix puts a marker on. */
export function step({ drawn, fix, gap, standing, now }: Step): Leg {
  const metres = distance(drawn, fix);
  if (standing && metres < WANDER_M) return still(drawn);
  const plausible = gap > 0 && gap <= LONGEST_GAP_MS && metres <= FASTEST * (gap / 1000) + WANDER_M;
  if (!plausible) return still(fix);
  return { from: drawn, to: fix, start: now, duration: Math.min(gap, LONGEST_GLIDE_MS) };
}

/** Share of a leg that is behind the marker, 0 to 1; it stops at the fix and waits there. */
export function progress(start: number, duration: number, now: number): number {
  if (duration <= 0) return 1;
  return Math.min(1, Math.max(0, (now - start) / duration));
}

export function at(leg: Leg, now: number): Point {
  const share = progress(leg.start, leg.duration, now);
  return {
    lon: leg.from.lon + (leg.to.lon - leg.from.lon) * share,
    lat: leg.from.lat + (leg.to.lat - leg.from.lat) * share,
  };
}

/** Circumference of the earth over 512 pixels: metres per pixel at zoom 0 on the equator. */
export const METRES_PER_PIXEL = 40_075_016.7 / 512;

/**
 * Milliseconds between frames that show the motion as smooth: a frame for every third of a
 * pixel the fastest usual lorry (25 m/s) covers, between 60 frames a second and one.
 * Zoomed out, a marker needs minutes for a pixel, and drawing it 60 times a second is waste.
 */
export function frameInterval(zoom: number, lat: number): number {
  const pixel = (METRES_PER_PIXEL * Math.cos(lat * RADIAN)) / 2 ** zoom;
  return Math.min(1000, Math.max(1000 / 60, (pixel / 3 / 25) * 1000));
}
