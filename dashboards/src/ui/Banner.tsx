/** One line under the header when what is shown may not be now. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatAge, formatTime } from '../i18n/format';
import { SILENCE_MS } from '../live/silence';
import { failure, load, session } from './app';
import * as state from './state';
import { t } from './state';

/** How long "connected again" stays. */
const GOOD_NEWS_MS = 4000;
/** A cut shorter than this is not worth a banner. */
const QUIET_MS = 1500;

const cutSince = signal(0);
const resumedAt = signal(0);
/** How long the connection was cut, milliseconds. */
const missed = signal(0);

function Retry({ retryAt }: { retryAt: number | null }) {
  const seconds = retryAt ? Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) : 0;
  return (
    <>
      <span class="num">{seconds > 0 ? t('banner.retry', { seconds }) : t('banner.trying')}</span>
      <button type="button" class="link" onClick={() => session.retry()}>
        {t('banner.now')}
      </button>
    </>
  );
}

function Line() {
  const { phase, heardAt, retryAt } = session.status.value;
  void session.now.value;
  const now = Date.now();
  if (phase === 'reconnecting' && heardAt && now - cutSince.value > QUIET_MS) {
    const time = formatTime(heardAt, now, state.zone.value, state.lang.value);
    const age = formatAge((now - heardAt) / 1000, state.lang.value);
    return (
      <div class="banner bad">
        <span class="num">{t('banner.reconnecting', { time, age })}</span>
        <Retry retryAt={retryAt} />
      </div>
    );
  }
  if (phase === 'stale') {
    const age = formatAge(Math.max(SILENCE_MS, now - heardAt) / 1000, state.lang.value);
    return <div class="banner warn">{t('banner.stale', { age })}</div>;
  }
  if (failure.value && phase !== 'live') {
    return (
      <div class="banner bad">
        <span>{failure.value}</span>
        <button type="button" class="link" onClick={() => void load()}>
          {t('common.retry')}
        </button>
      </div>
    );
  }
  if (phase === 'live' && resumedAt.value && now - resumedAt.value < GOOD_NEWS_MS) {
    const age = formatAge(missed.value / 1000, state.lang.value);
    return <div class="banner good">{t('banner.resumed', { age })}</div>;
  }
  if (state.basemapFellBack.value) {
    return <div class="banner warn">{t('map.fallback')}</div>;
  }
  return null;
}

export function Banner() {
  const { phase, heardAt } = session.status.value;
  useEffect(() => {
    if (phase === 'reconnecting' && !cutSince.value && heardAt) cutSince.value = Date.now();
    if (phase === 'live' && cutSince.value) {
      missed.value = Date.now() - cutSince.value;
      resumedAt.value = missed.value > QUIET_MS ? Date.now() : 0;
      cutSince.value = 0;
    }
  }, [phase, heardAt]);
  return (
    <div aria-live="polite" data-testid="banner">
      <Line />
    </div>
  );
}
