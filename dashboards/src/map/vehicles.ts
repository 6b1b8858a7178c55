/** The vehicles: one custom layer, one draw call, gliding on the graphics card. */
import { type CustomLayerInterface, type CustomRenderMethodInput, type Map, MercatorCoordinate } from 'maplibre-gl';
import { type Fleet, ageOf, cell, isLate } from '../live/fleet';
import { frameInterval } from '../live/motion';
import { State, fade, isMoving } from '../live/state';
import { COLOURS, type Theme } from './palette';
import { type Program, STRIDE, buildProgram } from './vehicleShader';

export interface Scene {
  readonly fleet: Fleet;
  readonly selected: number;
  readonly hovered: number;
  /** 1 for rows that the filters let through; null for all. */
  readonly visible: Uint8Array | null;
  /** Server's clock, milliseconds. */
  readonly server: number;
}

const RADIAN = Math.PI / 180;
/** A course of a marker that has none: drawn as a square. */
const NO_COURSE = -100;
/** Filtered out, but still there: a dispatcher should see that it has not vanished. */
const FILTERED_ALPHA = 0.12;
/** From bottom to top. */
const LAYERS = [State.Lost, State.Stale, State.Stopped, State.Moving] as const;

function rgb(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** Diameter of a marker in CSS pixels. */
export function markerSize(zoom: number): number {
  return 13 + 11 * Math.min(1, Math.max(0, (zoom - 3.5) / 8));
}

/** Rows in drawing order: quiet states first, then what is late, hovered and selected last. */
export function drawOrder({ fleet, selected, hovered }: Scene): number[] {
  const quiet: number[] = [];
  const late: number[] = [];
  for (const state of LAYERS) {
    for (let i = 0; i < fleet.size; i++) {
      if (fleet.state[i] === state && i !== selected && i !== hovered) (isLate(fleet, i) ? late : quiet).push(i);
    }
  }
  const rows = quiet.concat(late);
  const known = (i: number) => i >= 0 && i < fleet.size && !Number.isNaN(cell(fleet.time, i));
  // A vehicle whose link is down but that has never been heard of has no place to be drawn at.
  const placed = rows.filter(known);
  if (known(hovered) && hovered !== selected) placed.push(hovered);
  if (known(selected)) placed.push(selected);
  return placed;
}

export class VehicleLayer implements CustomLayerInterface {
  readonly id = 'vehicles';
  readonly type = 'custom';
  readonly renderingMode = '2d';

  private map: Map | null = null;
  private drawing: Program | null = null;
  private scene: Scene | null = null;
  private dirty = false;
  private count = 0;
  private base = 0;
  private glideUntil = 0;
  private anchor = new MercatorCoordinate(0.5, 0.5);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private theme: Theme,
    private readonly now: () => number,
    private readonly still: () => boolean,
  ) {}

  show(scene: Scene): void {
    this.scene = scene;
    this.dirty = true;
    this.map?.triggerRepaint();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.map?.triggerRepaint();
  }

  onAdd(map: Map, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.drawing = buildProgram(gl);
    this.dirty = true;
  }

  onRemove(_map: Map, gl: WebGL2RenderingContext): void {
    clearTimeout(this.timer);
    if (!this.drawing) return;
    gl.deleteProgram(this.drawing.program);
    gl.deleteBuffer(this.drawing.buffer);
    gl.deleteVertexArray(this.drawing.vertices);
    this.drawing = null;
    this.map = null;
  }

  render(gl: WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    const { map, drawing } = this;
    if (!map || !drawing || !this.scene) return;
    if (this.dirty) this.upload(gl, drawing, this.scene, map);
    // Behind another page the canvas has no width, and markers would be as large as it has pixels.
    const { clientWidth } = gl.canvas as HTMLCanvasElement;
    if (this.count === 0 || clientWidth === 0) return;
    const now = this.now();
    gl.useProgram(drawing.program);
    gl.bindVertexArray(drawing.vertices);
    this.setUniforms(gl, drawing, input.defaultProjectionData.mainMatrix as ArrayLike<number>, now);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArrays(gl.POINTS, 0, this.count);
    gl.bindVertexArray(null);
    this.scheduleNext(map, now);
  }

  private setUniforms(gl: WebGL2RenderingContext, drawing: Program, main: ArrayLike<number>, now: number): void {
    const ratio = gl.drawingBufferWidth / (gl.canvas as HTMLCanvasElement).clientWidth;
    const colours = COLOURS[this.theme];
    const order = [State.Moving, State.Stopped, State.Stale, State.Lost, State.Silent];
    gl.uniformMatrix4fv(drawing.uniform('u_matrix'), false, this.anchored(main));
    // With motion reduced a marker stands at its newest fix: every glide is over.
    gl.uniform1f(drawing.uniform('u_now'), this.still() ? 1e9 : (now - this.base) / 1000);
    gl.uniform1f(drawing.uniform('u_size'), markerSize(this.map?.getZoom() ?? 4) * ratio);
    gl.uniform3fv(drawing.uniform('u_palette'), order.flatMap((state) => rgb(colours.states[state])));
    gl.uniform3fv(drawing.uniform('u_casing'), rgb(colours.casing));
    gl.uniform3fv(drawing.uniform('u_ring'), rgb(colours.ring));
    gl.uniform3fv(drawing.uniform('u_late'), rgb(colours.risks.late));
  }

  /** Positions are stored relative to an anchor, because 32-bit mercator alone is 2.4 m coarse. */
  private anchored(main: ArrayLike<number>): Float32Array {
    const matrix = Float64Array.from(main);
    const { x, y } = this.anchor;
    for (let i = 0; i < 4; i++) {
      matrix[12 + i] = cell(matrix, 12 + i) + cell(matrix, i) * x + cell(matrix, 4 + i) * y;
    }
    return Float32Array.from(matrix);
  }

  private upload(gl: WebGL2RenderingContext, drawing: Program, scene: Scene, map: Map): void {
    this.dirty = false;
    this.base = this.now();
    this.anchor = MercatorCoordinate.fromLngLat(map.getCenter());
    const rows = drawOrder(scene);
    const data = new Float32Array(rows.length * STRIDE);
    this.glideUntil = 0;
    rows.forEach((row, place) => {
      data.set(this.vehicle(scene, row), place * STRIDE);
      this.glideUntil = Math.max(
        this.glideUntil,
        cell(scene.fleet.start, row) + cell(scene.fleet.duration, row),
      );
    });
    this.count = rows.length;
    gl.bindBuffer(gl.ARRAY_BUFFER, drawing.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  }

  /** The floats of one vehicle, in the order of `ATTRIBUTES`. */
  private vehicle(scene: Scene, row: number): number[] {
    const { fleet } = scene;
    const from = MercatorCoordinate.fromLngLat([cell(fleet.fromLon, row), cell(fleet.fromLat, row)]);
    const to = MercatorCoordinate.fromLngLat([cell(fleet.toLon, row), cell(fleet.toLat, row)]);
    const state = cell(fleet.state, row) as State;
    const course = cell(fleet.course, row);
    const heading = isMoving(cell(fleet.speed, row)) && !Number.isNaN(course);
    const filtered = scene.visible !== null && scene.visible[row] === 0;
    const chosen = row === scene.selected ? 2 : row === scene.hovered ? 1 : 0;
    return [
      from.x - this.anchor.x,
      from.y - this.anchor.y,
      to.x - this.anchor.x,
      to.y - this.anchor.y,
      (cell(fleet.start, row) - this.base) / 1000,
      cell(fleet.duration, row) / 1000,
      heading ? course * RADIAN : NO_COURSE,
      state,
      state === State.Stale ? 1 : 0,
      filtered && chosen === 0 ? FILTERED_ALPHA : fade(state, ageOf(fleet, row, scene.server)),
      chosen,
      isLate(fleet, row) ? 1 : 0,
    ];
  }

  private scheduleNext(map: Map, now: number): void {
    clearTimeout(this.timer);
    if (this.still() || now >= this.glideUntil) return;
    const wait = frameInterval(map.getZoom(), map.getCenter().lat);
    this.timer = setTimeout(() => map.triggerRepaint(), wait);
  }
}
