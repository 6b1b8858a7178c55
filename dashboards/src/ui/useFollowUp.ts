/** What follows from a person's word is worked out behind the API: ask at once and some times after it. */
import { useEffect, useRef } from 'preact/hooks';

export function useFollowUp(reload: () => Promise<void>, after: readonly number[]): () => void {
  const timers = useRef<ReturnType<typeof setTimeout>[]>([]);
  const stop = () => {
    for (const timer of timers.current) clearTimeout(timer);
  };
  useEffect(() => stop, []);
  return () => {
    stop();
    void reload();
    timers.current = after.map((ms) => setTimeout(() => void reload(), ms));
  };
}
