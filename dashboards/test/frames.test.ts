import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Segment, TICK_MS, UNKNOWN, decode } from '../src/live/frames';
import { BadMessage } from '../src/live/messages';

/** Written by the server's encoder (`make golden`), and by its test. */
const golden = (name: string) => readFileSync(new URL(`golden/${name}`, import.meta.url));

function bytes(name: string): ArrayBuffer {
  return new Uint8Array(golden(`${name}.bin`)).buffer;
}

interface Told {
  readonly snapshot: boolean;
  readonly number: number;
  readonly spots: readonly { readonly slot: number }[];
}

const told = (name: string) => JSON.parse(golden(`${name}.json`).toString()) as Told;

/** The cells of every vehicle, in the units of the wire. */
function spots({ size, base, ...columns }: Segment) {
  return Array.from({ length: size }, (_, i) => {
    const at = (name: 'slot' | 'time' | 'received' | 'lon' | 'lat' | 'speed' | 'course' | 'grade' | 'flags') => columns[name][i] as number;
    const known = (value: number) => (value === UNKNOWN ? null : value);
    return {
      slot: at('slot'),
      time: base + TICK_MS * at('time'),
      received: base + TICK_MS * at('received'),
      lon: at('lon'),
      lat: at('lat'),
      speed: known(at('speed')),
      course: known(at('course')),
      grade: at('grade'),
      flags: at('flags'),
    };
  });
}

const bySlot = (a: { readonly slot: number }, b: { readonly slot: number }) => a.slot - b.slot;

test.each([
  ['snapshot', 1],
  ['delta', 2],
  ['empty', 1],
])('the %s of the server is read cell by cell', (name, segments) => {
  const read = decode(bytes(name));
  const expected = told(name);
  expect(read).toHaveLength(segments);
  expect(read.flatMap(spots).toSorted(bySlot)).toEqual(expected.spots.toSorted(bySlot));
  for (const { snapshot, number } of read) expect({ snapshot, number }).toEqual({ snapshot: expected.snapshot, number: expected.number });
});

test('columns are views of the message, not copies', () => {
  const message = bytes('snapshot');
  const [segment] = decode(message);
  expect(segment?.lon.buffer).toBe(message);
  expect(segment?.grade.buffer).toBe(message);
});

test.each([
  ['another magic', 0, 0x4e],
  ['another version', 1, 2],
  ['another kind', 2, 2],
  ['more vehicles than bytes', 4, 200],
])('%s is refused', (_, place, value) => {
  const message = bytes('snapshot');
  new Uint8Array(message)[place] = value;
  expect(() => decode(message)).toThrow(BadMessage);
});

test('a message that ends within a segment is refused at every byte', () => {
  const message = bytes('snapshot');
  for (let size = 1; size < message.byteLength; size++) {
    expect(() => decode(message.slice(0, size))).toThrow(BadMessage);
  }
});
