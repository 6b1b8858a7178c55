import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { State } from '../src/live/state';
import { Pieces, keyOf, pieceAt, planFor, wanted } from '../src/replay/chunks';
import { type Clock, SPEEDS, advance, neighbourOf, seek, shift, speedOf, toggle } from '../src/replay/clock';
import { Feed } from '../src/replay/feed';
import { PastFleet, countOf } from '../src/replay/fleet';
import { type Samples, decode, lastBefore, momentOf } from '../src/replay/samples';
import { HOUR, MINUTE, NOON, at, drive } from './drives';

describe('samples', () => {
  test('what the server writes is read', () => {
    const bytes = readFileSync(new URL('golden/replay.bin', import.meta.url));
    const told = decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
    expect(told.plates).toEqual(['沪A00000', '沪A00001', '沪A00002']);
    expect([told.start, told.end]).toEqual([NOON, NOON + 10 * MINUTE]);
    expect([...told.first]).toEqual([0, 2, 2, 5]);
    expect([...told.time]).toEqual([-5000, 10_000, 0, 60_000, 620_000]);
    expect([...told.lon]).toEqual([1_210_000_000, 1_210_100_000, -1_790_000_000, 0, 1]);
    expect([...told.speed]).toEqual([0, 2500, 65_535, 1, 65_535]);
    expect([...told.course]).toEqual([900, 65_535, 0, 3599, 1]);
    expect([...told.flags]).toEqual([0, 1024, 0, 256, 0]);
    expect([...told.lag]).toEqual([1, 7200, 0, 65_535, 2]);
  });

  test('something else is refused', () => {
    expect(() => decode(new ArrayBuffer(40))).toThrow('not a replay');
    expect(() => decode(new ArrayBuffer(3))).toThrow('not a replay');
  });

  test('between two fixes a vehicle is on the way from one to the other', () => {
    const of = drive([
      [0, 0],
      [2, 10],
    ]);
    expect(momentOf(of, 0, at(-1))).toBeNull();
    const half = momentOf(of, 0, at(1));
    expect(half?.lon).toBeCloseTo(121.005, 9);
    expect(half?.course).toBeCloseTo(90, 3);
    expect([half?.lost, half?.state, half?.fixed]).toEqual([false, State.Moving, NOON]);
  });

  test('nothing is drawn across a gap', () => {
    const of = drive([
      [0, 0],
      [11, 100],
    ]);
    for (const minutes of [0, 1, 10.9]) {
      const held = momentOf(of, 0, at(minutes));
      expect([held?.lon, held?.lost, held?.state]).toEqual([121, true, State.Stale]);
    }
    expect(momentOf(of, 0, at(11))?.lon).toBeCloseTo(121.1, 9);
  });

  test('who stood all along a silence stood', () => {
    const of = drive([
      [0, 0, { speed: 0 }],
      [30, 1, { speed: 0 }],
    ]);
    const held = momentOf(of, 0, at(20));
    expect([held?.lon, held?.lost, held?.state]).toEqual([121, false, State.Stopped]);
  });

  test('a relocation is no drive', () => {
    const of = drive([
      [0, 0],
      [1, 100, { flags: 256 }],
    ]);
    expect(momentOf(of, 0, at(0.5))).toMatchObject({ lon: 121, lost: true });
  });

  test('after the last fix a vehicle grows stale, then lost', () => {
    const of = drive([[0, 0]]);
    const states = [1, 6, 31].map((minutes) => momentOf(of, 0, at(minutes))?.state);
    expect(states).toEqual([State.Moving, State.Stale, State.Lost]);
  });

  test('the last fix before a moment is found in every row', () => {
    const of = drive([
      [0, 0],
      [1, 1],
      [5, 2],
    ]);
    expect([-1, 0, 0.5, 1, 4, 5, 9].map((minutes) => lastBefore(of, 0, at(minutes)))).toEqual([-1, 0, 0, 1, 1, 2, 2]);
  });
});

describe('clock', () => {
  const clock: Clock = { from: NOON, to: NOON + HOUR, at: NOON, speed: 60, playing: true };

  test('time goes by as fast as wished, and stops at the end', () => {
    expect(advance(clock, 1000).at).toBe(NOON + MINUTE);
    expect(advance(clock, HOUR)).toMatchObject({ at: NOON + HOUR, playing: false });
    expect(advance({ ...clock, playing: false }, 1000).at).toBe(NOON);
  });

  test('time waits for what is not there yet, and never goes back for it', () => {
    expect(advance(clock, 10_000, NOON + MINUTE)).toMatchObject({ at: NOON + MINUTE, playing: true });
    const ahead = { ...clock, at: NOON + 5 * MINUTE };
    expect(advance(ahead, 10_000, NOON + MINUTE).at).toBe(ahead.at);
  });

  test('from the end it plays again', () => {
    expect(toggle({ ...clock, playing: false, at: clock.to })).toMatchObject({ at: NOON, playing: true });
    expect(toggle(clock).playing).toBe(false);
  });

  test('speeds are those there are', () => {
    expect([0, 3, 60, 1000].map(speedOf)).toEqual([1, 5, 60, 120]);
    expect(shift(clock, 1).speed).toBe(120);
    expect(shift({ ...clock, speed: 120 }, 1).speed).toBe(120);
    expect(SPEEDS.at(0)).toBe(1);
  });

  test('a moment stays within the replay', () => {
    expect(seek(clock, 0).at).toBe(clock.from);
    expect(seek(clock, Number.MAX_SAFE_INTEGER).at).toBe(clock.to);
  });

  test('the next mark is not the one that is reached', () => {
    const times = [at(1), at(2), at(3)];
    expect(neighbourOf(times, at(2), 1)).toBe(at(3));
    expect(neighbourOf(times, at(2), -1)).toBe(at(1));
    expect(neighbourOf(times, at(3), 1)).toBeNull();
  });
});

