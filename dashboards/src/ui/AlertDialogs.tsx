/** What is said with an act on alerts: to whom, for how long, why. */
import { useState } from 'preact/hooks';
import { SendDialog } from './SendDialog';
import * as alerts from './alerts';
import { me, session } from './app';
import { AreaField, TextField } from './fields';
import { t } from './state';

interface DialogProps {
  readonly onDone: (sent: boolean) => void;
}

export function AssignDialog({ onDone }: DialogProps) {
  const [to, setTo] = useState(me.peek()?.name ?? '');
  return (
    <SendDialog title={t('alert.assign.title')} action={t('alerts.assign')} complete={to.trim() !== ''} send={() => alerts.act('assign', { to: to.trim() })} onDone={onDone}>
      <TextField label={t('alert.assign.to')} value={to} onValue={setTo} />
    </SendDialog>
  );
}

/** Minutes; none: it shall be heard again. */
const QUIET = [15, 60, 240, 720, 0] as const;

export function SnoozeDialog({ onDone }: DialogProps) {
  const [minutes, setMinutes] = useState<(typeof QUIET)[number]>(15);
  const until = () => (minutes === 0 ? null : new Date(session.now.peek() + minutes * 60_000).toISOString());
  const send = () => alerts.act('snooze', { until: until() });
  const some = alerts.isSomeQuiet();
  const choices = QUIET.filter((each) => each > 0 || some);
  return (
    <SendDialog title={t('alert.snooze.title')} action={t('alerts.snooze')} complete send={send} onDone={onDone}>
      <div class="segments" role="radiogroup" aria-label={t('alert.snooze.title')}>
        {choices.map((each) => (
          <button key={each} type="button" role="radio" aria-checked={minutes === each} onClick={() => setMinutes(each)}>
            {t(`alert.snooze.${each}`)}
          </button>
        ))}
      </div>
    </SendDialog>
  );
}

export function CloseDialog({ onDone }: DialogProps) {
  const [why, setWhy] = useState('');
  return (
    <SendDialog title={t('alert.close.title')} why={t('alert.close.why')} action={t('alerts.close')} complete={why.trim() !== ''} send={() => alerts.act('close', { reason: why.trim() })} onDone={onDone}>
      <AreaField label={t('form.reason')} rows={2} value={why} onValue={setWhy} />
    </SendDialog>
  );
}
