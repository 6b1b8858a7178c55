/** The replay at work: its clock, what is fetched for it, and what the map shows of it. */
import { batch, computed, signal } from '@preact/signals';
import { ReplayApi } from '../api/replayHttp';
import { reducedMotion } from '../map/camera';
import { readWish, writeWish, yesterday } from '../replay/address';
import { planFor } from '../replay/chunks';
import { type Clock, type Speed, advance, neighbourOf, seek, shift, toggle } from '../replay/clock';
import { Feed } from '../replay/feed';
import { type Mark, fleetMarks, vehicleMarks } from '../replay/marks';
import { type Samples, decode, momentOf, samplesOf } from '../replay/samples';
import { api, fleet as liveFleet, session } from './app';
import { type Past, clearMap, drawFleet, drawVehicle, fitVehicle, welcome } from './replayMap';
import * as state from './state';

/** Milliseconds between pictures; more cost much and show little.  Panels follow, and the address. */
const [FRAME_MS, STILL_MS, PANEL_MS, ADDRESS_MS] = [66, 500, 100, 1000] as const;
/** A longer pause between two frames was a sleeping page, not time that went by. */
const LONGEST_FRAME_MS = 2000;
export const replayApi = new ReplayApi(api.line);

export const vehicle = signal<string | null>(null);
export const clock = signal<Clock>(readWish('', Date.now()).clock);
export const past = signal<Past | null>(null);
export const marks = signal<readonly Mark[]>([]);
/** Why something could not be had; null: nothing is wrong. */
export const problem = signal<string | null>(null);
/** The clock waits for what is on its way. */
export const waiting = signal(false);
/** What tells of the fleet at this moment. */
const shown = signal<Samples | null>(null);
/** Vehicles that are known of at this moment. */
export const samples = computed(() => past.value?.samples ?? shown.value);

/** Where the vehicle was at any moment. */
export const momentAt = (there: Past, at: number) => momentOf(there.samples, 0, at);

/** Where a vehicle was at the moment that is shown. */
export function momentFor(plate: string) {
  const of = samples.value;
  const row = of ? of.plates.indexOf(plate) : -1;
  return of && row >= 0 ? momentOf(of, row, clock.value.at) : null;
}

let now: Clock = clock.peek();
let turn = 0;
let running = 0;

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));
const isFleet = () => vehicle.peek() === null;
const planNow = () => planFor(now.speed, Math.max(liveFleet.size, shown.peek()?.plates.length ?? 0));

const source = new Feed({
  ask: async ({ start, end, step }) => decode(await replayApi.fleet(start, end, step)),
  onPiece: () => {
    problem.value = null;
    feed();
    draw();
  },
  onProblem: (error) => {
    problem.value = words(error);
  },
});

function feed(): void {
  if (isFleet()) source.want(planNow(), now);
}

let drawnAt = 0;
let drawingTook = 0;

/** The map shows the moment. */
function draw(): void {
  drawnAt = performance.now();
  drawMoment();
  drawingTook = performance.now() - drawnAt;
}

/** Large fleets get fewer pictures, so that most of the time is left for everything else. */
const frameGap = () => Math.max(reducedMotion() ? STILL_MS : FRAME_MS, 4 * drawingTook);

function drawMoment(): void {
  const there = past.peek();
  if (there) drawVehicle(there, now.at);
  else if (isFleet()) {
    const found = source.at(planNow(), now);
    const isFirst = found !== null && shown.peek() === null;
    if (found !== shown.peek()) shown.value = found;
    drawFleet(found, now.at);
    if (isFirst) welcome();
  }
}

let publishedAt = 0;
let writtenAt = 0;
let written = '';

function publish(): void {
  publishedAt = performance.now();
  clock.value = now;
}

function write(): void {
  writtenAt = performance.now();
  if (state.page.peek() !== 'replay') return;
  const url = new URL(location.href);
  url.hash = writeWish({ vehicle: vehicle.peek(), clock: now });
  written = url.hash;
  history.replaceState(history.state, '', url.href);
}

let frameAt = 0;

function readyUntil(): number {
  if (isFleet()) return source.readyUntil(planNow(), now);
  return past.peek() ? now.to : now.at;
}

