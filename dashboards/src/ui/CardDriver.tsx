/** Who drives, in full: asked for with a reason, which is kept in the audit. */
import { useState } from 'preact/hooks';
import type { RevealOut } from '../api/types.gen';
import { SendDialog } from './SendDialog';
import { api } from './app';
import { cardDialog, driverInFull } from './cardData';
import { TextField } from './fields';
import { t } from './state';

export function CardDriver({ code }: { code: string }) {
  const [why, setWhy] = useState('');
  const shut = () => {
    cardDialog.value = null;
  };
  const send = async () => {
    const told = await api.line.send<RevealOut>('POST', '/reveal', { kind: 'driver', subject: code, why: why.trim() });
    driverInFull.value = { trip: code, name: told.values.at(-1) ?? '–' }; // the last who took it over
  };
  return (
    <SendDialog title={t('waybill.reveal.title')} why={t('waybill.reveal.why')} action={t('waybill.reveal.go')} complete={why.trim() !== ''} send={send} onDone={shut}>
      <TextField label={t('form.reason')} value={why} onValue={setWhy} />
    </SendDialog>
  );
}
