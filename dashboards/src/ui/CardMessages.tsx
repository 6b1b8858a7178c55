/** What is said to the driver, and what became of each word of it; how often the terminal reports. */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { VehicleCommand } from '../api/commandsHttp';
import { Problem } from '../api/http';
import { formatAge, formatNumber } from '../i18n/format';
import { PHRASES } from '../i18n/phrases';
import { nextAsk, showable } from '../live/commands';
import { cell } from '../live/fleet';
import { Section, Told, setOpen } from './CardSection';
import { commandsApi, wantsToWrite } from './cardData';
import { fleet, session } from './app';
import * as state from './state';
import { t } from './state';
import { type Asked, useAsk } from './useAsk';
import { minute } from './words';

/** Characters; the API's limit. */
const MOST = 500;
/** Told when so many are left. */
const NEAR = 100;
const SHOWN = 3;

/** What is written and not sent, by plate: another card does not lose it. */
const drafts = signal<Readonly<Record<string, string>>>({});

export function useCommands(plate: string): Asked<readonly VehicleCommand[]> {
  const asked = useAsk(`commands ${plate}`, 0, () => commandsApi.list(plate));
  const wait = asked.told ? nextAsk(asked.told, session.now.peek()) : null;
  useEffect(() => {
    if (wait === null) return undefined;
    const timer = setTimeout(() => void asked.again(), wait);
    return () => clearTimeout(timer);
  }, [asked.told, wait]);
  return asked;
}

function StateWord({ command }: { command: VehicleCommand }) {
  return (
    <span class={`command-state command-${command.state}`} title={t(`command.state.${command.state}.what`)} data-testid="command-state">
      {t(`command.state.${command.state}`)}
      {command.confirmed_at && <small class="num"> {minute(command.confirmed_at)}</small>}
    </span>
  );
}

function Command({ command }: { command: VehicleCommand }) {
  const words = command.text ?? t('interval.asked', { age: formatAge(command.seconds ?? Number.NaN, state.lang.value) });
  return (
    <li class="command" data-testid="command" data-state={command.state}>
      <span class="command-words">{words}</span>
      <StateWord command={command} />
      <small class="muted num">{t('message.by', { name: command.requested_by, time: minute(command.requested_at) })}</small>
      {command.state === 'refused' && command.detail && <small class="bad">{command.detail}</small>}
    </li>
  );
}

function Commands({ all }: { all: readonly VehicleCommand[] }) {
  const [shown, setShown] = useState(SHOWN);
  return (
    <>
      <ul class="commands" aria-live="polite">
        {all.slice(0, shown).map((each) => (
          <Command key={each.id} command={each} />
        ))}
      </ul>
      {all.length > shown && (
        <button type="button" class="link" onClick={() => setShown(shown + 20)}>
          {t('message.older', { count: all.length - shown })}
        </button>
      )}
    </>
  );
}

