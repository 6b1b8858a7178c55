/** What was said to a vehicle: how often to ask what became of it.  Pure. */
import type { VehicleCommand } from '../api/commandsHttp';

/** What becomes of an order is a matter of seconds, or of hours in a dead zone; milliseconds. */
const SOON_MS = 60_000;
const EAGER_MS = 2_000;
const PATIENT_MS = 10_000;

/** Nothing may become of it any more. */
function isOver({ state }: VehicleCommand): boolean {
  return state !== 'waiting' && state !== 'sent';
}

/** Milliseconds until it is worth asking again; null: nothing is under way. */
export function nextAsk(commands: readonly VehicleCommand[], now: number): number | null {
  const open = commands.filter((each) => !isOver(each));
  if (open.length === 0) return null;
  return open.some((each) => now - Date.parse(each.requested_at) < SOON_MS) ? EAGER_MS : PATIENT_MS;
}

/** Text for a driver's screen: one line, nothing that a terminal cannot show. */
export function showable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, ' ').trim();
}
