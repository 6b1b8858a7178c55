/** The API's part about what is said to a vehicle's driver and terminal. */
import type { Line } from './problem';
import type { VehicleCommandOut } from './types.gen';

export type VehicleCommand = VehicleCommandOut;

const path = (plate: string) => `/vehicles/${encodeURIComponent(plate)}`;

export class CommandsApi {
  constructor(private readonly line: Line) {}

  /** The newest first. */
  list = (plate: string) => this.line.get<readonly VehicleCommand[]>(`${path(plate)}/commands`);

  write = (plate: string, text: string) => this.line.send<VehicleCommand>('POST', `${path(plate)}/messages`, { text });

  setInterval = (plate: string, seconds: number) => this.line.send<VehicleCommand>('POST', `${path(plate)}/interval`, { seconds });
}
