/** Register a device that already sends, and show its password the one time it can be seen. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Adopted } from '../api/shapes';
import { formatNumber } from '../i18n/format';
import { Dialog } from './Dialog';
import { api, parties, partyName } from './app';
import { CopyIcon } from './icons';
import * as state from './state';
import { t } from './state';

function Password({ code, adopted, onDone }: { code: string; adopted: Adopted; onDone: () => void }) {
  const count = formatNumber(adopted.reinjected, state.lang.value);
  return (
    <div class="form">
      <p>{t('devices.password', { code })}</p>
      <p class="password">
        <code data-testid="password">{adopted.password}</code>
        <button type="button" class="button" onClick={() => void navigator.clipboard.writeText(adopted.password)}>
          <CopyIcon /> {t('common.copy')}
        </button>
      </p>
      <p class="muted">{t('devices.reinjected', { count })}</p>
      <div class="form-end">
        <button type="button" class="button primary" onClick={onDone}>
          {t('common.done')}
        </button>
      </div>
    </div>
  );
}

export function AdoptDialog({ code, onDone }: { code: string; onDone: () => void }) {
  const [plate, setPlate] = useState('');
  const [party, setParty] = useState('');
  const [adopted, setAdopted] = useState<Adopted | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const send = async () => {
    try {
      setAdopted(await api.adopt(code, { plate: plate.trim() || null, party: party || null }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    }
  };
  const title = t('devices.adoptTitle', { code });
  if (adopted) {
    return (
      <Dialog title={title}>
        <Password code={code} adopted={adopted} onDone={onDone} />
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={onDone}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label>
          {t('devices.plate')}
          <input
            type="text"
            value={plate}
            placeholder={t('devices.plateHint')}
            autocomplete="off"
            onInput={(event) => setPlate(event.currentTarget.value)}
          />
        </label>
        <label>
          {t('devices.party')}
          <select value={party} onChange={(event) => setParty(event.currentTarget.value)}>
            <option value="">{t('devices.noParty')}</option>
            {parties.value.map((each) => (
              <option key={each.code} value={each.code}>
                {partyName(each.code)}
              </option>
            ))}
          </select>
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
          <button type="submit" class="button primary">
            {t('devices.adopt')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
