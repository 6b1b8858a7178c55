/** What happened, by time: every entry leads to its moment. */
import { useEffect, useRef } from 'preact/hooks';
import { formatAge } from '../i18n/format';
import type { Mark } from '../replay/marks';
import { Empty } from './States';
import { MarkSign } from './ReplaySigns';
import * as replay from './replay';
import * as state from './state';
import { t } from './state';
import { minute, second } from './words';

const age = (seconds: number) => formatAge(seconds, state.lang.value);

/** What it is, in a word. */
export function markName(mark: Mark): string {
  const name = state.lang.value === 'zh' ? mark.name_zh : mark.name_en;
  return name || t(`replay.mark.${mark.what}`);
}

/** What is to be known of it. */
function remarks(mark: Mark): string[] {
  const words: string[] = [];
  if (mark.what === 'alert' && mark.severity !== null) words.push(t('replay.severity', { level: mark.severity }));
  if (mark.what === 'late' && mark.until) words.push(t('replay.mark.late.what', { to: minute(mark.until), age: age(mark.lag) }));
  if (mark.what === 'gap' && mark.until) words.push(t('replay.mark.gap.what', { age: age((mark.until - mark.at) / 1000) }));
  if (mark.retracted) words.push(t('replay.mark.retracted'));
  const [before] = mark.before;
  if (before === null) words.push(t('replay.mark.restored'));
  else if (before !== undefined && before !== mark.at) words.push(t('replay.mark.corrected', { time: second(before) }));
  if (mark.late && !mark.retracted) words.push(t('replay.mark.backfilled'));
  if (mark.count > 1) words.push(t('replay.marks.count', { count: mark.count - 1 }));
  return words;
}

function Entry({ mark, now }: { mark: Mark; now: boolean }) {
  const words = remarks(mark);
  const fleet = replay.vehicle.value === null && mark.vehicle;
  return (
    <li>
      <button type="button" class={`replay-mark${now ? ' now' : ''}`} aria-current={now ? 'time' : undefined} data-testid="replay-mark" data-what={mark.what} data-kind={mark.kind} onClick={() => replay.seekTo(mark.at)}>
        <MarkSign mark={mark} />
        <span class="replay-mark-words">
          <span>
            {fleet && <b>{mark.vehicle} </b>}
            {mark.retracted ? <s>{markName(mark)}</s> : markName(mark)}
          </span>
          {words.length > 0 && <small class="muted">{words.join(' · ')}</small>}
        </span>
        <time class="num muted" dateTime={new Date(mark.at).toISOString()}>
          {minute(mark.at)}
        </time>
      </button>
    </li>
  );
}

export function ReplayMarks() {
  const marks = replay.marks.value;
  const { at } = replay.clock.value;
  const list = useRef<HTMLOListElement>(null);
  const current = marks.findLastIndex((each) => each.at <= at + 500);
  useEffect(() => {
    const entry = list.current?.children[current];
    if (list.current && entry instanceof HTMLElement && !list.current.contains(document.activeElement)) {
      list.current.scrollTop = entry.offsetTop - list.current.clientHeight / 3;
    }
  }, [current, marks]);
  return (
    <section class="replay-marks" aria-label={t('replay.marks')}>
      <h2>{t('replay.marks')}</h2>
      {marks.length === 0 && <Empty words={t('replay.marks.none')} small />}
      <ol ref={list}>
        {marks.map((mark, i) => (
          <Entry key={mark.key} mark={mark} now={i === current} />
        ))}
      </ol>
    </section>
  );
}
