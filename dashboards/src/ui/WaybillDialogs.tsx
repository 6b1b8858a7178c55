/** What people say of a waybill: another trip, a scan, what came of its delivery. */
import { useState } from 'preact/hooks';
import { type Leg, SCAN_KINDS, type ScanKind, type Waybill } from '../api/waybills';
import { SendDialog } from './SendDialog';
import { waybillsApi } from './desk';
import { AreaField, CheckField, ChoiceField, MomentField, SiteField, TextField, filled, momentOf } from './fields';
import { t } from './state';

interface DialogProps {
  readonly waybill: Waybill;
  readonly onDone: (sent: boolean) => void;
}

export function BookingDialog({ waybill, leg, onDone }: DialogProps & { leg: Leg }) {
  const [trip, setTrip] = useState('');
  const [at, setAt] = useState('');
  const [wrong, setWrong] = useState(false);
  const [reason, setReason] = useState('');
  const said = () => ({ leg: leg.number, trip: trip.trim(), reason: reason.trim(), ...(wrong ? { wrong } : {}), ...filled({ at: wrong ? undefined : momentOf(at) }) });
  return (
    <SendDialog
      title={t('booking.title', { leg: leg.number + 1 })}
      why={t('booking.why')}
      action={t('booking.go')}
      complete={trip.trim() !== '' && reason.trim() !== ''}
      send={() => waybillsApi.book(waybill.number, said())}
      onDone={onDone}
    >
      <TextField label={t('booking.trip')} value={trip} onValue={setTrip} />
      {leg.booking && <CheckField label={t('booking.wrong')} value={wrong} onValue={setWrong} />}
      {!wrong && <MomentField value={at} onValue={setAt} />}
      <TextField label={t('form.reason')} hint={t('form.reasonHint')} value={reason} onValue={setReason} />
    </SendDialog>
  );
}

export function ScanDialog({ waybill, onDone }: DialogProps) {
  const [kind, setKind] = useState<ScanKind>('loaded');
  const [site, setSite] = useState(waybill.site?.code ?? waybill.origin.code);
  const [vehicle, setVehicle] = useState(waybill.vehicle ?? '');
  const [at, setAt] = useState('');
  const [slot, setSlot] = useState('');
  const [note, setNote] = useState('');
  const onVehicle = kind === 'loaded' || kind === 'unloaded';
  const said = () => ({
    kind,
    site,
    ...filled({ vehicle: onVehicle ? vehicle.trim() : '', slot: onVehicle ? '' : slot.trim(), note: note.trim(), at: momentOf(at) }),
  });
  return (
    <SendDialog
      title={t('scan.title', { number: waybill.number })}
      why={t('scan.why')}
      action={t('scan.go')}
      complete={site !== ''}
      send={() => waybillsApi.scan(waybill.number, said())}
      onDone={onDone}
    >
      <div class="pair">
        <ChoiceField label={t('scan.what')} value={kind} onValue={setKind} choices={SCAN_KINDS} words={(each) => t(`scan.kind.${each}`)} />
        <SiteField label={t('scan.site')} value={site} onValue={setSite} />
      </div>
      {onVehicle ? (
        <TextField label={t('scan.vehicle')} hint={t('form.optional')} value={vehicle} onValue={setVehicle} />
      ) : (
        <TextField label={t('scan.slot')} hint={t('form.optional')} value={slot} onValue={setSlot} />
      )}
      <MomentField value={at} onValue={setAt} />
      <TextField label={t('form.note')} hint={t('form.optional')} value={note} onValue={setNote} />
    </SendDialog>
  );
}

const OUTCOMES = ['signed', 'refused', 'withdrawn'] as const;
type Outcome = (typeof OUTCOMES)[number];
/** Bytes; what the API takes. */
const LARGEST = 8 * 1024 * 1024;

export function ProofDialog({ waybill, onDone }: DialogProps) {
  const [outcome, setOutcome] = useState<Outcome>('signed');
  const [signer, setSigner] = useState('');
  const [at, setAt] = useState('');
  const [note, setNote] = useState('');
  const [files, setFiles] = useState<readonly File[]>([]);
  const large = files.find((file) => file.size > LARGEST);
  const named = outcome !== 'signed' || signer.trim() !== '';
  const send = async () => {
    const kept = await Promise.all(files.map(async (file) => (await waybillsApi.upload(waybill.number, file)).id));
    await waybillsApi.prove(waybill.number, { outcome, signer: signer.trim(), files: kept, ...filled({ note: note.trim(), at: momentOf(at) }) });
  };
  return (
    <SendDialog
      title={t('proof.title', { number: waybill.number })}
      why={t('proof.why')}
      action={t('proof.go')}
      complete={named && !large}
      send={send}
      onDone={onDone}
    >
      <div class="pair">
        <ChoiceField label={t('proof.outcome')} value={outcome} onValue={setOutcome} choices={OUTCOMES} words={(each) => t(`proof.${each}`)} />
        <TextField label={t('proof.signer')} value={signer} onValue={setSigner} />
      </div>
      <MomentField value={at} onValue={setAt} />
      <AreaField label={t('form.note')} rows={2} value={note} onValue={setNote} />
      <label>
        {t('proof.files')}
        <input type="file" multiple accept="image/*,application/pdf" onChange={(event) => setFiles([...(event.currentTarget.files ?? [])])} />
        <small class={large ? 'bad' : 'muted'}>{large ? t('proof.tooLarge', { name: large.name }) : t('proof.filesLimit')}</small>
      </label>
    </SendDialog>
  );
}
