/** The answer: where it is, when it comes against what was promised, why, what we do, and the sentence to read. */
import type { Answer as Told } from '../api/answers';
import type { Headline, WaybillBrief } from '../api/waybills';
import { formatAge } from '../i18n/format';
import { aheadOf } from '../live/ahead';
import { Milestones } from './Milestones';
import { Choices, Reply, Wishes } from './Reply';
import { Expectation } from './Expectation';
import { At } from './At';
import { session } from './app';
import { DelayBadge, delayWords, shownRisk } from './risk';
import * as desk from './desk';
import { lengthWords, speedWords } from './measures';
import * as state from './state';
import { t, tValue } from './state';
import { minute, second } from './words';

export function HeadlineBanner({ headline, short = false }: { headline: Headline; short?: boolean }) {
  const kind = tValue('exception.kind', headline.kind);
  const whole = t('answer.exception', { number: headline.number, kind, state: tValue('exception.step', headline.state) });
  return (
    <a class="headline" title={whole} href={state.exceptionPage(headline.number)} data-testid="headline">
      <svg class="mark" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 1.500 15 14.500H1Z" fill="currentColor" />
        <path class="cut" d="M8 6v4M8 12v.2" stroke-width="1.800" stroke-linecap="round" />
      </svg>
      {short ? t('answer.exceptionShort', { kind }) : whole}
    </a>
  );
}

/** Seconds between what was promised and what is expected; null when either is not known. */
function againstPromise(told: Told): number | null {
  return told.promise_delta_min === null ? null : told.promise_delta_min * 60;
}

function Head({ told, waybill }: { told: Told; waybill: WaybillBrief }) {
  return (
    <header class="answer-head">
      <h1>
        <a href={state.waybillPage(waybill.number)} title={t('desk.openWaybill')}>
          {waybill.number}
        </a>
      </h1>
      <p class="answer-stands">
        {!['delivered', 'completed', 'cancelled'].includes(waybill.state) && (
          <DelayBadge risk={told.risk} delay={againstPromise(told)} word />
        )}
        <span class="tag" data-testid="waybill-state">
          {state.lang.value === 'zh' ? waybill.state_zh : waybill.state_en}
        </span>
      </p>
      <p class="trip-lane">
        {state.nameOf(waybill.origin)} → {state.nameOf(waybill.destination)}
      </p>
      <p class="trip-who muted">
        {[waybill.customer && state.nameOf(waybill.customer), waybill.order_no, waybill.goods_text].filter(Boolean).join(' · ')}
      </p>
    </header>
  );
}

/** How old the position is, counted on from when it was answered; never "now". */
export function ageNow(told: Told): number {
  return told.age_s === null ? Number.NaN : told.age_s + Math.max(0, session.now.value - desk.answeredAt.value) / 1000;
}

/** What a moving vehicle is doing: how fast, and whether where it should. */
function Motion({ told }: { told: Told }) {
  const speed = told.stale ? null : (told.position?.speed_mps ?? null);
  return (
    <>
      {speed !== null && <span class="muted num"> · {speedWords(speed)}</span>}
      {told.on_route === true && <span class="muted"> · {t('answer.onRoute')}</span>}
      {told.on_route === false && <span class="warn-words"> · {t('answer.offRoute', { distance: lengthWords(told.off_m ?? 0) })}</span>}
    </>
  );
}

function Place({ told }: { told: Told }) {
  const lang = state.lang.value;
  const { place, position } = told;
  const time = position ? second(position.time) : '';
  return (
    <section class="answer-place" data-testid="answer-place">
      <span class="muted">{t('answer.place')}</span>
      <b>{(lang === 'zh' ? place.text_zh : place.text_en) || t('answer.notSeen')}</b>
      <p>
        {position ? (
          <span class={told.stale ? 'warn-words' : ''} data-testid="answer-age">
            {t(told.stale ? 'answer.stale' : 'answer.position', { age: formatAge(ageNow(told), lang), time })}
          </span>
        ) : (
          place.kind !== 'site' && <span class="muted">{t('answer.noPosition')}</span>
        )}
        {position && !position.exact && <span class="muted"> · {t('answer.coarse')}</span>}
        <Motion told={told} />
      </p>
    </section>
  );
}

