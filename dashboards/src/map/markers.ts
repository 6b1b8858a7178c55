/**
 * The vehicles as the graphics card wants them: bytes that stay, of which only those that changed are written again.  No
 * WebGL here: `vehicles.ts` uploads what `take` says.
 */
import { type Fleet, cell } from '../live/fleet';
import { toMap } from './datum';
import { mercatorX, mercatorY } from './geometry';
import { ABSENT, LAYERS, type Scene, layerOf, lookOf, turnOf } from './look';

export type { Scene } from './look';

/** Bytes of a marker: seven floats (from, to, start and duration, course) and four bytes (see `lookOf`). */
export const STRIDE = 32;
const FLOATS = STRIDE / 4;
/** Place of the look among a marker's bytes. */
export const LOOK = 28;

/** Rows that are uploaded together; a write for each row would cost more than the bytes. */
export const CHUNK = 64;
/** Vertices are relative to a moment that is moved on after this long: 32-bit seconds are then 0.2 ms coarse, milliseconds. */
const EPOCH_MS = 3_600_000;
/** The anchor moves when it is further away than that many world pixels: 32-bit floats would be a tenth of a pixel coarse. */
const FAR_PIXELS = 1_000_000;
const WORLD_PIXELS = 512;

/** What has to be drawn, in degrees. */
export interface Sight {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export class Markers {
  bytes = new Uint8Array(0);
  /** Rows in drawing order; the first `count` are drawn. */
  order = new Uint32Array(0);
  count = 0;
  /** Where vertices are relative to: mercator, and a moment of the viewer's clock. */
  anchorX = 0.5;
  anchorY = 0.5;
  epoch = 0;
  /** Of each chunk of rows: whether the graphics card has yet to hear of it. */
  dirty = new Uint8Array(0);
  /** The order changed since `uploaded`. */
  orderDirty = false;
  /** The buffer is another one: all of it is to be uploaded. */
  grown = false;

  private floats = new Float32Array(0);
  private looks = new Uint32Array(0);
  private layers = new Uint8Array(0);
  /** What is in the bytes: the fleet's legs as they were taken. */
  private fromLon = new Float64Array(0);
  private fromLat = new Float64Array(0);
  private toLon = new Float64Array(0);
  private toLat = new Float64Array(0);
  private start = new Float64Array(0);
  private duration = new Float64Array(0);
  private size = 0;
  private readonly counts = new Uint32Array(LAYERS + 1);

  /** Take over what changed; true if anything in sight, or the order, did. */
  take(scene: Scene, sight: Sight, now: number): boolean {
    const { fleet } = scene;
    this.reserve(fleet.time.length);
    if (now - this.epoch > EPOCH_MS) this.moveTo(this.anchorX, this.anchorY, now);
    let seen = false;
    let moved = this.size !== fleet.size;
    for (let row = 0; row < fleet.size; row++) {
      const layer = layerOf(scene, row);
      if (this.layers[row] !== layer) {
        this.layers[row] = layer;
        moved = true;
      }
      if (layer === ABSENT) continue;
      const leg = this.takeLeg(fleet, row);
      const look = this.takeLook(scene, row);
      if (!leg && !look) continue;
      this.dirty[(row / CHUNK) | 0] = 1;
      seen ||= isIn(fleet, row, sight);
    }
    this.size = fleet.size;
    if (moved) this.sort();
    return seen || moved;
  }

  /** Whether an anchor is too far from what is looked at for 32-bit floats. */
  isFar(x: number, y: number, zoom: number): boolean {
    const away = Math.max(Math.abs(x - this.anchorX), Math.abs(y - this.anchorY));
    return away * WORLD_PIXELS * 2 ** zoom > FAR_PIXELS;
  }

  /** Another anchor: every vertex is written again. */
  moveTo(x: number, y: number, now: number): void {
    this.anchorX = x;
    this.anchorY = y;
    this.epoch = now;
    this.start.fill(Number.NaN); // no leg is the one that was taken
  }

  /** Calls back with the bytes to upload, neighbouring chunks together; then all is clean. */
  flush(upload: (from: number, to: number) => void): void {
    const chunks = Math.ceil(this.size / CHUNK);
    for (let i = 0; i < chunks; i++) {
      if (this.dirty[i] === 0) continue;
      const first = i;
      while (i < chunks && this.dirty[i] === 1) this.dirty[i++] = 0;
      upload(first * CHUNK * STRIDE, Math.min(this.size, i * CHUNK) * STRIDE);
    }
  }

