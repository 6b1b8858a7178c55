/** One exception report: how it stands, what is next, and its ledger. */
import { signal } from '@preact/signals';
import { type Exception, type ExceptionEntry, STEPS } from '../api/service';
import type { ExceptionAct } from '../api/serviceHttp';
import { Empty } from './States';
import { HandOver } from './DeskQueue';
import { AssignDialog, CloseDialog, StepDialog } from './ExceptionActs';
import { may } from './app';
import * as exceptions from './exceptions';
import * as state from './state';
import { t, tValue } from './state';
import { causeName } from './trips';
import { minute, second } from './words';

interface Open {
  readonly act: ExceptionAct | 'dismiss';
  readonly needs: readonly string[];
}
const open = signal<Open | null>(null);

/** The five steps and the end, as far as it has come. */
function Stepper({ one }: { one: Exception }) {
  const here = STEPS.indexOf(one.state);
  return (
    <ol class="stepper" aria-label={t('ledger.steps')}>
      {STEPS.map((step, i) => (
        <li key={step} class={i < here ? 'past' : i === here ? 'here' : ''} aria-current={i === here ? 'step' : undefined}>
          <span class="step-mark num" aria-hidden="true">
            {i < here ? '✓' : i + 1}
          </span>
          {tValue('exception.step', step)}
        </li>
      ))}
    </ol>
  );
}

