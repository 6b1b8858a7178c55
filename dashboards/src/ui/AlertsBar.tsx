/** Which alerts the inbox shows. */
import { SoundSwitch } from './AlarmsCard';
import * as alerts from './alerts';
import { t, tValue } from './state';

const GRAVES = [1, 2, 3, 4] as const;

/** What is wrong: of the kinds that are there. */
function Kinds() {
  const there = alerts.kinds.value;
  const kind = alerts.kind.value;
  if (there.length < 2 && kind === null) return null;
  return (
    <select
      aria-label={t('alerts.kind')}
      value={kind ?? ''}
      data-testid="alert-kind"
      onChange={(event) => {
        alerts.kind.value = event.currentTarget.value || null;
      }}
    >
      <option value="">{t('alerts.kind.all')}</option>
      {there.map(({ code, name }) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function AlertsBar() {
  const counts = alerts.list.value?.counts ?? {};
  return (
    <div class="trips-bar alerts-bar">
      <h1>{t('alerts.title')}</h1>
      <div class="segments" role="tablist" aria-label={t('alerts.which')}>
        {alerts.WHICH.map((each) => (
          <button key={each} type="button" role="tab" aria-selected={alerts.which.value === each} onClick={() => alerts.choose(each)}>
            {t(`alerts.which.${each}`)}
          </button>
        ))}
      </div>
      <div class="graves">
        {GRAVES.map((each) => (
          <button
            key={each}
            type="button"
            class="grave"
            aria-pressed={alerts.severities.value.has(each)}
            data-testid={`severity-${each}`}
            onClick={() => alerts.toggleSeverity(each)}
          >
            <span class={`severity severity-${each}`} aria-hidden="true">
              {each}
            </span>
            {tValue('severity', String(each))} <b class="num">{counts[String(each)] ?? 0}</b>
          </button>
        ))}
      </div>
      <Kinds />
      <input
        id="alert-filter"
        type="search"
        autocomplete="off"
        aria-label={t('alerts.filter')}
        placeholder={t('alerts.filter')}
        value={alerts.text.value}
        onInput={(event) => {
          alerts.text.value = event.currentTarget.value;
        }}
      />
      <SoundSwitch />
    </div>
  );
}
