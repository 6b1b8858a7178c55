/** The fleet of a moment of the past in the columns that the map draws.  Pure but for the fleet it fills. */
import { type Fleet, addRow, emptyFleet } from '../live/columns';
import { State } from '../live/state';
import { type Samples, momentOf } from './samples';

/** The same fleet over all pieces, so that the map compares and uploads only what changed. */
export class PastFleet {
  readonly fleet: Fleet = emptyFleet();
  private of: Samples | null = null;
  private rows = new Int32Array(0);

  /** Vehicles of which nothing is known at `at` (milliseconds since 1970) are not drawn. */
  show(samples: Samples | null, at: number): Fleet {
    const { fleet } = this;
    if (samples !== this.of) this.adopt(samples);
    if (samples) this.rows.forEach((row, i) => this.put(row, samples, i, at));
    fleet.version++;
    return fleet;
  }

  private adopt(samples: Samples | null): void {
    const { fleet } = this;
    this.of = samples;
    fleet.time.fill(Number.NaN, 0, fleet.size);
    fleet.state.fill(State.Silent, 0, fleet.size);
    this.rows = Int32Array.from(samples?.plates ?? [], (plate) => fleet.row.get(plate) ?? addRow(fleet, plate));
  }

  private put(row: number, samples: Samples, i: number, at: number): void {
    const { fleet } = this;
    const moment = momentOf(samples, i, at);
    if (!moment) {
      fleet.time[row] = Number.NaN;
      fleet.state[row] = State.Silent;
      return;
    }
    fleet.time[row] = moment.fixed;
    fleet.received[row] = moment.fixed + moment.lag * 1000;
    fleet.lon[row] = fleet.fromLon[row] = fleet.toLon[row] = moment.lon;
    fleet.lat[row] = fleet.fromLat[row] = fleet.toLat[row] = moment.lat;
    fleet.start[row] = fleet.duration[row] = 0;
    fleet.speed[row] = moment.lost ? Number.NaN : moment.speed;
    fleet.course[row] = moment.course;
    fleet.state[row] = moment.state;
  }
}

/** How many vehicles are in which state. */
export function countOf(fleet: Fleet): Readonly<Record<State, number>> {
  const counts = { [State.Moving]: 0, [State.Stopped]: 0, [State.Stale]: 0, [State.Lost]: 0, [State.Silent]: 0 };
  for (let row = 0; row < fleet.size; row++) counts[fleet.state[row] as State]++;
  return counts;
}