function frame(): void {
  running = requestAnimationFrame(frame);
  const at = performance.now();
  const elapsed = Math.min(LONGEST_FRAME_MS, at - frameAt);
  frameAt = at;
  if (!now.playing) return;
  const before = now;
  now = advance(now, elapsed, readyUntil());
  const stuck = now.playing && now.at === before.at;
  if (stuck !== waiting.peek()) waiting.value = stuck;
  if (at - drawnAt >= frameGap() || !now.playing) draw();
  if (at - publishedAt >= PANEL_MS || !now.playing) {
    publish();
    feed();
  }
  if (at - writtenAt >= ADDRESS_MS || !now.playing) write();
}

/** Somebody turned the clock. */
function set(next: Clock): void {
  now = next;
  source.forgive();
  feed();
  draw();
  batch(() => {
    waiting.value = false;
    publish();
  });
  write();
}

export const seekTo = (at: number) => set(seek(now, at));
export const move = (milliseconds: number) => set(seek(now, now.at + milliseconds));
export const play = () => set(toggle(now));
export const setSpeed = (speed: Speed) => set({ ...now, speed });
export const faster = (delta: 1 | -1) => set(shift(now, delta));

export function toMark(delta: 1 | -1): void {
  const next = neighbourOf(marks.peek().map((each) => each.at), now.at, delta);
  if (next !== null) seekTo(next);
}

async function loadVehicle(plate: string, mine: number): Promise<void> {
  const told = await replayApi.vehicle(plate, now.from, now.to);
  if (mine !== turn) return;
  const found = samplesOf(plate, told.fixes, now.from, now.to);
  batch(() => {
    past.value = { told, samples: found };
    marks.value = vehicleMarks(told, found);
  });
  fitVehicle(found);
  draw();
}

async function loadMarks(mine: number): Promise<void> {
  const told = await replayApi.marks(now.from, now.to);
  if (mine === turn) marks.value = fleetMarks(told.marks);
}

/** Nothing is shown; what is on its way is no longer wanted. */
function forget(leave = false): void {
  turn++;
  source.reset();
  batch(() => {
    past.value = null;
    shown.value = null;
    marks.value = [];
    problem.value = null;
    waiting.value = false;
    publish();
  });
  clearMap(leave);
}

/** Begin anew with what is wished for. */
async function load(): Promise<void> {
  forget();
  const mine = turn;
  const plate = vehicle.peek();
  feed();
  draw();
  try {
    await (plate ? loadVehicle(plate, mine) : loadMarks(mine));
  } catch (error) {
    if (mine === turn) problem.value = words(error);
  }
}

export const retry = () => void load();

/** Another vehicle, or all (null); another time. */
export function open(wish: { readonly vehicle?: string | null; readonly from?: number; readonly to?: number; readonly at?: number; readonly speed?: Speed; readonly playing?: boolean }): void {
  const [from, to] = [wish.from ?? now.from, Math.min(wish.to ?? now.to, session.now.peek())];
  if (!(from < to)) return;
  if (wish.vehicle !== undefined) vehicle.value = wish.vehicle;
  now = seek({ from, to, at: 0, speed: wish.speed ?? now.speed, playing: wish.playing ?? false }, wish.at ?? (wish.from === undefined ? now.at : from));
  state.select(null);
  write();
  void load();
}

export function openYesterday(): void {
  const [from, to] = yesterday(session.now.peek(), state.zone.peek());
  open({ from, to, at: from, speed: 60, playing: true });
}

function readAddress(): void {
  const wish = readWish(location.hash, session.now.peek());
  vehicle.value = wish.vehicle;
  now = wish.clock;
  void load();
}

/** The page was opened: until the answer is called. */
export function begin(): () => void {
  state.select(null);
  readAddress();
  const again = () => {
    if (location.hash.startsWith('#/replay') && location.hash !== written) readAddress();
  };
  window.addEventListener('hashchange', again);
  frameAt = performance.now();
  running = requestAnimationFrame(frame);
  return () => {
    window.removeEventListener('hashchange', again);
    cancelAnimationFrame(running);
    now = { ...now, playing: false };
    state.select(null);
    forget(true);
  };
}
