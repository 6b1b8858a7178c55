/** A person's word: a node by hand, or a correction of one. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Node, NodeKind } from '../api/shapes';
import { fromWallTime, wallTime } from '../i18n/zones';
import { Dialog } from './Dialog';
import { heardNodes, session, sites } from './app';
import { nodesApi } from './placesApi';
import * as state from './state';
import { t } from './state';
import { nodeWords } from './nodeWords';
import { author, zoneWord } from './words';

const KINDS: readonly NodeKind[] = ['arrived', 'departed', 'passed'];

interface Said {
  readonly site: string;
  readonly kind: NodeKind;
  readonly at: string;
  readonly void: boolean;
  readonly author: string;
  readonly reason: string;
  readonly note: string;
  /** Numbers of papers, addresses of pictures: separated by commas. */
  readonly papers: string;
}

export interface Props {
  /** The node to correct; without it one of `plate` is added. */
  readonly node?: Node;
  readonly plate?: string;
  readonly onDone: () => void;
}

function zoneOf(site: string): string {
  return sites.value.find((each) => each.code === site)?.zone ?? state.zone.value;
}

function begin(node: Node | undefined): Said {
  const zone = node?.site.zone ?? state.zone.value;
  const at = wallTime(node ? Date.parse(node.actual_at) : session.now.peek(), zone);
  const empty = { void: false, author: author.last(), reason: '', note: '', papers: '' };
  return { site: node?.site.code ?? '', kind: node?.kind ?? 'arrived', at, ...empty };
}

async function send({ node, plate }: Props, said: Said): Promise<Node> {
  const ms = fromWallTime(said.at, node?.site.zone ?? zoneOf(said.site));
  if (Number.isNaN(ms)) throw new Problem(422, t('form.required'), '/actual_at');
  const at = new Date(ms).toISOString();
  const who = { author: said.author.trim(), reason: said.reason.trim() };
  const papers = said.papers.split(/[,，;；\n]/).map((each) => each.trim()).filter(Boolean);
  const more = {
    ...(said.note.trim() ? { note: said.note.trim() } : {}),
    ...(papers.length > 0 ? { attachments: papers } : {}),
  };
  if (!node) return nodesApi.add({ vehicle: plate ?? '', site: said.site, kind: said.kind, actual_at: at, ...who, ...more });
  // Untouched, the time keeps its milliseconds.
  const moved = said.at !== wallTime(Date.parse(node.actual_at), node.site.zone);
  const change = said.void ? { valid: false } : { valid: true, ...(moved ? { actual_at: at } : {}) };
  return nodesApi.correct(node.id, { version: node.version, ...change, ...who, ...more });
}

export function NodeDialog(props: Props) {
  const { node, plate, onDone } = props;
  const [said, setSaid] = useState(() => begin(node));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<Said>) => setSaid({ ...said, ...change });
  const fault = (field: string) =>
    problem?.field === field && (
      <span class="bad" role="alert">
        {problem.message}
      </span>
    );
  const named = ['site', 'actual_at', 'author', 'reason', 'note', 'kind', 'attachments'].includes(problem?.field ?? '');
  const submit = async () => {
    setBusy(true);
    try {
      const kept = await send(props, said);
      author.keep(said.author.trim());
      heardNodes.value = [kept]; // the stream will say the same; lists take a version once
      onDone();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.status === 409 ? new Problem(409, t('node.versionConflict')) : error);
      setBusy(false);
    }
  };
  const complete = said.author.trim() && said.reason.trim() && (said.void || said.at) && (node || said.site);
  const title = node ? t('node.correctTitle', { what: nodeWords(node) }) : t('node.addTitle', { plate: plate ?? '' });
  return (
    <Dialog title={title} onClose={onDone}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {node ? (
          <label class="check">
            <input type="checkbox" checked={said.void} onChange={(event) => set({ void: event.currentTarget.checked })} />
            {t('node.didNot')}
          </label>
        ) : (
          <div class="pair">
            <label>
              {t('node.kind')}
              <select value={said.kind} onChange={(event) => set({ kind: event.currentTarget.value as NodeKind })}>
                {KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {t(`node.${kind}`)}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {t('form.site')}
              <select value={said.site} onChange={(event) => set({ site: event.currentTarget.value })}>
                <option value="">–</option>
                {sites.value.map((site) => (
                  <option key={site.code} value={site.code}>
                    {state.nameOf(site)}
                  </option>
                ))}
              </select>
              {fault('site')}
            </label>
          </div>
        )}
        {!said.void && (
          <label>
            {t('node.at', { zone: zoneWord(node?.site.zone ?? zoneOf(said.site)) })}
            <input type="datetime-local" step="1" value={said.at} onInput={(event) => set({ at: event.currentTarget.value })} />
            {fault('actual_at')}
          </label>
        )}
        <label>
          {t('form.author')}
          <input type="text" autocomplete="name" value={said.author} onInput={(event) => set({ author: event.currentTarget.value })} />
          {fault('author')}
        </label>
        <label>
          {t('form.reason')}
          <input type="text" autocomplete="off" placeholder={t('form.reasonHint')} value={said.reason} onInput={(event) => set({ reason: event.currentTarget.value })} />
          {fault('reason')}
        </label>
        <label>
          {t('node.note')}
          <textarea rows={2} value={said.note} onInput={(event) => set({ note: event.currentTarget.value })} />
        </label>
        <label>
          {t('node.papers')}
          <input type="text" autocomplete="off" placeholder={t('node.papersHint')} value={said.papers} onInput={(event) => set({ papers: event.currentTarget.value })} />
          {fault('attachments')}
        </label>
        {problem && !named && (
          <p class="bad" role="alert">
            {t('common.failed', { reason: problem.message })}
          </p>
        )}
        <div class="form-end">
          <button type="button" class="button" onClick={onDone}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!complete || busy}>
            {t('form.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
