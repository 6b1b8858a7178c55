/** The API's part about the past.  Times in milliseconds since 1970. */
import { type Line, withQuery } from './problem';
import type { MarksOut, ReplayOut } from './types.gen';

export type ReplayFormat = 'gpx' | 'csv' | 'geojson';

const span = (from: number, to: number) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });

export class ReplayApi {
  constructor(private readonly line: Line) {}

  /** Samples of every vehicle; `replay/samples.ts` reads them. */
  fleet = async (from: number, to: number, step: number): Promise<ArrayBuffer> =>
    (await this.line.file(withQuery('/replay/fleet', { ...span(from, to), step_s: step }))).arrayBuffer();

  vehicle = (plate: string, from: number, to: number) =>
    this.line.get<ReplayOut>(withQuery(`/vehicles/${encodeURIComponent(plate)}/replay`, span(from, to)));

  marks = (from: number, to: number) => this.line.get<MarksOut>(withQuery('/replay/marks', span(from, to)));

  /** Of one vehicle, or of all. */
  file = (plate: string | null, from: number, to: number, format: ReplayFormat) =>
    this.line.file(withQuery('/replay/export', { ...span(from, to), format, vehicles: plate }));
}
