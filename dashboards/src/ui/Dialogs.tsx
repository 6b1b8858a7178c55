/** Keyboard help and the operator's token. */
import { useState } from 'preact/hooks';
import type { Key } from '../i18n';
import { Dialog } from './Dialog';
import { enterToken } from './app';
import * as state from './state';
import { t } from './state';

const SHORTCUTS: readonly (readonly [readonly string[], Key])[] = [
  [['j', 'k'], 'key.next'],
  [['Enter'], 'key.open'],
  [['f'], 'key.follow'],
  [['Esc'], 'key.close'],
  [['Enter', 'Delete', '←'], 'key.draw'],
  [['/'], 'key.filter'],
  [['Ctrl', 'K'], 'key.search'],
  [['?'], 'key.help'],
];

export function Help() {
  if (!state.helpOpen.value) return null;
  const close = () => {
    state.helpOpen.value = false;
  };
  return (
    <Dialog title={t('key.title')} onClose={close}>
      <dl class="shortcuts">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

export function TokenDialog() {
  const [token, setToken] = useState('');
  if (!state.tokenWanted.value) return null;
  return (
    <Dialog title={t('token.title')}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim()) enterToken(token.trim());
        }}
      >
        <p class="muted">{t('token.why')}</p>
        {state.storedToken() !== null && (
          <p class="bad" role="alert">
            {t('banner.refused')}
          </p>
        )}
        <label>
          {t('token.label')}
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <div class="form-end">
          <button type="submit" class="button primary" disabled={!token.trim()}>
            {t('token.enter')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