describe('pieces', () => {
  const some = drive([[0, 0]]);

  test('the faster, the coarser; a large fleet in short pieces', () => {
    expect(planFor(1, 100)).toEqual({ step: 10, span: 10 * MINUTE });
    expect(planFor(60, 100)).toEqual({ step: 30, span: 30 * MINUTE });
    const large = planFor(10, 50_000);
    expect((large.span / 1000 / large.step + 1) * 50_000).toBeLessThanOrEqual(800_000);
  });

  test('what is needed soon is wanted too, in order, and not beyond the end', () => {
    const plan = planFor(120, 100);
    const pieces = wanted(plan, at(50), at(75), 120);
    expect(pieces.map(({ start, end }) => [(start - NOON) / MINUTE, (end - NOON) / MINUTE])).toEqual([
      [0, 60],
      [60, 75],
    ]);
    expect(wanted(planFor(1, 100), at(1), at(75), 1)).toHaveLength(1);
  });

  test('the end lies in the last piece, also where a piece would begin there', () => {
    const plan = planFor(60, 100);
    const last = pieceAt(plan, at(60), at(60));
    expect([last.start, last.end]).toEqual([at(30), at(60)]);
    expect(wanted(plan, at(60), at(60), 60)).toEqual([last]);
  });

  test('pieces follow each other without a hole', () => {
    const plan = planFor(5, 100);
    const [first, second] = [pieceAt(plan, at(9.99), at(60)), pieceAt(plan, at(10), at(60))];
    expect(first.end).toBe(second.start);
    expect(keyOf(first)).not.toBe(keyOf(second));
  });

  test('what tells of a moment is the wanted piece, else the finest other one', () => {
    const pieces = new Pieces();
    const [fine, coarse] = [pieceAt(planFor(1, 1), NOON, at(90)), pieceAt(planFor(120, 1), NOON, at(90))];
    expect(pieces.at(fine, NOON)).toBeNull();
    pieces.put(coarse, some);
    expect(pieces.at(fine, NOON)).toBe(some);
    const other = drive([[1, 1]]);
    pieces.put(fine, other);
    expect(pieces.at(pieceAt(planFor(30, 1), NOON, at(90)), NOON)).toBe(other);
  });

  test('it is ready until the first hole', () => {
    const plan = planFor(1, 1);
    const pieces = new Pieces();
    expect(pieces.readyUntil(plan, at(1), at(60))).toBe(at(1));
    for (const minutes of [0, 10, 30]) pieces.put(pieceAt(plan, at(minutes), at(60)), some);
    expect(pieces.readyUntil(plan, at(1), at(60))).toBe(at(20));
    for (const minutes of [20, 40, 50]) pieces.put(pieceAt(plan, at(minutes), at(60)), some);
    expect(pieces.readyUntil(plan, at(1), at(60))).toBe(at(60));
  });

  test('a feed asks once, two at a time, and not again for what was refused', async () => {
    const asked: number[] = [];
    const answers: ((value: Samples) => void)[] = [];
    const problems: unknown[] = [];
    let refuse = false;
    const feed = new Feed({
      ask: ({ start }) => {
        asked.push((start - NOON) / MINUTE);
        return refuse ? Promise.reject(new Error('no')) : new Promise((resolve) => answers.push(resolve));
      },
      onPiece: () => undefined,
      onProblem: (error) => problems.push(error),
    });
    const clock: Clock = { from: NOON, to: at(60), at: at(5), speed: 10, playing: true };
    const plan = { step: 10, span: MINUTE };
    feed.want(plan, clock);
    feed.want(plan, clock);
    expect(asked).toEqual([5, 6]);
    for (const answer of answers) answer(some);
    await Promise.resolve();
    await Promise.resolve();
    expect(feed.at(plan, clock)).toBe(some);
    expect(feed.readyUntil(plan, clock)).toBe(at(7));
    refuse = true;
    const later = { ...clock, at: at(20) };
    feed.want(plan, later);
    await new Promise((resolve) => setTimeout(resolve, 0));
    feed.want(plan, later);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(problems.length).toBeGreaterThan(0);
    const before = asked.length;
    feed.want(plan, later);
    feed.want(plan, later);
    expect(asked.filter((each) => each === 20)).toHaveLength(1);
    feed.forgive();
    refuse = false;
    feed.want(plan, later);
    expect(asked.length).toBeGreaterThan(before);
    feed.reset();
    expect(feed.at(plan, clock)).toBeNull();
  });
});

describe('the fleet of then', () => {
  test('rows stay with their plates from piece to piece', () => {
    const past = new PastFleet();
    const first = drive([
      [0, 0],
      [1, 10],
    ]);
    const fleet = past.show(first, at(0.5));
    const row = fleet.row.get('A') ?? -1;
    expect(fleet.toLon[row]).toBeCloseTo(121.005, 9);
    expect([fleet.duration[row], fleet.fromLon[row]]).toEqual([0, fleet.toLon[row]]);
    expect(countOf(fleet)[State.Moving]).toBe(1);
    past.show({ ...drive([[0, 0]]), plates: ['B'] }, at(0.5));
    expect(fleet.time[row]).toBeNaN();
    expect(countOf(fleet)[State.Moving]).toBe(1);
    expect(countOf(fleet)[State.Silent]).toBe(1);
    expect(fleet.row.get('A')).toBe(row);
    past.show(null, NOON);
    expect(fleet.time.slice(0, fleet.size).every((each) => Number.isNaN(each))).toBe(true);
  });
});
