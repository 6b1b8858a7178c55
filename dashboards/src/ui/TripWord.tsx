/** What every edit of a trip asks for: who says it, and why; and what the server answers, in plain words. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Word } from '../api/trips';
import { Dialog } from './Dialog';
import { t } from './state';
import { author } from './words';

export interface Props {
  readonly title: string;
  /** What it does, for those who do it for the first time. */
  readonly why: string;
  readonly action: string;
  /** All fields of its own are filled. */
  readonly complete: boolean;
  /** A word of a person without a reason is one that nobody can judge later; some have a field of their own for it. */
  readonly asksReason?: boolean;
  readonly wide?: boolean;
  readonly send: (word: Word) => Promise<unknown>;
  /** `true` when something was changed. */
  readonly onDone: (changed: boolean) => void;
  readonly children: preact.ComponentChildren;
}

export function WordDialog({ title, why, action, complete, asksReason = true, wide = false, send, onDone, children }: Props) {
  const [name, setName] = useState(author.last());
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    try {
      await send({ author: name.trim(), reason: reason.trim() });
      author.keep(name.trim());
      onDone(true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  const ready = complete && name.trim() !== '' && (!asksReason || reason.trim() !== '');
  return (
    <Dialog title={title} onClose={() => onDone(false)} {...(wide ? { class: 'wide wider' } : {})}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !busy) void submit();
        }}
      >
        <p class="muted">{why}</p>
        {children}
        <div class={asksReason ? 'pair' : ''}>
          <label>
            {t('form.author')}
            <input type="text" autocomplete="name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          {asksReason && (
            <label>
              {t('form.reason')}
              <input type="text" autocomplete="off" placeholder={t('form.reasonHint')} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
            </label>
          )}
        </div>
        {problem && (
          <p class="bad" role="alert">
            {t(problem.status === 409 ? 'trip.refused' : 'common.failed', { reason: problem.message })}
            {problem.where && <small> ({problem.where})</small>}
          </p>
        )}
        <div class="form-end">
          <button type="button" class="button" onClick={() => onDone(false)}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!ready || busy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