function NextStop({ told }: { told: Told }) {
  if (!told.next_stop) return null;
  const { site, eta } = told.next_stop;
  return (
    <div>
      <span class="muted">{t('answer.next')}</span>
      <span class="figure">
        <b class="next-name">{state.nameOf(site)}</b>
      </span>
      <small>{eta && <At iso={eta.p50} site={site} />}</small>
    </div>
  );
}

/** The window expected, beside the promise: struck through when it cannot be kept. */
function Promise({ told, waybill }: { told: Told; waybill: WaybillBrief }) {
  const delta = againstPromise(told);
  const broken = delta !== null && delta > 0 && ['late', 'overdue'].includes(shownRisk(told.risk, delta));
  return (
    <div class="figures answer-figures">
      <div>
        <span class="muted">{t('answer.expected')}</span>
        <span class="figure">
          {told.eta ? (
            <Expectation eta={told.eta} site={waybill.destination} />
          ) : waybill.state === 'delivered' && waybill.since ? (
            <b>
              <At iso={waybill.since} site={waybill.destination} />
            </b>
          ) : (
            <span class="no-eta">{t('answer.noEta')}</span>
          )}
        </span>
        <small>{delta !== null && Math.abs(delta) >= 60 ? delayWords(delta) : ''}</small>
      </div>
      <div>
        <span class="muted">{t('answer.promised')}</span>
        <span class="figure">
          {told.promised_at ? (
            broken ? (
              <s>
                <At iso={told.promised_at} site={waybill.destination} />
              </s>
            ) : (
              <At iso={told.promised_at} site={waybill.destination} />
            )
          ) : (
            <span class="muted">{t('answer.noPromise')}</span>
          )}
        </span>
      </div>
      <NextStop told={told} />
    </div>
  );
}

function Why({ told }: { told: Told }) {
  const zh = state.lang.value === 'zh';
  const { risk } = told;
  if (!['late', 'overdue', 'at_risk'].includes(risk) && !told.callback_at) return null;
  const cause = zh ? told.cause_zh : told.cause_en;
  const action = zh ? told.action_zh : told.action_en;
  return (
    <dl class={`answer-why risk-${risk}`} data-testid="answer-why">
      <dt>{t('answer.cause')}</dt>
      <dd>{cause ?? t('answer.checking')}</dd>
      <dt>{t('answer.action')}</dt>
      <dd>{action ?? t('answer.noAction')}</dd>
      {told.callback_at && <dd class="wide">{t('answer.callback', { time: minute(told.callback_at) })}</dd>}
    </dl>
  );
}

export function AnswerView({ told }: { told: Told }) {
  const { waybill } = told;
  const headline = waybill?.headline ?? (told.exception && { ...told.exception, state: 'received' });
  return (
    <article class="answer" data-testid="answer" data-case={told.reply}>
      {headline && <HeadlineBanner headline={headline} />}
      {waybill ? (
        <>
          <Head told={told} waybill={waybill} />
          <Place told={told} />
          <Promise told={told} waybill={waybill} />
          <Why told={told} />
        </>
      ) : (
        told.also.length === 0 && <p class="not-found">{t('desk.notFound', { asked: told.asked })}</p>
      )}
      <Choices told={told} />
      <Reply told={told} />
      <Wishes contact={told.contact} requirements={told.requirements} />
      {told.timeline.length > 0 && (
        <section class="answer-part">
          <h2>{t('waybill.timeline')}</h2>
          <Milestones list={[...told.timeline, ...aheadOf(told)]} label={t('waybill.timeline')} />
        </section>
      )}
      <p class="answer-foot muted">
        {t('desk.askedAgo', { age: formatAge((session.now.value - desk.answeredAt.value) / 1000, state.lang.value) })}
        {told.source && <> · {t('answer.source', { source: tValue('source', told.source) })}</>}
      </p>
    </article>
  );
}