  private reserve(capacity: number): void {
    if (this.layers.length >= capacity) return;
    const buffer = new ArrayBuffer(capacity * STRIDE);
    this.bytes = new Uint8Array(buffer);
    this.floats = new Float32Array(buffer);
    this.looks = new Uint32Array(buffer);
    this.layers = new Uint8Array(capacity).fill(ABSENT);
    this.order = new Uint32Array(capacity);
    this.dirty = new Uint8Array(Math.ceil(capacity / CHUNK));
    this.fromLon = new Float64Array(capacity);
    this.fromLat = new Float64Array(capacity);
    this.toLon = new Float64Array(capacity);
    this.toLat = new Float64Array(capacity);
    this.start = new Float64Array(capacity).fill(Number.NaN);
    this.duration = new Float64Array(capacity);
    this.size = 0;
    this.grown = true;
  }

  private isTaken(fleet: Fleet, row: number): boolean {
    return (
      this.start[row] === fleet.start[row] &&
      this.toLon[row] === fleet.toLon[row] &&
      this.toLat[row] === fleet.toLat[row] &&
      this.duration[row] === fleet.duration[row] &&
      this.fromLon[row] === fleet.fromLon[row] &&
      this.fromLat[row] === fleet.fromLat[row]
    );
  }

  private takeLeg(fleet: Fleet, row: number): boolean {
    if (this.isTaken(fleet, row)) return false;
    const at = row * FLOATS;
    const x = cell(fleet.fromLon, row);
    const y = cell(fleet.fromLat, row);
    const toX = cell(fleet.toLon, row);
    const toY = cell(fleet.toLat, row);
    this.fromLon[row] = x;
    this.fromLat[row] = y;
    this.toLon[row] = toX;
    this.toLat[row] = toY;
    this.start[row] = cell(fleet.start, row);
    this.duration[row] = cell(fleet.duration, row);
    const [lon, lat] = toMap(x, y);
    const [toLon, toLat] = toMap(toX, toY);
    this.floats[at] = mercatorX(lon) - this.anchorX;
    this.floats[at + 1] = mercatorY(lat) - this.anchorY;
    this.floats[at + 2] = mercatorX(toLon) - this.anchorX;
    this.floats[at + 3] = mercatorY(toLat) - this.anchorY;
    this.floats[at + 4] = (cell(fleet.start, row) - this.epoch) / 1000;
    this.floats[at + 5] = cell(fleet.duration, row) / 1000;
    return true;
  }

  private takeLook(scene: Scene, row: number): boolean {
    const look = lookOf(scene, row);
    const turn = Math.fround(turnOf(scene.fleet, row));
    const at = row * FLOATS;
    if (this.looks[at + 7] === look && this.floats[at + 6] === turn) return false;
    this.looks[at + 7] = look;
    this.floats[at + 6] = turn;
    return true;
  }

  /** A counting sort: rows by layer. */
  private sort(): void {
    const { counts, layers, order } = this;
    counts.fill(0);
    for (let row = 0; row < this.size; row++) {
      const layer = cell(layers, row);
      if (layer !== ABSENT) counts[layer + 1] = cell(counts, layer + 1) + 1;
    }
    for (let layer = 0; layer < LAYERS; layer++) counts[layer + 1] = cell(counts, layer + 1) + cell(counts, layer);
    this.count = cell(counts, LAYERS);
    for (let row = 0; row < this.size; row++) {
      const layer = cell(layers, row);
      if (layer === ABSENT) continue;
      const place = cell(counts, layer);
      order[place] = row;
      counts[layer] = place + 1;
    }
    this.orderDirty = true;
  }
}

function isIn(fleet: Fleet, row: number, sight: Sight): boolean {
  return within(sight, cell(fleet.toLon, row), cell(fleet.toLat, row)) || within(sight, cell(fleet.fromLon, row), cell(fleet.fromLat, row));
}

function within({ west, south, east, north }: Sight, lon: number, lat: number): boolean {
  return lon >= west && lon <= east && lat >= south && lat <= north;
}

/** The first row from `hint` on, round the fleet, that glides in sight; -1 when nothing does. */
export function gliding(fleet: Fleet, sight: Sight, now: number, hint: number): number {
  for (let i = 0; i < fleet.size; i++) {
    const row = (hint + i) % fleet.size;
    if (cell(fleet.start, row) + cell(fleet.duration, row) > now && isIn(fleet, row, sight)) return row;
  }
  return -1;
}
