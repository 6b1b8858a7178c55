/**
 * Which chip of the board counts a vehicle: how it stands for who works with it, in one word, from its trip
 * and its link.  Pure.
 *
 * What is late or at risk is told first, whatever its link: a late vehicle must not hide among the silent
 * ones.  But nothing that has not been heard of counts as on time: a prediction that rests on an old
 * position is none.
 */
import { type Fleet, cell } from './columns';
import type { Risk } from './messages';
import { State } from './state';

export const CHIPS = ['late', 'at_risk', 'on_time', 'moving', 'stopped', 'offline'] as const;
export type Chip = (typeof CHIPS)[number];

/** Places in `CHIPS`, so that ten thousand of them fit a byte each. */
const [LATE, AT_RISK, ON_TIME, MOVING, STOPPED, OFFLINE] = [0, 1, 2, 3, 4, 5] as const;

/** Nothing but what is certain by the clock is said without a number to rest on: never "on time". */
export function shownRisk(risk: Risk, delay: number | null): Risk {
  const known = delay !== null && !Number.isNaN(delay);
  return known || risk === 'overdue' ? risk : 'unknown';
}

/** The place in `CHIPS` of a vehicle in that state, on a trip that stands so; null: on none. */
export function chipOf(state: State, risk: Risk | null, delay: number): number {
  const shown = risk === null ? 'unknown' : shownRisk(risk, delay);
  if (shown === 'late' || shown === 'overdue') return LATE;
  if (shown === 'at_risk') return AT_RISK;
  if (state !== State.Moving && state !== State.Stopped) return OFFLINE;
  if (shown === 'on_time' || shown === 'early') return ON_TIME;
  return state === State.Moving ? MOVING : STOPPED;
}

/** The same of every row. */
export function chips(fleet: Fleet): Uint8Array {
  const found = new Uint8Array(fleet.size);
  for (let row = 0; row < fleet.size; row++) {
    found[row] = chipOf(cell(fleet.state, row) as State, fleet.risk[row] ?? null, cell(fleet.delay, row));
  }
  return found;
}
