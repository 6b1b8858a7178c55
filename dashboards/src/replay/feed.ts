/** Fetches the pieces of the past that are needed soon, a few at a time; how they are asked for is an argument. */
import { type Piece, Pieces, type Plan, keyOf, pieceAt, wanted } from './chunks';
import type { Clock } from './clock';
import type { Samples } from './samples';

/** Questions under way at once. */
const MOST_QUESTIONS = 2;

export interface FeedDeps {
  readonly ask: (piece: Piece) => Promise<Samples>;
  /** A piece has come. */
  readonly onPiece: () => void;
  readonly onProblem: (error: unknown) => void;
}

export class Feed {
  private pieces = new Pieces();
  private readonly underWay = new Set<string>();
  private readonly refused = new Set<string>();
  /** What was asked for before a reset is no longer wanted. */
  private turn = 0;

  constructor(private readonly deps: FeedDeps) {}

  reset(): void {
    this.turn++;
    this.pieces = new Pieces();
    this.underWay.clear();
    this.refused.clear();
  }

  /** What was refused may be asked for once more. */
  forgive(): void {
    this.refused.clear();
  }

  /** Ask for what is not there. */
  want(plan: Plan, { at, to, speed }: Clock): void {
    for (const piece of wanted(plan, at, to, speed)) {
      if (this.underWay.size >= MOST_QUESTIONS) return;
      const key = keyOf(piece);
      if (!this.pieces.has(piece) && !this.underWay.has(key) && !this.refused.has(key)) void this.fetch(piece, key);
    }
  }

  private async fetch(piece: Piece, key: string): Promise<void> {
    const mine = this.turn;
    this.underWay.add(key);
    try {
      const found = await this.deps.ask(piece);
      if (mine !== this.turn) return;
      this.underWay.delete(key);
      this.pieces.put(piece, found);
      this.deps.onPiece();
    } catch (error) {
      if (mine !== this.turn) return;
      this.underWay.delete(key);
      this.refused.add(key);
      this.deps.onProblem(error);
    }
  }

  /** What tells of a moment; null: nothing yet. */
  at(plan: Plan, { at, to }: Clock): Samples | null {
    return this.pieces.at(pieceAt(plan, at, to), at);
  }

  /** Until when all is there, milliseconds. */
  readyUntil(plan: Plan, { at, to }: Clock): number {
    return this.pieces.readyUntil(plan, at, to);
  }
}
