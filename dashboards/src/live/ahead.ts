/** What is still to come of a waybill, as lines of its record.  Pure. */
import type { Answer } from '../api/answers';
import type { Place, RecordLine, WaybillBrief } from '../api/waybills';

/** States in which nothing more is expected. */
const OVER: ReadonlySet<string> = new Set(['arrived_destination', 'delivered', 'refused', 'completed', 'cancelled']);

function line(kind: string, site: Place, planned: string | null, estimated: string | null): RecordLine {
  return {
    key: `ahead-${kind}`,
    kind,
    name_zh: site.name_zh,
    name_en: site.name_en,
    planned_at: planned,
    estimated_at: estimated,
    actual_at: null,
    site: null,
    operator: null,
    vehicle: null,
    trip: null,
    note: '',
    source: 'plan',
    author: null,
    presumed: false,
    version: 0,
    cause: 'first',
    was_at: null,
    evidence: [],
    files: [],
    valid: true,
  };
}

/** The destination, beside its promise. */
export function endAhead(waybill: WaybillBrief): readonly RecordLine[] {
  if (OVER.has(waybill.state)) return [];
  return [line('end', waybill.destination, waybill.promised_at, waybill.eta?.p50 ?? null)];
}

/** The next stop where that is another, and the destination. */
export function aheadOf(told: Answer): readonly RecordLine[] {
  const { waybill, next_stop: next } = told;
  if (!waybill || OVER.has(waybill.state)) return [];
  const stop = next && next.site.code !== waybill.destination.code ? [line('next', next.site, null, next.eta?.p50 ?? null)] : [];
  return [...stop, ...endAhead(waybill)];
}
