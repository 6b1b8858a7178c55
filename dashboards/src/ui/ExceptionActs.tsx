/** What is said with a step of an exception: each asks for what it needs. */
import { useState } from 'preact/hooks';
import type { Exception } from '../api/service';
import type { ExceptionAct } from '../api/serviceHttp';
import { SendDialog } from './SendDialog';
import { me, session } from './app';
import { serviceApi } from './desk';
import { AreaField, CheckField, ChoiceField, MomentField, TextField, filled, momentOf } from './fields';
import { t } from './state';
import { causeName } from './trips';

interface DialogProps {
  readonly one: Exception;
  readonly onDone: (sent: boolean) => void;
}

/** Causes that a delay can be settled with, as the API has them. */
const CAUSES = [
  'late_departure',
  'long_dwell',
  'traffic_slow',
  'stopped_enroute',
  'off_route',
  'driver_rest',
  'signal_lost',
  'breakdown',
  'weather',
  'accident',
  'border',
  'consignee_closed',
  'site_queue',
  'other',
] as const;
type Cause = (typeof CAUSES)[number];

export function AssignDialog({ one, onDone }: DialogProps) {
  const [to, setTo] = useState(one.assigned_to ?? me.peek()?.name ?? '');
  const [note, setNote] = useState('');
  return (
    <SendDialog
      title={t('ledger.act.assign')}
      action={t('ledger.act.assign')}
      complete={to.trim() !== ''}
      send={() => serviceApi.step(one.number, 'assign', { to: to.trim(), ...filled({ note: note.trim() }) })}
      onDone={onDone}
    >
      <TextField label={t('ledger.to')} value={to} onValue={setTo} />
      <AreaField label={t('form.note')} rows={2} value={note} onValue={setNote} />
    </SendDialog>
  );
}

/** A step that says what the report did not say yet. */
export function StepDialog({ one, act, needs, onDone }: DialogProps & { act: ExceptionAct; needs: readonly string[] }) {
  const [cause, setCause] = useState<Cause | ''>('');
  const [eta, setEta] = useState('');
  const [told, setTold] = useState('');
  const [claimed, setClaimed] = useState('');
  const [result, setResult] = useState('');
  const [note, setNote] = useState('');
  const wants = (name: string) => needs.includes(name);
  const now = () => new Date(session.now.peek()).toISOString(); // the server's: a time to come is refused
  const said = () => ({
    ...(wants('cause') ? { cause } : {}),
    ...(wants('new_eta') ? { new_eta: momentOf(eta) } : {}),
    ...(wants('told_customer_at') ? { told_customer_at: momentOf(told) ?? now() } : {}),
    ...(wants('claimed_at') ? { claimed_at: momentOf(claimed) ?? now() } : {}),
    ...(wants('result') ? { result: result.trim() } : {}),
    ...filled({ note: note.trim() }),
  });
  const missing = [
    wants('cause') && cause === '',
    wants('new_eta') && momentOf(eta) === undefined,
    wants('result') && result.trim() === '',
    act === 'note' && note.trim() === '',
  ];
  return (
    <SendDialog title={t(`ledger.act.${act}`)} action={t(`ledger.act.${act}`)} complete={!missing.includes(true)} send={() => serviceApi.step(one.number, act, said())} onDone={onDone}>
      {wants('cause') && <ChoiceField label={t('ledger.field.cause')} value={cause} onValue={setCause} choices={['', ...CAUSES]} words={(each) => (each ? causeName(each) : '–')} />}
      {wants('new_eta') && <MomentField label={t('ledger.field.new_eta')} value={eta} onValue={setEta} needed />}
      {wants('told_customer_at') && <MomentField label={t('ledger.field.told_customer_at')} value={told} onValue={setTold} />}
      {wants('claimed_at') && <MomentField label={t('ledger.field.claimed_at')} value={claimed} onValue={setClaimed} />}
      {wants('result') && <AreaField label={t('ledger.field.result')} rows={2} value={result} onValue={setResult} />}
      <AreaField label={t('form.note')} rows={2} value={note} onValue={setNote} />
    </SendDialog>
  );
}

/** The end: result, responsible, and what the customer said; also where there was no exception. */
export function CloseDialog({ one, unfounded, onDone }: DialogProps & { unfounded: boolean }) {
  const [result, setResult] = useState(one.result ?? '');
  const [responsible, setResponsible] = useState(one.responsible ?? '');
  const [feedback, setFeedback] = useState(one.feedback ?? '');
  const [silent, setSilent] = useState(false);
  const heard = silent ? 'none' : feedback.trim();
  const word = unfounded ? 'dismiss' : 'close';
  return (
    <SendDialog
      title={t(`ledger.act.${word}`)}
      why={t(`ledger.${word}.why`)}
      action={t(`ledger.act.${word}`)}
      complete={result.trim() !== '' && responsible.trim() !== '' && heard !== ''}
      send={() => serviceApi.step(one.number, 'close', { result: result.trim(), responsible: responsible.trim(), feedback: heard, ...(unfounded ? { unfounded } : {}) })}
      onDone={onDone}
    >
      <AreaField label={t('ledger.field.result')} rows={2} value={result} onValue={setResult} />
      <TextField label={t('ledger.field.responsible')} value={responsible} onValue={setResponsible} />
      {!silent && <AreaField label={t('ledger.field.feedback')} rows={2} value={feedback} onValue={setFeedback} />}
      <CheckField label={t('ledger.noFeedback')} value={silent} onValue={setSilent} />
    </SendDialog>
  );
}
