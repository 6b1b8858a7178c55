/** The drawing part of the editor: how to draw, what is wrong, the radius, a way without a mouse. */
import { formatArea } from '../i18n/formatPlaces';
import { type Draft, area, begin, canFinish, finish, flaws, undo } from '../map/draft';
import { draft, edited } from './fencing';
import { map } from './mapLink';
import * as state from './state';
import { t } from './state';

function Flaws({ of }: { of: Draft }) {
  const found = flaws(of);
  const crossing = found.filter((each) => each.kind === 'crossing').length;
  const outside = found.some((each) => each.kind === 'outside');
  return (
    <div class="flaws" role="alert" data-testid="flaws">
      {crossing > 0 && <p class="bad">{t('draw.crossing', { count: crossing })}</p>}
      {outside && <p class="bad">{t('draw.outside')}</p>}
    </div>
  );
}

/** What kept an outline from being saved, by what can be seen here. */
export function isFit(of: Draft): boolean {
  return of.done && flaws(of).length === 0;
}

function Radius({ of }: { of: Draft }) {
  const name = t(of.kind === 'circle' ? 'fence.radius' : 'fence.halfWidth');
  return (
    <label>
      {t('form.metres', { name })}
      <input
        type="number"
        min="1"
        step="any"
        data-testid="radius"
        value={of.radius}
        onInput={(event) => {
          const radius = event.currentTarget.valueAsNumber;
          if (radius > 0) draft.value = { ...of, radius };
        }}
      />
    </label>
  );
}

export function FenceOutline({ fault }: { fault: string | null }) {
  const of = draft.value;
  if (!of) return null;
  const points = of.paths.reduce((sum, path) => sum + path.points.length, 0);
  const how = of.done ? (of.kind === 'circle' ? 'draw.how.circleDone' : 'draw.how.done') : (`draw.how.${of.kind}` as const);
  return (
    <fieldset class="outline">
      <legend class="unseen">{t('fence.shape')}</legend>
      <p class="muted" data-testid="draw-how">
        {t(how)}
      </p>
      <Flaws of={of} />
      {fault && (
        <p class="bad" role="alert">
          {fault}
        </p>
      )}
      <div class="draw-tools">
        {!of.done && (
          <button type="button" class="link" onClick={() => map.value?.drawing.addCentre()}>
            {t('draw.centre')}
          </button>
        )}
        {!of.done && points > 0 && (
          <button
            type="button"
            class="link"
            onClick={() => {
              draft.value = undo(of);
            }}
          >
            {t('draw.undo')}
          </button>
        )}
        {!of.done && canFinish(of) && of.kind !== 'circle' && (
          <button
            type="button"
            class="link"
            onClick={() => {
              draft.value = finish(of);
            }}
          >
            {t('draw.finish')}
          </button>
        )}
        {of.done && !edited.value && (
          <button
            type="button"
            class="link"
            onClick={() => {
              draft.value = begin(of.kind, of.radius);
            }}
          >
            {t('draw.again')}
          </button>
        )}
        {of.done && <span class="muted num size">{formatArea(area(of), state.lang.value)}</span>}
      </div>
      {of.kind !== 'polygon' && <Radius of={of} />}
    </fieldset>
  );
}
