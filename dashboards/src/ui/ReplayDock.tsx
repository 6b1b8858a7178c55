/** Over and under the replayed map: which moment it is, the controls, the line of time, the charts. */
import { useEffect } from 'preact/hooks';
import { formatZone } from '../i18n/format';
import { wallTime } from '../i18n/zones';
import { SPEEDS, speedOf } from '../replay/clock';
import { ReplayChart } from './ReplayChart';
import { ReplaySlider } from './ReplaySlider';
import { Icon } from './icons';
import { map } from './mapLink';
import { pageKeys } from './pageKeys';
import * as replay from './replay';
import { redraw } from './replayMap';
import * as state from './state';
import { t } from './state';

const STEP_MS = 10_000;
const LEAP_MS = 300_000;

const LOCALES = { en: 'en-GB', zh: 'zh-CN' } as const;

/** "Sat, 21 Nov 2026": a date of the past is said whole. */
function dayWords(at: number): string {
  const format = new Intl.DateTimeFormat(LOCALES[state.lang.value], { timeZone: state.zone.value, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  return format.format(at);
}

/** That this is the past, and when: never to be taken for now. */
function Sign() {
  const { at, speed, playing } = replay.clock.value;
  const time = wallTime(at, state.zone.value).slice(11);
  return (
    <section class="replay-sign" aria-label={t('replay.sign')} data-testid="replay-time" data-at={new Date(at).toISOString()}>
      <h1 class="replay-sign-word">
        <Icon size={15}>
          <path d="M4 12a8 8 0 1 0 2.500-5.800M4 4v4h4" />
          <path d="M12 8v4.500l3 2" />
        </Icon>
        <b>{t('replay.title')}</b>
        <span class="wide">{t('replay.sign')}</span>
      </h1>
      <span class="replay-sign-time num">
        <span>{dayWords(at)}</span> <b>{time}</b> <small>{formatZone(at, state.zone.value, state.lang.value)}</small>
        {playing && <small> · {t('replay.speed.of', { speed })}</small>}
      </span>
      <a class="button" href="#/">
        {t('replay.live')}
      </a>
    </section>
  );
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: preact.ComponentChildren }) {
  return (
    <button type="button" class="tool square" aria-label={label} title={label} onClick={onClick}>
      {children}
    </button>
  );
}

function Controls() {
  const { playing, speed } = replay.clock.value;
  const word = t(playing ? 'replay.pause' : 'replay.play');
  return (
    <div class="replay-controls" role="group" aria-label={t('replay.title')}>
      <Tool label={`${t('replay.back')} [`} onClick={() => replay.toMark(-1)}>
        <Icon>
          <path d="M6 5v14M19 6v12l-9-6Z" />
        </Icon>
      </Tool>
      <Tool label={`${t('replay.slower')} ←`} onClick={() => replay.move(-STEP_MS)}>
        <Icon>
          <path d="m15 6-6 6 6 6" />
        </Icon>
      </Tool>
      <button type="button" class="replay-play" aria-label={word} title={`${word} (Space)`} aria-pressed={playing} data-testid="replay-play" onClick={replay.play}>
        <Icon size={18}>{playing ? <path d="M8 5v14M16 5v14" stroke-width="3.500" /> : <path d="M7 4.500v15l12.500-7.500Z" fill="currentColor" />}</Icon>
      </button>
      <Tool label={`${t('replay.quicker')} →`} onClick={() => replay.move(STEP_MS)}>
        <Icon>
          <path d="m9 6 6 6-6 6" />
        </Icon>
      </Tool>
      <Tool label={`${t('replay.next')} ]`} onClick={() => replay.toMark(1)}>
        <Icon>
          <path d="M18 5v14M5 6v12l9-6Z" />
        </Icon>
      </Tool>
      <label class="replay-speed">
        <span class="unseen">{t('replay.speed')}</span>
        <select data-testid="replay-speed" value={String(speed)} onChange={(event) => replay.setSpeed(speedOf(Number(event.currentTarget.value)))}>
          {SPEEDS.map((each) => (
            <option key={each} value={String(each)}>
              {t('replay.speed.of', { speed: each })}
            </option>
          ))}
        </select>
      </label>
      <span class="replay-wait muted" role="status">
        {replay.waiting.value ? t('replay.waiting') : ''}
      </span>
    </div>
  );
}

const KEYS = {
  ' ': replay.play,
  '[': () => replay.toMark(-1),
  ']': () => replay.toMark(1),
  '+': () => replay.faster(1),
  '-': () => replay.faster(-1),
  ArrowLeft: () => replay.move(-STEP_MS),
  ArrowRight: () => replay.move(STEP_MS),
  'Shift+ArrowLeft': () => replay.move(-LEAP_MS),
  'Shift+ArrowRight': () => replay.move(LEAP_MS),
  Escape: () => {
    location.hash = '#/';
  },
} as const;

export function ReplayDock() {
  useEffect(() => {
    pageKeys.value = KEYS;
    const end = replay.begin();
    return () => {
      if (pageKeys.value === KEYS) pageKeys.value = null; // the next page may have come already
      end();
    };
  }, []);
  const view = map.value;
  useEffect(() => {
    const past = replay.past.peek();
    if (view && past) redraw(past, replay.clock.peek().at);
  }, [view]);
  return (
    <>
      <Sign />
      <section class="replay-dock" aria-label={t('replay.slider')}>
        <Controls />
        <ReplaySlider keys={KEYS} />
        <ReplayChart />
      </section>
    </>
  );
}
