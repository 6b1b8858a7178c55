/** Distances over the earth.  Pure; degrees and metres. */
import type { Point } from '../live/motion';

const RADIAN = Math.PI / 180;
/** WGS 84: equatorial radius in metres, and flattening. */
const [MAJOR, FLAT] = [6_378_137, 1 / 298.257223563];
const MINOR = MAJOR * (1 - FLAT);
/** Vincenty's iteration ends here, radians: a hundredth of a millimetre. */
const CLOSE = 1e-12;
/** Nearly opposite ends of the earth take more rounds than are worth it: a sphere tells to 0.5 %. */
const ROUNDS = 100;
/** Mean radius. */
const SPHERE = 6_371_008.8;
/** A drawn stretch is at most that long, so that it bends as the geodesic does, metres. */
const STRETCH = 50_000;

/** The angle between two places on a sphere, radians. */
function angle(a: Point, b: Point): number {
  const [up, across] = [((b.lat - a.lat) * RADIAN) / 2, ((b.lon - a.lon) * RADIAN) / 2];
  const h = Math.sin(up) ** 2 + Math.cos(a.lat * RADIAN) * Math.cos(b.lat * RADIAN) * Math.sin(across) ** 2;
  return 2 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Metres along the geodesic on the ellipsoid: Vincenty's inverse formula (Survey Review XXIII, 176, 1975). */
export function geodesic(a: Point, b: Point): number {
  const across = (b.lon - a.lon) * RADIAN;
  const [u1, u2] = [Math.atan((1 - FLAT) * Math.tan(a.lat * RADIAN)), Math.atan((1 - FLAT) * Math.tan(b.lat * RADIAN))];
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = across;
  for (let round = 0; round < ROUNDS; round++) {
    const sinSigma = Math.hypot(cos2 * Math.sin(lambda), cos1 * sin2 - sin1 * cos2 * Math.cos(lambda));
    if (sinSigma === 0) return 0;
    const cosSigma = sin1 * sin2 + cos1 * cos2 * Math.cos(lambda);
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cos1 * cos2 * Math.sin(lambda)) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const middle = cos2Alpha === 0 ? 0 : cosSigma - (2 * sin1 * sin2) / cos2Alpha; // along the equator
    const c = (FLAT / 16) * cos2Alpha * (4 + FLAT * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = across + (1 - c) * FLAT * sinAlpha * (sigma + c * sinSigma * (middle + c * cosSigma * (2 * middle ** 2 - 1)));
    if (Math.abs(lambda - before) < CLOSE) return arc({ cos2Alpha, sigma, sinSigma, cosSigma, middle });
  }
  return angle(a, b) * SPHERE;
}

interface Arc {
  readonly cos2Alpha: number;
  readonly sigma: number;
  readonly sinSigma: number;
  readonly cosSigma: number;
  readonly middle: number;
}

/** The length of an arc, Vincenty's series. */
function arc({ cos2Alpha, sigma, sinSigma, cosSigma, middle }: Arc): number {
  const square = (cos2Alpha * (MAJOR ** 2 - MINOR ** 2)) / MINOR ** 2;
  const a = 1 + (square / 16_384) * (4096 + square * (-768 + square * (320 - 175 * square)));
  const b = (square / 1024) * (256 + square * (-128 + square * (74 - 47 * square)));
  const inner = cosSigma * (2 * middle ** 2 - 1) - (b / 6) * middle * (4 * sinSigma ** 2 - 3) * (4 * middle ** 2 - 3);
  return MINOR * a * (sigma - b * sinSigma * (middle + (b / 4) * inner));
}

/** Metres from the first of the points to each of them. */
export function distances(points: readonly Point[]): number[] {
  let sum = 0;
  return points.map((point, i) => {
    const before = points[i - 1];
    sum += before ? geodesic(before, point) : 0;
    return sum;
  });
}

/** Points on the great circle between two, both included, so close that straight lines between them do. */
export function greatCircle(a: Point, b: Point): Point[] {
  const whole = angle(a, b);
  const steps = Math.max(1, Math.ceil((whole * SPHERE) / STRETCH));
  if (steps === 1) return [a, b];
  const [lat1, lat2, lon1, lon2] = [a.lat * RADIAN, b.lat * RADIAN, a.lon * RADIAN, b.lon * RADIAN];
  return Array.from({ length: steps + 1 }, (_, i) => {
    const [p, q] = [Math.sin((1 - i / steps) * whole) / Math.sin(whole), Math.sin((i / steps) * whole) / Math.sin(whole)];
    const x = p * Math.cos(lat1) * Math.cos(lon1) + q * Math.cos(lat2) * Math.cos(lon2);
    const y = p * Math.cos(lat1) * Math.sin(lon1) + q * Math.cos(lat2) * Math.sin(lon2);
    const z = p * Math.sin(lat1) + q * Math.sin(lat2);
    return { lon: Math.atan2(y, x) / RADIAN, lat: Math.atan2(z, Math.hypot(x, y)) / RADIAN };
  });
}
