/** The ledger of estimates, asked for anew when the question or the stream changes. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Accuracy, AccuracyBy } from '../api/trips';
import { session, snapshots } from './app';
import { tripsApi } from './trips';

const DAY_MS = 86_400_000;

interface Told {
  readonly by: AccuracyBy;
  readonly answer: Accuracy;
}

export function useLedger(by: AccuracyBy, days: number): { told: Accuracy | null; problem: string | null; retry: () => void } {
  const [told, setTold] = useState<Told | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    const to = session.now.peek();
    tripsApi.accuracy(by, to - days * DAY_MS, to).then(
      (answer) => {
        if (!wanted) return;
        setTold({ by, answer });
        setProblem(null);
      },
      (error: unknown) => {
        if (wanted) setProblem(error instanceof Problem ? error.message : String(error));
      },
    );
    return () => {
      wanted = false;
    };
  }, [by, days, turn, snapshots.value]);
  return { told: told?.by === by ? told.answer : null, problem, retry: () => setTurn(turn + 1) };
}
