/** New severe alerts, wherever the person is: read out politely, gone by themselves, never one twice. */
import { useEffect, useState } from 'preact/hooks';
import type { Trouble } from '../live/alarms';
import { KindMark, ReplayIcon } from './alertIcons';
import { dismiss, toasts } from './alarms';
import { CloseIcon } from './icons';
import * as state from './state';
import { t } from './state';

/** At once; what is more is told as a number. */
const SHOWN = 3;
/** How long one stays, milliseconds; those about safety stay until somebody has looked. */
const STAYS_MS = 15_000;
const SAFETY = 1;
/** As long as it takes to be read out, milliseconds. */
const SPOKEN_MS = 5_000;

function Toast({ trouble: { alert, more } }: { trouble: Trouble }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held || alert.severity <= SAFETY) return undefined;
    const timer = setTimeout(() => dismiss(alert.id), STAYS_MS);
    return () => clearTimeout(timer);
  }, [held, alert.id, alert.severity]);
  const done = () => dismiss(alert.id);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return (
    <li
      class={`toast severity-tint-${alert.severity}`}
      data-testid="toast"
      data-alert={alert.id}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocusCapture={hold}
      onBlurCapture={release}
    >
      <KindMark kind={alert.kind} />
      <div class="toast-words">
        <b>
          {state.nameOf(alert)} · {alert.vehicle ?? alert.subject}
        </b>
        <p>
          {state.lang.value === 'zh' ? alert.text_zh : alert.text_en}
          {more > 0 && <span class="muted"> {t('alarms.more', { count: more })}</span>}
        </p>
        <p class="toast-acts">
          <a class="button primary" href={state.alertPage(alert.id)} onClick={done}>
            {t('alarms.show')}
          </a>
          <a class="button" href={state.replayAt(alert.vehicle, alert.began_at)} onClick={done}>
            <ReplayIcon /> {t('alarms.replay')}
          </a>
        </p>
      </div>
      <button type="button" class="tool square quiet" aria-label={t('alarms.dismiss')} onClick={done}>
        <CloseIcon />
      </button>
    </li>
  );
}

/** In the inbox the list itself shows what is new: it is only read out. */
function Spoken({ trouble: { alert } }: { trouble: Trouble }) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(alert.id), SPOKEN_MS);
    return () => clearTimeout(timer);
  }, [alert.id]);
  return <li class="unseen">{state.lang.value === 'zh' ? alert.text_zh : alert.text_en}</li>;
}

export function Toasts() {
  const all = toasts.value;
  const inbox = state.page.value === 'alerts';
  return (
    // There from the start: a region that comes with its words is not read out.
    <section class="toasts" role="status" aria-live="polite" aria-label={t('alarms.toasts')} data-testid="toasts">
      <ul>
        {all.slice(0, SHOWN).map((each) => (inbox ? <Spoken key={each.alert.id} trouble={each} /> : <Toast key={each.alert.id} trouble={each} />))}
      </ul>
      {!inbox && all.length > SHOWN && (
        <a class="toast-rest" href="#/alerts">
          {t('alarms.others', { count: all.length - SHOWN })}
        </a>
      )}
    </section>
  );
}
