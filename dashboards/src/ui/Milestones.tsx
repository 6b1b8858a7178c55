/** A waybill's record: planned, estimated and actual side by side; what was taken back is struck through, never gone. */
import type { RecordLine } from '../api/waybills';
import { At } from './At';
import * as state from './state';
import { t } from './state';
import { minute } from './words';

function Mark({ one }: { one: RecordLine }) {
  const kind = !one.valid ? 'void' : one.actual_at ? 'done' : 'open';
  return (
    <svg class={`milestone-mark milestone-${kind}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6" />
      {kind === 'done' && <path d="m5.200 8.300 2 2.100 3.600-4.300" />}
      {kind === 'void' && <path d="m5.600 5.600 4.800 4.800m0-4.800-4.800 4.800" />}
    </svg>
  );
}

function Tags({ one }: { one: RecordLine }) {
  return (
    <>
      {one.presumed && (
        <span class="tag" title={t('waybill.presumed.why')}>
          {t('waybill.presumed')}
        </span>
      )}
      {one.source === 'person' && <span class="tag tag-person">{t('waybill.byHand')}</span>}
      {one.cause === 'corrected' && one.was_at && (
        <span class="tag tag-corrected" title={t('waybill.corrected.why', { time: minute(one.was_at, one.site?.zone) })}>
          {t('waybill.corrected')}
        </span>
      )}
      {!one.valid && (
        <span class="tag tag-retracted" title={t('waybill.retracted.why')}>
          {t('waybill.retracted')}
        </span>
      )}
    </>
  );
}

/** Who or what says so. */
function From({ one }: { one: RecordLine }) {
  const parts = [one.site && state.nameOf(one.site), one.vehicle, one.author ?? one.operator, one.note].filter(Boolean);
  return <small class="muted">{parts.join(' · ')}</small>;
}

function Times({ one }: { one: RecordLine }) {
  const { planned_at: planned, estimated_at: estimated, actual_at: actual } = one;
  const moved = planned && actual && Math.abs(Date.parse(planned) - Date.parse(actual)) >= 60_000;
  return (
    <>
      <span role="cell" class="muted">
        {planned ? moved ? <s><At iso={planned} site={one.site} /></s> : <At iso={planned} site={one.site} /> : '–'}
      </span>
      <span role="cell">{estimated && !actual ? <At iso={estimated} site={one.site} /> : <span class="muted">–</span>}</span>
      <span role="cell">{actual ? <b><At iso={actual} site={one.site} /></b> : <span class="muted">–</span>}</span>
    </>
  );
}

export function Milestones({ list, label }: { list: readonly RecordLine[]; label: string }) {
  return (
    <div role="table" aria-label={label} class="milestones" data-testid="milestones">
      <div class="milestone milestone-heads" role="row">
        <span />
        <span role="columnheader" aria-label={label} />
        <span role="columnheader">{t('node.planned')}</span>
        <span role="columnheader">{t('node.estimated')}</span>
        <span role="columnheader">{t('stop.actual')}</span>
      </div>
      {list.map((one) => (
        <div key={`${one.key} ${one.version} ${one.actual_at ?? ''}`} role="row" data-kind={one.kind} class={one.valid ? 'milestone' : 'milestone milestone-off'}>
          <Mark one={one} />
          <span role="rowheader" class="milestone-name">
            <b>{state.nameOf(one)}</b> <Tags one={one} />
            <From one={one} />
          </span>
          <Times one={one} />
        </div>
      ))}
    </div>
  );
}
