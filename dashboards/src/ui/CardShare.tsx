/** What a dispatcher sends to a customer: the new time as a sentence, and a link to one waybill aboard. */
import { useState } from 'preact/hooks';
import type { WaybillBrief } from '../api/waybills';
import type { Lang } from '../i18n';
import { newTimeWords } from '../live/newTime';
import { ShareDialog } from './ShareDialog';
import { session } from './app';
import { copyText } from './copy';
import { ChoiceField } from './fields';
import { CopyIcon } from './icons';
import * as state from './state';
import { t } from './state';

const LANGS = ['zh', 'en'] as const;

function NewTime({ one }: { one: WaybillBrief }) {
  const [lang, setLang] = useState<Lang>(state.lang.peek());
  const [copied, setCopied] = useState<boolean | null>(null);
  const words = newTimeWords(one, session.now.value, lang);
  return (
    <section class="new-time" aria-label={t('card.newTime')}>
      <div class="new-time-head">
        <h3>{t('card.newTime')}</h3>
        <div class="segments" role="tablist" aria-label={t('card.newTime')}>
          {LANGS.map((each) => (
            <button
              key={each}
              type="button"
              role="tab"
              aria-selected={each === lang}
              onClick={() => {
                setLang(each);
                setCopied(null);
              }}
            >
              {each === 'zh' ? '中文' : 'English'}
            </button>
          ))}
        </div>
        <button type="button" class="button primary" onClick={() => void copyText(words).then(setCopied)} data-testid="copy-new-time">
          <CopyIcon /> {copied ? t('reply.copied') : t('common.copy')}
        </button>
      </div>
      <p class="reply-text" lang={lang === 'en' ? 'en' : 'zh-CN'} data-testid="new-time">
        {words}
      </p>
      {copied === false && (
        <p class="bad" role="alert">
          {t('reply.copyFailed')}
        </p>
      )}
    </section>
  );
}

export function CardShare({ waybills, onDone }: { waybills: readonly WaybillBrief[]; onDone: () => void }) {
  const [number, setNumber] = useState(waybills[0]?.number ?? '');
  const one = waybills.find((each) => each.number === number) ?? waybills[0];
  if (!one) return null;
  return (
    <ShareDialog number={one.number} onDone={onDone}>
      {waybills.length > 1 && (
        <ChoiceField label={t('card.newTime.which')} value={one.number} onValue={setNumber} choices={waybills.map((each) => each.number)} words={(each) => each} />
      )}
      <NewTime key={one.number} one={one} />
    </ShareDialog>
  );
}
