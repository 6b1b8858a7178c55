/** Which stretches of a track are not on the planned way.  Pure. */
import type { Point } from '../live/motion';
import type { Parts, Sample } from './track';

const EARTH_M = 6_371_008.8;
const RADIAN = Math.PI / 180;
/** Pieces of the line that are passed over together when all of them are far. */
const CHUNK = 16;
/** Of the position itself, metres: a fix at the corridor's edge is not off the way. */
const GRACE_M = 30;

/** Metres east and north of an origin: flat, right to 0.1 % in the width of a corridor. */
class Ground {
  private readonly perLon: number;
  private readonly perLat = RADIAN * EARTH_M;

  constructor(private readonly origin: Point) {
    this.perLon = this.perLat * Math.cos(origin.lat * RADIAN);
  }

  x(lon: number): number {
    return (lon - this.origin.lon) * this.perLon;
  }

  y(lat: number): number {
    return (lat - this.origin.lat) * this.perLat;
  }
}

/** Metres between a point and a piece, squared. */
function away(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return (px - ax - share * dx) ** 2 + (py - ay - share * dy) ** 2;
}

interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

function boxes(line: readonly Point[]): Box[] {
  const found: Box[] = [];
  for (let first = 0; first < line.length - 1; first += CHUNK) {
    const part = line.slice(first, first + CHUNK + 1);
    const [lons, lats] = [part.map((each) => each.lon), part.map((each) => each.lat)];
    found.push({ west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) });
  }
  return found;
}

/** Asks of points whether they are further than `metres` from a line. */
export function outside(line: readonly Point[], metres: number): (point: Point) => boolean {
  const around = boxes(line);
  const near = metres ** 2;
  return (point) => {
    const ground = new Ground(point);
    return !around.some((box, chunk) => {
      const right = Math.max(0, ground.x(box.west), -ground.x(box.east));
      const up = Math.max(0, ground.y(box.south), -ground.y(box.north));
      if (right * right + up * up > near) return false;
      return line.slice(chunk * CHUNK, (chunk + 1) * CHUNK).some((a, i) => {
        const b = line[chunk * CHUNK + i + 1] ?? a;
        return away(0, 0, ground.x(a.lon), ground.y(a.lat), ground.x(b.lon), ground.y(b.lat)) <= near;
      });
    });
  };
}

/**
 * The stretches of a track, from `since` (milliseconds) on, that are further from the line than the corridor reaches;
 * each begins and ends at the last fix that is on the way, so that it is seen where it left it.
 */
export function offRoute(parts: Parts, line: readonly Point[], corridor: number, since: number): Sample[][] {
  if (line.length < 2) return [];
  const isOff = outside(line, corridor + GRACE_M);
  const found: Sample[][] = [];
  for (const part of parts) {
    let open: Sample[] | null = null;
    let before: Sample | null = null;
    for (const fix of part) {
      if (fix.time < since) continue;
      if (isOff(fix)) {
        if (!open) found.push((open = before ? [before] : []));
        open.push(fix);
      } else {
        open?.push(fix);
        open = null;
      }
      before = fix;
    }
  }
  return found.filter((stretch) => stretch.length > 1);
}
