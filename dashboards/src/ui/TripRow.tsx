/** One trip on the board. */
import type { TripBrief } from '../api/trips';
import { formatAge } from '../i18n/format';
import { partsOfDelay } from '../live/board';
import { session } from './app';
import { At, EtaWords } from './At';
import { DelayBadge, shownRisk } from './risk';
import { lengthWords } from './measures';
import * as state from './state';
import { t } from './state';
import { causeName, causeWords, conditionsOf, noEstimateWords, partsWords, placeName } from './trips';


function Progress({ trip }: { trip: TripBrief }) {
  const percent = Math.round((trip.share ?? 0) * 100);
  const left = trip.left_m === null ? null : lengthWords(trip.left_m);
  return (
    <span class="progress" title={left === null ? undefined : t('trips.left', { percent, left })}>
      <span class={`progress-bar${trip.off_route ? ' off' : ''}`}>
        <i style={{ width: `${percent}%` }} />
      </span>
      <small class="muted num">{trip.share === null ? '–' : `${percent} %`}</small>
    </span>
  );
}

/** When it should be at its next stop; from the first one it departs. */
function Due({ trip }: { trip: TripBrief }) {
  const departs = !trip.next_due && trip.next_stop?.code === trip.origin?.code;
  const iso = departs ? trip.starts_at : trip.next_due;
  if (!iso || !trip.next_stop) return null;
  return (
    <>
      {t(departs ? 'trips.departs' : 'trips.due')} <At iso={iso} site={trip.next_stop} />
    </>
  );
}

function Estimate({ trip }: { trip: TripBrief }) {
  const eta = trip.next_eta ?? trip.final_eta;
  const last = trip.next_stop !== null && trip.next_stop.code === trip.destination?.code;
  return (
    <>
      {eta ? (
        <EtaWords eta={eta} site={trip.next_eta ? trip.next_stop : trip.destination} />
      ) : trip.next_stop === null ? (
        <span class="muted">–</span>
      ) : (
        <span class="no-eta">{t('trips.noEta')}</span>
      )}
      <small class="muted">
        {!eta && trip.next_stop !== null && noEstimateWords(trip)}
        {!trip.next_eta && trip.final_eta && t('trips.final')}
        {trip.next_eta && trip.final_eta && !last && (
          <>
            {t('trips.final')} <At iso={trip.final_eta.p50} site={trip.destination} />
          </>
        )}
      </small>
    </>
  );
}

function Cause({ trip }: { trip: TripBrief }) {
  const parts = partsOfDelay(trip.split);
  const [first] = parts;
  const said = trip.cause !== null && first?.cause !== trip.cause;
  const more = conditionsOf(trip);
  return (
    <span title={[causeWords(trip), ...more].filter(Boolean).join('\n')}>
      <span class="two-lines">
        <span>{said ? causeName(trip.cause ?? '') : first ? partsWords([first]) : trip.cause ? causeName(trip.cause) : ''}</span>
        {more.length > 0 ? (
          <small class="warn-words">{more.join(' · ')}</small>
        ) : (
          <small class="muted">{partsWords(said ? parts : parts.slice(1))}</small>
        )}
      </span>
    </span>
  );
}

/** How old what the row says is; grey words, because a young age is no news. */
function Age({ trip }: { trip: TripBrief }) {
  void session.now.value;
  if (!trip.evaluated_at) return <span class="muted">–</span>;
  const of = (iso: string) => formatAge((session.now.value - Date.parse(iso)) / 1000, state.lang.value);
  return (
    <span class="muted num" title={trip.heard_at ? t('trips.heard', { age: of(trip.heard_at) }) : undefined}>
      {of(trip.evaluated_at)}
    </span>
  );
}

export function TripRow({ trip, index, current }: { trip: TripBrief; index: number; current: boolean }) {
  const risk = shownRisk(trip.risk, trip.delay_s);
  return (
    <tr
      class={current ? 'trip-row current' : 'trip-row'}
      data-trip={trip.code}
      data-risk={risk}
      aria-rowindex={index + 2}
      aria-current={current ? 'true' : undefined}
      onClick={(event) => {
        const inLink = event.target instanceof Element && event.target.closest('a, button');
        if (!inLink) location.hash = state.tripPage(trip.code);
      }}
    >
      <td class="col-delay">
        <DelayBadge risk={risk} delay={trip.delay_s} word={trip.delay_s === null} />
        {risk !== 'unknown' && trip.delay_s !== null && <small class={`delay-word risk-${risk}`}>{t(`risk.${risk}`)}</small>}
        {risk === 'unknown' && <small class="muted">{noEstimateWords(trip)}</small>}
      </td>
      <th scope="row" class="col-trip">
        <a href={state.tripPage(trip.code)}>{trip.code}</a>
        <small class="muted">
          {placeName(trip.origin)} → {placeName(trip.destination)}
        </small>
      </th>
      <td class="col-vehicle">
        <span>{trip.vehicle ?? <span class="no-eta">{t('trips.noVehicle')}</span>}</span>
        <small class="muted">{trip.driver ?? ''}</small>
      </td>
      <td class="col-state">
        <span>{t(`trip.state.${trip.state}`)}</span>
        <Progress trip={trip} />
      </td>
      <td class="col-next">
        <span>{trip.next_stop ? placeName(trip.next_stop) : '–'}</span>
        <small class="muted">
          <Due trip={trip} />
        </small>
      </td>
      <td class="col-estimate">
        <Estimate trip={trip} />
      </td>
      <td class="col-cause">
        <Cause trip={trip} />
      </td>
      <td class="col-age">
        <Age trip={trip} />
      </td>
    </tr>
  );
}
