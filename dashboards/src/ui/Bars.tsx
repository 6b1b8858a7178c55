/** A small chart: groups side by side, one or more series of bars or dots in each. */
import { scale, ticks } from '../live/plot';
import { useWidth } from './useWidth';

export interface Series {
  readonly name: string;
  /** Of the sheet: `bar-a` and so on. */
  readonly tone: 'a' | 'b' | 'c';
  /** One per group; null is unknown, and drawn as nothing. */
  readonly values: readonly (number | null)[];
}

export interface Props {
  readonly title: string;
  readonly groups: readonly string[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Where the axis begins and ends; without it from 0 to the greatest. */
  readonly range?: readonly [number, number];
  /** What is right. */
  readonly band?: readonly [number, number];
  /** Round steps of the axis are multiples of this. */
  readonly unit: number;
  readonly kind?: 'bars' | 'dots';
}

const HEIGHT = 190;
const EDGE = { left: 46, right: 6, top: 8, bottom: 22 };

export function Bars({ title, groups, series, format, range, band, unit, kind = 'bars' }: Props) {
  const [box, width] = useWidth(360, 240);
  const known = series.flatMap(({ values }) => values).filter((each): each is number => each !== null);
  const [low, high] = range ?? [0, Math.max(0, ...known) * 1.06 || 1];
  const y = scale(low, high, HEIGHT - EDGE.bottom, EDGE.top);
  const slot = (width - EDGE.left - EDGE.right) / Math.max(1, groups.length);
  const bar = Math.min(26, (slot - 12) / series.length);
  const left = (group: number, at: number) => EDGE.left + slot * group + (slot - bar * series.length) / 2 + bar * at;
  const described = groups.map((group, i) => `${group}: ${series.map(({ name, values }) => `${name} ${values[i] == null ? '–' : format(values[i])}`).join(', ')}`);
  return (
    <figure class="bars">
      <figcaption>{title}</figcaption>
      <div ref={box}>
      <svg width={width} height={HEIGHT} role="img" aria-label={`${title}. ${described.join('; ')}`}>
        {band && <rect class="bars-band" x={EDGE.left} width={width - EDGE.left - EDGE.right} y={y.at(band[1])} height={y.at(band[0]) - y.at(band[1])} />}
        <g class="plot-grid">
          {ticks(low, high, 5, unit).map((each) => (
            <g key={each}>
              <line x1={EDGE.left} x2={width - EDGE.right} y1={y.at(each)} y2={y.at(each)} />
              <text x={EDGE.left - 6} y={y.at(each) + 4} text-anchor="end">
                {format(each)}
              </text>
            </g>
          ))}
          {groups.map((group, i) => (
            <text key={group} x={EDGE.left + slot * (i + 0.5)} y={HEIGHT - 6} text-anchor="middle">
              {group}
            </text>
          ))}
        </g>
        {series.map(({ name, tone, values }, at) => (
          <g key={name} class={`bar-${tone}`}>
            {values.map((value, i) =>
              value === null ? null : kind === 'dots' ? (
                <circle key={groups[i]} class={band && (value < band[0] || value > band[1]) ? 'out' : undefined} cx={left(i, at) + bar / 2} cy={y.at(Math.max(low, Math.min(high, value)))} r="5">
                  <title>{`${name}: ${format(value)}`}</title>
                </circle>
              ) : (
                <rect key={groups[i]} x={left(i, at) + 1} width={Math.max(1, bar - 2)} y={y.at(value)} height={Math.max(0, y.at(low) - y.at(value))} rx="1.500">
                  <title>{`${name}: ${format(value)}`}</title>
                </rect>
              ),
            )}
          </g>
        ))}
      </svg>
      </div>
      {series.length > 1 && (
        <ul class="plot-legend muted">
          {series.map(({ name, tone }) => (
            <li key={name}>
              <i class={`key-${tone}`} /> {name}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}