/** Sends, tells what went wrong, and has the list asked for again. */
function useSend(again: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const send = async (act: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    try {
      await act();
      setProblem(null);
      await again();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, send };
}

function Failed({ problem }: { problem: string | null }) {
  if (problem === null) return null;
  return (
    <p class="part-note bad" role="alert">
      {t('common.failed', { reason: problem })}
    </p>
  );
}

function Phrases({ onPick }: { onPick: (phrase: string) => void }) {
  const [lang, setLang] = useState(state.lang.peek());
  return (
    <div class="phrases">
      <button type="button" class="link" aria-label={t('message.language')} title={t('message.language')} onClick={() => setLang(lang === 'zh' ? 'en' : 'zh')}>
        {lang === 'zh' ? '中文' : 'EN'}
      </button>
      <ul aria-label={t('message.phrases')} lang={lang === 'zh' ? 'zh-CN' : 'en'}>
        {PHRASES[lang].map((each) => (
          <li key={each}>
            <button type="button" class="phrase" onClick={() => onPick(each)}>
              {each}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Writer({ plate, again }: { plate: string; again: () => Promise<void> }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { busy, problem, send } = useSend(again);
  const text = drafts.value[plate] ?? '';
  const write = (next: string) => {
    drafts.value = { ...drafts.peek(), [plate]: next };
  };
  useEffect(() => {
    if (wantsToWrite.peek() > 0) field.current?.focus();
    wantsToWrite.value = 0; // once: the next card must not take the keyboard
  }, [wantsToWrite.value]);
  const ready = showable(text) !== '' && !busy;
  const submit = async () => {
    if (ready && (await send(() => commandsApi.write(plate, showable(text))))) write('');
    field.current?.focus();
  };
  return (
    <form
      class="writer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <textarea
        ref={field}
        rows={2}
        maxLength={MOST}
        aria-label={t('message.text')}
        placeholder={t('message.hint')}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return; // Enter also ends the choice of a character
          event.preventDefault();
          void submit();
        }}
      />
      <Phrases
        onPick={(phrase) => {
          write(text ? `${text.trimEnd()} ${phrase}`.slice(0, MOST) : phrase);
          field.current?.focus();
        }}
      />
      <div class="writer-end">
        <small class="muted num">{MOST - text.length <= NEAR && t('message.left', { count: MOST - text.length })}</small>
        <button type="submit" class="button primary" disabled={!ready}>
          {t('message.send')}
        </button>
      </div>
      <Failed problem={problem} />
    </form>
  );
}

export function CardMessages({ plate, asked }: { plate: string; asked: Asked<readonly VehicleCommand[]> }) {
  useEffect(() => {
    if (wantsToWrite.value === 0) return;
    setOpen('messages', true);
    document.getElementById('card-messages')?.scrollIntoView({ block: 'start' });
  }, [wantsToWrite.value]);
  const messages = asked.told?.filter((each) => each.kind === 'message');
  return (
    <Section name="messages" title={t('message.title')} aside={messages?.length ? messages.length : null}>
      <Writer plate={plate} again={asked.again} />
      <Told asked={asked} lines={1}>
        {() => (messages?.length ? <Commands all={messages} /> : <p class="part-note">{t('message.none')}</p>)}
      </Told>
    </Section>
  );
}

/** s; what a dispatcher chooses from. */
const INTERVALS = [5, 10, 30, 60, 300, 900] as const;
const DAY_S = 86_400;

function useRhythm(plate: string): number {
  void session.version.value;
  const row = fleet.row.get(plate);
  return row === undefined ? Number.NaN : cell(fleet.interval, row);
}

export function CardInterval({ plate, asked }: { plate: string; asked: Asked<readonly VehicleCommand[]> }) {
  const lang = state.lang.value;
  const rhythm = useRhythm(plate);
  const { busy, problem, send } = useSend(asked.again);
  const [seconds, setSeconds] = useState<number>(30);
  const age = formatAge(seconds, lang);
  const set = asked.told?.filter((each) => each.kind === 'interval') ?? [];
  return (
    <Section name="interval" title={t('interval.title')} open={false} aside={Number.isNaN(rhythm) ? null : formatAge(Math.round(rhythm), lang)}>
      <p class="part-note">{Number.isNaN(rhythm) ? t('interval.unknown') : t('interval.now', { age: formatAge(Math.max(1, Math.round(rhythm)), lang) })}</p>
      <form
        class="writer"
        onSubmit={(event) => {
          event.preventDefault();
          void send(() => commandsApi.setInterval(plate, seconds));
        }}
      >
        <span class="muted">{t('interval.choose')}</span>
        <div class="segments" role="radiogroup" aria-label={t('interval.choose')}>
          {INTERVALS.map((each) => (
            <button key={each} type="button" role="radio" aria-checked={each === seconds} onClick={() => setSeconds(each)}>
              {formatAge(each, lang)}
            </button>
          ))}
        </div>
        <div class="writer-end">
          <small class="muted">{t('interval.means', { age, count: formatNumber(DAY_S / seconds, lang) })}</small>
          <button type="submit" class="button primary" disabled={busy}>
            {t('interval.set')}
          </button>
        </div>
        <Failed problem={problem} />
      </form>
      <Told asked={asked} lines={1}>
        {() => <Commands all={set} />}
      </Told>
    </Section>
  );
}
