/** The stops of a trip: plan, estimate and actual side by side; a replaced plan is struck through, never gone. */
import { useState } from 'preact/hooks';
import type { PlannedStop, StopStatus, Trip, TripStop } from '../api/trips';
import { Empty } from './States';
import { At, EtaWords } from './At';
import { StopDetails } from './TripStopDetails';
import { DelayBadge, signedDelay } from './risk';
import { t } from './state';
import { noEstimateWords, placeName } from './trips';

/** What became of a stop, as a shape on the line. */
export function StatusMark({ status }: { status: StopStatus }) {
  return (
    <svg class={`stop-mark stop-${status}`} width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="7.500" />
      {status === 'departed' && <path d="m6.500 10.300 2.500 2.600 4.700-5.400" />}
      {status === 'arrived' && <circle class="dot" cx="10" cy="10" r="3.600" />}
      {status === 'passed' && <path d="M6 10h8m-3-3 3 3-3 3" />}
      {status === 'approaching' && <path d="M10 6v4.200l2.800 1.800" />}
      {status === 'missed' && <path d="m7 7 6 6m0-6-6 6" />}
      {status === 'skipped' && <path d="M6.500 13.500l7-7" />}
      {status === 'unverified' && <path d="M8 8.200c.2-2.200 4-2.200 4 0 0 1.500-2 1.600-2 3M10 13.800v.1" />}
    </svg>
  );
}

/** Every revision's word on a stop, the first first; repeated ones once. */
export function timesOver(trip: Trip, stop: TripStop, of: (planned: PlannedStop) => string | null): string[] {
  const said = trip.plans.flatMap((plan) => {
    const planned = plan.stops.find((each) => each.stop === stop.stop);
    const time = planned ? of(planned) : null;
    return time ? [time] : [];
  });
  const now = of(stop.planned);
  const all = now && said.at(-1) !== now && !stop.dropped ? [...said, now] : said;
  return all.filter((time, i) => i === 0 || Date.parse(time) !== Date.parse(all[i - 1] ?? ''));
}

/** The latest plan, after the struck-through ones that it replaced. */
function Planned({ trip, stop, of }: { trip: Trip; stop: TripStop; of: (planned: PlannedStop) => string | null }) {
  const times = timesOver(trip, stop, of);
  if (times.length === 0) return <span class="muted">–</span>;
  const replaced = stop.dropped ? times : times.slice(0, -1);
  const [first] = times;
  return (
    <span class="planned">
      {replaced.map((iso) => (
        <s key={iso} class="muted" title={iso === first ? t('stop.baseline') : t('stop.replaced')}>
          <At iso={iso} site={stop.site} />
        </s>
      ))}
      {!stop.dropped && times.length > 0 && <At iso={times.at(-1) ?? ''} site={stop.site} />}
    </span>
  );
}

function Estimated({ trip, stop }: { trip: Trip; stop: TripStop }) {
  if (stop.eta) return <EtaWords eta={stop.eta} site={stop.site} />;
  if (stop.estimated_at) {
    return (
      <span class="muted" title={t('stop.lastEstimate')}>
        <At iso={stop.estimated_at} site={stop.site} />
      </span>
    );
  }
  const open = stop.status === 'planned' || stop.status === 'approaching';
  if (!open || stop.dropped || stop.number === 0) return <span class="muted">–</span>;
  return (
    <span class="no-eta" title={noEstimateWords(trip)}>
      {t('trips.noEta')}
    </span>
  );
}

const comes = (planned: PlannedStop) => planned.arrive_at ?? planned.closes_at;
const leaves = (planned: PlannedStop) => planned.depart_at;

function Actual({ iso, stop }: { iso: string | null; stop: TripStop }) {
  return iso ? <b><At iso={iso} site={stop.site} /></b> : <span class="muted">–</span>;
}

/** Later than this a departure is late, as an arrival is without a tolerance of its own; seconds. */
const TOLERATED_S = 900;

function DepartureDelay({ stop }: { stop: TripStop }) {
  const delay = stop.departure_delay_s;
  if (delay === null) return null;
  return (
    <small class={`num ${delay > TOLERATED_S ? 'delay-word risk-late' : 'muted'}`} title={t('stop.departureDelay')}>
      {signedDelay(delay)}
    </small>
  );
}

