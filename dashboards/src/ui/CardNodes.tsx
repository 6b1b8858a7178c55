/** The vehicle's node timeline: newest first, growing live, older ones on demand. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Node } from '../api/shapes';
import { merged } from '../live/nodes';
import { Section } from './CardSection';
import { NodeDialog } from './NodeDialog';
import { NodeItem } from './NodeItem';
import { Empty, Failed, Loading } from './States';
import { heardNodes, may, session, snapshots } from './app';
import { nodesApi } from './placesApi';
import { t } from './state';

/** A page of the timeline; the first shows fewer. */
const PAGE = 40;
const FIRST = 4;
/** How far back the timeline looks; the API's own default is a week. */
const REACH_MS = 180 * 86_400_000;

/** Of the plate in the card only; null while they are asked for. */
const nodes = signal<readonly Node[] | null>(null);
const problem = signal<string | null>(null);

function useNodes(plate: string): void {
  useEffect(() => {
    nodes.value = null;
  }, [plate]);
  useEffect(() => {
    let current = true;
    const from = session.now.peek() - REACH_MS;
    nodesApi.list({ vehicle: plate, retracted: true, limit: PAGE, from }).then(
      (answer) => {
        if (current) [nodes.value, problem.value] = [merged(nodes.peek() ?? [], answer), null];
      },
      (error: unknown) => {
        if (current) problem.value = error instanceof Problem ? error.message : String(error);
      },
    );
    // Not through rendering: of two batches in one frame, both count.
    const stop = heardNodes.subscribe((heard) => {
      const mine = heard.filter((node) => node.vehicle === plate);
      if (mine.length > 0 && nodes.peek()) nodes.value = merged(nodes.peek() ?? [], mine);
    });
    return () => {
      current = false;
      stop();
    };
  }, [plate, snapshots.value]);
}

/** The last page was full. */
function mayHaveOlder(all: readonly Node[]): boolean {
  return all.length > 0 && all.length % PAGE === 0;
}

export function CardNodes({ plate }: { plate: string }) {
  useNodes(plate);
  const [shown, setShown] = useState(FIRST);
  const [voids, setVoids] = useState(false);
  const [adding, setAdding] = useState(false);
  const all = nodes.value ?? [];
  const hasVoids = all.some((node) => !node.valid);
  const list = all.filter((node) => voids || node.valid);
  const showOlder = async () => {
    setShown(shown + PAGE);
    const last = all.at(-1);
    if (!last || list.length > shown + PAGE) return;
    const to = Date.parse(last.actual_at);
    try {
      const older = await nodesApi.list({ vehicle: plate, retracted: true, limit: PAGE, from: to - REACH_MS, to });
      nodes.value = merged(nodes.peek() ?? [], older);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem.value = error.message;
    }
  };
  return (
    <Section
      name="timeline"
      testId="timeline"
      title={t('node.title')}
      aside={
        <>
          {hasVoids && (
            <label class="check">
              <input type="checkbox" checked={voids} onChange={(event) => setVoids(event.currentTarget.checked)} />
              {t('node.retracted')}
            </label>
          )}
          {may('edit_nodes') && (
            <button type="button" class="link" onClick={() => setAdding(true)}>
              {t('node.add')}
            </button>
          )}
        </>
      }
    >
      <div class="timeline">
        {problem.value && <Failed small reason={problem.value} />}
        {nodes.value === null && !problem.value && <Loading small lines={3} />}
        {nodes.value !== null && list.length === 0 && <Empty small words={t('node.none')} />}
        <ol class="nodes">
          {list.slice(0, shown).map((node) => (
            <NodeItem key={node.id} node={node} by="site" />
          ))}
        </ol>
        {(list.length > shown || mayHaveOlder(all)) && (
          <button type="button" class="link" onClick={() => void showOlder()}>
            {t('node.more')}
          </button>
        )}
        {adding && <NodeDialog plate={plate} onDone={() => setAdding(false)} />}
      </div>
    </Section>
  );
}
