/** The desk's left pane: the one search box, who waits for an answer, and the exceptions of one's own. */
import { useEffect, useRef } from 'preact/hooks';
import type { Exception, Query } from '../api/service';
import { formatAge } from '../i18n/format';
import { Stale } from './States';
import { may, session } from './app';
import * as desk from './desk';
import { SearchIcon } from './frameIcons';
import { tripNews, useFresh } from './fresh';
import * as state from './state';
import { t, tValue } from './state';

function Box() {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (state.deskWish.peek() === null) box.current?.focus(); // else the answer comes, and keys are for it
  }, []);
  return (
    <form
      class="desk-search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        box.current?.blur(); // so that the next key is a command: c copies
        void desk.ask(desk.text.value);
      }}
    >
      <SearchIcon />
      <input
        id="desk-box"
        ref={box}
        type="search"
        autocomplete="off"
        spellcheck={false}
        aria-label={t('desk.searchTitle')}
        placeholder={t('desk.search')}
        value={desk.text.value}
        onInput={(event) => {
          desk.text.value = event.currentTarget.value;
          if (!event.currentTarget.value) desk.clear(); // where there is no Escape, too
        }}
      />
      <kbd>/</kbd>
    </form>
  );
}

/** How urgent, as a shape and a word. */
function Urgency({ one }: { one: Query }) {
  if (!one.urgent && !one.lifted && !one.overdue) return null;
  const word = t(one.urgent ? 'desk.urgent' : one.lifted ? 'desk.lifted' : 'desk.overdue');
  return <span class={one.urgent ? 'tag tag-conflict' : 'tag tag-corrected'}>{word}</span>;
}

function QueryRow({ one }: { one: Query }) {
  const age = (session.now.value - Date.parse(one.asked_at)) / 1000;
  const here = desk.current.value === one.id;
  return (
    <li>
      <button
        type="button"
        class={`queue-row${one.urgent || one.lifted ? ' queue-first' : ''}`}
        aria-current={here ? 'true' : undefined}
        data-query={one.number}
        onClick={() => void desk.openQuery(one)}
      >
        <span class="queue-line">
          <b class="num">{one.waybill?.number ?? one.asked}</b>
          <span class={one.overdue ? 'queue-age num bad' : 'queue-age num muted'} title={t('desk.waits', { age: formatAge(age, state.lang.value) })}>
            {formatAge(age, state.lang.value)}
          </span>
        </span>
        <span class="queue-text">
          <Urgency one={one} /> {one.question || one.asked}
        </span>
        <span class="queue-line muted">
          <small>
            {t(`channel.${one.channel}`)}
            {one.asker && ` · ${one.asker}`}
          </small>
          <small class="queue-where">
            {t(`department.${one.department}`)} · {t(`query.state.${one.state}`)}
          </small>
        </span>
      </button>
    </li>
  );
}

/** Until it must be handed over, or since it should have been. */
export function HandOver({ one }: { one: Exception }) {
  if (one.assigned_to) return <span class="muted">{t('exception.with', { name: one.assigned_to })}</span>;
  if (one.state === 'closed') return null;
  const left = (Date.parse(one.due_at) - session.now.value) / 1000;
  const age = formatAge(Math.abs(left), state.lang.value);
  return <span class={left < 0 ? 'bad num' : 'warn-words num'}>{t(left < 0 ? 'exception.handOver' : 'exception.handIn', { age })}</span>;
}

export function aboutOf(one: Exception): string {
  return one.waybill ?? one.trip ?? one.vehicle ?? '–';
}

function ExceptionRow({ one }: { one: Exception }) {
  return (
    <li>
      <a class="queue-row" href={state.exceptionPage(one.number)}>
        <span class="unseen">{one.number} </span>
        <span class="queue-line">
          <span class={`severity severity-${one.severity}`} title={tValue('severity', String(one.severity))}>
            {one.severity}
          </span>
          <b>{tValue('exception.kind', one.kind)}</b>
          <span class="queue-age">
            <HandOver one={one} />
          </span>
        </span>
        <span class="queue-line muted">
          <small class="num">{aboutOf(one)}</small>
          <small class="queue-where">{tValue('exception.step', one.state)}</small>
        </span>
      </a>
    </li>
  );
}

function Part({ title, count, none, children }: { title: string; count: number; none: string; children: preact.ComponentChildren }) {
  return (
    <section class="queue-part" aria-label={title}>
      <h2>
        {title} <span class="muted num">{count}</span>
      </h2>
      {count === 0 ? <p class="muted queue-none">{none}</p> : <ul>{children}</ul>}
    </section>
  );
}

function step(delta: 1 | -1): void {
  desk.step(delta);
  document.querySelector('.queue-row[aria-current]')?.scrollIntoView({ block: 'nearest' });
}

export function openCurrent(): void {
  const one = desk.queries.peek()?.find((each) => each.id === desk.current.peek());
  if (one) void desk.openQuery(one);
}

export const QUEUE_KEYS: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Enter: openCurrent,
  '/': desk.focusBox,
  Escape: desk.clear,
};

export function DeskQueue() {
  useFresh('desk', tripNews(), desk.loadQueue, 10_000);
  void session.now.value;
  const { value: queries } = desk.queries;
  const { value: exceptions } = desk.exceptions;
  return (
    <aside class="desk-queue" data-testid="desk-queue">
      <Box />
      {desk.queueProblem.value && (
        <Stale reason={desk.queueProblem.value} onRetry={() => void desk.loadQueue()} />
      )}
      <div class="queue-scroll">
        {may('look_queries') && (
          <Part title={t('desk.queue')} count={queries?.length ?? 0} none={t('desk.noQueries')}>
            {queries?.map((one) => <QueryRow key={one.id} one={one} />)}
          </Part>
        )}
        {may('look_exceptions') && (
          <Part title={t(desk.onlyMine.value ? 'desk.exceptions' : 'desk.exceptions.all')} count={exceptions?.length ?? 0} none={t('desk.noExceptions')}>
            {exceptions?.map((one) => <ExceptionRow key={one.number} one={one} />)}
          </Part>
        )}
      </div>
    </aside>
  );
}
