/**
 * What stands where there is nothing to show (yet), or not the newest: the same on every page.
 *
 * Empty: all is well and there is none, and what to do about it.  Loading: grey lines where it will be.
 * Failed: the server said no, and why.  Offline: it was not reached, and is asked again.  Stale: shown, but old.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatAge } from '../i18n/format';
import { session, snapshots } from './app';
import * as state from './state';
import { t } from './state';

interface EmptyProps {
  readonly words: ComponentChildren;
  /** What to do about it. */
  readonly how?: ComponentChildren;
  /** In a panel of a page. */
  readonly small?: boolean;
  readonly children?: ComponentChildren;
}

export function Empty({ words, how, small = false, children }: EmptyProps) {
  return (
    <div class={small ? 'empty small' : 'empty'}>
      <b>{words}</b>
      {how && <p>{how}</p>}
      {children}
    </div>
  );
}

/** Widths of the grey lines, percent: as uneven as words are. */
const LINES = [72, 94, 58, 86, 67, 90, 48, 79] as const;

interface LoadingProps {
  /** What is awaited, for who hears the page. */
  readonly words?: string;
  readonly lines?: number;
  readonly small?: boolean;
}

export function Loading({ words = t('shown.loading'), lines = 6, small = false }: LoadingProps) {
  return (
    <div class={small ? 'awaited small' : 'awaited'} role="status">
      <span class="unseen">{words}</span>
      <div class="skeleton" aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => (
          <i key={i} style={{ width: `${LINES[i % LINES.length]}%` }} />
        ))}
      </div>
    </div>
  );
}

interface FailedProps {
  readonly words?: ComponentChildren;
  /** The server's own words. */
  readonly reason?: string | null;
  readonly small?: boolean;
  readonly onRetry?: () => void;
}

function Retry({ onRetry }: { onRetry: (() => void) | undefined }) {
  return onRetry ? (
    <button type="button" class="button" onClick={onRetry}>
      {t('common.retry')}
    </button>
  ) : null;
}

/** Whether the live stream is cut: then it is the connection, not the question. */
function isAway(): boolean {
  return session.status.value.phase === 'reconnecting';
}

/** The live stream is back: ask once more for what could not be had. */
function useReturn(act: (() => void) | undefined): void {
  const times = snapshots.value;
  const away = isAway();
  const since = useRef(times);
  const wasAway = useRef(away);
  useEffect(() => {
    const back = times !== since.current || (wasAway.current && !away);
    since.current = times;
    wasAway.current = away;
    if (back) act?.();
  }, [times, away]);
}

export function Offline({ small = false, onRetry }: Pick<FailedProps, 'small' | 'onRetry'>) {
  return (
    <div class={small ? 'empty small offline' : 'empty offline'} role="alert">
      <b>{t('shown.offline')}</b>
      <p>{t('shown.offline.how')}</p>
      <Retry onRetry={onRetry} />
    </div>
  );
}

export function Failed({ words, reason, small = false, onRetry }: FailedProps) {
  useReturn(onRetry);
  if (isAway() || reason === t('shown.offline')) return <Offline small={small} {...(onRetry ? { onRetry } : {})} />;
  return (
    <div class={small ? 'empty small failed' : 'empty failed'} role="alert">
      <b>{words ?? t('shown.failed')}</b>
      {reason && <p>{reason}</p>}
      <Retry onRetry={onRetry} />
    </div>
  );
}

interface StaleProps {
  readonly reason: string;
  /** When what is shown was told, milliseconds; NaN: nobody noted it. */
  readonly at?: number;
  readonly onRetry?: () => void;
}

/** Over what is shown, when it could not be refreshed. */
export function Stale({ reason, at = Number.NaN, onRetry }: StaleProps) {
  useReturn(onRetry);
  const age = (session.now.value - at) / 1000;
  const old = Number.isNaN(age) ? t('shown.stale.before') : t('shown.stale.offline', { age: formatAge(age, state.lang.value) });
  return (
    <p class="stale-line" role="alert">
      <span>{isAway() ? old : t('shown.stale', { reason })}</span>
      {onRetry && (
        <button type="button" class="link" onClick={onRetry}>
          {t('common.retry')}
        </button>
      )}
    </p>
  );
}

interface ShownProps<T> {
  /** Null: not told yet. */
  readonly told: T | null;
  /** Why the last question had no answer. */
  readonly problem: string | null;
  readonly onRetry?: () => void;
  readonly small?: boolean;
  readonly lines?: number;
  readonly children: (told: T) => ComponentChildren;
}

/** What was told, in whichever state it is. */
export function Shown<T>({ told, problem, onRetry, small = false, lines = 6, children }: ShownProps<T>) {
  const again = onRetry ? { onRetry } : {};
  if (told === null) return problem === null ? <Loading small={small} lines={lines} /> : <Failed reason={problem} small={small} {...again} />;
  return (
    <>
      {problem !== null && <Stale reason={problem} {...again} />}
      {children(told)}
    </>
  );
}
