/** The vehicles: one custom layer, one draw call, gliding on the graphics card. */
import { type CustomLayerInterface, type CustomRenderMethodInput, type Map, MercatorCoordinate } from 'maplibre-gl';
import { cell } from '../live/fleet';
import { frameInterval } from '../live/motion';
import { State } from '../live/state';
import { boxFromMap } from './datum';
import { Markers, type Scene, gliding } from './markers';
import { COLOURS, type Theme } from './palette';
import { type Program, buildProgram } from './vehicleShader';

export type { Scene } from './markers';

/** A glide that is over for certain, for motion reduced: seconds. */
const OVER = 1e9;
/** CSS pixels around the map whose markers reach into it. */
const MARGIN = 32;
/** Longest that a change waits for its frame while the map is far away, milliseconds: motion is not seen there, news is. */
const LONGEST_WAIT_MS = 1000;

function rgb(...colours: readonly string[]): Float32Array {
  const values = colours.map((hex) => Number.parseInt(hex.slice(1), 16));
  return Float32Array.from(values.flatMap((value) => [value >> 16, (value >> 8) & 255, value & 255]), (part) => part / 255);
}

/** Diameter of a marker in CSS pixels. */
export function markerSize(zoom: number): number {
  return 13 + 11 * Math.min(1, Math.max(0, (zoom - 3.5) / 8));
}

/** Colours as uniforms; the palette in the order of `markers.ts`. */
function inks(theme: Theme) {
  const { states, risks, casing, ring } = COLOURS[theme];
  const order = [State.Moving, State.Stopped, State.Stale, State.Lost, State.Silent].map((state) => states[state]);
  return {
    palette: rgb(...order, risks.at_risk, risks.late),
    casing: rgb(casing),
    ring: rgb(ring),
    late: rgb(risks.late),
  };
}

export class VehicleLayer implements CustomLayerInterface {
  readonly id = 'vehicles';
  readonly type = 'custom';
  readonly renderingMode = '2d';

  private map: Map | null = null;
  private drawing: Program | null = null;
  private scene: Scene | null = null;
  private taken: Scene | null = null;
  private ink: ReturnType<typeof inks>;
  private shown = true;
  private hint = 0;
  private drawnAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly markers = new Markers();
  private readonly sight = { west: 0, south: 0, east: 0, north: 0 };
  private readonly doubles = new Float64Array(16);
  private readonly matrix = new Float32Array(16);

  constructor(
    theme: Theme,
    private readonly now: () => number,
    private readonly still: () => boolean,
  ) {
    this.ink = inks(theme);
  }

  /** What is to be drawn; at once when a person chose something, else with the next frame that shows any of it. */
  show(scene: Scene): void {
    const before = this.scene;
    this.scene = scene;
    const chosen = before?.selected !== scene.selected || before.hovered !== scene.hovered || before.visible !== scene.visible;
    if (chosen || scene.swift || before?.fleet !== scene.fleet) this.map?.triggerRepaint();
    else this.wake();
  }

  /** Another layer stands in for it. */
  hide(hidden: boolean): void {
    if (this.shown === !hidden) return;
    this.shown = !hidden;
    this.map?.triggerRepaint();
  }

  setTheme(theme: Theme): void {
    this.ink = inks(theme);
    this.map?.triggerRepaint();
  }

  onAdd(map: Map, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.drawing = buildProgram(gl);
    const { anchorX, anchorY } = this.markers;
    this.markers.moveTo(anchorX, anchorY, this.now()); // another base map may have another datum
    this.markers.grown = this.markers.orderDirty = true; // the buffers are new and empty
    this.taken = null;
  }

