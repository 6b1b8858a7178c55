/** Keyboard: everything the mouse can do with vehicles. */
import { signal } from '@preact/signals';
import { neighbour } from '../live/list';
import { begin } from '../map/draft';
import { shownPlates } from './app';
import { draft, stopDrawing } from './fencing';
import { map, showOnMap } from './mapLink';
import * as state from './state';

/** A box that is ticked takes no letters. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input:not([type='checkbox']), select, textarea") !== null;
}

function isPressing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary') !== null;
}

function choose(delta: 1 | -1): void {
  const plate = neighbour(shownPlates.value, state.selected.value, delta);
  if (plate) state.select(plate);
}

/** What keys do on a page other than the map's; pages put theirs here while they are open. */
export const pageKeys = signal<Readonly<Record<string, () => void>> | null>(null);

/** First the points go, then the drawing. */
function escapeDrawing(): void {
  const now = draft.value;
  if (now && !now.done && (now.paths[0]?.points.length ?? 0) > 0) draft.value = begin(now.kind, now.radius);
  else stopDrawing();
}


/** Closes the innermost thing that is open. */
function escape(): void {
  if (state.signInWanted.value) return; // it wants an answer
  if (state.helpOpen.value) state.helpOpen.value = false;
  else if (state.searchOpen.value) state.searchOpen.value = false;
  else if (draft.value) escapeDrawing();
  else if (state.onMap.value && state.fence.value) state.selectFence(null);
  else if (state.onMap.value && state.selected.value) state.select(null);
  else (pageKeys.value?.['Escape'] ?? state.clearFilters)();
}

const KEYS: Readonly<Record<string, () => void>> = {
  j: () => choose(1),
  k: () => choose(-1),
  f: () => {
    if (state.selected.value) state.following.value = !state.following.value;
  },
  '/': () => document.getElementById('filter')?.focus(),
  '?': () => {
    state.helpOpen.value = true;
  },
};

/** What a list box is expected to do; elsewhere arrows move the map. */
const LIST_KEYS: Readonly<Record<string, () => void>> = {
  ArrowDown: () => choose(1),
  ArrowUp: () => choose(-1),
  Home: () => state.select(shownPlates.value[0] ?? null),
  End: () => state.select(shownPlates.value.at(-1) ?? null),
};

function inList(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.id === 'list';
}

/** What a key does where it was pressed. */
function actOf({ key, target }: KeyboardEvent): (() => void) | undefined {
  const plate = state.selected.value;
  if (key === 'Enter') return plate && !isPressing(target) ? () => showOnMap(plate) : undefined;
  return (inList(target) ? LIST_KEYS[key] : undefined) ?? KEYS[key];
}

/** Elsewhere than on a button: Enter and arrows are its own. */
function pageAct({ key, target }: KeyboardEvent): (() => void) | undefined {
  if (key === '?') return KEYS['?'];
  return isPressing(target) && key.length > 1 ? undefined : pageKeys.value?.[key];
}

/** Escape: out of the field, else out of the innermost thing that is open. */
function leave({ target }: KeyboardEvent): void {
  if (ownDialog()) return; // it closes itself
  const typing = isTyping(target) && !state.signInWanted.value;
  if (typing) (target as HTMLElement).blur();
  if (!typing || !draft.value) escape(); // what was drawn and typed in is not lost to one key
}

/** A dialog that no signal of ours opened. */
function ownDialog(): boolean {
  const ours = state.helpOpen.value || state.searchOpen.value || state.signInWanted.value;
  return !ours && document.querySelector('dialog[open]') !== null;
}

function press(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    if (!document.querySelector('dialog[open]')) state.searchOpen.value = true;
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    leave(event);
    return;
  }
  if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
  const act = draft.value ? undefined : state.page.value === 'map' ? actOf(event) : pageAct(event);
  if (!act) return;
  event.preventDefault();
  act();
}

/** Keys of the drawing come before the map's own: an arrow moves a corner or the map, never both. */
function pressDrawing(event: KeyboardEvent): void {
  if (!draft.value || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || isPressing(event.target) || document.querySelector('dialog[open]')) return;
  if (!map.value?.drawing.key(event)) return;
  event.preventDefault();
  event.stopPropagation();
}

export function listenToKeys(): void {
  window.addEventListener('keydown', press);
  window.addEventListener('keydown', pressDrawing, { capture: true });
}
