/** The waybills' board: its list and its choices. */
import { signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Risk } from '../api/trips';
import type { WaybillList, WaybillState } from '../api/waybills';
import { MOST_WAYBILLS } from '../api/waybillsHttp';
import { waybillsApi } from './desk';

export const list = signal<WaybillList | null>(null);
export const problem = signal<string | null>(null);
export const text = signal('');
export const risks = signal<ReadonlySet<Risk>>(new Set());
export const waybillState = signal<WaybillState | ''>('');
export const customer = signal('');
export const onlyOpen = signal(true);
/** The row that the keyboard is on. */
export const current = signal<string | null>(null);

let asked = 0;

/** The server filters: there may be a million of them. */
export async function load(): Promise<void> {
  const turn = ++asked;
  try {
    const answer = await waybillsApi.list({
      text: text.peek(),
      states: waybillState.peek() ? [waybillState.peek() as WaybillState] : [],
      risks: [...risks.peek()],
      customer: customer.peek() || null,
      site: null,
      open: onlyOpen.peek(),
    });
    if (turn !== asked) return; // a later question overtook this one
    list.value = answer;
    problem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (turn === asked) problem.value = error.message;
  }
}

export function toggleRisk(risk: Risk): void {
  const next = new Set(risks.value);
  if (!next.delete(risk)) next.add(risk);
  risks.value = next;
  void load();
}

export function clearFilters(): void {
  text.value = '';
  risks.value = new Set();
  waybillState.value = '';
  customer.value = '';
  void load();
}

export const isCut = () => (list.value?.waybills.length ?? 0) >= MOST_WAYBILLS;

/** The neighbour of a waybill in the board's order. */
export function neighbourOf(number: string | null, delta: 1 | -1): string | null {
  const rows = list.peek()?.waybills ?? [];
  const place = rows.findIndex((each) => each.number === number);
  if (place < 0) return rows[0]?.number ?? null;
  return rows[Math.min(rows.length - 1, Math.max(0, place + delta))]?.number ?? null;
}
