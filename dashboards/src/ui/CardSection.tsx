/** A part of a card: folds, remembers whether it was folded, and says by itself that it loads, failed or is empty. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Failed, Loading } from './States';
import { ChevronIcon } from './icons';
import * as state from './state';
import type { Asked } from './useAsk';

/** Parts that somebody folded, or unfolded; others are as they were made. */
const folded = signal<Readonly<Record<string, boolean>>>({});

function isOpen(name: string, open: boolean): boolean {
  const chosen = folded.value[name];
  if (chosen !== undefined) return !chosen;
  const kept = state.remembered(`card.${name}`);
  return kept === null ? open : kept === 'on';
}

/** Unfold a part, as its button would. */
export function setOpen(name: string, open: boolean): void {
  folded.value = { ...folded.peek(), [name]: !open };
  state.remember(`card.${name}`, open ? 'on' : 'off');
}

interface SectionProps {
  /** Of its id, its test hook and what is remembered. */
  readonly name: string;
  readonly title: string;
  /** Beside the title: a count, a sum. */
  readonly aside?: ComponentChildren;
  /** Unless somebody folds it. */
  readonly open?: boolean;
  /** Where tests have known it by another name. */
  readonly testId?: string;
  readonly children: ComponentChildren;
}

export function Section({ name, title, aside, open = true, testId = `card-${name}`, children }: SectionProps) {
  const shown = isOpen(name, open);
  return (
    <section class="part" id={`card-${name}`} aria-label={title} data-testid={testId}>
      <header class="part-head">
        <h3>
          <button type="button" aria-expanded={shown} onClick={() => setOpen(name, !shown)}>
            <ChevronIcon /> {title}
          </button>
        </h3>
        <span class="part-aside num">{aside}</span>
      </header>
      {shown && <div class="part-body">{children}</div>}
    </section>
  );
}

/** What was told; before that grey lines, or why it did not come. */
export function Told<T>({ asked, lines = 2, children }: { asked: Asked<T>; lines?: number; children: (told: T) => ComponentChildren }) {
  const { told, problem } = asked;
  return (
    <>
      {problem !== null && <Failed small reason={problem} onRetry={() => void asked.again()} />}
      {told !== null ? children(told) : problem === null && <Loading small lines={lines} />}
    </>
  );
}
