/** Wall-clock times of a zone in text fields, and back.  Pure. */

/** Milliseconds a zone is ahead of UTC at an instant. */
function ahead(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(ms);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(ms / 1000) * 1000;
}

/** "2026-11-20T14:05:09" in the zone: what a datetime field takes. */
export function wallTime(ms: number, zone: string): string {
  return new Date(ms + ahead(ms, zone)).toISOString().slice(0, 19);
}

/**
 * The instant of a wall-clock time, milliseconds; NaN when it is no time.
 * A time that a change of clocks skips is taken with the offset from before it; of one that happens twice, the first.
 */
export function fromWallTime(text: string, zone: string): number {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return Number.NaN;
  const candidates = [wall - 86_400_000, wall + 86_400_000].map((near) => wall - ahead(near, zone));
  const right = candidates.filter((ms) => ms + ahead(ms, zone) === wall);
  return right.length > 0 ? Math.min(...right) : (candidates[0] ?? Number.NaN);
}
