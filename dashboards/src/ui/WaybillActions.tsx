/** What a person may do with a waybill. */
import { useState } from 'preact/hooks';
import type { Waybill } from '../api/waybills';
import { RaiseDialog } from './DeskDialogs';
import { ShareDialog } from './ShareDialog';
import { ProofDialog, ScanDialog } from './WaybillDialogs';
import { may } from './app';
import * as state from './state';
import { t } from './state';

type Open = 'scan' | 'proof' | 'share' | 'raise';

function Opened({ which, waybill, onDone }: { which: Open; waybill: Waybill; onDone: (sent: boolean) => void }) {
  switch (which) {
    case 'scan':
      return <ScanDialog waybill={waybill} onDone={onDone} />;
    case 'proof':
      return <ProofDialog waybill={waybill} onDone={onDone} />;
    case 'raise':
      return <RaiseDialog waybill={waybill.number} onDone={onDone} />;
    default:
      return <ShareDialog number={waybill.number} onDone={() => onDone(true)} />;
  }
}

export function WaybillActions({ waybill, onDone }: { waybill: Waybill; onDone: () => void }) {
  const [open, setOpen] = useState<Open | null>(null);
  const button = (which: Open, words: string) => (
    <button type="button" class="button" onClick={() => setOpen(which)}>
      {words}
    </button>
  );
  return (
    <div class="trip-actions">
      {may('look_queries') && (
        <a class="button" href={state.deskPage(waybill.number)}>
          {t('waybill.answer')}
        </a>
      )}
      {may('share') && button('share', t('waybill.share'))}
      {may('scan') && button('scan', t('waybill.scan'))}
      {may('scan') && button('proof', t('waybill.prove'))}
      {may('raise_exception') && button('raise', t('desk.raise'))}
      {open && (
        <Opened
          which={open}
          waybill={waybill}
          onDone={(sent) => {
            setOpen(null);
            if (sent) onDone();
          }}
        />
      )}
    </div>
  );
}
