/** The board: counts that filter, the filters, the views, the list. */
import { SORTS, type SortKey } from '../live/filters';
import { CHIPS, type Chip } from '../live/chip';
import { fleet, session } from './app';
import { sifted } from './board';
import { FilterBar, FilterButton } from './FilterBar';
import * as filters from './filters';
import { ChipMark } from './chip';
import * as state from './state';
import { t } from './state';
import { VehicleList } from './VehicleList';
import { Views } from './Views';

/** Vehicles that nothing is predicted for get a chip only where there are any. */
const ALWAYS = new Set<Chip>(['late', 'at_risk', 'on_time', 'stopped', 'offline']);

function Bar() {
  const { counts } = sifted.value;
  const total = Math.max(
    1,
    CHIPS.reduce((sum, each) => sum + counts[each], 0),
  );
  return (
    <div class="bar" aria-hidden="true">
      {CHIPS.map(
        (each) => counts[each] > 0 && <i key={each} class={`fill-${each}`} style={{ flexGrow: counts[each] / total }} />,
      )}
    </div>
  );
}

function ChipButton({ of }: { of: Chip }) {
  const count = sifted.value.counts[of];
  return (
    <button
      type="button"
      class={`chip chip-${of}`}
      aria-pressed={filters.chips.value.has(of)}
      title={t(`chip.${of}.what`)}
      onClick={() => filters.toggleChip(of)}
      data-testid={`chip-${of}`}
    >
      <b class="num">
        <ChipMark of={of} />
        {count}
      </b>
      <span>{t(`chip.${of}`)}</span>
    </button>
  );
}

function Tools() {
  return (
    <div class="tools">
      <input
        id="filter"
        type="search"
        value={filters.text.value}
        placeholder={t('fleet.filter')}
        aria-label={t('fleet.filter')}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          filters.text.value = event.currentTarget.value;
        }}
      />
      <select
        aria-label={t('fleet.sort')}
        title={t('fleet.sort')}
        value={filters.sort.value}
        onChange={(event) => {
          state.holding.value = false;
          filters.sort.value = event.currentTarget.value as SortKey;
        }}
      >
        {SORTS.map((each) => (
          <option key={each} value={each}>
            {t(`sort.${each}`)}
          </option>
        ))}
      </select>
      <FilterButton />
    </div>
  );
}

export function Sidebar() {
  void session.version.value;
  const total = fleet.size;
  const { shown, counts } = sifted.value;
  const offered = CHIPS.filter((each) => ALWAYS.has(each) || counts[each] > 0 || filters.chips.value.has(each));
  return (
    <aside class="sidebar">
      <div class="summary">
        <div class="summary-head">
          <h1>{t('fleet.title')}</h1>
          <Views />
          <strong class="num" data-testid="shown" role="status">
            {shown === total ? total : t('fleet.share', { shown, total })}
          </strong>
        </div>
        <Bar />
        <div class="chips" style={{ '--chips': String(offered.length) }}>
          {offered.map((each) => (
            <ChipButton key={each} of={each} />
          ))}
        </div>
      </div>
      <Tools />
      <FilterBar />
      <VehicleList />
    </aside>
  );
}
