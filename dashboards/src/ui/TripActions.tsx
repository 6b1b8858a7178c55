/** What a person may do with a trip: another vehicle, another plan, a step of its life, the cause. */
import { useState } from 'preact/hooks';
import type { DelayCause, Trip } from '../api/trips';
import { fromWallTime, wallTime } from '../i18n/zones';
import { OVER } from '../live/board';
import { fold } from '../live/list';
import { ReplanDialog } from './TripReplan';
import { WordDialog } from './TripWord';
import { fleet, session } from './app';
import { PenIcon } from './icons';
import * as state from './state';
import { t, tValue } from './state';
import { causeName, tripsApi } from './trips';
import { zoneWord } from './words';

/** As many as a person looks through. */
const MOST_PLATES = 30;

/** What positions cannot tell, first; then what they can, if a person knows better. */
const CAUSES = [
  'breakdown',
  'weather',
  'accident',
  'border',
  'consignee_closed',
  'site_queue',
  'other',
  'late_departure',
  'long_dwell',
  'traffic_slow',
  'stopped_enroute',
  'off_route',
  'driver_rest',
  'signal_lost',
] as const;

interface DialogProps {
  readonly trip: Trip;
  readonly onDone: (changed: boolean) => void;
}

/** Wall-clock time in the installation's zone; empty is now. */
function TimeField({ label, value, onValue }: { label: string; value: string; onValue: (value: string) => void }) {
  return (
    <label>
      {t(label === 'from' ? 'trip.from' : 'trip.at', { zone: zoneWord(state.zone.value) })}
      <input type="datetime-local" value={value} onInput={(event) => onValue(event.currentTarget.value)} />
      <small class="muted">{t('trip.emptyNow')}</small>
    </label>
  );
}

/** For a request: nothing when the field is empty. */
function timeOf(text: string): { readonly at?: string } {
  const ms = text ? fromWallTime(text, state.zone.value) : Number.NaN;
  return Number.isNaN(ms) ? {} : { at: new Date(ms).toISOString() };
}

function AssignDialog({ trip, onDone }: DialogProps) {
  const [plate, setPlate] = useState('');
  const [driver, setDriver] = useState('');
  const [at, setAt] = useState('');
  const [none, setNone] = useState(false);
  const wanted = fold(plate);
  const plates = fleet.plate.filter((each) => each !== trip.vehicle && fold(each).includes(wanted)).slice(0, MOST_PLATES);
  return (
    <WordDialog
      title={t(trip.vehicle ? 'assign.swap' : 'assign.title', { code: trip.code })}
      why={trip.vehicle ? t('assign.swapWhy', { plate: trip.vehicle }) : t('assign.why')}
      action={t(trip.vehicle ? 'assign.goSwap' : 'assign.go')}
      complete={none || plate.trim() !== ''}
      send={(word) => tripsApi.assign(trip.code, { ...word, ...(none ? { vehicle: null } : { vehicle: plate.trim(), driver: driver.trim() || null }), ...timeOf(at) })}
      onDone={onDone}
    >
      {trip.vehicle && (
        <label class="check">
          <input type="checkbox" checked={none} onChange={(event) => setNone(event.currentTarget.checked)} />
          {t('assign.none')}
        </label>
      )}
      <div class="pair">
        <label>
          {t('site.vehicle')}
          <input type="text" list="assign-plates" autocomplete="off" disabled={none} value={plate} onInput={(event) => setPlate(event.currentTarget.value)} />
        </label>
        <label>
          {t('assign.driver')}
          <input type="text" autocomplete="off" disabled={none} value={driver} onInput={(event) => setDriver(event.currentTarget.value)} />
        </label>
      </div>
      <datalist id="assign-plates">
        {plates.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </datalist>
      <TimeField label="from" value={at} onValue={setAt} />
    </WordDialog>
  );
}

function StepDialog({ trip, event, onDone }: DialogProps & { event: string }) {
  const [at, setAt] = useState(wallTime(session.now.peek(), state.zone.value).slice(0, 16));
  return (
    <WordDialog
      title={t('step.title', { step: tValue('step', event), code: trip.code })}
      why={t('step.why', { state: t(`trip.state.${trip.state}`) })}
      action={tValue('step', event)}
      complete
      send={(word) => tripsApi.step(trip.code, { ...word, event, ...timeOf(at) })}
      onDone={onDone}
    >
      <TimeField label="at" value={at} onValue={setAt} />
    </WordDialog>
  );
}

function CauseDialog({ trip, onDone }: DialogProps) {
  const [cause, setCause] = useState<DelayCause | ''>('');
  const [note, setNote] = useState('');
  return (
    <WordDialog
      title={t('cause.title', { code: trip.code })}
      why={t('cause.why')}
      action={t('form.save')}
      complete={cause !== ''}
      asksReason={false}
      send={({ author }) => tripsApi.sayCause(trip.code, { cause: cause || 'other', note: note.trim(), author })}
      onDone={onDone}
    >
      <label>
        {t('trips.col.cause')}
        <select value={cause} onChange={(event) => setCause(event.currentTarget.value as DelayCause | '')}>
          <option value="">–</option>
          {CAUSES.map((each) => (
            <option key={each} value={each}>
              {causeName(each)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('node.note')}
        <textarea rows={2} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      </label>
    </WordDialog>
  );
}

type Open = { readonly kind: 'assign' | 'replan' | 'cause' } | { readonly kind: 'step'; readonly event: string };

function Opened({ open, ...props }: DialogProps & { open: Open }) {
  switch (open.kind) {
    case 'assign':
      return <AssignDialog {...props} />;
    case 'replan':
      return <ReplanDialog {...props} />;
    case 'cause':
      return <CauseDialog {...props} />;
    default:
      return <StepDialog {...props} event={open.event} />;
  }
}

export function TripActions({ trip, onDone }: { trip: Trip; onDone: () => void }) {
  const [open, setOpen] = useState<Open | null>(null);
  const over = OVER.includes(trip.state);
  return (
    <div class="trip-actions">
      {!over && trip.state !== 'draft' && (
        <button type="button" class="button" onClick={() => setOpen({ kind: 'assign' })}>
          {t(trip.vehicle ? 'assign.swapShort' : 'assign.short')}
        </button>
      )}
      {!over && trip.stops.length > 0 && (
        <button type="button" class="button" onClick={() => setOpen({ kind: 'replan' })}>
          <PenIcon /> {t('replan.short')}
        </button>
      )}
      {trip.state !== 'draft' && (
        <button type="button" class="button" onClick={() => setOpen({ kind: 'cause' })}>
          {t('cause.short')}
        </button>
      )}
      {trip.legal.length > 0 && (
        <select
          class="steps"
          aria-label={t('step.short')}
          value=""
          onChange={(event) => {
            const step = event.currentTarget.value;
            event.currentTarget.value = '';
            if (step) setOpen({ kind: 'step', event: step });
          }}
        >
          <option value="">{t('step.short')}</option>
          {trip.legal.map((each) => (
            <option key={each} value={each}>
              {tValue('step', each)}
            </option>
          ))}
        </select>
      )}
      {open && (
        <Opened
          open={open}
          trip={trip}
          onDone={(changed) => {
            setOpen(null);
            if (changed) onDone();
          }}
        />
      )}
    </div>
  );
}
