/** Which pieces of the past are fetched when, and which are kept.  Pure; `feed.ts` asks for them. */
import type { Speed } from './clock';
import type { Samples } from './samples';

/** How finely the fleet is told, and how much of it at a time. */
export interface Plan {
  /** Seconds between two looks. */
  readonly step: number;
  /** Milliseconds of a piece. */
  readonly span: number;
}

/** A piece of the past; times in milliseconds since 1970. */
export interface Piece {
  readonly step: number;
  readonly start: number;
  readonly end: number;
}

/** Looks in a piece: ten minutes at one look in ten seconds. */
const LOOKS = 60;
/** Vehicles times looks in one piece; the API refuses a million. */
const MOST_SAMPLES = 800_000;
/** Seconds between looks by speed: a vehicle never jumps more than half a second of the viewer's time. */
const STEPS: Readonly<Record<Speed, number>> = { 1: 10, 2: 10, 5: 10, 10: 10, 30: 15, 60: 30, 120: 60 };
/** What is fetched ahead, milliseconds of the viewer's time. */
const AHEAD_MS = 20_000;
/** Samples kept, over all pieces: about 100 MB. */
const MOST_KEPT = 5_000_000;

export function planFor(speed: Speed, vehicles: number): Plan {
  const looks = Math.max(2, Math.min(LOOKS, Math.floor(MOST_SAMPLES / Math.max(1, vehicles)) - 1));
  return { step: STEPS[speed], span: STEPS[speed] * looks * 1000 };
}

/** The piece that a moment lies in; the last one ends with the replay, and holds its end. */
export function pieceAt({ step, span }: Plan, at: number, to: number): Piece {
  const start = Math.floor(Math.min(at, to - 1) / span) * span;
  return { step, start, end: Math.min(start + span, to) };
}

/** The pieces that are needed now, and soon, in this order. */
export function wanted(plan: Plan, at: number, to: number, speed: Speed): Piece[] {
  const pieces = [pieceAt(plan, at, to)];
  const until = Math.min(to, at + AHEAD_MS * speed);
  for (let last = pieces[0]; last && last.end < until; last = pieces.at(-1)) {
    const next = pieceAt(plan, last.end, to);
    if (next.end <= last.end) break;
    pieces.push(next);
  }
  return pieces;
}

export const keyOf = ({ step, start, end }: Piece) => `${step} ${start} ${end}`;

interface Kept {
  readonly piece: Piece;
  readonly samples: Samples;
}

export class Pieces {
  /** The least lately used first. */
  private readonly kept = new Map<string, Kept>();

  has(piece: Piece): boolean {
    return this.kept.has(keyOf(piece));
  }

  put(piece: Piece, samples: Samples): void {
    this.kept.set(keyOf(piece), { piece, samples });
    let sum = [...this.kept.values()].reduce((all, each) => all + each.samples.time.length, 0);
    for (const [key, { samples: old }] of this.kept) {
      if (sum <= MOST_KEPT || this.kept.size === 1) break;
      this.kept.delete(key);
      sum -= old.time.length;
    }
  }

  /** The wanted piece, else any other that a moment lies in, the finest. */
  private find(piece: Piece, at: number): Kept | undefined {
    const exact = this.kept.get(keyOf(piece));
    if (exact) return exact;
    const inside = [...this.kept.values()].filter((each) => each.piece.start <= at && at < each.piece.end);
    return inside.toSorted((a, b) => a.piece.step - b.piece.step)[0];
  }

  /** What tells of a moment; null: nothing does. */
  at(piece: Piece, at: number): Samples | null {
    const found = this.find(piece, at);
    if (!found) return null;
    this.kept.delete(keyOf(found.piece));
    this.kept.set(keyOf(found.piece), found);
    return found.samples;
  }

  /** Until when everything from `at` on is there, milliseconds; `at` itself when nothing is. */
  readyUntil(plan: Plan, at: number, to: number): number {
    let until = at;
    for (let piece = pieceAt(plan, at, to); until < to; piece = pieceAt(plan, until, to)) {
      const end = this.find(piece, until)?.piece.end ?? until;
      if (end <= until) break;
      until = end;
    }
    return until;
  }
}
