/** Where the replay of a trip is found. */

const HOUR_MS = 3_600_000;

/** From an hour before its planned start until three after its planned end; a day after the start where none is planned. */
export function replayOf(plate: string, starts: string, ends: string | null): string {
  const began = Date.parse(starts);
  const to = (ends ? Date.parse(ends) : began + 21 * HOUR_MS) + 3 * HOUR_MS;
  const span = { vehicle: plate, from: new Date(began - HOUR_MS).toISOString(), to: new Date(to).toISOString(), at: starts };
  return `#/replay?${new URLSearchParams(span).toString()}`;
}
