/** Fences on the screen: those in view, the one whose card is open, the one being drawn. */
import { batch, effect, signal } from '@preact/signals';
import { Problem } from '../api/http';
import type { Fence, FenceShape, FenceWarning } from '../api/shapes';
import type { Box } from '../live/messages';
import type { Point } from '../live/motion';
import { type Draft, begin, fromFence } from '../map/draft';
import { circleRing, near } from '../map/geometry';
import { worldEdits } from './app';
import { fencesApi } from './placesApi';
import * as state from './state';

export const inView = signal<readonly Fence[]>([]);
/** There are more in view than the API answers at once. */
export const truncated = signal(false);
/** The fence of `state.fence`; null while it is asked for. */
export const opened = signal<Fence | null>(null);
export const missing = signal(false);
/** What is being drawn; null while nobody draws. */
export const draft = signal<Draft | null>(null);
/** The fence that the draft is to replace; null for a new one. */
export const edited = signal<Fence | null>(null);
/** What the server had to say to the last edit, of that fence. */
export const warnings = signal<{ readonly code: string; readonly list: readonly FenceWarning[] } | null>(null);
export const importing = signal(false);

/** Below this zoom fences are smaller than a pixel, and there may be 100,000 of them. */
const FROM_ZOOM = 7;
/** Milliseconds the map must rest before fences are asked for. */
const REST_MS = 250;
/** Asked for around what is in sight, so that small moves ask for nothing: share of its size. */
const MARGIN = 0.4;
/** Until a role is chosen, a circle has this radius, metres. */
const FIRST_RADIUS = 300;
const FIRST_WIDTH = 50;

let timer: ReturnType<typeof setTimeout> | undefined;
let loaded: Box | null = null;
let wanted: Box | null = null;

function around([west, south, east, north]: Box): Box {
  const [x, y] = [(east - west) * MARGIN, (north - south) * MARGIN];
  const lats = [Math.max(-90, south - y), Math.min(90, north + y)] as const;
  if (east - west + 2 * x >= 360) return [-180, lats[0], 180, lats[1]];
  return [near(west - x, 0), lats[0], near(east + x, 0), lats[1]];
}

const within = (inner: Box, outer: Box) =>
  inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];

async function load(): Promise<void> {
  if (!wanted || !state.fences.peek()) return;
  const box = around(wanted);
  try {
    const answer = await fencesApi.list({ box });
    inView.value = answer.features;
    truncated.value = !answer.complete;
    loaded = box;
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // the layer stays as it was; the banner tells of cuts
  }
}

/** The map looks there now. */
export function look(box: Box, zoom: number): void {
  clearTimeout(timer);
  wanted = zoom >= FROM_ZOOM ? box : null;
  if (!wanted) {
    [inView.value, loaded] = [[], null];
    truncated.value = false;
  } else if (!loaded || !within(wanted, loaded)) timer = setTimeout(() => void load(), REST_MS);
}

async function openFence(code: string | null): Promise<void> {
  if (opened.peek()?.id !== code) opened.value = null;
  missing.value = false;
  if (code === null) return;
  try {
    const answer = await fencesApi.one(code);
    if (state.fence.peek() === code) opened.value = answer;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (state.fence.peek() === code) missing.value = true;
  }
}

/** Somebody changed fences: ask again for what is shown. */
export function reload(): void {
  loaded = null;
  void load();
  void openFence(state.fence.peek());
}

effect(() => {
  void openFence(state.fence.value);
});
effect(() => {
  if (worldEdits.value > 0) reload();
});
effect(() => {
  if (state.fences.value) void load();
  else inView.value = [];
});

export function startDrawing(kind: FenceShape): void {
  batch(() => {
    state.selectFence(null);
    edited.value = null;
    warnings.value = null;
    draft.value = begin(kind, kind === 'circle' ? FIRST_RADIUS : FIRST_WIDTH);
  });
}

export function startEditing(fence: Fence): void {
  const { shape, radius_m: radius } = fence.properties;
  batch(() => {
    edited.value = fence;
    warnings.value = null;
    draft.value = fromFence(shape, fence.geometry, radius ?? 0);
  });
}

export function stopDrawing(): void {
  batch(() => {
    draft.value = null;
    edited.value = null;
  });
}

/** The corners of a fence's outline, for the camera. */
export function outlinePoints(fence: Fence): Point[] {
  const { shape, radius_m: radius } = fence.properties;
  const paths = fromFence(shape, fence.geometry, radius ?? 0).paths.flatMap((each) => each.points);
  return radius ? paths.flatMap((point) => circleRing(point, radius)) : paths;
}
