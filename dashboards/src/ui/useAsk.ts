/** What one part of a page asks the API for: kept while it is asked again, with what went wrong beside it. */
import { useRef, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import { useFresh } from './fresh';

export interface Asked<T> {
  /** null: not answered yet. */
  readonly told: T | null;
  /** Why the last question was not answered; what was told before stays. */
  readonly problem: string | null;
  readonly again: () => Promise<void>;
}

interface Kept<T> {
  readonly key: string;
  readonly told: T | null;
  readonly problem: string | null;
}

/** Asks for `key` at once, again when `word` changes but not within `gap` milliseconds, and now and then by itself. */
export function useAsk<T>(key: string, word: number, ask: () => Promise<T>, gap = 5000): Asked<T> {
  const [kept, setKept] = useState<Kept<T>>({ key, told: null, problem: null });
  const wanted = useRef(key);
  wanted.current = key;
  const again = async () => {
    try {
      const told = await ask();
      if (wanted.current === key) setKept({ key, told, problem: null });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const problem = error.message;
      if (wanted.current === key) setKept((before) => ({ key, told: before.key === key ? before.told : null, problem }));
    }
  };
  useFresh(key, word, again, gap);
  return kept.key === key ? { told: kept.told, problem: kept.problem, again } : { told: null, problem: null, again };
}
