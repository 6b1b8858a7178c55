/** Parts of a waybill's page: its legs and who carried them, scans, delivery with evidence. */
import { useState } from 'preact/hooks';
import type { Booking, EvidenceFile, Leg, Scan, Waybill } from '../api/waybills';
import { formatNumber } from '../i18n/format';
import { SendDialog } from './SendDialog';
import { At } from './At';
import { BookingDialog } from './WaybillDialogs';
import { may } from './app';
import { waybillsApi } from './desk';
import { TextField } from './fields';
import * as state from './state';
import { t } from './state';
import { minute } from './words';

interface PartProps {
  readonly waybill: Waybill;
  readonly onDone: () => void;
}

/** What is withheld from the reader is a dash. */
const shown = (words: string | null) => words ?? '–';

function pastWords(past: Booking): string {
  const said = { trip: shown(past.trip), author: shown(past.ended_by ?? past.author), reason: shown(past.ended_why ?? past.reason) };
  if (past.void) return t('waybill.bookingWrong', said);
  return t('waybill.bookingsBefore', { ...said, from: minute(past.from), to: past.to ? minute(past.to) : '–' });
}

function LegItem({ leg, waybill, onRebook }: { leg: Leg; waybill: Waybill; onRebook: () => void }) {
  const rides = waybill.rides.filter((each) => each.leg === leg.number);
  return (
    <li class="leg" data-testid="leg">
      <div class="leg-line">
        <b>
          {state.nameOf(leg.from)} → {state.nameOf(leg.to)}
        </b>
        {leg.booking?.trip ? <a href={state.tripPage(leg.booking.trip)}>{leg.booking.trip}</a> : <span class="no-eta">{t('waybill.noTrip')}</span>}
        {may('edit_waybills') && (
          <button type="button" class="link" onClick={onRebook}>
            {t('waybill.book')}
          </button>
        )}
      </div>
      {rides.map((ride) => (
        <p key={ride.from} class="muted">
          {t('waybill.rode', { plate: shown(ride.vehicle) })}: <At iso={ride.from} site={leg.from} /> – {ride.to && <At iso={ride.to} site={leg.to} />}
          {ride.presumed && (
            <span class="tag" title={t('waybill.presumed.why')}>
              {t('waybill.presumed')}
            </span>
          )}
        </p>
      ))}
      {leg.past.map((past) => (
        <p key={`${past.trip} ${past.from}`} class="muted">
          <s>{past.trip}</s> {pastWords(past)}
        </p>
      ))}
    </li>
  );
}

export function WaybillLegs({ waybill, onDone }: PartProps) {
  const [leg, setLeg] = useState<Leg | null>(null);
  return (
    <section class="trip-part">
      <h2>{t('waybill.legs')}</h2>
      <ul class="legs">
        {waybill.legs.map((each) => (
          <LegItem key={each.number} leg={each} waybill={waybill} onRebook={() => setLeg(each)} />
        ))}
      </ul>
      {leg && (
        <BookingDialog
          waybill={waybill}
          leg={leg}
          onDone={(sent) => {
            setLeg(null);
            if (sent) onDone();
          }}
        />
      )}
    </section>
  );
}

function WithdrawDialog({ number, scan, onDone }: { number: string; scan: Scan; onDone: (sent: boolean) => void }) {
  const [reason, setReason] = useState('');
  return (
    <SendDialog
      title={t('scan.withdraw.title')}
      why={t('scan.withdraw.why')}
      action={t('scan.withdraw.go')}
      complete={reason.trim() !== ''}
      send={() => waybillsApi.withdrawScan(number, scan.id, reason.trim())}
      onDone={onDone}
    >
      <TextField label={t('form.reason')} value={reason} onValue={setReason} />
    </SendDialog>
  );
}

function ScanItem({ one, onWithdraw }: { one: Scan; onWithdraw: () => void }) {
  const words = [one.vehicle, one.slot, one.note, one.author].filter(Boolean).join(' · ');
  return (
    <li data-testid="scan">
      {one.withdrawn_by ? <s>{t(`scan.kind.${one.kind}`)}</s> : <b>{t(`scan.kind.${one.kind}`)}</b>} <span>{state.nameOf(one.site)}</span>{' '}
      <At iso={one.at} site={one.site} /> <span class="muted">{words}</span>
      {one.withdrawn_by ? (
        <small class="muted"> {t('waybill.withdrawn', { name: one.withdrawn_by, why: one.withdrawn_why ?? '' })}</small>
      ) : (
        may('scan') && (
          <button type="button" class="link" onClick={onWithdraw}>
            {t('waybill.withdraw')}
          </button>
        )
      )}
    </li>
  );
}

export function WaybillScans({ waybill, onDone }: PartProps) {
  const [scan, setScan] = useState<Scan | null>(null);
  return (
    <section class="trip-part" data-testid="scans">
      <h2>{t('waybill.scans')}</h2>
      {waybill.scans.length === 0 && <p class="muted">{t('waybill.noScans')}</p>}
      <ul class="lines">
        {waybill.scans.map((each) => (
          <ScanItem key={each.id} one={each} onWithdraw={() => setScan(each)} />
        ))}
      </ul>
      {scan && (
        <WithdrawDialog
          number={waybill.number}
          scan={scan}
          onDone={(sent) => {
            setScan(null);
            if (sent) onDone();
          }}
        />
      )}
    </section>
  );
}

/** Not a link: a link cannot carry the token.  It is saved, never opened as a page of ours. */
async function save(number: string, file: EvidenceFile): Promise<void> {
  const address = URL.createObjectURL(await waybillsApi.file(number, file.id));
  const link = document.createElement('a');
  link.href = address;
  link.download = file.name;
  link.click();
  URL.revokeObjectURL(address);
}

function Files({ number, files }: { number: string; files: readonly EvidenceFile[] }) {
  return (
    <span class="files">
      {files.map((file) => (
        <button key={file.id} type="button" class="link" title={t('waybill.openFile', { name: file.name })} onClick={() => void save(number, file)}>
          {file.name} <small class="muted num">{formatNumber(Math.ceil(file.size / 1024), state.lang.value)} KB</small>
        </button>
      ))}
    </span>
  );
}

const PROOF_WORDS = { signed: 'waybill.signedBy', refused: 'waybill.refusedBy', withdrawn: 'waybill.proofWithdrawn' } as const;

export function WaybillProofs({ waybill }: { waybill: Waybill }) {
  const last = waybill.proofs.at(-1);
  const used = new Set(waybill.proofs.flatMap((each) => each.files));
  const loose = waybill.files.filter((file) => !used.has(file.id));
  return (
    <section class="trip-part" data-testid="proofs">
      <h2>{t('waybill.proofs')}</h2>
      {(!last || last.outcome === 'withdrawn') && <p class="muted">{t('waybill.noProof')}</p>}
      <ul class="lines">
        {waybill.proofs.map((each) => {
          const words = t(PROOF_WORDS[each.outcome], { name: each.signer || '–' });
          return (
            <li key={each.id}>
              {each === last ? <b>{words}</b> : <s>{words}</s>} <At iso={each.at} site={waybill.destination} />{' '}
              <span class="muted">{[each.note, each.author].filter(Boolean).join(' · ')}</span>
              <Files number={waybill.number} files={waybill.files.filter((file) => each.files.includes(file.id))} />
            </li>
          );
        })}
      </ul>
      {loose.length > 0 && (
        <p>
          {t('waybill.files')}: <Files number={waybill.number} files={loose} />
        </p>
      )}
    </section>
  );
}
