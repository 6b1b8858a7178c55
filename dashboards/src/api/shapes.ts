/** What the API answers, under the names the console uses.  Units stand in the field names. */
export type {
  AdoptOut as Adopted,
  Basemap,
  ConsoleOut as ConsoleInfo,
  DeadLetterOut as DeadLetter,
  DeviceOut as Device,
  PartyOut as Party,
  PositionOut as Position,
  Problem as ProblemDocument,
  SiteOut as Site,
  TrackOut as Track,
  UnknownDeviceOut as UnknownDevice,
  VehicleOut as Vehicle,
} from './types.gen';
export type * from './places';
