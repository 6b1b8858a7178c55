/** What the address says of a replay, and back: `#/replay?vehicle=&from=&to=&at=&speed=`.  Pure. */
import { fromWallTime, wallTime } from '../i18n/zones';
import { type Clock, type Speed, seek, speedOf } from './clock';

export interface Wish {
  readonly vehicle: string | null;
  readonly clock: Clock;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Around a moment that is asked for, milliseconds: more of one vehicle than of all. */
const AROUND = { vehicle: 6 * HOUR, fleet: 2 * HOUR } as const;
/** Who asks for the past at this very moment wants to see how it came to it. */
const NOW_MS = 120_000;
const LEAST_MS = 60_000;

const timeOf = (query: URLSearchParams, name: string) => Date.parse(query.get(name) ?? '');

/** What is missing is filled in: a moment alone brings the hours around it, nothing the last day. */
export function readWish(hash: string, now: number): Wish {
  const query = new URLSearchParams(hash.split('?')[1] ?? '');
  const vehicle = query.get('vehicle') || null;
  const around = AROUND[vehicle ? 'vehicle' : 'fleet'];
  const asked = timeOf(query, 'at');
  const recent = asked > now - NOW_MS;
  let [from, to] = [timeOf(query, 'from'), timeOf(query, 'to')];
  if (Number.isNaN(to)) to = Number.isNaN(asked) ? now : Math.min(now, asked + around);
  to = Math.min(to, now);
  if (Number.isNaN(from)) from = Number.isNaN(asked) || recent ? to - DAY : asked - around;
  from = Math.min(from, to - LEAST_MS);
  const at = recent ? to - HOUR : Number.isNaN(asked) ? from : asked;
  const speed: Speed = speedOf(Number(query.get('speed') ?? 10));
  return { vehicle, clock: seek({ from, to, at, speed, playing: false }, at) };
}

const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function writeWish({ vehicle, clock }: Wish): string {
  const query = new URLSearchParams(vehicle ? { vehicle } : {});
  query.set('from', second(clock.from));
  query.set('to', second(clock.to));
  query.set('at', second(clock.at));
  query.set('speed', String(clock.speed));
  return `#/replay?${query.toString().replaceAll('%3A', ':')}`;
}

/** Yesterday, from midnight to midnight on the clock of a zone. */
export function yesterday(now: number, zone: string): readonly [number, number] {
  const today = wallTime(now, zone).slice(0, 10);
  const midnight = fromWallTime(`${today}T00:00:00`, zone);
  const before = wallTime(midnight - DAY / 2, zone).slice(0, 10);
  return [fromWallTime(`${before}T00:00:00`, zone), midnight];
}
