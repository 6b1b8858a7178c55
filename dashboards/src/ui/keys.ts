/** Keyboard: everything the mouse can do with vehicles.  Which keys there are stands in `keyTable.ts`. */
import { signal } from '@preact/signals';
import { neighbour } from '../live/list';
import { begin } from '../map/draft';
import { shownPlates } from './board';
import { draft, stopDrawing } from './fencing';
import * as filters from './filters';
import { mayOpen } from './Header';
import { type Act, GO, LETTERS, actOf } from './keyTable';
import { map, showOnMap } from './mapLink';
import { ENTER, pageKeys, typedEarly } from './pageKeys';
import * as state from './state';

/** Milliseconds in which the second key of a sequence must come. */
const SEQUENCE_MS = 2000;

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
  else if (pageKeys.value) pageKeys.value['Escape']?.();
  else if (state.page.value === 'map') filters.clear();
}

function show(): void {
  if (state.selected.value) showOnMap(state.selected.value);
}

const DO: Readonly<Record<Act, () => void>> = {
  help: () => {
    state.helpOpen.value = true;
  },
  close: escape,
  next: () => choose(1),
  previous: () => choose(-1),
  show,
  follow: () => {
    if (state.selected.value) state.following.value = !state.following.value;
  },
  filter: () => document.getElementById('filter')?.focus(),
  down: () => choose(1),
  up: () => choose(-1),
  first: () => state.select(shownPlates.value[0] ?? null),
  last: () => state.select(shownPlates.value.at(-1) ?? null),
};

/** Elsewhere arrows move the map. */
function inList(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.id === 'list';
}

/** What a key does on the map's page where it was pressed. */
function onBoard({ key, target }: KeyboardEvent): (() => void) | undefined {
  const act = (inList(target) ? actOf(key, 'list') : undefined) ?? actOf(key, 'map');
  if (act === 'show' && (isPressing(target) || !state.selected.value)) return undefined;
  return act && DO[act];
}

/** Elsewhere than on a button: Enter and arrows are its own. */
function onPage({ key, target, shiftKey }: KeyboardEvent): (() => void) | undefined {
  const own = key.length > 1 || key === ' ';
  const panning = target instanceof HTMLCanvasElement && key.startsWith('Arrow'); // they move the map
  return panning || (isPressing(target) && own) ? undefined : pageKeys.value?.[shiftKey && key.length > 1 ? `Shift+${key}` : key];
}

/** When `GO` was pressed; the next letter names a page. */
const goneAt = signal(Number.NEGATIVE_INFINITY);

/** The second key of a sequence leads to a page; undefined: it is no second key. */
function goTo(event: KeyboardEvent): (() => void) | undefined {
  const isSecond = event.timeStamp - goneAt.value < SEQUENCE_MS;
  goneAt.value = Number.NEGATIVE_INFINITY;
  if (!isSecond) {
    if (event.key !== GO) return undefined;
    return () => {
      goneAt.value = event.timeStamp;
    };
  }
  const place = (Object.keys(LETTERS) as state.Place[]).find((each) => LETTERS[each] === event.key);
  if (!place || !mayOpen(place)) return undefined;
  return () => {
    location.hash = place === 'map' ? '#/' : `#/${place}`;
  };
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

/** The search was called and is not there yet: letters are for it. */
function typeAhead(event: KeyboardEvent): boolean {
  if (!state.searchOpen.value || document.querySelector('dialog[open]')) return false;
  if (event.key.length === 1) typedEarly.value += event.key;
  else if (event.key === 'Enter') typedEarly.value += ENTER;
  else if (event.key === 'Backspace') typedEarly.value = typedEarly.value.slice(0, -1);
  else return false;
  return true;
}

/** What a plain key does; undefined: it is not ours. */
function plain(event: KeyboardEvent): (() => void) | undefined {
  if (isTyping(event.target) || document.querySelector('dialog[open]') || draft.value) return undefined;
  const act = actOf(event.key, 'anywhere');
  return goTo(event) ?? (act && DO[act]) ?? (state.page.value === 'map' ? onBoard(event) : onPage(event));
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
  const early = typeAhead(event);
  const act = early ? undefined : plain(event);
  if (early || act) event.preventDefault();
  act?.();
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
