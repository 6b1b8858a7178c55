/** A new revision of the plan: other times; the revisions before it stay, and delays tell of both. */
import { useState } from 'preact/hooks';
import type { StopPlan, Trip, TripStop } from '../api/trips';
import { fromWallTime, wallTime } from '../i18n/zones';
import { WordDialog } from './TripWord';
import { t } from './state';
import { placeName, tripsApi } from './trips';
import { zoneWord } from './words';

interface Draft {
  readonly stop: TripStop;
  readonly arrive: string;
  readonly depart: string;
}

const wall = (iso: string | null, zone: string) => (iso ? wallTime(Date.parse(iso), zone).slice(0, 16) : '');

function begin(trip: Trip): Draft[] {
  return trip.stops
    .filter((stop) => !stop.dropped)
    .map((stop) => {
      const { zone } = stop.site;
      return { stop, arrive: wall(stop.planned.arrive_at, zone), depart: wall(stop.planned.depart_at, zone) };
    });
}

/** An untouched field keeps its seconds; an emptied one is none. */
function instant(text: string, before: string | null, zone: string): string | null {
  if (text === wall(before, zone)) return before;
  const ms = text ? fromWallTime(text, zone) : Number.NaN;
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** A window moves along with its planned arrival. */
function moved(iso: string | null, by: number): string | null {
  return iso === null ? null : new Date(Date.parse(iso) + by).toISOString();
}

export function plannedAgain({ stop, arrive, depart }: Draft): StopPlan {
  const { planned, site } = stop;
  const arriveAt = instant(arrive, planned.arrive_at, site.zone);
  const by = arriveAt && planned.arrive_at ? Date.parse(arriveAt) - Date.parse(planned.arrive_at) : 0;
  return {
    stop: stop.stop,
    site: site.code,
    arrive_at: arriveAt,
    depart_at: instant(depart, planned.depart_at, site.zone),
    opens_at: by === 0 ? planned.opens_at : moved(planned.opens_at, by),
    closes_at: by === 0 ? planned.closes_at : moved(planned.closes_at, by),
    service_s: planned.service_s,
    early_s: planned.early_s,
    late_s: planned.late_s,
    via: planned.via,
  };
}

/** All later times by as much as one was moved. */
function shifted(drafts: readonly Draft[], from: number, minutes: number): Draft[] {
  const move = (text: string) => (text ? new Date(Date.parse(`${text}Z`) + minutes * 60_000).toISOString().slice(0, 16) : '');
  return drafts.map((draft, i) => (i < from ? draft : { ...draft, arrive: move(draft.arrive), depart: move(draft.depart) }));
}

const SHIFTS = [15, 30, 60] as const;

export function ReplanDialog({ trip, onDone }: { trip: Trip; onDone: (changed: boolean) => void }) {
  const [before] = useState(() => begin(trip));
  const [drafts, setDrafts] = useState(before);
  const set = (place: number, change: Partial<Draft>) => setDrafts(drafts.map((draft, i) => (i === place ? { ...draft, ...change } : draft)));
  const changed = drafts.some((draft, i) => draft.arrive !== before[i]?.arrive || draft.depart !== before[i]?.depart);
  const open = drafts.findIndex(({ stop }) => stop.arrived_at === null && stop.departed_at === null);
  const zones = [...new Set(drafts.map(({ stop }) => stop.site.zone))];
  return (
    <WordDialog
      title={t('replan.title', { code: trip.code })}
      why={t('replan.why')}
      action={t('replan.go', { n: trip.plans.length })}
      complete={changed}
      wide
      send={(word) => tripsApi.replan(trip.code, { ...word, stops: drafts.map(plannedAgain) })}
      onDone={onDone}
    >
      {open >= 0 && (
        <p class="replan-shift">
          <span class="muted">{t('replan.shift')}</span>
          {SHIFTS.map((each) => (
            <button key={each} type="button" class="switch" onClick={() => setDrafts(shifted(drafts, open, each))}>
              +{t('unit.min', { n: each })}
            </button>
          ))}
        </p>
      )}
      <div class="table-box report">
        <table class="replan">
          <thead>
            <tr>
              <th scope="col">{t('stop.stop')}</th>
              <th scope="col">{t('replan.arrive')}</th>
              <th scope="col">{t('replan.depart')}</th>
            </tr>
          </thead>
          <tbody>
            {drafts.map(({ stop, arrive, depart }, i) => (
              <tr key={stop.stop}>
                <th scope="row" class="wrap">
                  {i + 1} · {placeName(stop.site)}
                  {zones.length > 1 && <small class="muted"> {zoneWord(stop.site.zone)}</small>}
                </th>
                <td>
                  <input type="datetime-local" aria-label={`${t('replan.arrive')} ${placeName(stop.site)}`} value={arrive} onInput={(event) => set(i, { arrive: event.currentTarget.value })} />
                </td>
                <td>
                  <input type="datetime-local" aria-label={`${t('replan.depart')} ${placeName(stop.site)}`} value={depart} onInput={(event) => set(i, { depart: event.currentTarget.value })} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {zones.length === 1 && <p class="muted small">{t('site.zoneNote', { zone: zoneWord(zones[0] ?? 'UTC') })}</p>}
    </WordDialog>
  );
}
