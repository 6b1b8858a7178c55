/** What is shown stays fresh: asked for again when the live stream says so, and now and then by itself. */
import { useEffect, useRef } from 'preact/hooks';
import { fleet, session, snapshots } from './app';

/** Never more often than this because of the live stream, milliseconds. */
export const GAP_MS = 5000;
/** A server that is slow to answer is asked so much less often: at most this share of the time. */
const SHARE = 0.1;
/** Now and then by itself: trips without a vehicle are in no stream. */
const REFRESH_MS = 30_000;

/** Of the pages that are open: ask again soon. */
const nudges = new Map<string, () => void>();

/**
 * Ask at once, again when the stream began anew, when `word` (what the live stream says of it)
 * changed, but with a gap between, and by itself now and then.
 */
export function useFresh(key: string, word: number, ask: () => Promise<void>, gap = GAP_MS): void {
  const rest = useRef(gap);
  rest.current = gap;
  useEffect(() => {
    let next = performance.now() + rest.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      clearTimeout(timer);
      timer = undefined;
      if (document.hidden) return;
      const begun = performance.now();
      next = begun + rest.current;
      void ask().finally(() => {
        next = Math.max(next, begun + (performance.now() - begun) / SHARE);
      });
    };
    const soon = () => {
      timer ??= setTimeout(again, Math.max(0, next - performance.now()));
    };
    void ask();
    nudges.set(key, soon);
    const every = setInterval(again, REFRESH_MS);
    document.addEventListener('visibilitychange', soon);
    return () => {
      nudges.delete(key);
      clearInterval(every);
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', soon);
    };
  }, [key, snapshots.value]);
  const told = useRef(word);
  useEffect(() => {
    if (told.current !== word) nudges.get(key)?.();
    told.current = word;
  }, [key, word]);
}

/** Grows when the live stream says anything new of any trip. */
export function tripNews(): number {
  void session.version.value;
  return fleet.trips;
}
