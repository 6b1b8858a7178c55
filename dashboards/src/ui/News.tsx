/** A quiet panel of the newest nodes: nothing old, nothing found late, nothing that blinks. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Node } from '../api/shapes';
import { news } from '../live/nodes';
import { KindIcon, Marks, NodeTime } from './NodeItem';
import { heardNodes, session, snapshots } from './app';
import { ChevronIcon } from './icons';
import { showOnMap } from './mapLink';
import { nodesApi } from './placesApi';
import * as state from './state';
import { t } from './state';
import { siteName } from './words';

const SHOWN = 4;
/** Asked for at the start, so that the panel is not empty for minutes. */
const ASKED = 20;

const list = signal<readonly Node[]>([]);

function take(nodes: readonly Node[]): void {
  list.value = news(list.peek(), nodes, session.now.peek());
}

function flip(): void {
  state.newsOpen.value = !state.newsOpen.value;
  state.remember('news', state.newsOpen.value ? 'on' : 'off');
}

function Entry({ node }: { node: Node }) {
  const show = () => {
    state.select(node.vehicle);
    showOnMap(node.vehicle);
  };
  return (
    <li>
      <button type="button" class="news-entry" onClick={show}>
        <KindIcon node={node} />
        <span class="node-what">
          <b>{node.vehicle}</b>
          <span>
            {t(`node.${node.kind}`)} <span class="muted">{siteName(node.site)}</span> <Marks node={node} />
          </span>
        </span>
        <NodeTime node={node} />
      </button>
    </li>
  );
}

export function News() {
  useEffect(() => heardNodes.subscribe((nodes) => nodes.length > 0 && take(nodes)), []);
  useEffect(() => {
    if (snapshots.value > 0) nodesApi.list({ limit: ASKED }).then(take, () => {}); // no news is no fault
  }, [snapshots.value]);
  if (list.value.length === 0) return null;
  const open = state.newsOpen.value;
  return (
    <section class={open ? 'news' : 'news shut'} aria-label={t('news.title')} data-testid="news">
      <button
        type="button"
        class="news-head"
        aria-expanded={open}
        title={t(open ? 'news.close' : 'news.open')}
        onClick={flip}
      >
        {t('news.title')} <ChevronIcon />
      </button>
      <ul aria-live="polite">{open && list.value.slice(0, SHOWN).map((node) => <Entry key={node.id} node={node} />)}</ul>
    </section>
  );
}
