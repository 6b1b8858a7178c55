/** The parts of the drawing of a delay over time. */
import type { Estimates, RiskChange } from '../api/trips';
import { wallTime } from '../i18n/zones';
import { type Late, type Scale, bandPath, heldAt, stepPath, stretches, ticks } from '../live/plot';
import { RiskMark, signedDelay } from './risk';
import { clock } from './words';

/** Pixels. */
export const HEIGHT = 210;
export const EDGE = { left: 58, right: 12, top: 10, bottom: 24 };

/** What every part of the drawing is drawn by. */
export interface Drawn {
  readonly estimates: Estimates;
  readonly late: readonly Late[];
  readonly x: Scale;
  readonly y: Scale;
  readonly zone: string;
  readonly width: number;
}

/** Round times on the clock of the zone. */
function hours(x: Scale, zone: string, most: number): number[] {
  const ahead = Date.parse(`${wallTime(x.from, zone)}Z`) - Math.floor(x.from / 1000) * 1000;
  return ticks(x.from + ahead, x.to + ahead, most, 1000).map((each) => each - ahead);
}

export function Grid({ x, y, zone, width }: Drawn) {
  return (
    <g class="plot-grid">
      {ticks(y.from, y.to, 5, 1).map((each) => (
        <g key={each}>
          <line x1={EDGE.left} x2={width - EDGE.right} y1={y.at(each)} y2={y.at(each)} />
          <text x={EDGE.left - 7} y={y.at(each) + 4} text-anchor="end">
            {signedDelay(each)}
          </text>
        </g>
      ))}
      {hours(x, zone, Math.max(3, Math.floor(width / 90))).map((each) => (
        <g key={each}>
          <line x1={x.at(each)} x2={x.at(each)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
          <text x={x.at(each)} y={HEIGHT - 8} text-anchor="middle">
            {clock(each, zone)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** The due time is the zero line; the first plan's due time, where it was another, a dashed one. */
export function Dues({ estimates, y, width }: Drawn) {
  const { due, baseline_due: first, actual } = estimates;
  const at = (iso: string) => y.at((Date.parse(iso) - Date.parse(due ?? '')) / 1000);
  return (
    <g>
      <line class="plot-due" x1={EDGE.left} x2={width - EDGE.right} y1={y.at(0)} y2={y.at(0)} />
      {first && due && first !== due && <line class="plot-first" x1={EDGE.left} x2={width - EDGE.right} y1={at(first)} y2={at(first)} />}
      {actual && due && <line class="plot-actual" x1={EDGE.left} x2={width - EDGE.right} y1={at(actual)} y2={at(actual)} />}
    </g>
  );
}

export function Band({ late, x, y }: Drawn) {
  return (
    <g>
      {stretches(late, x.to).map((each) =>
        each.known ? (
          <g key={each.points[0]?.at}>
            <path class="plot-band" d={bandPath(each, x, y)} />
            <path class="plot-line" d={stepPath(each, x, y, (point) => point.p50)} />
          </g>
        ) : (
          <rect
            key={each.points[0]?.at}
            class="plot-unknown"
            x={x.at(each.points[0]?.at ?? x.from)}
            width={Math.max(1, x.at(each.until) - x.at(each.points[0]?.at ?? x.from))}
            y={EDGE.top}
            height={HEIGHT - EDGE.top - EDGE.bottom}
            fill="url(#plot-hatch)"
          />
        ),
      )}
    </g>
  );
}

export function Changes({ changes, x, y, late }: Drawn & { changes: readonly RiskChange[] }) {
  return (
    <g>
      {changes.map((each) => {
        const ms = Date.parse(each.at);
        const held = heldAt(late, ms);
        const height = held && !Number.isNaN(held.p50) ? y.at(held.p50) : y.at(0);
        return (
          <svg key={`${each.at} ${each.to}`} class={`plot-change risk-${each.to}`} x={x.at(ms) - 8} y={height - 8} width="16" height="16" overflow="visible">
            <circle cx="8" cy="8" r="10" class="plot-change-ground" />
            <RiskMark risk={each.to} />
          </svg>
        );
      })}
    </g>
  );
}
