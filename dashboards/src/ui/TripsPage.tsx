/** The trips board: the late ones first, and why. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MOST_TRIPS } from '../api/tripsHttp';
import type { BoardSort } from '../live/board';
import { visibleRange } from '../live/list';
import { Empty, Failed, Loading, Stale } from './States';
import { TripRow } from './TripRow';
import { TripImport } from './TripImport';
import { TripsBar, importing } from './TripsBar';
import { pageKeys } from './pageKeys';
import { tripNews, useFresh } from './fresh';
import * as state from './state';
import { t } from './state';
import * as trips from './trips';

export const TRIP_ROW = 58;
/** Height of the table's head. */
const HEAD = 34;

function Head({ column }: { column: BoardSort }) {
  const here = trips.sort.value === column;
  // Lateness falls: the greatest first is its natural way.
  const falling = here && trips.reversed.value !== (column === 'delay' || column === 'age');
  return (
    <th scope="col" class={`col-${column}`} aria-sort={here ? (falling ? 'descending' : 'ascending') : 'none'}>
      <button type="button" class="sort" onClick={() => trips.sortBy(column)}>
        {t(`trips.col.${column}`)}
        <span class="sort-way" aria-hidden="true">
          {here ? (falling ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}

const COLUMNS: readonly BoardSort[] = ['delay', 'trip', 'vehicle', 'state', 'next', 'estimate', 'cause', 'age'];

function Nothing() {
  if (trips.list.value === null) {
    return trips.problem.value ? <Failed reason={trips.problem.value} onRetry={() => void trips.loadTrips()} /> : <Loading words={t('trips.loading')} lines={10} />;
  }
  return trips.list.value.trips.length === 0 ? (
    <Empty words={t(`trips.none.${trips.span.value}`)} how={t('trips.none.how')} />
  ) : (
    <Empty words={t('trips.noMatch')}>
      <button type="button" class="button" onClick={() => trips.clearFilters()}>
        {t('fleet.clear')}
      </button>
    </Empty>
  );
}

/** Only the rows in sight exist in the page; the others are room above and below. */
function Table() {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const measure = () => {
    const element = box.current;
    if (element) setView({ top: element.scrollTop, height: element.clientHeight });
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const rows = trips.shown.value;
  const chosen = trips.current.value;
  useLayoutEffect(() => {
    const place = chosen === null ? -1 : trips.shown.peek().findIndex((trip) => trip.code === chosen);
    const element = box.current;
    if (place < 0 || !element) return;
    const top = place * TRIP_ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + TRIP_ROW + HEAD > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + TRIP_ROW + HEAD - element.clientHeight;
    }
  }, [chosen]);
  const [first, last] = visibleRange(view.top, view.height, TRIP_ROW, rows.length);
  return (
    <div
      class="trips-box"
      id="trips"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={t('app.trips')}
      onScroll={measure}
      onMouseEnter={() => {
        trips.holding.value = true;
      }}
      onMouseLeave={() => {
        trips.holding.value = false;
      }}
    >
      <table class="trips-table" data-testid="trips-table" aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map((column) => (
              <Head key={column} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr class="room" style={{ height: `${first * TRIP_ROW}px` }} aria-hidden="true" />}
          {rows.slice(first, last).map((trip, i) => (
            <TripRow key={trip.code} trip={trip} index={first + i} current={trip.code === chosen} />
          ))}
          {last < rows.length && <tr class="room" style={{ height: `${(rows.length - last) * TRIP_ROW}px` }} aria-hidden="true" />}
        </tbody>
      </table>
      {rows.length === 0 && <Nothing />}
    </div>
  );
}

function step(delta: 1 | -1): void {
  trips.current.value = trips.neighbourOf(trips.current.value, delta);
}

const KEYS: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Enter: () => {
    if (trips.current.value) location.hash = state.tripPage(trips.current.value);
  },
  '/': () => document.getElementById('trip-filter')?.focus(),
  Escape: () => {
    if (trips.current.value) trips.current.value = null;
    else trips.clearFilters();
  },
};

export function TripsPage() {
  useFresh('board', tripNews(), trips.loadTrips, trips.boardGap());
  useEffect(() => {
    pageKeys.value = KEYS;
    return () => {
      if (pageKeys.value === KEYS) pageKeys.value = null; // the next page may have come already
      trips.holding.value = false;
    };
  }, []);
  return (
    <main class="trips" data-testid="trips">
      <TripsBar />
      {trips.problem.value && trips.list.value && (
        <Stale reason={trips.problem.value} onRetry={() => void trips.loadTrips()} />
      )}
      <Table />
      {trips.isCut.value && <p class="trips-cut muted">{t('trips.cut', { count: MOST_TRIPS })}</p>}
      {importing.value && (
        <TripImport
          onDone={() => {
            importing.value = false;
            void trips.loadTrips();
          }}
        />
      )}
    </main>
  );
}