  onRemove(_map: Map, gl: WebGL2RenderingContext): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.drawing) return;
    gl.deleteProgram(this.drawing.program);
    gl.deleteBuffer(this.drawing.buffer);
    gl.deleteBuffer(this.drawing.elements);
    gl.deleteVertexArray(this.drawing.vertices);
    this.drawing = null;
    this.map = null;
  }

  render(gl: WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    const { map, drawing, scene } = this;
    if (!map || !drawing || !scene || !this.shown) return;
    // Behind another page the canvas has no width, and markers would be as large as it has pixels.
    const { clientWidth } = gl.canvas as HTMLCanvasElement;
    if (clientWidth === 0) return;
    const now = this.now();
    this.drawnAt = now;
    if (this.look(map) || scene !== this.taken) this.take(scene, now);
    gl.useProgram(drawing.program);
    gl.bindVertexArray(drawing.vertices);
    this.upload(gl, drawing);
    this.setUniforms(gl, drawing, input.defaultProjectionData.mainMatrix as ArrayLike<number>, gl.drawingBufferWidth / clientWidth);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawElements(gl.POINTS, this.markers.count, gl.UNSIGNED_INT, 0);
    gl.bindVertexArray(null);
    this.wake();
  }

  private take(scene: Scene, now: number): boolean {
    this.taken = scene;
    return this.markers.take(scene, this.sight, now);
  }

  /** Where the map looks now: what is in sight; true if the anchor moved there. */
  private look(map: Map): boolean {
    const bounds = map.getBounds();
    const reach = (MARGIN * 360) / (512 * 2 ** map.getZoom());
    const [west, south, east, north] = boxFromMap(bounds.getWest() - reach, bounds.getSouth() - reach, bounds.getEast() + reach, bounds.getNorth() + reach);
    Object.assign(this.sight, { west, south, east, north });
    const { x, y } = MercatorCoordinate.fromLngLat(map.getCenter());
    const far = this.markers.isFar(x, y, map.getZoom());
    if (far) this.markers.moveTo(x, y, this.now());
    return far;
  }

  private upload(gl: WebGL2RenderingContext, drawing: Program): void {
    const { markers } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, drawing.buffer);
    if (markers.grown) {
      gl.bufferData(gl.ARRAY_BUFFER, markers.bytes, gl.DYNAMIC_DRAW);
      markers.flush(() => {});
      markers.grown = false;
    } else {
      markers.flush((from, to) => gl.bufferSubData(gl.ARRAY_BUFFER, from, markers.bytes, from, to - from));
    }
    if (!markers.orderDirty) return;
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, markers.order, gl.DYNAMIC_DRAW, 0, markers.count);
    markers.orderDirty = false;
  }

  private setUniforms(gl: WebGL2RenderingContext, { uniforms }: Program, main: ArrayLike<number>, ratio: number): void {
    gl.uniformMatrix4fv(uniforms.u_matrix, false, this.anchored(main));
    // With motion reduced a marker stands at its newest fix: every glide is over.
    gl.uniform1f(uniforms.u_now, this.still() ? OVER : (this.now() - this.markers.epoch) / 1000);
    gl.uniform1f(uniforms.u_size, markerSize(this.map?.getZoom() ?? 4) * ratio);
    gl.uniform3fv(uniforms.u_palette, this.ink.palette);
    gl.uniform3fv(uniforms.u_casing, this.ink.casing);
    gl.uniform3fv(uniforms.u_ring, this.ink.ring);
    gl.uniform3fv(uniforms.u_late, this.ink.late);
  }

  /** Positions are stored relative to an anchor, because 32-bit mercator alone is 2.4 m coarse. */
  private anchored(main: ArrayLike<number>): Float32Array {
    const { doubles, markers } = this;
    doubles.set(main);
    for (let i = 0; i < 4; i++) {
      doubles[12 + i] = cell(doubles, 12 + i) + cell(doubles, i) * markers.anchorX + cell(doubles, 4 + i) * markers.anchorY;
    }
    this.matrix.set(doubles);
    return this.matrix;
  }

  /** A frame when the zoom can show that something moved, and only if something in sight did. */
  private wake(): void {
    const { map } = this;
    if (!map || this.timer !== undefined || !this.shown) return;
    const wait = Math.min(LONGEST_WAIT_MS, frameInterval(map.getZoom(), map.getCenter().lat));
    if (this.scene === this.taken && !this.isGliding()) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.frame(map);
    }, Math.max(0, this.drawnAt + wait - this.now()));
  }

  private frame(map: Map): void {
    const { scene } = this;
    if (!scene || this.map !== map || map.getCanvas().clientWidth === 0) return;
    const glides = this.isGliding();
    const changed = scene !== this.taken && this.take(scene, this.now());
    if (glides || changed || this.isGliding()) map.triggerRepaint();
  }

  private isGliding(): boolean {
    if (this.still() || !this.scene) return false;
    const row = gliding(this.scene.fleet, this.sight, this.now(), this.hint);
    if (row >= 0) this.hint = row;
    return row >= 0;
  }
}
