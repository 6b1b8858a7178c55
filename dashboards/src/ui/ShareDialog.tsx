/** Links to one waybill: make one (it is shown once), see who looked, take one back. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { NewShare, Share } from '../api/answers';
import { Problem } from '../api/http';
import { Dialog } from './Dialog';
import { session } from './app';
import { copyText } from './copy';
import { waybillsApi } from './desk';
import { ChoiceField, TextField } from './fields';
import { CopyIcon } from './icons';
import { t } from './state';
import { minute } from './words';

const ENDS = ['delivered', 'day', 'week'] as const;
type Ends = (typeof ENDS)[number];
const DAY_MS = 86_400_000;
const LASTS: Readonly<Record<Ends, number | null>> = { delivered: null, day: DAY_MS, week: 7 * DAY_MS };

function Made({ made }: { made: NewShare }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const address = new URL(made.url, document.baseURI).href;
  return (
    <div class="note good" data-testid="share-made">
      <p>{t('share.once')}</p>
      <p class="password">
        <code data-testid="share-url">{address}</code>
        <button type="button" class="button primary" title={t('share.copy')} onClick={() => void copyText(address).then(setCopied)}>
          <CopyIcon /> {copied ? t('reply.copied') : t('common.copy')}
        </button>
      </p>
      {copied === false && <p class="bad">{t('reply.copyFailed')}</p>}
    </div>
  );
}

function Item({ one, onRevoke }: { one: Share; onRevoke: () => void }) {
  const over = !one.works;
  return (
    <li class="share-item" data-testid="share">
      <span>
        <b>{one.note || t('share.by', { name: one.created_by })}</b>
        <small class="muted">
          {minute(one.created_at)} · {over ? t(one.revoked_at ? 'share.revoked' : 'share.ended') : t('share.until', { time: minute(one.expires_at) })} ·{' '}
          {t('share.views', { count: one.views })}
          {one.viewed_at && <>, {t('share.seen', { time: minute(one.viewed_at) })}</>}
        </small>
      </span>
      {!over && (
        <button type="button" class="button" onClick={onRevoke}>
          {t('share.revoke')}
        </button>
      )}
    </li>
  );
}

function useShares(number: string) {
  const [shares, setShares] = useState<readonly Share[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await act();
      setShares(await waybillsApi.shares(number));
      setProblem(null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    }
  };
  useEffect(() => {
    void attempt(async () => {});
  }, [number]);
  return { shares, problem, attempt };
}

interface Props {
  readonly number: string;
  /** What else is to be said of it. */
  readonly children?: ComponentChildren;
  readonly onDone: () => void;
}

export function ShareDialog({ number, children, onDone }: Props) {
  const { shares, problem, attempt } = useShares(number);
  const [note, setNote] = useState('');
  const [ends, setEnds] = useState<Ends>('delivered');
  const [made, setMade] = useState<NewShare | null>(null);
  const make = async () => {
    const lasts = LASTS[ends];
    const until = lasts === null ? {} : { expires_at: new Date(session.now.peek() + lasts).toISOString() };
    setMade(await waybillsApi.share(number, { ...(note.trim() ? { note: note.trim() } : {}), ...until }));
    setNote('');
  };
  return (
    <Dialog title={t('share.title', { number })} onClose={onDone} class="wide">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(make);
        }}
      >
        {children}
        <p class="muted">{t('share.why')}</p>
        <div class="pair three">
          <TextField label={t('share.note')} hint={t('form.optional')} value={note} onValue={setNote} />
          <ChoiceField label={t('share.ends')} value={ends} onValue={setEnds} choices={ENDS} words={(each) => t(`share.ends.${each}`)} />
          <button type="submit" class="button primary">
            {t('share.make')}
          </button>
        </div>
        {made && <Made key={made.id} made={made} />}
        {problem && (
          <p class="bad" role="alert">
            {t('common.failed', { reason: problem })}
          </p>
        )}
        <h3>{t('share.list')}</h3>
        {shares?.length === 0 && <p class="muted">{t('share.none')}</p>}
        <ul class="shares">
          {shares?.map((one) => (
            <Item key={one.id} one={one} onRevoke={() => void attempt(() => waybillsApi.revoke(one.id))} />
          ))}
        </ul>
        <div class="form-end">
          <button type="button" class="button" onClick={onDone}>
            {t('common.done')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
