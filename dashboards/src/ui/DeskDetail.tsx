/** The desk's right pane: the question, the answer to it, and what is done about it. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Query } from '../api/service';
import { Empty, Failed, Loading } from './States';
import { AnswerView } from './Answer';
import { QUEUE_KEYS } from './DeskQueue';
import { may } from './app';
import * as desk from './desk';
import { pageKeys } from './pageKeys';
import * as state from './state';
import { t, tValue } from './state';
import { minute } from './words';

/** Why the last press of a button did nothing. */
const refusal = signal<string | null>(null);

async function act(one: Query, what: 'take' | 'close'): Promise<void> {
  try {
    await desk.serviceApi.act(one.id, what);
    refusal.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refusal.value = error.message;
  }
  void desk.loadQueue();
}

function Button({ words, onPress }: { words: string; onPress: () => void }) {
  return (
    <button type="button" class="button" onClick={onPress}>
      {words}
    </button>
  );
}

const show = (which: state.DeskDialog) => () => {
  state.deskDialog.value = which;
};

function QueryActions({ one }: { one: Query }) {
  if (!may('answer') || one.state === 'closed') return null;
  return (
    <div class="trip-actions">
      {!one.handler && <Button words={t('query.take')} onPress={() => void act(one, 'take')} />}
      <Button words={t('query.reply')} onPress={show('reply')} />
      <Button words={t('query.answer')} onPress={show('finding')} />
      <Button words={t('query.route')} onPress={show('route')} />
      {one.state === 'replied' && <Button words={t('query.close')} onPress={() => void act(one, 'close')} />}
    </div>
  );
}

function QueryCard({ one }: { one: Query }) {
  return (
    <section class="query-card" data-testid="query">
      <p class="query-head">
        <b>{one.number}</b>
        {one.urgent && <span class="tag tag-conflict">{t('desk.urgent')}</span>}
        <span class="tag">{t(`query.state.${one.state}`)}</span>
        <span class="muted">{one.handler ? t('desk.handler', { name: one.handler }) : t('desk.nobody')}</span>
      </p>
      <p>
        {[one.asker, one.contact, t(`channel.${one.channel}`), minute(one.asked_at)].filter(Boolean).join(' · ')}
      </p>
      {one.question && <blockquote>{one.question}</blockquote>}
      {one.finding && (
        <p>
          <span class="muted">{t('query.found')}:</span> {one.finding}
          {one.source && <span class="muted"> · {tValue('source', one.source)}</span>}
        </p>
      )}
      {one.answer_id && (
        <p>
          <button type="button" class="link" onClick={() => void desk.openAnswer(one.answer_id ?? '')}>
            {t('query.replay')}
          </button>
        </p>
      )}
      {one.replied_at && (
        <p>
          <span class="muted">{t('query.repliedAt', { time: minute(one.replied_at) })}</span> {one.reply}
        </p>
      )}
      {refusal.value && (
        <p class="bad" role="alert">
          {t('common.failed', { reason: refusal.value })}
        </p>
      )}
      <QueryActions one={one} />
    </section>
  );
}

function Actions() {
  const told = desk.answer.value;
  const number = told?.waybill?.number;
  return (
    <div class="desk-actions">
      {number && (
        <a class="button" href={state.waybillPage(number)}>
          {t('desk.openWaybill')}
        </a>
      )}
      {!desk.query.value && may('answer') && (
        <button type="button" class="button" onClick={show('ask')}>
          {t('desk.logCall')} <kbd>n</kbd>
        </button>
      )}
      {number && may('raise_exception') && <Button words={t('desk.raise')} onPress={show('raise')} />}
      {told && (
        <button type="button" class="button" onClick={desk.askAgain}>
          {t('desk.askAgain')} <kbd>r</kbd>
        </button>
      )}
    </div>
  );
}

function Body() {
  const told = desk.answer.value;
  if (told) {
    return (
      <>
        {desk.isReplay.value && (
          <p class="trips-stale" role="status">
            {t('desk.replay', { time: minute(told.as_of) })}
          </p>
        )}
        <AnswerView told={told} />
      </>
    );
  }
  if (desk.problem.value) {
    return (
      <Failed reason={desk.problem.value} onRetry={desk.askAgain} />
    );
  }
  if (desk.asking.value) {
    return (
      <>
        <Loading words={t('desk.asking')} lines={7} />
        {desk.isCopyWaiting.value && <p class="card-note">{t('reply.waits')}</p>}
      </>
    );
  }
  return <Empty words={t('desk.start')} how={t('desk.start.how')} />;
}

const NEXT_KIND = { zh: 'en', en: 'zh', sms: 'zh' } as const;

const KEYS: Readonly<Record<string, () => void>> = {
  ...QUEUE_KEYS,
  c: () => desk.copy(desk.replyKind.peek() === 'sms' ? state.lang.peek() : desk.replyKind.peek()),
  s: () => desk.copy('sms'),
  l: () => {
    desk.replyKind.value = NEXT_KIND[desk.replyKind.peek()];
  },
  r: desk.askAgain,
  n: () => {
    if (may('answer')) state.deskDialog.value = 'ask';
  },
};

export function DeskDetail() {
  useEffect(() => {
    pageKeys.value = KEYS;
    return () => {
      if (pageKeys.value === KEYS) pageKeys.value = null; // the next page may have come already
      state.deskDialog.value = null;
    };
  }, []);
  const wish = state.deskWish.value;
  useEffect(() => {
    if (wish) void desk.ask(wish);
  }, [wish]);
  return (
    <section class="desk-detail" aria-live="polite" data-testid="desk-detail">
      <div class="desk-scroll">
        {desk.query.value && <QueryCard one={desk.query.value} />}
        <Body />
      </div>
      <Actions />
    </section>
  );
}
