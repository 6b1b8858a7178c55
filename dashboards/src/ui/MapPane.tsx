/** The map's place on the page, its switches and its legend. */
import { useEffect, useRef } from 'preact/hooks';
import { State } from '../live/state';
import type { Key } from '../i18n';
import type { Signal } from '@preact/signals';
import { Card } from './Card';
import { FenceCard } from './FenceCard';
import { FenceEditor } from './FenceEditor';
import { FenceTools } from './FenceTools';
import { Dock } from './AlarmsCard';
import { cell } from '../live/fleet';
import { draft, truncated } from './fencing';
import { failure, fleet, info, may, session } from './app';
import { CrosshairIcon, RulerIcon, StateMark, stateName } from './icons';
import { map, mountMap } from './mapLink';
import { addMiddle, cluster, endMeasuring, measured, measuredLength, newest, planned, routes, sayMetres, startMeasuring, takeBack } from './mapTools';
import * as state from './state';
import { t } from './state';

const LEGEND = [State.Moving, State.Stopped, State.Stale, State.Lost] as const;

function Switch({ label, value, name, title }: { label: Key; value: Signal<boolean>; name: string; title?: Key }) {
  return (
    <button
      type="button"
      class="switch"
      title={title && t(title)}
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
      <button
        type="button"
        class="tool square"
        aria-label={t('map.measure')}
        title={t('map.measure')}
        aria-pressed={measured.value !== null}
        disabled={draft.value !== null}
        data-testid="measure"
        onClick={() => (measured.value ? endMeasuring() : startMeasuring())}
      >
        <RulerIcon />
      </button>
    </div>
  );
}

/** How old the newest position of all is: when nothing comes any more, it grows. */
function Newest() {
  if (!newest.value || state.page.value === 'replay') return null;
  return (
    <li class="num legend-age" data-testid="newest-position">
      {t('map.newest', { age: newest.value })}
    </li>
  );
}

/** How far it is so far, and what can be done. */
function Measure() {
  const points = measured.value;
  if (!points) return null;
  const words = points.length === 0 ? t('map.measure.none') : points.length === 1 ? t('map.measure.first') : '';
  return (
    <section class="measure" aria-label={t('map.measuring')} data-testid="measure-panel">
      <p role="status">
        {points.length > 1 ? <b class="num">{sayMetres(measuredLength.value)}</b> : words}
      </p>
      <button type="button" class="button" onClick={addMiddle}>
        {t('map.measure.point')}
      </button>
      <button type="button" class="button" disabled={points.length === 0} onClick={takeBack}>
        {t('map.measure.back')}
      </button>
      <button type="button" class="button" onClick={endMeasuring}>
        {t('map.measure.end')}
      </button>
    </section>
  );
}

/** What the map shows less of than there is. */
function Cuts() {
  const cut = routes.value && !planned.value.complete;
  if (!cut && !truncated.value) return null;
  return (
    <p class="map-note" role="status">
      {truncated.value ? t('fence.truncated') : t('map.routes.cut', { count: planned.value.lines.length })}
    </p>
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
      <li title={t('map.atRisk')}>
        <span class="risk-mark" aria-hidden="true" /> {t('map.atRiskShort')}
      </li>
      <li title={t('map.late')}>
        <span class="halo-mark" aria-hidden="true" /> {t('map.lateShort')}
      </li>
      <Newest />
    </ul>
  );
}

/** An empty map with a live stream needs a word. */
function NoFix() {
  void session.version.value;
  if (!session.loaded.value || state.page.value === 'replay') return null;
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
    <main class={`map-pane${draft.value || state.selected.value || state.fence.value ? ' with-card' : ''}${measured.value ? ' measuring' : ''}`}>
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
            {may('look_trips') && state.page.value !== 'replay' && <Switch label="map.routes" value={routes} name="routes" title="map.routes.what" />}
            <Switch label="map.plates" value={state.plates} name="plates" />
            <Switch label="map.cluster" value={cluster} name="cluster" title="map.cluster.what" />
            {info.value?.basemap.borders !== false && <Switch label="map.borders" value={state.borders} name="borders" />}
            {state.page.value === 'map' && <FenceTools />}
          </div>
          <Controls />
          <Legend />
          <NoFix />
          <Cuts />
          <Measure />
        </>
      )}
      {!draft.value && state.page.value === 'map' && <Dock />}
      {draft.value ? <FenceEditor /> : <>{state.page.value !== 'replay' && <Card />}<FenceCard /></>}
    </main>
  );
}
