/** A person says what became of a stop; the word stands above what the positions say. */
import { useState } from 'preact/hooks';
import type { StopSaid, Trip, TripStop } from '../api/trips';
import { fromWallTime, wallTime } from '../i18n/zones';
import { WordDialog } from './TripWord';
import { session } from './app';
import { t } from './state';
import { placeName, tripsApi } from './trips';
import { zoneWord } from './words';

const WORDS = ['arrived', 'departed', 'skipped', 'missed', 'planned'] as const satisfies readonly StopSaid['status'][];

export function StopDialog({ trip, stop, onDone }: { trip: Trip; stop: TripStop; onDone: (changed: boolean) => void }) {
  const { zone } = stop.site;
  const wall = (iso: string | null) => wallTime(iso ? Date.parse(iso) : session.now.peek(), zone).slice(0, 16);
  const [status, setStatus] = useState<StopSaid['status']>(stop.arrived_at ? 'departed' : 'arrived');
  const [arrived, setArrived] = useState(wall(stop.arrived_at));
  const [departed, setDeparted] = useState(wall(stop.departed_at));
  const there = status === 'arrived' || status === 'departed';
  /** Untouched, a time keeps its seconds. */
  const instant = (text: string, before: string | null) =>
    before && text === wall(before) ? before : new Date(fromWallTime(text, zone)).toISOString();
  const times = {
    ...(there && arrived ? { arrived_at: instant(arrived, stop.arrived_at) } : {}),
    ...(status === 'departed' && departed ? { departed_at: instant(departed, stop.departed_at) } : {}),
  };
  return (
    <WordDialog
      title={t('stop.sayTitle', { site: placeName(stop.site), code: trip.code })}
      why={t('stop.sayWhy')}
      action={t('form.save')}
      complete={!there || arrived !== ''}
      send={(word) => tripsApi.sayStop(trip.code, stop.number, { ...word, status, ...times })}
      onDone={onDone}
    >
      <label>
        {t('stop.became')}
        <select value={status} onChange={(event) => setStatus(event.currentTarget.value as StopSaid['status'])}>
          {WORDS.map((each) => (
            <option key={each} value={each}>
              {t(`stop.say.${each}`)}
            </option>
          ))}
        </select>
      </label>
      {there && (
        <div class="pair">
          <label>
            {t('stop.arrivedAt', { zone: zoneWord(zone) })}
            <input type="datetime-local" value={arrived} onInput={(event) => setArrived(event.currentTarget.value)} />
          </label>
          {status === 'departed' && (
            <label>
              {t('stop.departedAt')}
              <input type="datetime-local" value={departed} onInput={(event) => setDeparted(event.currentTarget.value)} />
            </label>
          )}
        </div>
      )}
    </WordDialog>
  );
}
