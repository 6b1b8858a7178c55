/** How a vehicle stands, as a shape beside its word: never as a colour alone. */
import type { Chip } from '../live/chip';
import { State } from '../live/state';
import { StateMark } from './icons';
import { RiskMark } from './risk';

export function ChipMark({ of }: { of: Chip }) {
  if (of === 'moving') return <StateMark state={State.Moving} />;
  if (of === 'stopped') return <StateMark state={State.Stopped} />;
  return of === 'offline' ? <StateMark state={State.Lost} /> : <RiskMark risk={of} />;
}