/** The departure, where it was planned or has happened. */
function Departure({ trip, stop }: { trip: Trip; stop: TripStop }) {
  if (!stop.planned.depart_at && !stop.departed_at) return null;
  return (
    <div class="stop-line stop-departure" role="row">
      <span />
      <span class="muted" role="cell">
        {t('stop.departs')}
      </span>
      <span role="cell">
        <Planned trip={trip} stop={stop} of={leaves} />
      </span>
      <span role="cell" class="muted">
        –
      </span>
      <span role="cell">
        <Actual iso={stop.departed_at} stop={stop} />
      </span>
      <span role="cell">
        <DepartureDelay stop={stop} />
      </span>
    </div>
  );
}

function Marks({ stop }: { stop: TripStop }) {
  const marks = [
    stop.dropped && 'dropped',
    stop.out_of_sequence && 'sequence',
    stop.shared && 'shared',
    stop.author && 'person',
    stop.planned.via && 'via',
  ].filter((each): each is 'dropped' | 'sequence' | 'shared' | 'person' | 'via' => Boolean(each));
  return (
    <>
      {marks.map((mark) => (
        <span key={mark} class="tag" title={t(`stop.mark.${mark}.why`)}>
          {t(`stop.mark.${mark}`)}
        </span>
      ))}
    </>
  );
}

function Stop({ trip, stop, place, onDone }: { trip: Trip; stop: TripStop; place: number; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const begins = place === 0;
  return (
    <div role="presentation" class={`stop stop-is-${stop.status}${stop.dropped ? ' stop-dropped' : ''}`} data-testid="stop" data-status={stop.status}>
      <div class="stop-line" role="row">
        <StatusMark status={stop.status} />
        <span role="rowheader" class="stop-name">
          <button type="button" class="stop-open" aria-expanded={open} onClick={() => setOpen(!open)}>
            <b>
              {place + 1} · {placeName(stop.site)}
            </b>
          </button>
          <span class="tags">
            <small class="muted">
              {begins && stop.status === 'arrived' && stop.arrived_at ? (
                <>
                  {t('stop.since')} <At iso={stop.arrived_at} site={stop.site} />
                </>
              ) : (
                t(`stop.status.${stop.status}`)
              )}
            </small>
            <Marks stop={stop} />
          </span>
        </span>
        <span role="cell">
          <Planned trip={trip} stop={stop} of={begins ? leaves : comes} />
        </span>
        <span role="cell">
          <Estimated trip={trip} stop={stop} />
        </span>
        <span role="cell">
          <Actual iso={begins ? stop.departed_at : stop.arrived_at} stop={stop} />
        </span>
        <span role="cell">
          {begins ? <DepartureDelay stop={stop} /> : !stop.dropped && <DelayBadge risk={stop.risk} delay={stop.delay_s} />}
        </span>
      </div>
      {!begins && <Departure trip={trip} stop={stop} />}
      {open && <StopDetails trip={trip} stop={stop} onDone={onDone} />}
    </div>
  );
}

export function TripStops({ trip, onDone }: { trip: Trip; onDone: () => void }) {
  return (
    <section class="trip-part" data-testid="stops">
      <h2>{t('trip.stops')}</h2>
      {trip.stops.length === 0 ? (
        <Empty words={t('trip.noStops')} small />
      ) : (
        <div role="table" aria-label={t('trip.stops')}>
          <div class="stop-line stop-heads" role="row">
            <span />
            <span role="columnheader">{t('stop.stop')}</span>
            <span role="columnheader">{t('node.planned')}</span>
            <span role="columnheader">{t('node.estimated')}</span>
            <span role="columnheader">{t('stop.actual')}</span>
            <span role="columnheader">{t('trips.col.delay')}</span>
          </div>
          <div class="stops" role="rowgroup">
            {trip.stops.map((stop, i) => (
              <Stop key={stop.stop} trip={trip} stop={stop} place={i} onDone={onDone} />
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
