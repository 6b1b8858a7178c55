/** The line of time: a slider for the keyboard and the hand, with what happened marked on it. */
import type { Scale } from '../live/plot';
import { scale } from '../live/plot';
import type { Mark } from '../replay/marks';
import { markName } from './ReplayMarks';
import { MarkShape } from './ReplaySigns';
import * as replay from './replay';
import { t } from './state';
import { useWidth } from './useWidth';
import { second } from './words';

/** Pixels beside the line of time; charts have the same. */
export const EDGE = { left: 64, right: 14 } as const;
const HEIGHT = 20;
/** Half the width of the slider's knob: its middle stands at the moment. */
const KNOB = 8;
const STEP_S = 10;

function Lasting({ mark, x }: { mark: Mark; x: Scale }) {
  if (mark.until === null || mark.what === 'alert') return null;
  const left = x.at(mark.at);
  return <rect class={`replay-lasting ${mark.what}`} x={left} width={Math.max(2, x.at(Math.min(mark.until, x.to)) - left)} y={HEIGHT - 5} height="4" />;
}

function Tick({ mark, x }: { mark: Mark; x: Scale }) {
  return (
    <svg class="replay-tick" x={x.at(mark.at) - 6} y="1" width="12" height="12" viewBox="0 0 16 16">
      <title>{`${second(mark.at)} · ${markName(mark)}`}</title>
      <MarkShape mark={mark} />
    </svg>
  );
}

function Marks({ width }: { width: number }) {
  const { from, to } = replay.clock.value;
  const x = scale(from, to, EDGE.left, width - EDGE.right);
  const marks = replay.marks.value;
  return (
    <svg class="replay-ticks" width={width} height={HEIGHT} aria-hidden="true">
      {marks.map((mark) => (
        <Lasting key={mark.key} mark={mark} x={x} />
      ))}
      {marks.map((mark) => (
        <Tick key={mark.key} mark={mark} x={x} />
      ))}
    </svg>
  );
}

export function ReplaySlider({ keys }: { keys: Readonly<Record<string, () => void>> }) {
  const [box, width] = useWidth(800, 240);
  const { from, to, at } = replay.clock.value;
  return (
    <div class="replay-line" ref={box}>
      <Marks width={width} />
      <input
        type="range"
        data-testid="replay-slider"
        aria-label={t('replay.slider')}
        aria-valuetext={second(at)}
        min={0}
        max={Math.round((to - from) / 1000)}
        step={STEP_S}
        value={Math.round((at - from) / 1000)}
        style={{ marginLeft: `${EDGE.left - KNOB}px`, width: `${width - EDGE.left - EDGE.right + 2 * KNOB}px` }}
        onInput={(event) => replay.seekTo(from + Number(event.currentTarget.value) * 1000)}
        onKeyDown={(event) => {
          const act = keys[event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key];
          if (!act || event.ctrlKey || event.metaKey || event.altKey || event.key === 'Escape') return;
          event.preventDefault();
          event.stopPropagation();
          act();
        }}
      />
    </div>
  );
}
