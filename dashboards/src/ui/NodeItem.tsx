/** One node in a list: what, where, when, what is to be known about it; its details on demand. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Node } from '../api/shapes';
import { marksOf } from '../live/nodes';
import { evidenceFeatures, provingFixes } from '../map/track';
import { NodeDialog } from './NodeDialog';
import { api, may } from './app';
import { ArriveIcon, DepartIcon, PassIcon } from './icons';
import { fitPoints, map } from './mapLink';
import { nodesApi } from './placesApi';
import * as state from './state';
import { t } from './state';
import { boundsWords } from './nodeWords';
import { minute, second, siteName, strangeZone } from './words';

/** Id of the node whose fixes are on the map. */
const proven = signal<string | null>(null);

export function KindIcon({ node }: { node: Node }) {
  return node.kind === 'arrived' ? <ArriveIcon /> : node.kind === 'departed' ? <DepartIcon /> : <PassIcon />;
}

export function Marks({ node }: { node: Node }) {
  return (
    <>
      {marksOf(node).map((mark) => (
        <span key={mark} class={`tag tag-${mark}`} title={t(`mark.${mark}.why`)}>
          {t(`mark.${mark}`)}
        </span>
      ))}
    </>
  );
}

/** The time, after the struck-through one that it replaced; `plain` where the page names the zone. */
export function NodeTime({ node, plain = false }: { node: Node; plain?: boolean }) {
  const { zone } = node.site;
  const strange = plain ? '' : strangeZone(node.actual_at, zone);
  return (
    <span class="num node-time" title={`${node.actual_at} · ${zone}`}>
      {node.valid && node.was_at !== null && minute(node.was_at, zone) !== minute(node.actual_at, zone) && (
        <s class="muted">{minute(node.was_at, zone)}</s>
      )}{' '}
      {node.valid ? <b>{minute(node.actual_at, zone)}</b> : <s>{minute(node.actual_at, zone)}</s>}
      {strange && <small class="muted"> {strange}</small>}
    </span>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
    </div>
  );
}

/** Around its fixes, so that the API's borders lose none of them: milliseconds. */
const AROUND_MS = 1000;

function EvidenceButton({ node }: { node: Node }) {
  const [none, setNone] = useState(false);
  useEffect(
    () => () => {
      if (proven.peek() !== node.id) return;
      map.peek()?.evidence.show(null);
      proven.value = null;
    },
    [node.id],
  );
  if (node.evidence.length === 0 || state.mapFailed.value) return null;
  const shown = proven.value === node.id;
  const flip = async () => {
    if (shown) {
      map.value?.evidence.show(null);
      proven.value = null;
      return;
    }
    const times = node.evidence.map((each) => Date.parse(each.time));
    const [from, to] = [Math.min(...times) - AROUND_MS, Math.max(...times) + AROUND_MS];
    try {
      const fixes = provingFixes(await api.trackBetween(node.vehicle, from, to), node.evidence);
      setNone(fixes.length === 0);
      if (fixes.length === 0) return;
      map.value?.evidence.show(evidenceFeatures(fixes, (ms) => second(ms, node.site.zone)));
      fitPoints(fixes);
      proven.value = node.id;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setNone(true);
    }
  };
  return none ? (
    <span class="muted">{t('node.evidence.none')}</span>
  ) : (
    <button type="button" class="link" aria-pressed={shown} onClick={() => void flip()}>
      {shown ? t('node.evidence.hide') : t('node.evidence', { count: node.evidence.length })}
    </button>
  );
}

function History({ node }: { node: Node }) {
  const [versions, setVersions] = useState<readonly Node[] | null>(null);
  useEffect(() => {
    nodesApi.versions(node.id).then(setVersions, () => setVersions([]));
  }, [node.id, node.version]);
  if (!versions) return null;
  const { zone } = node.site;
  return (
    <ol class="versions">
      {versions.map((each) => (
        <li key={each.version}>
          <span class="num muted">v{each.version}</span>
          <span>
            {t(`cause.${each.cause}`)}{' '}
            <span class="num">{each.valid ? second(each.actual_at, zone) : <s>{second(each.actual_at, zone)}</s>}</span>
            {each.author && <span class="muted"> · {t('fence.by', { author: each.author, reason: each.reason ?? '–' })}</span>}
          </span>
          <span class="num muted">{minute(each.recorded_at, zone)}</span>
        </li>
      ))}
    </ol>
  );
}

