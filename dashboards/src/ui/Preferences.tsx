/** What each person has as they like it: language, theme, units, sound.  Kept in the browser. */
import type { ComponentChildren } from 'preact';
import { UNITS } from '../i18n/units';
import * as state from './state';
import { t } from './state';

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly name: string;
  readonly value: T;
  readonly options: readonly (readonly [T, ComponentChildren, string?])[];
  readonly onChange: (value: T) => void;
}

/** Some buttons of which one is pressed: arrows and Tab as in any group of radio buttons. */
function Choice<T extends string>({ label, name, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset class="choice" data-testid={`prefs-${name}`}>
      <legend>{label}</legend>
      <div class="choice-row">
        {options.map(([each, words, lang]) => (
          <label key={each} class="choice-one" lang={lang}>
            <input type="radio" name={`prefs-${name}`} value={each} checked={value === each} onChange={() => onChange(each)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function kept<T extends string>(name: string, act: (value: T) => void): (value: T) => void {
  return (value) => {
    act(value);
    state.remember(name, value);
  };
}

export function Preferences() {
  return (
    <div class="prefs" data-testid="prefs">
      <Choice
        label={t('prefs.lang')}
        name="lang"
        value={state.lang.value}
        options={[
          ['zh', '中文', 'zh-CN'],
          ['en', 'English', 'en'],
        ]}
        onChange={(lang) => void state.speak(lang)}
      />
      <Choice
        label={t('prefs.theme')}
        name="theme"
        value={state.themeChoice.value}
        options={(['system', 'light', 'dark'] as const).map((each) => [each, t(`prefs.theme.${each}`)] as const)}
        onChange={kept('theme', (theme) => {
          state.themeChoice.value = theme;
        })}
      />
      <Choice
        label={t('prefs.units')}
        name="units"
        value={state.units.value}
        options={UNITS.map((each) => [each, t(`prefs.units.${each}`)] as const)}
        onChange={kept('units', (units) => {
          state.units.value = units;
        })}
      />
      <Choice
        label={t('prefs.sound')}
        name="sound"
        value={state.sound.value ? 'on' : 'off'}
        options={(['on', 'off'] as const).map((each) => [each, t(`prefs.sound.${each}`)] as const)}
        onChange={kept('sound', (wish) => {
          state.sound.value = wish === 'on';
        })}
      />
      <p class="menu-note muted">{t('prefs.kept')}</p>
    </div>
  );
}
