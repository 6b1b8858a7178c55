/** What the desk knows: the answer on it, the question it is about, who waits, what is copied. */
import { batch, computed, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Exception, Query } from '../api/service';
import { ServiceApi } from '../api/serviceHttp';
import type { Answer } from '../api/answers';
import { WaybillsApi } from '../api/waybillsHttp';
import type { Lang } from '../i18n';
import { api, may, me, session } from './app';
import { copyText } from './copy';
import * as state from './state';

export const waybillsApi = new WaybillsApi(api.line);
export const serviceApi = new ServiceApi(api.line);

/** What stands in the search box. */
export const text = signal('');
export const answer = signal<Answer | null>(null);
/** When the answer came, the server's clock, milliseconds. */
export const answeredAt = signal(0);
/** It was said before, and is shown again. */
export const isReplay = signal(false);
export const asking = signal(false);
export const problem = signal<string | null>(null);
/** The customer's question that the answer is for. */
export const query = signal<Query | null>(null);

export const queries = signal<readonly Query[] | null>(null);
export const exceptions = signal<readonly Exception[] | null>(null);
export const queueProblem = signal<string | null>(null);
/** The row of the queue that the keyboard is on. */
export const current = signal<string | null>(null);

/** What is read to the customer. */
export type ReplyKind = Lang | 'sms';
export const replyKind = signal<ReplyKind>(state.lang.peek());
/** What was copied last, and whether that worked. */
export const copied = signal<{ readonly kind: ReplyKind; readonly ok: boolean } | null>(null);
/** Copy the reply as soon as it is here. */
const copyWhenHere = signal<ReplyKind | null>(null);
export const isCopyWaiting = computed(() => copyWhenHere.value !== null);

export function replyOf(told: Answer, kind: ReplyKind): string {
  return kind === 'sms' ? told.sms_zh : kind === 'zh' ? told.reply_zh : told.reply_en;
}

let asked = 0;

function take(told: Answer, replayed: boolean): void {
  batch(() => {
    answer.value = told;
    isReplay.value = replayed;
    answeredAt.value = replayed ? Date.parse(told.as_of) : session.now.peek();
    asking.value = false;
    problem.value = null;
    copied.value = null;
  });
  const kind = copyWhenHere.peek();
  copyWhenHere.value = null;
  if (kind) copy(kind);
}

/** Every answer is kept with its id; a later question overtakes an earlier one. */
async function lookUp(find: () => Promise<Answer>, replayed = false): Promise<void> {
  const turn = ++asked;
  batch(() => {
    asking.value = true;
    problem.value = null;
    answer.value = null;
    copied.value = null;
  });
  try {
    const told = await find();
    if (turn === asked) take(told, replayed);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (turn !== asked) return;
    batch(() => {
      asking.value = false;
      problem.value = error.message;
      copyWhenHere.value = null;
    });
  }
}

/** Where is it? */
export function ask(number: string): Promise<void> {
  const wanted = number.trim();
  if (!wanted) return Promise.resolve();
  text.value = wanted;
  query.value = null;
  current.value = null;
  return lookUp(() => waybillsApi.where(wanted));
}

/** A question from the queue, with an answer that is of this moment. */
export function openQuery(one: Query): Promise<void> {
  query.value = one;
  current.value = one.id;
  text.value = one.asked;
  replyKind.value = state.lang.peek();
  return lookUp(() => waybillsApi.where(one.asked));
}

/** What was said then: shown again as it was, and as old as it is. */
export function openAnswer(id: string): Promise<void> {
  return lookUp(() => waybillsApi.answer(id), true);
}

export function askAgain(): void {
  if (query.peek()) void openQuery(query.peek() as Query);
  else void ask(text.peek());
}

export function copy(kind: ReplyKind): void {
  const told = answer.peek();
  if (!told) {
    if (asking.peek()) copyWhenHere.value = kind;
    return;
  }
  const words = replyOf(told, kind);
  if (!words) return;
  void copyText(words).then((ok) => {
    copied.value = { kind, ok };
  });
}

export function clear(): void {
  asked++;
  batch(() => {
    asking.value = false;
    answer.value = null;
    query.value = null;
    problem.value = null;
    current.value = null;
    text.value = '';
  });
  focusBox();
}

export function focusBox(): void {
  const box = document.getElementById('desk-box');
  if (box instanceof HTMLInputElement) {
    box.focus();
    box.select();
  }
}

/** Exceptions of one's own; who works none sees all that are open. */
export const onlyMine = computed(() => me.value !== null && me.value.role !== 'owner');

export async function loadQueue(): Promise<void> {
  try {
    const mine = onlyMine.peek() ? me.peek()?.name : undefined;
    const [told, open] = await Promise.all([
      may('look_queries') ? serviceApi.queries({ open: true }) : null,
      may('look_exceptions') ? serviceApi.exceptions({ open: true, handler: mine }) : null,
    ]);
    batch(() => {
      queries.value = told?.queries ?? [];
      exceptions.value = open?.exceptions ?? [];
      queueProblem.value = null;
      const now = told?.queries.find((each) => each.id === query.peek()?.id);
      if (now) query.value = now;
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    queueProblem.value = error.message;
  }
}

/** The neighbour of the row that the keyboard is on. */
export function step(delta: 1 | -1): void {
  const rows = queries.peek() ?? [];
  const place = rows.findIndex((each) => each.id === current.peek());
  const next = place < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, place + delta))];
  current.value = next?.id ?? null;
}
