/** What the pages about rules and people share: the API's parts, and lists that are asked for. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import { AlertsApi, NoticesApi, PeopleApi } from '../api/opsHttp';
import { api, partyNames, sites } from './app';
import * as state from './state';

export const alertsApi = new AlertsApi(api.line);
export const noticesApi = new NoticesApi(api.line);
export const peopleApi = new PeopleApi(api.line);

export interface Asked<T> {
  /** null until the API has answered. */
  readonly told: T | null;
  readonly problem: string | null;
  readonly load: () => Promise<void>;
  /** Do something and ask again; what the API says against it is the problem. */
  readonly attempt: (act: () => Promise<unknown>) => Promise<void>;
}

/** Ask at once, and again when `wish` changes; of answers that overtake each other the last question's counts. */
export function useAsked<T>(ask: () => Promise<T>, wish = ''): Asked<T> {
  const [told, setTold] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const turn = useRef(0);
  const now = useRef(ask);
  now.current = ask;
  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    const mine = ++turn.current;
    try {
      await act();
      const next = await now.current();
      if (mine !== turn.current) return;
      setTold(next);
      setProblem(null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (mine === turn.current) setProblem(error.message);
    }
  };
  const load = () => attempt(async () => {});
  useEffect(() => {
    void load();
  }, [wish]);
  return { told, problem, load, attempt };
}

/** One of a page's parts, as the address names it; the first one where it names none. */
export function partOf<T extends string>(parts: readonly T[]): T | undefined {
  return parts.find((each) => each === state.part.value) ?? parts[0];
}

export function siteWord(code: string): string {
  const site = sites.value.find((each) => each.code === code);
  return site ? state.nameOf(site) : code;
}

export function partyWord(code: string): string {
  return partyNames.value.get(code) ?? code;
}
