/** What the map can do besides showing the fleet: gather, planned ways, measuring. */
import { computed, effect, signal } from '@preact/signals';
import { Problem } from '../api/http';
import { TripsApi } from '../api/tripsHttp';
import { formatAge } from '../i18n/format';
import { cell } from '../live/fleet';
import type { Box } from '../live/messages';
import type { Point } from '../live/motion';
import { distances } from '../map/measure';
import type { PlannedLine } from '../map/planned';
import type { FleetMap } from '../map/view';
import { api, fleet, may, session } from './app';
import { lengthWords } from './measures';
import * as state from './state';

export const cluster = signal(state.remembered('cluster') === 'on');
export const routes = signal(state.remembered('routes') === 'on');

/** The points of the measuring line; null while nobody measures. */
export const measured = signal<readonly Point[] | null>(null);
/** Metres of the whole line. */
export const measuredLength = computed(() => (measured.value ? (distances(measured.value).at(-1) ?? 0) : 0));

export const sayMetres = (metres: number): string => lengthWords(metres);

export function addPoint(point: Point): void {
  if (measured.peek()) measured.value = [...(measured.peek() ?? []), point];
}

export function takeBack(): void {
  if (measured.peek()) measured.value = measured.peek()?.slice(0, -1) ?? null;
}

export function endMeasuring(): void {
  measured.value = null;
}

let tools: FleetMap | null = null;

/** Points are set by clicks, and by Enter in the middle of the map. */
export function startMeasuring(): void {
  measured.value = [];
  tools?.focus();
}

export function addMiddle(): void {
  if (tools) addPoint(tools.measuring.centre());
}

const KEYS: Readonly<Record<string, () => void>> = { Enter: addMiddle, Backspace: takeBack, Escape: endMeasuring };

/** Before anybody else's: Escape ends the measuring, not what lies under it. */
function press(event: KeyboardEvent): void {
  if (!measured.peek() || !state.onMap.peek() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  const act = KEYS[event.key];
  const target = event.target instanceof HTMLElement ? event.target : null;
  const own = target?.closest('input, select, textarea') ?? (event.key === 'Enter' ? target?.closest('button, a, summary') : null);
  if (!act || own) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

/** Milliseconds the map must rest before lines are asked for, and after which they are asked for again. */
const REST_MS = 400;
const REFRESH_MS = 60_000;

export const planned = signal<{ readonly lines: readonly PlannedLine[]; readonly complete: boolean }>({ lines: [], complete: true });
const sight = signal<Box | null>(null);

/** The map looks there now. */
export function lookAt(box: Box): void {
  sight.value = box;
}

const trips = new TripsApi(api.line);
let turn = 0;

async function loadPlanned(box: Box): Promise<void> {
  const mine = ++turn;
  try {
    const { lines, complete } = await trips.lines(box);
    if (mine === turn) planned.value = { lines, complete };
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // the layer stays as it was; the banner tells of cuts
  }
}

/** The age of the newest position of all, in words; empty without any. */
export const newest = computed(() => {
  void session.version.value;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < fleet.size; row++) if (cell(fleet.time, row) > last) last = cell(fleet.time, row);
  return Number.isFinite(last) ? formatAge(Math.max(0, (session.now.value - last) / 1000), state.lang.value) : '';
});

/** Tie the tools to the map; once. */
export function connectTools(view: FleetMap): void {
  tools = view;
  window.addEventListener('keydown', press, { capture: true });
  view.measuring.onPoint = addPoint;
  effect(() => view.measuring.show(measured.value, sayMetres));
  effect(() => view.planned.show(routes.value && state.page.value !== 'replay' ? planned.value.lines : []));
  effect(() => {
    const box = sight.value;
    if (!routes.value || !box || !state.onMap.value || !may('look_trips')) return undefined;
    const soon = setTimeout(() => void loadPlanned(box), REST_MS);
    const again = setInterval(() => void loadPlanned(box), REFRESH_MS);
    return () => {
      clearTimeout(soon);
      clearInterval(again);
    };
  });
}
