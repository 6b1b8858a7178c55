/** The list: only the rows in sight exist in the page. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatAge } from '../i18n/format';
import { ageOf, cell } from '../live/fleet';
import { visibleRange } from '../live/list';
import { CHIPS, shownRisk } from '../live/chip';
import { State, fade } from '../live/state';
import { Empty, Loading } from './States';
import { fleet, partyName, session } from './app';
import { index, shownPlates, sifted, siteNames } from './board';
import * as filters from './filters';
import { StateMark, stateName } from './icons';
import { DelayBadge } from './risk';
import { reveal, showOnMap } from './mapLink';
import { speedNumber, speedUnitWord } from './measures';
import * as state from './state';
import { t } from './state';
import { minute } from './words';

export const ROW = 58;

/** Where a vehicle is bound for, in a line: its way, its next stop, or where it stands. */
function wayWords(row: number): string {
  const { index: facets } = index.value;
  const named = (code: string | null | undefined) => (code ? (siteNames.value.get(code) ?? code) : null);
  const [next, from, to] = [named(fleet.next[row]), named(facets.origins[row]), named(facets.destinations[row])];
  if (next && to && next !== to) return t('row.then', { next, to });
  if (from && to) return t('row.way', { from, to });
  if (next ?? to) return t('row.to', { to: next ?? to ?? '' });
  const here = named(fleet.site[row]);
  return here ? t('row.at', { site: here }) : partyName(fleet.party[row]);
}

/** What is predicted of it, else how it is: a badge, or its speed. */
function Badge({ row, is }: { row: number; is: State }) {
  const risk = fleet.risk[row];
  const delay = cell(fleet.delay, row);
  const offline = is !== State.Moving && is !== State.Stopped;
  const shown = risk ? shownRisk(risk, delay) : 'unknown';
  const isUrgent = shown === 'late' || shown === 'overdue' || shown === 'at_risk';
  if (shown !== 'unknown' && (isUrgent || !offline)) return <DelayBadge risk={shown} delay={delay} />;
  if (is === State.Moving) {
    return (
      <span>
        <b>{speedNumber(cell(fleet.speed, row))}</b> <small class="muted">{speedUnitWord()}</small>
      </span>
    );
  }
  return <span class={`badge badge-${stateName(is)}`}>{t(`state.${stateName(is)}`)}</span>;
}

/** When it is expected next; of what is not heard of, how old its position is: never shown as now. */
function Time({ row, is, age }: { row: number; is: State; age: number }) {
  const nextAt = cell(fleet.nextAt, row);
  if (is !== State.Moving && is !== State.Stopped) {
    const seen = Number.isNaN(age) ? t('fleet.noFix') : t('row.seen', { age: formatAge(age, state.lang.value) });
    return <span class="old">{seen}</span>;
  }
  if (!Number.isNaN(nextAt)) {
    const site = fleet.next[row] ?? '';
    return (
      <span class="muted" title={t('row.eta.at', { site: siteNames.value.get(site) ?? site })}>
        {t('row.eta', { time: minute(nextAt) })}
      </span>
    );
  }
  return <span class="muted">{t('unit.ago', { age: formatAge(age, state.lang.value) })}</span>;
}

function Row({ plate, top }: { plate: string; top: number }) {
  const row = fleet.row.get(plate);
  if (row === undefined) return null;
  const is = cell(fleet.state, row) as State;
  const age = ageOf(fleet, row, session.now.value);
  const chip = CHIPS[cell(sifted.value.chips, row)] ?? 'offline';
  const way = wayWords(row);
  return (
    <li
      id={`v-${plate}`}
      role="option"
      class={`row of-${chip}${state.hovered.value === plate ? ' hover' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      aria-selected={state.selected.value === plate}
      data-plate={plate}
      data-state={stateName(is)}
      data-chip={chip}
      onClick={() => {
        state.select(plate);
        reveal(plate);
      }}
      onDblClick={() => showOnMap(plate)}
      onMouseEnter={() => {
        state.hovered.value = plate;
      }}
    >
      <span style={{ opacity: fade(is, age) }}>
        <StateMark state={is} course={cell(fleet.course, row)} />
      </span>
      <span class="row-main">
        <b title={plate}>{plate}</b>
        <span class="muted" title={way}>
          {way}
        </span>
      </span>
      <span class="row-side num">
        <Badge row={row} is={is} />
        <Time row={row} is={is} age={age} />
      </span>
    </li>
  );
}

function Nothing() {
  if (!session.loaded.value) return <Loading words={t('app.loading')} lines={12} />;
  if (fleet.size === 0) {
    return (
      <Empty words={t('fleet.none')} how={t('fleet.none.how')}>
        <a class="button" href="#/devices">
          {t('app.devices')}
        </a>
      </Empty>
    );
  }
  return (
    <Empty words={t('fleet.noMatch')}>
      <button type="button" class="button" onClick={filters.clear}>
        {t('fleet.clear')}
      </button>
    </Empty>
  );
}

/** What a screen reader hears when the choice changes by key; ages would chatter. */
function Spoken() {
  const plate = state.selected.value;
  const row = plate === null ? undefined : fleet.row.get(plate);
  const word = row === undefined ? '' : t(`state.${stateName(cell(fleet.state, row) as State)}`);
  return (
    <p class="unseen" role="status">
      {plate !== null && row !== undefined && `${plate}, ${word}`}
    </p>
  );
}

export function VehicleList() {
  void session.version.value;
  void session.now.value;
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
    return () => {
      observer.disconnect();
      state.holding.value = false; // what is gone is not left by the pointer
      state.hovered.value = null;
    };
  }, []);

  const shown = shownPlates.value;
  const chosen = state.selected.value;
  // The chosen row comes into sight when the choice changes, not whenever the order does.
  useLayoutEffect(() => {
    const place = chosen === null ? -1 : shownPlates.peek().indexOf(chosen);
    const element = box.current;
    if (place < 0 || !element) return;
    const top = place * ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + ROW - element.clientHeight;
    }
  }, [chosen, session.loaded.value]);

  const [first, last] = visibleRange(view.top, view.height, ROW, shown.length);
  return (
    <>
      <Spoken />
      <div
        class="list"
        id="list"
        ref={box}
        tabIndex={0}
        role={shown.length > 0 ? 'listbox' : 'group'}
        aria-label={t('fleet.list')}
        aria-activedescendant={chosen && shown.includes(chosen) ? `v-${chosen}` : undefined}
        onScroll={measure}
        onMouseEnter={() => {
          state.holding.value = true;
        }}
        onMouseLeave={() => {
          state.holding.value = false;
          state.hovered.value = null;
        }}
      >
        {shown.length === 0 ? (
          <Nothing />
        ) : (
          <ul style={{ height: `${shown.length * ROW}px` }} role="presentation">
            {shown.slice(first, last).map((plate, i) => (
              <Row key={plate} plate={plate} top={(first + i) * ROW} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}
