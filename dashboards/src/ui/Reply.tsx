/** The sentence to read to the customer, one key away; how they want to be reached; what else fits. */
import type { Answer as Told } from '../api/answers';
import * as desk from './desk';
import { CopyIcon } from './frameIcons';
import * as state from './state';
import { t, tValue } from './state';

const KINDS: readonly desk.ReplyKind[] = ['zh', 'en', 'sms'];
const SMS_MOST = 70;

function Copied() {
  const done = desk.copied.value;
  if (!done) return null;
  return (
    <span class={done.ok ? 'copied' : 'bad'} role="status" data-testid="copied">
      {t(done.ok ? 'reply.copied' : 'reply.copyFailed')}
    </span>
  );
}

export function Reply({ told }: { told: Told }) {
  const kind = desk.replyKind.value;
  const words = desk.replyOf(told, kind);
  return (
    <section class="reply" aria-label={t('reply.title')} data-testid="reply">
      <div class="reply-head">
        <div class="segments" role="tablist">
          {KINDS.map((each) => (
            <button
              key={each}
              type="button"
              role="tab"
              aria-selected={each === kind}
              onClick={() => {
                desk.replyKind.value = each;
              }}
            >
              {t(`reply.${each}`)}
            </button>
          ))}
        </div>
        <Copied />
        <button type="button" class="button primary" onClick={() => desk.copy(kind)} disabled={!words} title={t('reply.copy')}>
          <CopyIcon /> {t('common.copy')} <kbd>{kind === 'sms' ? 's' : 'c'}</kbd>
        </button>
      </div>
      <p class="reply-text" lang={kind === 'en' ? 'en' : 'zh-CN'} data-testid="reply-text">
        {words || t('reply.none')}
      </p>
      {kind === 'sms' && words && <small class="muted num">{t('reply.length', { count: [...words].length })}{[...words].length > SMS_MOST ? ' !' : ''}</small>}
    </section>
  );
}

export function Wishes({ contact, requirements }: { contact: string | null; requirements: readonly string[] }) {
  if (!contact && requirements.length === 0) return null;
  return (
    <p class="wishes" data-testid="wishes">
      {contact && (
        <span class={contact === 'phone' ? 'tag' : 'tag tag-provisional'} title={t('contact.title')}>
          {tValue('contact', contact)}
        </span>
      )}
      {requirements.map((each) => (
        <span key={each} class="tag">
          {tValue('need', each)}
        </span>
      ))}
    </p>
  );
}

/** Several fit, or none does. */
export function Choices({ told }: { told: Told }) {
  if (told.also.length === 0 && (told.found || told.suggestions.length === 0)) return null;
  const others = told.also.filter((each) => each.number !== told.waybill?.number);
  return (
    <section class="choices" data-testid="choices">
      <h2>{t(told.waybill ? 'desk.more' : others.length > 0 ? 'desk.several' : 'desk.perhaps', { count: others.length })}</h2>
      <ul>
        {others.map((each) => (
          <li key={each.number}>
            <button type="button" class="link" onClick={() => void desk.ask(each.number)}>
              {each.number}
            </button>
            <span class="muted">
              {state.nameOf(each.origin)} → {state.nameOf(each.destination)} · {state.lang.value === 'zh' ? each.state_zh : each.state_en}
            </span>
          </li>
        ))}
        {told.suggestions.map((each) => (
          <li key={each}>
            <button type="button" class="link" onClick={() => void desk.ask(each)}>
              {each}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
