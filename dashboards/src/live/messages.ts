/** What the live socket says, checked before anything else sees it. */
import type { Alert } from '../api/ops';
import type { Node } from '../api/shapes';
import type { Risk } from '../api/trips';
import type { AlertEntryOut } from '../api/types.gen';

export type { Risk } from '../api/trips';

/** Columns of vehicles.  Where the stream is binary positions come in frames, and rows have a slot to name them. */
export interface Columns {
  readonly plate: readonly string[];
  readonly party: readonly (string | null)[];
  readonly slot?: readonly number[];
  /** Unix milliseconds of the fix. */
  readonly time?: readonly (number | null)[];
  readonly received?: readonly (number | null)[];
  /** 1e-7 degrees. */
  readonly lon?: readonly (number | null)[];
  readonly lat?: readonly (number | null)[];
  /** cm/s. */
  readonly speed?: readonly (number | null)[];
  /** 0.1 degrees. */
  readonly course?: readonly (number | null)[];
  readonly grade?: readonly (number | null)[];
  readonly flags?: readonly (number | null)[];
  readonly online: readonly (boolean | null)[];
  /** Code of the site that the vehicle is at; a server that knows no fences leaves it out. */
  readonly site?: readonly (string | null)[];
  /** How it is there: shown at once, and no node yet. */
  readonly presence?: readonly (Presence | null)[];
  /** Code of the trip that it is on; a server that knows no trips leaves it and the next four out. */
  readonly trip?: readonly (string | null)[];
  readonly risk?: readonly (Risk | null)[];
  /** Seconds, positive is late. */
  readonly delay?: readonly (number | null)[];
  /** Code of the site of its next stop, and when it is expected there (ISO 8601). */
  readonly next?: readonly (string | null)[];
  readonly next_at?: readonly (string | null)[];
}

export type Presence = 'entering' | 'inside' | 'leaving';

export type ByeCode = 'restart' | 'too-slow' | 'forbidden' | 'bad-request' | 'limit';

/** What became of an alert, and the alert as it stands. */
export interface AlertNews extends Alert {
  readonly entry: AlertEntryOut;
}

export type ServerMessage =
  | {
      readonly type: 'hello';
      readonly version: string;
      readonly heartbeat: number;
      /** Whose slots follow; null: of a server that has none. */
      readonly process: string | null;
    }
  | { readonly type: 'snapshot'; readonly cursor: string; readonly vehicles: Columns }
  | {
      readonly type: 'delta';
      readonly cursor: string;
      readonly vehicles: Columns;
      readonly gone: readonly string[];
      readonly world: boolean;
      /** Every version of a node once, in order. */
      readonly nodes: readonly Node[];
      /** Every entry in the life of an alert once, in order. */
      readonly alerts: readonly AlertNews[];
    }
  | { readonly type: 'bye'; readonly code: ByeCode; readonly reason: string };

/** [west, south, east, north] in degrees. */
export type Box = readonly [number, number, number, number];

export interface Subscribe {
  readonly type: 'subscribe';
  readonly v: 1;
  readonly token: string | null;
  readonly cursor: string | null;
  readonly bbox: Box | null;
  readonly vehicles: readonly string[] | null;
  readonly format: 'json' | 'binary';
  /** Whose slots the fleet has. */
  readonly process: string | null;
}

const ALWAYS = ['plate', 'party', 'online'] as const;
const POSITION = ['time', 'received', 'lon', 'lat', 'speed', 'course', 'grade', 'flags'] as const;

const OPTIONAL = ['site', 'presence', 'trip', 'risk', 'delay', 'next', 'next_at'] as const;

/** The message is not of this protocol; the text says what is wrong with it. */
export class BadMessage extends Error {}

type Loose = Record<string, unknown>;

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function columns(value: unknown): Columns {
  if (!isObject(value)) throw new BadMessage('vehicles is no object');
  const plates = value['plate'];
  if (!Array.isArray(plates)) throw new BadMessage('vehicles has no plates');
  const further = value['slot'] === undefined ? POSITION : (['slot'] as const);
  for (const name of [...ALWAYS, ...further, ...OPTIONAL.filter((each) => value[each] !== undefined)]) {
    const column = value[name];
    if (!Array.isArray(column) || column.length !== plates.length) {
      throw new BadMessage(`column ${name} does not run parallel to the plates`);
    }
  }
  return value as unknown as Columns;
}

function nodes(value: unknown): readonly Node[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new BadMessage('nodes is no list');
  for (const each of value) {
    if (!isObject(each) || typeof each['id'] !== 'string' || typeof each['version'] !== 'number') {
      throw new BadMessage('a node has no id or version');
    }
  }
  return value as readonly Node[];
}

function alerts(value: unknown): readonly AlertNews[] {
  if (value === undefined) return []; // a server that knows none
  if (!Array.isArray(value)) throw new BadMessage('alerts is no list');
  for (const each of value) {
    if (!isObject(each) || typeof each['id'] !== 'string' || !isObject(each['entry'])) {
      throw new BadMessage('an alert has no id or entry');
    }
  }
  return value as readonly AlertNews[];
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new BadMessage(`${name} is no text`);
  return value;
}

/** The message in one frame; throws `BadMessage`. */
export function parse(frame: string): ServerMessage {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    throw new BadMessage('not JSON');
  }
  if (!isObject(value)) throw new BadMessage('no object');
  if (value['v'] !== 1) throw new BadMessage(`protocol version ${String(value['v'])}, not 1`);
  switch (value['type']) {
    case 'hello': {
      const heartbeat = Number(value['heartbeat_s']);
      if (!(heartbeat > 0)) throw new BadMessage('heartbeat_s is no positive number');
      const process = typeof value['process'] === 'string' ? value['process'] : null;
      return { type: 'hello', version: text(value['version'], 'version'), heartbeat, process };
    }
    case 'snapshot':
      return {
        type: 'snapshot',
        cursor: text(value['cursor'], 'cursor'),
        vehicles: columns(value['vehicles']),
      };
    case 'delta':
      return {
        type: 'delta',
        cursor: text(value['cursor'], 'cursor'),
        vehicles: columns(value['vehicles']),
        gone: Array.isArray(value['gone']) ? value['gone'].map(String) : [],
        world: value['world'] === true,
        nodes: nodes(value['nodes']),
        alerts: alerts(value['alerts']),
      };
    case 'bye':
      return {
        type: 'bye',
        code: text(value['code'], 'code') as ByeCode,
        reason: text(value['reason'], 'reason'),
      };
    default:
      throw new BadMessage(`unknown type ${String(value['type'])}`);
  }
}
