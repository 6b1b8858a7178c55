import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Segment } from '../src/live/frames';
import type { ServerMessage } from '../src/live/messages';
import { SILENCE_MS } from '../src/live/silence';
import { LiveSocket, type Phase } from '../src/live/socket';

/** A socket that does what the test says. */
class FakeSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
    this.cut();
  }

  open(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  say(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }

  sendBytes(data: ArrayBuffer): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  cut(): void {
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new Event('close'));
  }
}

/** A segment without vehicles. */
function segment(number: number): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(24));
  bytes.setUint32(0, 0x00_01_01_4d, true);
  bytes.setFloat64(16, number, true);
  return bytes.buffer;
}

const NAMES = ['plate', 'party', 'time', 'received', 'lon', 'lat', 'speed', 'course', 'grade', 'flags', 'online'];
const vehicles = Object.fromEntries(NAMES.map((name) => [name, []]));
const delta = (cursor: string) => ({ type: 'delta', v: 1, cursor, vehicles, gone: [], world: false });

let sockets: FakeSocket[];
let phases: Phase[];
let heard: ServerMessage[];
let positions: Segment[];
let live: LiveSocket;
const latest = () => sockets.at(-1) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, phases, heard, positions] = [[], [], [], []];
  live = new LiveSocket({
    url: () => 'ws://here/live',
    token: () => 'secret',
    open: () => {
      sockets.push(new FakeSocket());
      return latest() as unknown as WebSocket;
    },
    now: () => Date.now(),
    random: () => 1,
    onMessage: (message) => heard.push(message),
    onPositions: (segments) => positions.push(...segments),
    onStatus: ({ phase }) => phases.push(phase),
  });
  live.start();
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

test('the first subscription has a token and no cursor', () => {
  latest().open();
  expect(latest().sent[0]).toEqual({
    type: 'subscribe',
    v: 1,
    token: 'secret',
    cursor: null,
    bbox: null,
    vehicles: null,
    format: 'binary',
    process: null,
  });
});

test('after a cut it comes back with the last cursor', () => {
  latest().open();
  latest().say(delta('e:41'));
  latest().say(delta('e:42'));
  latest().cut();
  expect(phases.at(-1)).toBe('reconnecting');
  vi.advanceTimersByTime(500);
  expect(sockets).toHaveLength(2);
  latest().open();
  expect(latest().sent[0]?.['cursor']).toBe('e:42');
  latest().say(delta('e:43'));
  expect(phases.at(-1)).toBe('live');
});

test('waits double while nobody answers and start anew after a message', () => {
  for (const wait of [500, 1000, 2000]) {
    const before = sockets.length;
    latest().cut();
    vi.advanceTimersByTime(wait - 1);
    expect(sockets).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(before + 1);
  }
  latest().open();
  latest().say(delta('e:1'));
  latest().cut();
  vi.advanceTimersByTime(500);
  expect(sockets).toHaveLength(5);
});

test('silence is said after ten seconds and ends a socket that is dead', () => {
  latest().open();
  latest().say(delta('e:1'));
  vi.advanceTimersByTime(SILENCE_MS + 1000);
  expect(phases.at(-1)).toBe('stale');
  const dead = latest();
  vi.advanceTimersByTime(30_000);
  expect(dead.closed).toBe(true);
  expect(sockets.length).toBeGreaterThan(1);
});

test('a refused token is not tried again until somebody says so', () => {
  latest().open();
  latest().say({ type: 'bye', v: 1, code: 'forbidden', reason: 'no' });
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
  expect(phases.at(-1)).toBe('refused');
  live.retry();
  expect(sockets).toHaveLength(2);
});

test('a message that makes no sense costs the cursor, so that a snapshot follows', () => {
  latest().open();
  latest().say(delta('e:7'));
  latest().say({ type: 'delta', v: 1 });
  expect(latest().closed).toBe(true);
  vi.advanceTimersByTime(500);
  latest().open();
  expect(latest().sent[0]?.['cursor']).toBeNull();
  expect(heard).toHaveLength(1);
});

test('what is in view is told at once and again after a cut', () => {
  latest().open();
  live.subscribe([100, 20, 120, 40]);
  expect(latest().sent.at(-1)?.['bbox']).toEqual([100, 20, 120, 40]);
  latest().cut();
  vi.advanceTimersByTime(500);
  latest().open();
  expect(latest().sent[0]?.['bbox']).toEqual([100, 20, 120, 40]);
});

test('positions tell how far the stream is, and those of a snapshot do not', () => {
  latest().open();
  latest().say(delta('e:41'));
  latest().sendBytes(segment(0));
  latest().sendBytes(segment(44));
  latest().sendBytes(segment(43));
  expect(positions).toHaveLength(3);
  latest().cut();
  vi.advanceTimersByTime(500);
  latest().open();
  expect(latest().sent[0]?.['cursor']).toBe('e:44');
});

test('slots are of the process that told them, and not of one that has only greeted', () => {
  const hello = (process: string) => ({ type: 'hello', v: 1, version: '1', heartbeat_s: 5, process });
  const again = () => {
    latest().cut();
    vi.advanceTimersByTime(2000);
    latest().open();
    return latest().sent[0]?.['process'];
  };
  latest().open();
  latest().say(hello('first'));
  latest().say(delta('e:1'));
  expect(again()).toBe('first');
  latest().say(hello('second'));
  expect(again()).toBe('first');
  latest().say(hello('second'));
  latest().say(delta('e:2'));
  expect(again()).toBe('second');
});

test('bytes that make no sense cost the cursor, too', () => {
  latest().open();
  latest().say(delta('e:7'));
  latest().sendBytes(new ArrayBuffer(25));
  expect(latest().closed).toBe(true);
});

test('the same view is told once', () => {
  latest().open();
  live.subscribe([100, 20, 120, 40]);
  live.subscribe([100, 20, 120, 40]);
  expect(latest().sent).toHaveLength(2);
});
