/** Counts that filter, the filter box, the order. */
import { STATES, State } from '../live/state';
import type { SortKey } from '../live/list';
import { counts, fleet, session, shownPlates } from './app';
import { StateMark, stateName } from './icons';
import * as state from './state';
import { t } from './state';
import { VehicleList } from './VehicleList';

const SORTS = ['state', 'late', 'plate', 'age'] as const satisfies readonly SortKey[];
/** "Never heard" gets a chip only when there is such a vehicle. */
const ALWAYS = new Set<State>([State.Lost, State.Stale, State.Moving, State.Stopped]);

function Bar({ total }: { total: number }) {
  return (
    <div class="bar" aria-hidden="true">
      {STATES.map((each) => {
        const share = ((counts.value.get(each) ?? 0) / Math.max(1, total)) * 100;
        return share > 0 && <i key={each} class={`fill-${stateName(each)}`} style={{ width: `${share}%` }} />;
      })}
    </div>
  );
}

function Chip({ of }: { of: State }) {
  const name = stateName(of);
  const count = counts.value.get(of) ?? 0;
  return (
    <button
      type="button"
      class={`chip chip-${name}`}
      aria-pressed={state.filterStates.value.has(of)}
      title={t(`state.${name}.what`)}
      onClick={() => state.toggleState(of)}
      data-testid={`chip-${name}`}
    >
      <b class="num">{count}</b>
      <span>
        <StateMark state={of} /> {t(`state.${name}`)}
      </span>
    </button>
  );
}

function Tools() {
  return (
    <div class="tools">
      <input
        id="filter"
        type="search"
        value={state.filterText.value}
        placeholder={t('fleet.filter')}
        aria-label={t('fleet.filter')}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          state.filterText.value = event.currentTarget.value;
        }}
      />
      <select
        aria-label={t('fleet.sort')}
        value={state.sort.value}
        onChange={(event) => {
          state.holding.value = false;
          state.sort.value = event.currentTarget.value as SortKey;
        }}
      >
        {SORTS.map((each) => (
          <option key={each} value={each}>
            {t(`sort.${each}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Sidebar() {
  void session.version.value;
  const total = fleet.size;
  const shown = shownPlates.value.length;
  const chips = STATES.filter((each) => ALWAYS.has(each) || (counts.value.get(each) ?? 0) > 0);
  return (
    <aside class="sidebar">
      <div class="summary">
        <div class="summary-head">
          <h1>{t('fleet.title')}</h1>
          <strong class="num" data-testid="shown">
            {shown === total ? total : t('fleet.share', { shown, total })}
          </strong>
        </div>
        <Bar total={total} />
        <div class="chips" style={{ '--chips': String(chips.length) }}>
          {chips.map((each) => (
            <Chip key={each} of={each} />
          ))}
        </div>
      </div>
      <Tools />
      <VehicleList />
    </aside>
  );
}
