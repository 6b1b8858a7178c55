/** Who are you?  A name and a password, or the operator's token. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import { Dialog } from './Dialog';
import { enterToken, signIn } from './app';
import * as state from './state';
import { t } from './state';

function TokenForm({ onOther }: { onOther: () => void }) {
  const [token, setToken] = useState('');
  return (
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
        <input type="password" autocomplete="off" value={token} onInput={(event) => setToken(event.currentTarget.value)} />
      </label>
      <div class="form-end">
        <button type="button" class="button" onClick={onOther}>
          {t('signin.asPerson')}
        </button>
        <button type="submit" class="button primary" disabled={!token.trim()}>
          {t('token.enter')}
        </button>
      </div>
    </form>
  );
}

function PasswordForm({ onOther }: { onOther: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const ready = name.trim() !== '' && password !== '' && !busy;
  const submit = async () => {
    setBusy(true);
    try {
      await signIn(name.trim(), password);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setPassword('');
      setBusy(false);
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void submit();
      }}
    >
      <label>
        {t('signin.name')}
        <input type="text" autocomplete="username" autocapitalize="none" spellcheck={false} readOnly={busy} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label>
        {t('signin.password')}
        <input type="password" autocomplete="current-password" readOnly={busy} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
      </label>
      {problem && (
        <p class="bad" role="alert">
          {problem.status === 401 ? t('signin.wrong') : problem.status === 429 ? t('signin.locked') : t('common.failed', { reason: problem.message })}
        </p>
      )}
      <div class="form-end">
        <button type="button" class="button" onClick={onOther}>
          {t('signin.asOperator')}
        </button>
        <button type="submit" class="button primary" disabled={!ready}>
          {t('signin.enter')}
        </button>
      </div>
    </form>
  );
}

export function SignIn() {
  const [byToken, setByToken] = useState(state.storedToken() !== null);
  if (!state.signInWanted.value) return null;
  return (
    <Dialog key={String(byToken)} title={t(byToken ? 'token.title' : 'signin.title')} class="signin">
      {byToken ? <TokenForm onOther={() => setByToken(false)} /> : <PasswordForm onOther={() => setByToken(true)} />}
    </Dialog>
  );
}
