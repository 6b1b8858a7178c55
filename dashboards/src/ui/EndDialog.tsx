/** A fence is never deleted: it ends, with a name and a reason. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Fence } from '../api/shapes';
import { Dialog } from './Dialog';
import { reload } from './fencing';
import { fencesApi } from './placesApi';
import { t } from './state';
import { author } from './words';

export function EndDialog({ fence, onDone }: { fence: Fence; onDone: () => void }) {
  const [name, setName] = useState(author.last());
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const end = async () => {
    try {
      const { version } = fence.properties;
      await fencesApi.end(fence.id, { version, author: name.trim(), reason: reason.trim() });
      author.keep(name.trim());
      onDone();
      reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <Dialog title={t('fence.end.title', { code: fence.id })} onClose={onDone}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void end();
        }}
      >
        <p class="muted">{t('fence.end.why')}</p>
        <label>
          {t('form.author')}
          <input type="text" autocomplete="name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {t('form.reason')}
          <input type="text" autocomplete="off" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        {problem && (
          <p class="bad" role="alert">
            {t('common.failed', { reason: problem })}
          </p>
        )}
        <div class="form-end">
          <button type="button" class="button" onClick={onDone}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!name.trim() || !reason.trim()}>
            {t('fence.end')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
