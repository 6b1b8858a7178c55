/**
 * Positions as the live socket sends them in its binary form: segments of columns, read where they lie.
 * The layout is written down with the server (`tracker_api/live/messages.py`); golden files hold both to it.
 */
import { BadMessage } from './messages';

export { TICK_MS, UNKNOWN } from './units';

const MAGIC = 0x4d;
const VERSION = 1;
const POSITIONS = 1;
const PART_OF_SNAPSHOT = 1;
/** Bytes before the columns, and of one vehicle in them. */
const HEADER = 24;
const ROW = 27;


/** Columns that share the bytes of the message: views, no copies. */
export interface Segment {
  readonly snapshot: boolean;
  /** Number of the cursor as of which they are, or newer; 0 says nothing. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly base: number;
  readonly size: number;
  /** 1e-7 degrees. */
  readonly lon: Int32Array;
  readonly lat: Int32Array;
  readonly slot: Uint32Array;
  /** `TICK_MS` after `base`. */
  readonly time: Int32Array;
  readonly received: Int32Array;
  /** cm/s, or `UNKNOWN`. */
  readonly speed: Uint16Array;
  /** 0.1 degrees, or `UNKNOWN`. */
  readonly course: Uint16Array;
  readonly flags: Uint16Array;
  readonly grade: Uint8Array;
}

/** The segments of one message; throws `BadMessage`.  Typed arrays are little endian wherever browsers run. */
export function decode(message: ArrayBuffer): Segment[] {
  const bytes = new DataView(message);
  const segments: Segment[] = [];
  for (let start = 0; start < message.byteLength; ) {
    if (message.byteLength - start < HEADER) throw new BadMessage('a segment ends within its header');
    const [magic, version, kind] = [bytes.getUint8(start), bytes.getUint8(start + 1), bytes.getUint8(start + 2)];
    if (magic !== MAGIC || version !== VERSION || kind !== POSITIONS) {
      throw new BadMessage(`no segment of positions: ${magic}, version ${version}, kind ${kind}`);
    }
    const size = bytes.getUint32(start + 4, true);
    const end = start + HEADER + Math.ceil((size * ROW) / 8) * 8;
    if (end > message.byteLength) throw new BadMessage('a segment is longer than its message');
    segments.push(columns(message, bytes, start, size));
    start = end;
  }
  return segments;
}

function columns(message: ArrayBuffer, bytes: DataView, start: number, size: number): Segment {
  const wide = (place: number) => start + HEADER + 4 * size * place;
  const narrow = (place: number) => wide(5) + 2 * size * place;
  return {
    snapshot: (bytes.getUint8(start + 3) & PART_OF_SNAPSHOT) !== 0,
    base: bytes.getFloat64(start + 8, true),
    number: bytes.getFloat64(start + 16, true),
    size,
    lon: new Int32Array(message, wide(0), size),
    lat: new Int32Array(message, wide(1), size),
    slot: new Uint32Array(message, wide(2), size),
    time: new Int32Array(message, wide(3), size),
    received: new Int32Array(message, wide(4), size),
    speed: new Uint16Array(message, narrow(0), size),
    course: new Uint16Array(message, narrow(1), size),
    flags: new Uint16Array(message, narrow(2), size),
    grade: new Uint8Array(message, narrow(3), size),
  };
}
