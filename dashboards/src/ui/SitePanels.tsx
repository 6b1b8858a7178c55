/** The panels of a site's page. */
import type { Board, Inside, Node } from '../api/shapes';
import { formatAge } from '../i18n/format';
import { dwellBars } from '../live/nodes';
import { Empty } from './States';
import { NodeItem } from './NodeItem';
import { session } from './app';
import { showOnMap } from './mapLink';
import * as state from './state';
import { t, tValue } from './state';
import { minute, since } from './words';

/** Most bars of the plot, and its drawing's size. */
const [BARS, WIDTH, HEIGHT] = [24, 320, 56];

function openVehicle(plate: string): void {
  state.select(plate);
  showOnMap(plate);
}

function InsideRow({ visit, zone }: { visit: Inside; zone: string }) {
  return (
    <tr>
      <th scope="row">
        <a href="#/" onClick={() => openVehicle(visit.vehicle)}>
          {visit.vehicle}
        </a>
      </th>
      <td>
        <span class={`tag visit-${visit.state}`}>{tValue('visit', visit.state)}</span>
      </td>
      <td class="num">{minute(visit.since, zone)}</td>
      <td class="num">{since(visit.since)}</td>
      <td class="num muted">{visit.stopped_at ? minute(visit.stopped_at, zone) : '–'}</td>
    </tr>
  );
}

export function InsidePanel({ board }: { board: Board }) {
  void session.now.value; // stays grow
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>
          {t('site.inside')} <span class="muted num">{board.inside.length}</span>
        </h2>
      </div>
      {board.inside.length === 0 ? (
        <Empty words={t('site.inside.none')} small />
      ) : (
        <div class="table-box" tabIndex={0} role="region" aria-label={t('site.inside')}>
          <table data-testid="board-inside">
            <thead>
              <tr>
                <th scope="col">{t('site.vehicle')}</th>
                <th scope="col">{t('site.state')}</th>
                <th scope="col">{t('site.since')}</th>
                <th scope="col">{t('site.soFar')}</th>
                <th scope="col">{t('node.stopped')}</th>
              </tr>
            </thead>
            <tbody>
              {board.inside.map((visit) => (
                <InsideRow key={`${visit.vehicle} ${visit.fence}`} visit={visit} zone={board.site.zone} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function DwellPlot({ stays }: { stays: readonly number[] }) {
  const { width, counts } = dwellBars(stays, BARS);
  const most = Math.max(...counts);
  const lang = state.lang.value;
  const slot = WIDTH / counts.length;
  const bar = (count: number, i: number) => {
    if (count === 0) return '';
    const height = Math.max(2, (count / most) * (HEIGHT - 2));
    return `M${i * slot + 1} ${HEIGHT}v${-height}h${Math.max(1, slot - 2)}v${height}z`;
  };
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('site.dwell.plot', { width: formatAge(width, lang), most })}>
        <path d={counts.map(bar).join('')} />
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      </svg>
      <figcaption class="num muted">
        <span>0</span>
        <span>{t('site.dwell.plot', { width: formatAge(width, lang), most })}</span>
        <span>{formatAge(width * counts.length, lang)}</span>
      </figcaption>
    </figure>
  );
}

export function DwellPanel({ board, stays }: { board: Board; stays: readonly number[] }) {
  const lang = state.lang.value;
  const { count, median_s: middle, longest_s: longest } = board.dwell;
  return (
    <section class="panel" data-testid="board-dwell">
      <div class="panel-head">
        <h2>{t('site.dwell')}</h2>
      </div>
      {count === 0 ? (
        <Empty words={t('site.dwell.none')} small />
      ) : (
        <>
          <div class="figures">
            <div>
              <span class="muted">{t('site.dwell.median')}</span>
              <b class="num">{middle === null ? '–' : formatAge(middle, lang)}</b>
            </div>
            <div>
              <span class="muted">{t('site.dwell.longest')}</span>
              <b class="num">{longest === null ? '–' : formatAge(longest, lang)}</b>
            </div>
            <div>
              <span class="muted">{t('site.dwell.count')}</span>
              <b class="num">{count}</b>
            </div>
          </div>
          {stays.length > 0 && <DwellPlot stays={stays} />}
        </>
      )}
    </section>
  );
}

export function NodesPanel({ nodes, title, none, kind }: { nodes: readonly Node[]; title: string; none: string; kind: string }) {
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>
          {title} <span class="muted num">{nodes.filter((node) => node.valid).length}</span>
        </h2>
      </div>
      {nodes.length === 0 ? (
        <Empty words={none} small />
      ) : (
        <ol class="nodes tall" tabIndex={0} aria-label={title} data-testid={`board-${kind}`}>
          {nodes.map((node) => (
            <NodeItem key={node.id} node={node} by="vehicle" />
          ))}
        </ol>
      )}
    </section>
  );
}
