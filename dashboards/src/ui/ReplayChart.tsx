/** Under the line of time: a vehicle's speed and delay, or how much happened in the fleet. */
import { useMemo, useState } from 'preact/hooks';
import { wallTime } from '../i18n/zones';
import { type Scale, bandPath, extent, scale, stepPath, stretches, ticks } from '../live/plot';
import { areaPath, barsPath, delayAt, delaysByTrip, markSlots, speedSlots } from '../replay/chart';
import { EDGE } from './ReplaySlider';
import { speedWords } from './measures';
import * as replay from './replay';
import type { Past } from './replayMap';
import { signedDelay } from './risk';
import * as state from './state';
import { t } from './state';
import { useWidth } from './useWidth';
import { clock, second } from './words';

/** Pixels: of each lane, between them, of the hours below. */
const LANE = 38;
const ROOM = 10;
const HOURS = 16;
const HEIGHT = 2 * LANE + ROOM + HOURS;
/** The chart's top at least, m/s: 90 km/h, so that a yard shunter does not look like a race. */
const TOP = 25;
const PIXELS_PER_SLOT = 3;

/** Round times on the clock of the installation. */
function hoursOf(x: Scale, zone: string, most: number): number[] {
  const ahead = Date.parse(`${wallTime(x.from, zone)}Z`) - Math.floor(x.from / 1000) * 1000;
  return ticks(x.from + ahead, x.to + ahead, most, 1000).map((each) => each - ahead);
}

function Hours({ x, width }: { x: Scale; width: number }) {
  const zone = state.zone.value;
  return (
    <g class="plot-grid">
      {hoursOf(x, zone, Math.max(3, Math.floor(width / 90))).map((each) => (
        <g key={each}>
          <line x1={x.at(each)} x2={x.at(each)} y1="0" y2={HEIGHT - HOURS} />
          <text x={x.at(each)} y={HEIGHT - 4} text-anchor="middle">
            {clock(new Date(each).toISOString(), zone)}
          </text>
        </g>
      ))}
    </g>
  );
}

function Lane({ name, top, high, width }: { name: string; top: number; high: string; width: number }) {
  return (
    <g class="plot-grid">
      <line x1={EDGE.left} x2={width - EDGE.right} y1={top + LANE} y2={top + LANE} />
      <text x={EDGE.left - 6} y={top + 9} text-anchor="end">
        {high}
      </text>
      <text class="replay-lane" x={EDGE.left + 5} y={top + 9}>
        {name}
      </text>
    </g>
  );
}

/** Silences, over both lanes. */
function Gaps({ past, x }: { past: Past; x: Scale }) {
  return (
    <g>
      {past.told.gaps.map((each) => {
        const left = x.at(Date.parse(each.from));
        return <rect key={each.from} class="plot-unknown" x={left} width={Math.max(1, x.at(Date.parse(each.to)) - left)} y="0" height={HEIGHT - HOURS} fill="url(#replay-hatch)" />;
      })}
    </g>
  );
}

function Delay({ past, x, width }: { past: Past; x: Scale; width: number }) {
  const trips = [...delaysByTrip(past.told.delay).values()];
  const top = LANE + ROOM;
  const [low, high] = extent(trips.flat(), []);
  const y = scale(low, high, top + LANE, top);
  const words = trips.length > 0 ? t('replay.chart.delay') : t('replay.chart.delay.none');
  return (
    <g>
      <Lane name={words} top={top} high={trips.length > 0 ? signedDelay(Math.round(high / 60) * 60) : ''} width={width} />
      {trips.length > 0 && <line class="plot-due" x1={EDGE.left} x2={width - EDGE.right} y1={y.at(0)} y2={y.at(0)} />}
      {trips.map((points) =>
        stretches(points, points.at(-1)?.at ?? x.to)
          .filter((each) => each.known)
          .map((each) => (
            <g key={each.points[0]?.at}>
              <path class="plot-band" d={bandPath(each, x, y)} />
              <path class="plot-line" d={stepPath(each, x, y, (point) => point.p50)} />
            </g>
          )),
      )}
    </g>
  );
}