function Fact({ word, children }: { word: string; children: preact.ComponentChildren }) {
  if (children === null || children === '' || children === undefined) return null;
  return (
    <div>
      <dt>{word}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const when = (iso: string | null) => (iso ? <time class="num">{minute(iso)}</time> : null);

function Facts({ one }: { one: Exception }) {
  return (
    <dl class="alert-links exception-facts">
      <Fact word={t('ledger.found')}>{t('ledger.found.by', { time: minute(one.found_at), name: one.author })}</Fact>
      <Fact word={t('subject.waybill')}>{one.waybill && <a href={state.waybillPage(one.waybill)}>{one.waybill}</a>}</Fact>
      <Fact word={t('subject.trip')}>{one.trip && <a href={state.tripPage(one.trip)}>{one.trip}</a>}</Fact>
      <Fact word={t('subject.vehicle')}>{one.vehicle && <a href={`?vehicle=${encodeURIComponent(one.vehicle)}#/`}>{one.vehicle}</a>}</Fact>
      <Fact word={t('subject.site')}>{one.site && <a href={state.sitePage(one.site)}>{one.site}</a>}</Fact>
      <Fact word={t('ledger.field.assigned_to')}>{one.assigned_to}</Fact>
      <Fact word={t('ledger.field.cause')}>{one.cause && causeName(one.cause)}</Fact>
      <Fact word={t('ledger.field.new_eta')}>{when(one.new_eta)}</Fact>
      <Fact word={t('ledger.field.told_customer_at')}>{when(one.told_customer_at)}</Fact>
      <Fact word={t('ledger.field.claim_due_at')}>{when(one.claim_due_at)}</Fact>
      <Fact word={t('ledger.field.claimed_at')}>{when(one.claimed_at)}</Fact>
      <Fact word={t('ledger.field.result')}>{one.result}</Fact>
      <Fact word={t('ledger.field.responsible')}>{one.responsible}</Fact>
      <Fact word={t('ledger.field.feedback')}>{one.feedback === 'none' ? t('ledger.noFeedback') : one.feedback}</Fact>
    </dl>
  );
}

/** Acts that are steps; the API says which of them are next, and what they need. */
const STEP_ACTS: ReadonlySet<string> = new Set(['contact', 'report', 'investigate', 'settle', 'close']);

/** A customer is told more than once; only the first time is a step. */
const isNext = (one: Exception, act: string) => act !== 'contact' || one.state === 'received';

function Acts({ one }: { one: Exception }) {
  if (!may('work_exceptions') || one.state === 'closed') return null;
  const show = (act: Open['act'], needs: readonly string[] = []) => () => {
    open.value = { act, needs };
  };
  const steps = (one.next ?? []).filter((each) => STEP_ACTS.has(each.act));
  return (
    <div class="trip-actions" data-testid="exception-acts">
      {steps.map((each) => (
        <button key={each.act} type="button" class={isNext(one, each.act) ? 'button primary' : 'button'} onClick={show(each.act as ExceptionAct, each.needs)}>
          {tValue('ledger.act', each.act)}
        </button>
      ))}
      <button type="button" class="button" onClick={show('assign')}>
        {t('ledger.act.assign')}
      </button>
      <button type="button" class="button" onClick={show('note')}>
        {t('ledger.act.note')}
      </button>
      {one.state !== 'settled' && (
        <button type="button" class="button" onClick={show('dismiss')}>
          {t('ledger.act.dismiss')}
        </button>
      )}
    </div>
  );
}

/** A value of the ledger in words: times as times, causes as causes. */
function valueWords(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  const text = String(value);
  if (name.endsWith('_at') || name === 'new_eta') return minute(text);
  if (name === 'cause') return causeName(text);
  if (name === 'kind') return tValue('exception.kind', text);
  if (name === 'severity') return tValue('severity', text);
  if (name === 'how') return tValue('alert.how', text);
  return text;
}

/** What is for programs, and what the entry's act and time say themselves. */
const INSIDE: ReadonlySet<string> = new Set(['state', 'alert', 'id', 'files', 'assigned_at', 'breached_at', 'closed_at', 'closed_by']);

/** What changed: the old value struck through beside the new one. */
function Changes({ entry }: { entry: ExceptionEntry }) {
  const names = Object.keys(entry.after).filter((name) => !INSIDE.has(name) && entry.before[name] !== entry.after[name]);
  return (
    <>
      {names.map((name) => (
        <span key={name} class="entry-change">
          <span class="muted">{tValue('ledger.field', name)}</span> {Boolean(entry.before[name]) && <s>{valueWords(name, entry.before[name])}</s>} {valueWords(name, entry.after[name])}
        </span>
      ))}
    </>
  );
}

function Ledger({ one }: { one: Exception }) {
  return (
    <ol class="alert-life" data-testid="ledger">
      {one.entries?.filter((entry) => entry.act !== 'announced').map((entry) => (
        <li key={`${entry.at} ${entry.act} ${entry.note}`}>
          <time class="num muted">{second(entry.at)}</time>
          <span>
            <b>{tValue('ledger.did', entry.act)}</b> · {entry.author} <Changes entry={entry} />
            {entry.note && <q>{entry.note}</q>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Opened({ one, what }: { one: Exception; what: Open }) {
  const done = (sent: boolean) => {
    open.value = null;
    if (sent) void exceptions.load();
  };
  if (what.act === 'assign') return <AssignDialog one={one} onDone={done} />;
  if (what.act === 'close' || what.act === 'dismiss') return <CloseDialog one={one} unfounded={what.act === 'dismiss'} onDone={done} />;
  return <StepDialog one={one} act={what.act} needs={what.needs} onDone={done} />;
}

export function ExceptionDetail() {
  const one = exceptions.opened.value;
  if (!one) return <Empty words={t('ledger.pick')} />;
  return (
    <section class="alert-detail" data-testid="exception" aria-label={one.number}>
      <header>
        <h2>
          <span class={`severity severity-${one.severity}`} title={tValue('severity', String(one.severity))}>
            {one.severity}
          </span>
          {tValue('exception.kind', one.kind)} <span class="num muted">{one.number}</span>
        </h2>
        <p class="alert-text">{one.description}</p>
        <p>
          <HandOver one={one} />
        </p>
      </header>
      <Stepper one={one} />
      <Acts one={one} />
      <Facts one={one} />
      <h3>{t('ledger.entries')}</h3>
      <Ledger one={one} />
      {open.value && <Opened one={one} what={open.value} />}
    </section>
  );
}
