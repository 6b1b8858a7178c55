/** The map's place on the page, its switches and its legend. */
import { useEffect, useRef } from 'preact/hooks';
import { State } from '../live/state';
import type { Key } from '../i18n';
import type { Signal } from '@preact/signals';
import { Card } from './Card';
import { FenceCard } from './FenceCard';
import { FenceEditor } from './FenceEditor';
import { FenceTools } from './FenceTools';
import { News } from './News';
import { cell } from '../live/fleet';
import { draft, truncated } from './fencing';
import { failure, fleet, info, session } from './app';
import { CrosshairIcon, StateMark, stateName } from './icons';
import { map, mountMap } from './mapLink';
import * as state from './state';
import { t } from './state';

const LEGEND = [State.Moving, State.Stopped, State.Stale, State.Lost] as const;

function Switch({ label, value, name }: { label: Key; value: Signal<boolean>; name: string }) {
  return (
    <button
      type="button"
      class="switch"
      aria-pressed={value.value}
      onClick={() => {
        value.value = !value.value;
        state.remember(name, value.value ? 'on' : 'off');
      }}
    >
      {t(label)}
    </button>
  );
}

function Controls() {
  const view = map.value;
  if (!view) return null;
  return (
    <div class="controls">
      <button type="button" class="tool square" aria-label={t('map.zoomIn')} onClick={() => view.camera.zoom(1)}>
        +
      </button>
      <button type="button" class="tool square" aria-label={t('map.zoomOut')} onClick={() => view.camera.zoom(-1)}>
        −
      </button>
      <button
        type="button"
        class="tool square"
        aria-label={t('map.fitAll')}
        title={t('map.fitAll')}
        onClick={() => view.fitFleet()}
      >
        <CrosshairIcon />
      </button>
    </div>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label={t('map.legend')}>
      {LEGEND.map((each) => (
        <li key={each} title={t(`state.${stateName(each)}.what`)}>
          <StateMark state={each} /> {t(`state.${stateName(each)}`)}
        </li>
      ))}
      <li title={t('map.late')}>
        <span class="halo-mark" aria-hidden="true" /> {t('map.lateShort')}
      </li>
    </ul>
  );
}

/** An empty map with a live stream needs a word. */
function NoFix() {
  void session.version.value;
  if (!session.loaded.value) return null;
  for (let row = 0; row < fleet.size; row++) if (!Number.isNaN(cell(fleet.time, row))) return null;
  return (
    <p class="map-note" role="status">
      {t('map.noFix')}
    </p>
  );
}

export function MapPane() {
  const place = useRef<HTMLDivElement>(null);
  const asked = useRef(false);
  const known = info.value !== null || failure.value !== null;
  useEffect(() => {
    if (!known || asked.current || !place.current) return;
    asked.current = true;
    void mountMap(place.current);
  }, [known]);
  return (
    <main class={draft.value || state.selected.value || state.fence.value ? 'map-pane with-card' : 'map-pane'}>
      <div class="map" ref={place} role="application" aria-label={t('map.label')} />
      {state.mapFailed.value ? (
        <div class="map-message" role="status">
          {t('map.noWebgl')}
        </div>
      ) : (
        <>
          <div class="switches">
            <Switch label="map.fences" value={state.fences} name="fences" />
            <Switch label="map.hubs" value={state.hubs} name="hubs" />
            <Switch label="map.plates" value={state.plates} name="plates" />
            <Switch label="map.borders" value={state.borders} name="borders" />
            {state.page.value === 'map' && <FenceTools />}
          </div>
          <Controls />
          <Legend />
          <NoFix />
          {truncated.value && (
            <p class="map-note" role="status">
              {t('fence.truncated')}
            </p>
          )}
        </>
      )}
      {!draft.value && state.page.value === 'map' && <News />}
      {draft.value ? <FenceEditor /> : <><Card /><FenceCard /></>}
    </main>
  );
}
