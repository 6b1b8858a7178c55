/** The ledger of exceptions: which reports are shown, the one that is open, the week's summary. */
import { batch, computed, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Exception, ExceptionKind, ExceptionList, ExceptionSummary } from '../api/service';
import { serviceApi } from './desk';
import * as state from './state';

export const WHICH = ['open', 'all'] as const;
export type Which = (typeof WHICH)[number];

export const list = signal<ExceptionList | null>(null);
export const problem = signal<string | null>(null);
export const which = signal<Which>('open');
export const kind = signal<ExceptionKind | ''>('');
/** The report that is open, with its ledger. */
export const opened = signal<Exception | null>(null);
/** The row that the keyboard is on. */
export const current = signal<string | null>(null);
export const summary = signal<ExceptionSummary | null>(null);
/** The week is shown in place of the reports. */
export const onWeek = computed(() => state.exception.value === 'week');

async function tried(ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
    problem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

export function load(): Promise<void> {
  return tried(async () => {
    const told = await serviceApi.exceptions({ open: which.peek() === 'open', kind: kind.peek() || undefined });
    batch(() => {
      list.value = told;
    });
    const here = state.exception.peek();
    if (here && here !== 'week') opened.value = await serviceApi.exception(here);
  });
}

export function open(number: string | null): Promise<void> {
  return tried(async () => {
    current.value = number ?? current.peek();
    if (opened.peek()?.number !== number) opened.value = null;
    const told = number === null ? null : await serviceApi.exception(number);
    if (state.exception.peek() === number) opened.value = told;
  });
}

export function loadWeek(week?: string): Promise<void> {
  return tried(async () => {
    summary.value = await serviceApi.summary(week);
  });
}

export function choose(next: Which, only: ExceptionKind | ''): void {
  batch(() => {
    which.value = next;
    kind.value = only;
    list.value = null;
  });
  void load();
}

export function step(delta: 1 | -1): void {
  const rows = list.peek()?.exceptions ?? [];
  const place = rows.findIndex((each) => each.number === current.peek());
  const next = place < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, place + delta))];
  current.value = next?.number ?? null;
}
