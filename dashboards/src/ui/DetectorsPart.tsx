/** The limits of the detectors: as they are, beside what they came with. */
import { useState } from 'preact/hooks';
import type { Detector, Limit } from '../api/ops';
import { Listed, Table } from './AdminParts';
import { SendDialog } from './SendDialog';
import { alertsApi, useAsked } from './admin';
import { may } from './app';
import { CheckField, ChoiceField } from './fields';
import { isChanged, limitWord, shownValue, typedValue, unitOf } from './notices';
import * as state from './state';
import { t, tValue } from './state';
import { minute } from './words';

const SEVERITIES = ['1', '2', '3', '4'] as const;

interface LimitProps {
  readonly limit: Limit;
  /** In SI. */
  readonly value: number;
  readonly onValue: (value: number) => void;
}

function LimitField({ limit, value, onValue }: LimitProps) {
  const word = tValue('limit', limit.name);
  return (
    <label>
      {word} ({t(`limitUnit.${unitOf(limit)}`)})
      <input
        type="number"
        step="any"
        required
        min={shownValue(limit, limit.least)}
        max={shownValue(limit, limit.most)}
        value={shownValue(limit, value)}
        onInput={(event) => {
          const typed = event.currentTarget.valueAsNumber;
          if (!Number.isNaN(typed)) onValue(typedValue(limit, typed));
        }}
      />
      <small class="muted">{t('detectors.default', { value: limitWord(limit, limit.default) })}</small>
    </label>
  );
}

function DetectorDialog({ detector, onDone }: { detector: Detector; onDone: (sent: boolean) => void }) {
  const [enabled, setEnabled] = useState(detector.enabled);
  const [severity, setSeverity] = useState(detector.severity);
  const [values, setValues] = useState<Readonly<Record<string, number>>>(Object.fromEntries(detector.limits.map((each) => [each.name, each.value])));
  const valueOf = (limit: Limit) => values[limit.name] ?? limit.default;
  const reset = () => {
    setEnabled(true);
    setSeverity(detector.default_severity);
    setValues({});
  };
  // What is not named is as it came, also when a later version comes with something else.
  const send = () =>
    alertsApi.setDetector(detector.kind, {
      enabled,
      severity: severity === detector.default_severity ? null : severity,
      limits: Object.fromEntries(detector.limits.filter((each) => valueOf(each) !== each.default).map((each) => [each.name, valueOf(each)])),
    });
  return (
    <SendDialog title={t('detectors.change', { name: state.nameOf(detector) })} why={t('detectors.why')} action={t('form.save')} complete wide send={send} onDone={onDone}>
      <CheckField label={t('detectors.enabled')} value={enabled} onValue={setEnabled} />
      <div class="pair limits">
        <ChoiceField
          label={t('detectors.col.severity')}
          value={String(severity)}
          onValue={(each) => setSeverity(Number(each))}
          choices={SEVERITIES}
          words={(each) => `${each} – ${tValue('severity', each)}`}
        />
        {detector.limits.map((each) => (
          <LimitField key={each.name} limit={each} value={valueOf(each)} onValue={(value) => setValues({ ...values, [each.name]: value })} />
        ))}
      </div>
      <button type="button" class="link" onClick={reset}>
        {t('detectors.reset')}
      </button>
    </SendDialog>
  );
}

function Row({ detector, onOpen }: { detector: Detector; onOpen: () => void }) {
  return (
    <tr data-detector={detector.kind} class={detector.enabled ? undefined : 'is-off'}>
      <th scope="row">
        {may('edit_rules') ? (
          <button type="button" class="link" onClick={onOpen}>
            {state.nameOf(detector)}
          </button>
        ) : (
          state.nameOf(detector)
        )}
      </th>
      <td>
        <span class={`pill pill-${detector.enabled ? 'online' : 'unknown'}`}>{t(detector.enabled ? 'rules.on' : 'rules.off')}</span>
      </td>
      <td>
        <span class={`severity severity-${detector.severity}`} aria-hidden="true">
          {detector.severity}
        </span>{' '}
        {tValue('severity', String(detector.severity))}
      </td>
      <td class="wraps">
        {detector.limits.map((each) => (
          <span key={each.name} class={`limit${isChanged(each) ? ' changed' : ''}`} title={t('detectors.default', { value: limitWord(each, each.default) })}>
            <span class="muted">{tValue('limit', each.name)}</span> <b class="num">{limitWord(each, each.value)}</b>
          </span>
        ))}
      </td>
      <td class="muted">
        {detector.revision === 0 ? t('detectors.asItCame') : t('detectors.changed', { name: detector.author ?? '' })}
        {detector.revision > 0 && detector.changed_at && <small class="num">{minute(detector.changed_at)}</small>}
      </td>
    </tr>
  );
}

export function DetectorsPart() {
  const asked = useAsked(alertsApi.detectors);
  const [open, setOpen] = useState<Detector | null>(null);
  const close = (sent: boolean) => {
    setOpen(null);
    if (sent) void asked.load();
  };
  return (
    <>
      <Listed asked={asked} isEmpty={(all) => all.length === 0} none={t('list.none')}>
        {(all) => (
          <Table label={t('rules.part.detectors')} heads={[t('detectors.col.kind'), t('log.col.state'), t('detectors.col.severity'), t('detectors.col.limits'), '']}>
            {all.map((each) => (
              <Row key={each.kind} detector={each} onOpen={() => setOpen(each)} />
            ))}
          </Table>
        )}
      </Listed>
      {open && <DetectorDialog detector={open} onDone={close} />}
    </>
  );
}
