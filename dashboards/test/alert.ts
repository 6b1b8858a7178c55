/** An alert for tests: a severe delay that is open; `more` says what is otherwise. */
import type { Alert } from '../src/api/ops';

export function alert(id: string, at: string, more: Partial<Alert> = {}): Alert {
  const never = { closed_at: null, closed_how: null, closed_why: null, acknowledged_at: null, acknowledged_by: null, assigned_to: null, snoozed_until: null, escalated_at: null };
  const nothing = { vehicle: null, trip: null, waybill: null, site: null, exception: null };
  return {
    ...never,
    ...nothing,
    id,
    kind: 'late',
    name_zh: '预计延误',
    name_en: 'Will be late',
    subject_kind: 'vehicle',
    subject: id,
    episode: 'stop:1',
    severity: 2,
    state: 'open',
    began_at: at,
    opened_at: at,
    changed_at: at,
    text_zh: '晚',
    text_en: 'late',
    playbook_zh: [],
    playbook_en: [],
    facts: {},
    ...more,
  };
}
