/** Drives for tests of the replay. */
import { type Samples, samplesOf } from '../src/replay/samples';

export const NOON = Date.parse('2026-05-04T12:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Fixes of one vehicle: minutes after noon, and how far east, in thousandths of a degree. */
export function drive(fixes: readonly (readonly [number, number, Partial<{ speed: number | null; flags: number; lag: number }>?])[]): Samples {
  return samplesOf(
    'A',
    {
      time: fixes.map(([minutes]) => NOON + minutes * MINUTE),
      lon: fixes.map(([, east]) => 121 + east / 1000),
      lat: fixes.map(() => 31),
      speed: fixes.map(([, , more]) => (more?.speed === undefined ? 20 : more.speed)),
      course: fixes.map(() => null),
      flags: fixes.map(([, , more]) => more?.flags ?? 0),
      lag_s: fixes.map(([, , more]) => more?.lag ?? 1),
    },
    NOON,
    NOON + HOUR,
  );
}

export const at = (minutes: number) => NOON + minutes * MINUTE;
