/** One fence: what it is for, who is inside, by which terms, since when and by whom. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Fence, Visit } from '../api/shapes';
import { formatAge, formatNumber } from '../i18n/format';
import { formatArea, formatHours } from '../i18n/formatPlaces';
import { area, fromFence } from '../map/draft';
import { isProvisional } from '../live/nodes';
import { EndDialog } from './EndDialog';
import { heardNodes, session } from './app';
import { missing, opened, reload, startEditing, warnings } from './fencing';
import { CloseIcon, CrosshairIcon, PenIcon } from './icons';
import { showFence, showOnMap } from './mapLink';
import { fencesApi, nodesApi } from './placesApi';
import { lengthWords } from './measures';
import * as state from './state';
import { t, tValue } from './state';
import { author, minute, since, siteName } from './words';

/** Entering and leaving are in no feed of nodes, so the list is asked for that often. */
const REFRESH_MS = 10_000;
const MOST_INSIDE = 200;

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
    </div>
  );
}

function useInside(code: string): readonly Visit[] | null {
  const [visits, setVisits] = useState<readonly Visit[] | null>(null);
  useEffect(() => {
    const ask = () => {
      nodesApi.visits({ fence: code, open: true, limit: MOST_INSIDE }).then(setVisits, () => {});
    };
    ask();
    const timer = setInterval(ask, REFRESH_MS);
    const stop = heardNodes.subscribe((nodes) => nodes.some((node) => node.fence?.code === code) && ask());
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [code]);
  return visits;
}

function InsideNow({ code }: { code: string }) {
  void session.now.value;
  const visits = useInside(code);
  return (
    <div class="section">
      <h3>
        {t('fence.inside')} {visits && <span class="num">{visits.length}</span>}
      </h3>
      {visits?.length === 0 && <p class="muted">{t('fence.inside.none')}</p>}
      <ul class="inside" data-testid="inside">
        {visits?.map((visit) => (
          <li key={visit.id}>
            <button
              type="button"
              class="link"
              onClick={() => {
                state.select(visit.vehicle);
                showOnMap(visit.vehicle);
              }}
            >
              {visit.vehicle}
            </button>
            <span class="muted">{tValue('visit', visit.state)}</span>
            <span class="num muted">{since(visit.entered.at)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Terms({ fence }: { fence: Fence }) {
  const { properties: of } = fence;
  const lang = state.lang.value;
  const seconds = (n: number) => formatAge(n, lang);
  const size = area(fromFence(of.shape, fence.geometry, of.radius_m ?? 0));
  return (
    <dl class="facts">
      <Fact name={t('fence.site')}>
        <a href={state.sitePage(of.site.code)}>{siteName(of.site)}</a>
      </Fact>
      <Fact name={t('fence.shape')}>
        {t(`shape.${of.shape}`)}
        {of.radius_m ? `, ${t(of.shape === 'circle' ? 'fence.radius' : 'fence.halfWidth').toLowerCase()} ${lengthWords(of.radius_m)}` : ''}{' '}
        <span class="muted">{formatArea(size, lang)}</span>
      </Fact>
      <Fact name={t('fence.nodes')}>{t(of.node_level ? 'fence.nodes.yes' : 'fence.nodes.no')}</Fact>
      {of.parent && (
        <Fact name={t('fence.parent')}>
          <button type="button" class="link" onClick={() => state.selectFence(of.parent)}>
            {of.parent}
          </button>
        </Fact>
      )}
      <Fact name={t('fence.rule')}>{t(`rule.${of.stop_rule}`)}</Fact>
      <Fact name={t('fence.dwellIn')}>{seconds(of.dwell_in_s)}</Fact>
      <Fact name={t('fence.dwellOut')}>
        {seconds(of.dwell_out_s)} <span class="muted">· {t('fence.margin')} {formatNumber(of.margin_m, lang)} m</span>
      </Fact>
      <Fact name={t('fence.hours')}>{formatHours(of.hours, lang)}</Fact>
      <Fact name={t('fence.confidence')}>{t(`confidence.${of.confidence}`)}</Fact>
      {of.datum !== 'wgs84' && <Fact name={t('fence.datum')}>{t(`datum.${of.datum}`)}</Fact>}
    </dl>
  );
}

/** When a version held, in words. */
function stretch({ valid_from: from, valid_to: to }: Fence['properties'], zone: string): string {
  if (to === from) return t('fence.never');
  return to ? t('fence.until', { from: minute(from, zone), to: minute(to, zone) }) : t('fence.since', { time: minute(from, zone) });
}

function Versions({ fence }: { fence: Fence }) {
  const [list, setList] = useState<readonly Fence[]>([]);
  useEffect(() => {
    fencesApi.versions(fence.id).then(setList, () => {});
  }, [fence]);
  const { zone } = fence.properties.site;
  return (
    <div class="section">
      <h3>{t('fence.versions')}</h3>
      <ol class="versions" data-testid="versions">
        {list
          .toSorted((a, b) => b.properties.version - a.properties.version)
          .map(({ properties: of }) => (
            <li key={of.version}>
              <span class="num muted">v{of.version}</span>
              <span>
                <span class="num">{stretch(of, zone)}</span>
                <br />
                <span class="muted">{t('fence.by', { author: of.author, reason: of.reason })}</span>
              </span>
            </li>
          ))}
      </ol>
    </div>
  );
}

function Provisional({ fence }: { fence: Fence }) {
  const [problem, setProblem] = useState<string | null>(null);
  const name = author.last();
  const confirm = async () => {
    try {
      await fencesApi.confirm(fence.id, { author: name, confidence: 'drawn' });
      reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <div class="note warn">
      <p>{t('fence.provisional.why')}</p>
      {/* Who has never said a name says it in the form. */}
      <button type="button" class="link" onClick={() => (name ? void confirm() : startEditing(fence))}>
        {t('fence.confirm')}
      </button>
      {problem && <p class="bad">{t('common.failed', { reason: problem })}</p>}
    </div>
  );
}

function Warnings({ fence }: { fence: Fence }) {
  const said = warnings.value;
  if (said?.code !== fence.id) return null;
  const codes = said.list.map((each) => each.fence).join(', ');
  return (
    <div class={codes ? 'note warn' : 'note good'} role="status" data-testid="saved">
      <p>{t('fence.saved', { n: fence.properties.version })}</p>
      {codes && <p>{t('fence.overlap', { codes })}</p>}
    </div>
  );
}

function Body({ fence }: { fence: Fence }) {
  const [ending, setEnding] = useState(false);
  const { properties: of } = fence;
  return (
    <>
      <div class="actions three">
        <button type="button" class="button primary" onClick={() => startEditing(fence)} disabled={of.valid_to !== null}>
          <PenIcon /> {t('fence.edit')}
        </button>
        <button type="button" class="button" onClick={() => showFence(fence)} disabled={state.mapFailed.value}>
          <CrosshairIcon /> {t('fence.show')}
        </button>
      </div>
      <Warnings fence={fence} />
      {isProvisional(of.confidence) && <Provisional fence={fence} />}
      {of.valid_to && <p class="note warn">{t('fence.ended', { time: minute(of.valid_to, of.site.zone) })}</p>}
      <InsideNow code={fence.id} />
      <div class="section flush">
        <h3>{t('fence.terms')}</h3>
        <Terms fence={fence} />
      </div>
      <Versions fence={fence} />
      {of.valid_to === null && (
        <div class="section">
          <button type="button" class="link" onClick={() => setEnding(true)}>
            {t('fence.end')}
          </button>
        </div>
      )}
      {ending && <EndDialog fence={fence} onDone={() => setEnding(false)} />}
    </>
  );
}

export function FenceCard() {
  const code = state.fence.value;
  if (code === null) return null;
  const fence = opened.value;
  return (
    <section class="card" aria-label={t('fence.card', { code })} data-testid="fence-card">
      <div class="card-head">
        <div>
          <h2>
            {fence ? siteName(fence.properties.site) : code}
            {fence && <span class={`tag role-${fence.properties.role}`}>{t(`role.${fence.properties.role}`)}</span>}
          </h2>
          <p class="muted">
            {code}
            {fence && <> · {t('fence.version', { n: fence.properties.version })}</>}
            {fence && isProvisional(fence.properties.confidence) && <> · {t('fence.provisional')}</>}
          </p>
        </div>
        <button type="button" class="tool square" aria-label={t('card.close')} onClick={() => state.selectFence(null)}>
          <CloseIcon />
        </button>
      </div>
      {fence ? <Body key={code} fence={fence} /> : <p class="card-note">{missing.value ? t('fence.missing') : t('card.trackLoading')}</p>}
    </section>
  );
}