/** All times of a node, each only if it is known. */
function Times({ node }: { node: Node }) {
  const bounds = boundsWords(node);
  const rows = [
    ['node.planned', node.planned_at],
    ['node.estimated', node.estimated_at],
    ['node.stopped', node.stopped_at],
    ['node.confirmed', node.confirmed_at],
    ['node.was', node.was_at],
    ['node.machine', node.machine_at],
  ] as const;
  return (
    <>
      <Fact name={t('node.actual')}>
        {second(node.actual_at, node.site.zone)} <span class="muted">{node.site.zone}</span>
      </Fact>
      {bounds && <Fact name={t('node.bounds')}>{bounds}</Fact>}
      <Fact name={t('node.basis')}>{t(`basis.${node.basis}`)}</Fact>
      {rows.map(([name, at]) => at && <Fact key={name} name={t(name)}>{second(at, node.site.zone)}</Fact>)}
    </>
  );
}

/** Who says so, why, and by what. */
function Grounds({ node }: { node: Node }) {
  return (
    <>
      <Fact name={t('node.source')}>
        {t(`source.${node.source}`)}
        {node.author && `: ${node.author}`}
      </Fact>
      {node.reason && <Fact name={t('node.reason')}>{node.reason}</Fact>}
      {node.note && <Fact name={t('node.note')}>{node.note}</Fact>}
      {node.attachments.length > 0 && <Fact name={t('node.papers')}>{node.attachments.join(', ')}</Fact>}
      {node.fence && (
        <Fact name={t('node.fence')}>
          <button type="button" class="link" onClick={() => state.openFence(node.fence?.code ?? '')}>
            {t('node.fenceOf', { code: node.fence.code, version: node.fence.version })}
          </button>
        </Fact>
      )}
      <Fact name={t('node.recorded')}>{second(node.recorded_at, node.site.zone)}</Fact>
    </>
  );
}

function Details({ node }: { node: Node }) {
  const [history, setHistory] = useState(false);
  const [correcting, setCorrecting] = useState(false);
  return (
    <div class="node-details">
      <dl>
        <Times node={node} />
        <Grounds node={node} />
      </dl>
      <div class="node-actions">
        <EvidenceButton node={node} />
        {node.version > 1 && (
          <button type="button" class="link" aria-expanded={history} onClick={() => setHistory(!history)}>
            {t('node.history', { count: node.version })}
          </button>
        )}
        {may('look_vehicles') && (
          <a href={state.replayAt(node.vehicle, node.actual_at)} data-testid="node-replay">
            {t('app.replay')}
          </a>
        )}
        <button type="button" class="link" onClick={() => setCorrecting(true)}>
          {t('node.correct')}
        </button>
      </div>
      {history && <History node={node} />}
      {correcting && <NodeDialog node={node} onDone={() => setCorrecting(false)} />}
    </div>
  );
}

/** `by` says what the list is of: of a vehicle it names sites, of a site vehicles. */
export function NodeItem({ node, by }: { node: Node; by: 'site' | 'vehicle' }) {
  const [open, setOpen] = useState(false);
  return (
    <li class={`node node-${node.kind}${node.valid ? '' : ' node-void'}`} data-testid="node" data-kind={node.kind}>
      <button type="button" class="node-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <KindIcon node={node} />
        <span class="node-what">
          {by === 'site' ? (
            <>
              <b>{siteName(node.site)}</b> <span class="muted">{t(`node.${node.kind}`)}</span>
            </>
          ) : (
            <b>{node.vehicle}</b>
          )}
          <span class="tags">
            <Marks node={node} />
          </span>
        </span>
        <NodeTime node={node} plain={by === 'vehicle'} />
      </button>
      {open && <Details node={node} />}
    </li>
  );
}
