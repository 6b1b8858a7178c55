/** Input that became no position: by reason, with a way back in. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Problem } from '../api/http';
import type { DeadLetter } from '../api/shapes';
import { formatNumber, formatTime } from '../i18n/format';
import { Empty } from './States';
import { api, session } from './app';
import * as state from './state';
import { t, tValue } from './state';

/** Letters arrive at any time, and nothing in the live stream tells of them. */
const REFRESH_MS = 15_000;

const letters = signal<readonly DeadLetter[]>([]);
const summary = signal<Readonly<Record<string, number>>>({});
const reason = signal<string | null>(null);
/** Letters that somebody has just sent in again: the gateway takes them at its own pace. */
const asked = signal<ReadonlySet<number>>(new Set());
/** By then it has: a letter that is refused once more can be sent in once more. */
const SOON_MS = 3000;
const problem = signal<string | null>(null);

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
    problem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

const loadLetters = () =>
  guarded(async () => {
    const [list, sums] = await Promise.all([api.deadLetters(reason.value), api.deadLetterCounts()]);
    letters.value = list;
    summary.value = sums;
  });

const sendAgain = (id: number) =>
  guarded(async () => {
    await api.reinject(id);
    asked.value = new Set([...asked.value, id]);
    setTimeout(() => {
      asked.value = new Set([...asked.value].filter((each) => each !== id));
      void loadLetters();
    }, SOON_MS);
  });

function Reason({ value, count }: { value: string | null; count: number }) {
  return (
    <button
      type="button"
      class="switch"
      aria-pressed={reason.value === value}
      onClick={() => {
        reason.value = value;
        void loadLetters();
      }}
    >
      {value === null ? t('letters.all') : tValue('letter', value)}{' '}
      <span class="num muted">{formatNumber(count, state.lang.value)}</span>
    </button>
  );
}

function Row({ letter }: { letter: DeadLetter }) {
  const time = formatTime(
    Date.parse(letter.received_at),
    session.now.peek(),
    state.zone.value,
    state.lang.value,
  );
  return (
    <tr>
      <td class="num">{time}</td>
      <th scope="row">{letter.device}</th>
      <td>{tValue('letter', letter.reason)}</td>
      <td class="muted">{letter.detail}</td>
      <td class="right">
        {letter.reinjected_at ? (
          <span class="muted">{t('letters.reinjected')}</span>
        ) : asked.value.has(letter.id) ? (
          <span class="muted">{t('letters.asked')}</span>
        ) : (
          <button type="button" class="link" onClick={() => void sendAgain(letter.id)}>
            {t('letters.reinject')}
          </button>
        )}
      </td>
    </tr>
  );
}

export function DeadLetters() {
  useEffect(() => {
    void loadLetters();
    const timer = setInterval(() => void loadLetters(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const total = Object.values(summary.value).reduce((sum, each) => sum + each, 0);
  return (
    <section class="panel wide-panel">
      <div class="panel-head">
        <h2>
          {t('letters.title')} <span class="muted num">{formatNumber(total, state.lang.value)}</span>
        </h2>
      </div>
      {problem.value && (
        <p class="bad panel-note" role="alert">
          {t('common.failed', { reason: problem.value })}
        </p>
      )}
      {total === 0 ? (
        <Empty words={t('letters.none')} small />
      ) : (
        <>
          <p class="muted panel-note">{t('letters.why')}</p>
          <div class="reasons">
            <Reason value={null} count={total} />
            {Object.entries(summary.value).map(([name, count]) => (
              <Reason key={name} value={name} count={count} />
            ))}
          </div>
          <div class="table-box" tabIndex={0} role="region" aria-label={t('letters.title')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('letters.received')}</th>
                  <th scope="col">{t('devices.code')}</th>
                  <th scope="col">{t('letters.reason')}</th>
                  <th scope="col">{t('letters.detail')}</th>
                  <th scope="col">
                    <span class="unseen">{t('letters.reinject')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {letters.value.map((each) => (
                  <Row key={each.id} letter={each} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}
