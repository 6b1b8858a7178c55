/** A form that sends something: what it does, its fields, and what the server answers, in plain words. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import { Dialog } from './Dialog';
import { t } from './state';

export interface Props {
  readonly title: string;
  /** What it does, for those who do it for the first time. */
  readonly why?: string;
  readonly action: string;
  /** All fields that must be are filled. */
  readonly complete: boolean;
  readonly wide?: boolean;
  readonly send: () => Promise<unknown>;
  /** `true` when something was sent. */
  readonly onDone: (sent: boolean) => void;
  readonly children?: preact.ComponentChildren;
}

export function SendDialog({ title, why, action, complete, wide = false, send, onDone, children }: Props) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    try {
      await send();
      onDone(true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={() => onDone(false)} {...(wide ? { class: 'wide' } : {})}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (complete && !busy) void submit();
        }}
      >
        {why && <p class="muted">{why}</p>}
        {children}
        {problem && (
          <p class="bad" role="alert">
            {t('common.failed', { reason: problem.message })}
            {problem.field && <small> ({problem.field})</small>}
          </p>
        )}
        <div class="form-end">
          <button type="button" class="button" onClick={() => onDone(false)}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!complete || busy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