function Vehicle({ past, x, width }: { past: Past; x: Scale; width: number }) {
  const slots = Math.max(10, Math.floor((width - EDGE.left - EDGE.right) / PIXELS_PER_SLOT));
  const speeds = speedSlots(past.samples, x.from, x.to, slots);
  const highest = Math.max(TOP, ...speeds.filter((each) => !Number.isNaN(each)));
  const y = scale(0, highest, LANE, 0);
  const slot = (i: number) => x.at(x.from + ((x.to - x.from) * i) / slots);
  return (
    <>
      <Gaps past={past} x={x} />
      <path class="replay-speed-area" d={areaPath(speeds, slot, y.at)} />
      <Lane name={t('replay.chart.speed')} top={0} high={speedWords(highest)} width={width} />
      <Delay past={past} x={x} width={width} />
    </>
  );
}

function Fleet({ x, width }: { x: Scale; width: number }) {
  const slots = Math.max(10, Math.floor((width - EDGE.left - EDGE.right) / 8));
  const { nodes, alerts } = markSlots(replay.marks.value, x.from, x.to, slots);
  const lanes = [
    { counts: nodes, name: t('replay.chart.nodes'), top: 0, kind: 'node' },
    { counts: alerts, name: t('replay.chart.alerts'), top: LANE + ROOM, kind: 'alert' },
  ];
  return (
    <>
      {lanes.map(({ counts, name, top, kind }) => {
        const most = Math.max(1, ...counts);
        return (
          <g key={kind}>
            <path class={`replay-bars ${kind}`} d={barsPath(counts, x, scale(0, most, top + LANE, top + 12).at)} />
            <Lane name={name} top={top} high={String(most)} width={width} />
          </g>
        );
      })}
    </>
  );
}

/** How it was at a moment, in words. */
function readout(at: number, past: Past | null): string {
  const words = [second(at)];
  const moment = past && replay.momentAt(past, at);
  if (moment) words.push(moment.lost ? t('replay.chart.gap') : Number.isNaN(moment.speed) ? '–' : speedWords(moment.speed));
  const delay = past && delayAt(delaysByTrip(past.told.delay), at);
  if (delay && !Number.isNaN(delay.late.p50)) words.push(signedDelay(delay.late.p50));
  return words.join(' · ');
}

export function ReplayChart() {
  const [box, width] = useWidth(800, 240);
  const [hovered, setHovered] = useState<number | null>(null);
  const { from, to, at } = replay.clock.value;
  const past = replay.past.value;
  const marks = replay.marks.value;
  const x = useMemo(() => scale(from, to, EDGE.left, width - EDGE.right), [from, to, width]);
  const drawing = useMemo(
    () => (past ? <Vehicle past={past} x={x} width={width} /> : <Fleet x={x} width={width} />),
    [past, marks, x, width, state.lang.value, state.units.value],
  );
  const timeAt = (event: PointerEvent | MouseEvent) => {
    const left = (event.currentTarget as Element).getBoundingClientRect().left;
    return Math.min(to, Math.max(from, x.value(event.clientX - left)));
  };
  return (
    <div class="replay-chart" ref={box}>
      <svg
        class="plot"
        width={width}
        height={HEIGHT}
        role="img"
        data-testid="replay-chart"
        aria-label={`${t(replay.vehicle.value ? 'replay.chart' : 'replay.chart.fleet')}: ${readout(at, past)}`}
        onClick={(event) => replay.seekTo(timeAt(event))}
        onPointerMove={(event) => setHovered(timeAt(event))}
        onPointerLeave={() => setHovered(null)}
      >
        <defs>
          <pattern id="replay-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" y1="0" x2="0" y2="7" />
          </pattern>
        </defs>
        <Hours x={x} width={width} />
        {drawing}
        <line class="replay-cursor" x1={x.at(at)} x2={x.at(at)} y1="0" y2={HEIGHT - HOURS} />
        {hovered !== null && <line class="plot-cursor" x1={x.at(hovered)} x2={x.at(hovered)} y1="0" y2={HEIGHT - HOURS} />}
      </svg>
      <p class="replay-readout num muted">{hovered === null ? '' : readout(hovered, past)}</p>
    </div>
  );
}
