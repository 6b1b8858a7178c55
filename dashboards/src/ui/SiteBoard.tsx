/** A site's page: who is inside, who came and went, how long they stayed. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Board, Fence, Visit } from '../api/shapes';
import { formatZone } from '../i18n/format';
import { Failed, Loading, Stale } from './States';
import { DuePanel } from './DuePanel';
import { DwellPanel, InsidePanel, NodesPanel } from './SitePanels';
import { fleet, heardNodes, session, sites, snapshots, worldEdits } from './app';
import { HubIcon } from './icons';
import { showSite } from './mapLink';
import { fencesApi, nodesApi } from './placesApi';
import * as state from './state';
import { t } from './state';

const DAY_MS = 86_400_000;
const SPANS = [1, 3, 7] as const;
type Span = (typeof SPANS)[number];
/** Nodes come in bursts: the page asks once for all of them, milliseconds. */
const SETTLE_MS = 400;
/** And now and then by itself, because a visit may end without a node. */
const REFRESH_MS = 30_000;
const MOST_VISITS = 1000;

interface Told {
  readonly board: Board;
  readonly stays: readonly number[];
  readonly fences: readonly Fence[];
}

/** How long the visits were that are over, seconds. */
function staysOf(visits: readonly Visit[]): number[] {
  const over = visits.filter((visit) => visit.node_level && visit.state === 'departed');
  return over.flatMap((visit) => (visit.dwell_s === null ? [] : [visit.dwell_s]));
}

/** Who is at the site, and how, in one word: it changes when anybody enters or leaves. */
function presenceOf(code: string): string {
  void session.version.value;
  let word = '';
  for (let row = 0; row < fleet.size; row++) {
    if (fleet.site[row] === code) word += `${fleet.plate[row]} ${fleet.presence[row]};`;
  }
  return word;
}

function useBoard(code: string, span: Span): { told: Told | null; problem: string | null } {
  const [told, setTold] = useState<Told | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const presence = presenceOf(code);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const from = session.now.peek() - span * DAY_MS;
      try {
        const [board, visits, fences] = await Promise.all([
          nodesApi.board(code, from),
          nodesApi.visits({ site: code, open: false, from, limit: MOST_VISITS }),
          fencesApi.list({ q: code }),
        ]);
        const here = fences.features.filter((fence) => fence.properties.site.code === code);
        setTold({ board, stays: staysOf(visits), fences: here });
        setProblem(null);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        setProblem(error.status === 404 ? t('site.unknown') : error.message);
      }
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), SETTLE_MS);
    };
    void ask();
    const every = setInterval(() => void ask(), REFRESH_MS);
    const stop = heardNodes.subscribe((nodes) => nodes.some((node) => node.site.code === code) && soon());
    return () => {
      stop();
      clearInterval(every);
      clearTimeout(timer);
    };
  }, [code, span, presence, snapshots.value, worldEdits.value]);
  return { told, problem };
}

function Head({ code, board, span, onSpan }: { code: string; board: Board | null; span: Span; onSpan: (span: Span) => void }) {
  const site = sites.value.find((each) => each.code === code);
  const named = board?.site ?? site;
  const zone = named?.zone;
  return (
    <header class="site-head">
      <div>
        <h1>{named ? state.nameOf(named) : code}</h1>
        <p class="muted">
          {code}
          {zone && ` · ${t('site.zoneNote', { zone: `${zone} (${formatZone(session.now.peek(), zone, state.lang.value)})` })}`}
        </p>
      </div>
      <div class="spans" role="group" aria-label={t('site.span')}>
        {SPANS.map((each) => (
          <button key={each} type="button" class="switch" aria-pressed={span === each} onClick={() => onSpan(each)}>
            {t(`site.span.${each}`)}
          </button>
        ))}
      </div>
      {site && (
        <button type="button" class="button" onClick={() => showSite(site)}>
          <HubIcon /> {t('site.map')}
        </button>
      )}
    </header>
  );
}

function FencesLine({ fences }: { fences: readonly Fence[] }) {
  return (
    <p class="site-fences">
      <span class="muted">{t('site.fences')}</span>
      {fences.length === 0 && <span class="muted">{t('site.noFences')}</span>}
      {fences.map((fence) => (
        <button key={fence.id} type="button" class={`tag role-${fence.properties.role}`} onClick={() => state.openFence(fence.id)}>
          {fence.id} · {t(`role.${fence.properties.role}`)}
        </button>
      ))}
    </p>
  );
}

export function SiteBoard({ code }: { code: string }) {
  const [span, setSpan] = useState<Span>(1);
  const { told, problem } = useBoard(code, span);
  return (
    <div class="site" data-testid="site-board">
      <Head code={code} board={told?.board ?? null} span={span} onSpan={setSpan} />
      {problem && (told ? <Stale reason={problem} /> : <Failed reason={problem} />)}
      {!told && !problem && <Loading lines={8} />}
      {told && (
        <>
          <FencesLine fences={told.fences} />
          <DuePanel code={code} zone={told.board.site.zone} />
          <div class="site-grid">
            <InsidePanel board={told.board} />
            <DwellPanel board={told.board} stays={told.stays} />
            <NodesPanel nodes={told.board.arrivals} title={t('site.arrivals')} none={t('site.noArrivals')} kind="arrivals" />
            <NodesPanel nodes={told.board.departures} title={t('site.departures')} none={t('site.noDepartures')} kind="departures" />
          </div>
        </>
      )}
    </div>
  );
}
