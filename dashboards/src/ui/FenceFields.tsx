/** The fields of the fence form. */
import type { Role } from '../api/shapes';
import { sites } from './app';
import { type FenceForm, type FormField, CONFIDENCES, ROLES, STOP_RULES, isNodeLevel, usualRadius } from './fenceForm';
import { draft, edited } from './fencing';
import * as state from './state';
import { t } from './state';

/** The form, how to change it, and what is wrong with a field. */
export interface Draw {
  readonly form: FenceForm;
  readonly set: (change: Partial<FenceForm>) => void;
  readonly fault: (field: FormField) => string | null;
}

export function zoneOf(form: FenceForm): string {
  return sites.value.find((each) => each.code === form.site)?.zone ?? state.zone.value;
}

export function Fault({ text }: { text: string | null }) {
  return text ? (
    <span class="bad" role="alert">
      {text}
    </span>
  ) : null;
}

export function Text({ draw, name, label, hint }: { draw: Draw; name: 'code' | 'nameZh' | 'nameEn' | 'author' | 'reason'; label: string; hint?: string }) {
  return (
    <label>
      {label}
      <input
        type="text"
        name={name}
        autocomplete={name === 'author' ? 'name' : 'off'}
        value={draw.form[name]}
        placeholder={hint}
        disabled={name === 'code' && edited.value !== null}
        onInput={(event) => draw.set({ [name]: event.currentTarget.value })}
      />
      <Fault text={draw.fault(name)} />
    </label>
  );
}

function NumberField({ draw, name, label }: { draw: Draw; name: 'margin' | 'dwellIn' | 'dwellOut'; label: string }) {
  return (
    <label>
      {label}
      <input
        type="number"
        name={name}
        min="0"
        step="any"
        value={draw.form[name]}
        placeholder={t('form.byRole')}
        onInput={(event) => draw.set({ [name]: event.currentTarget.value })}
      />
      <Fault text={draw.fault(name)} />
    </label>
  );
}

/** A circle whose radius nobody chose takes that of its role. */
function followRole(before: Role, now: Role): void {
  const drawn = draft.value;
  if (drawn?.kind !== 'circle' || drawn.radius !== usualRadius(before)) return;
  draft.value = { ...drawn, radius: usualRadius(now) };
}

export function Place({ draw }: { draw: Draw }) {
  const { form, set } = draw;
  return (
    <>
      <div class="pair">
        <Text draw={draw} name="code" label={t('form.code')} hint={t('form.codeHint')} />
        <label>
          {t('fence.role')}
          <select
            name="role"
            value={form.role}
            onChange={(event) => {
              const role = event.currentTarget.value as FenceForm['role'];
              if (!edited.value) followRole(form.role, role);
              set(edited.value ? { role } : { role, nodeLevel: isNodeLevel(role) });
            }}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t(`role.${role}`)}
              </option>
            ))}
          </select>
          <Fault text={draw.fault('role')} />
        </label>
      </div>
      <label>
        {t('form.site')}
        <select name="site" value={form.site} onChange={(event) => set({ site: event.currentTarget.value })} disabled={edited.value !== null}>
          <option value="">{t('form.newSite')}</option>
          {sites.value.map((site) => (
            <option key={site.code} value={site.code}>
              {state.nameOf(site)} ({site.code})
            </option>
          ))}
        </select>
        <Fault text={draw.fault('site')} />
      </label>
      {form.site === '' && (
        <div class="pair">
          <Text draw={draw} name="nameZh" label={t('form.nameZh')} />
          <Text draw={draw} name="nameEn" label={t('form.nameEn')} />
        </div>
      )}
    </>
  );
}

export function TermFields({ draw }: { draw: Draw }) {
  const { form, set } = draw;
  return (
    <details class="more" open={edited.value !== null}>
      <summary>{t('form.more')}</summary>
      <div class="form-part">
        <label>
          {t('fence.rule')}
          <select name="stopRule" value={form.stopRule} onChange={(event) => set({ stopRule: event.currentTarget.value as FenceForm['stopRule'] })}>
            {!edited.value && <option value="">{t('form.byRole')}</option>}
            {STOP_RULES.map((rule) => (
              <option key={rule} value={rule}>
                {t(`rule.${rule}`)}
              </option>
            ))}
          </select>
          <Fault text={draw.fault('stopRule')} />
        </label>
        <div class="pair three">
          <NumberField draw={draw} name="margin" label={t('form.metres', { name: t('fence.margin') })} />
          <NumberField draw={draw} name="dwellIn" label={t('form.seconds', { name: t('fence.dwellIn') })} />
          <NumberField draw={draw} name="dwellOut" label={t('form.seconds', { name: t('fence.dwellOut') })} />
        </div>
        <label class="check">
          <input type="checkbox" checked={form.nodeLevel} onChange={(event) => set({ nodeLevel: event.currentTarget.checked })} />
          {t('form.nodeLevel')}
        </label>
        <label>
          {t('fence.confidence')}
          <select name="confidence" value={form.confidence} onChange={(event) => set({ confidence: event.currentTarget.value as FenceForm['confidence'] })}>
            {CONFIDENCES.map((each) => (
              <option key={each} value={each}>
                {t(`confidence.${each}`)}
              </option>
            ))}
          </select>
          <Fault text={draw.fault('confidence')} />
        </label>
      </div>
    </details>
  );
}
