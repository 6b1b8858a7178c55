/** Drawing on the map: pointer and keys become actions on the draft, the draft becomes features. */
import type { Map, MapMouseEvent, MapTouchEvent } from 'maplibre-gl';
import type { Point } from '../live/motion';
import { type Draft, type Grip, add, finish, grasp, insert, middles, move, pointAt, reach, remove, undo } from './draft';
import { draftFeatures, draftLayers, east } from './draftLayer';
import { pointFromMap, toMap } from './datum';
import { EMPTY, setData } from './overlays';
import type { Theme } from './palette';

/** CSS pixels around a handle that count as on it. */
const REACH = 11;
/** A press that moves less is a click. */
const STILL = 4;
/** Pixels an arrow key moves a corner, with and without Shift. */
const [NUDGE, LEAP] = [1, 10];

type Press = MapMouseEvent | MapTouchEvent;
type Hold = { readonly kind: 'corner'; readonly grip: Grip } | { readonly kind: 'rim' } | { readonly kind: 'new' };

export class Drawing {
  private draft: Draft | null = null;
  private pointer: Point | null = null;
  private hold: Hold | null = null;
  private pressedAt: { x: number; y: number } | null = null;
  /** Every change of the draft by the person at the map. */
  onChange: (draft: Draft) => void = () => {};

  constructor(private readonly map: Map) {
    map.on('mousedown', (event) => this.press(event));
    map.on('touchstart', (event) => this.press(event));
    map.on('mousemove', (event) => this.drag(event));
    map.on('touchmove', (event) => this.drag(event));
    map.on('mouseup', (event) => this.release(event));
    map.on('touchend', (event) => this.release(event));
    map.on('dblclick', (event) => {
      if (!this.draft) return;
      event.preventDefault();
      this.act(finish);
    });
    map.on('click', (event) => this.click(event));
  }

  get active(): boolean {
    return this.draft !== null;
  }

  install(theme: Theme): void {
    if (!this.map.getSource('draft')) this.map.addSource('draft', { type: 'geojson', data: EMPTY });
    for (const layer of draftLayers(theme)) this.map.addLayer(layer);
    this.redraw();
  }

  /** Draw this; null when nothing is drawn any more. */
  show(draft: Draft | null): void {
    this.draft = draft;
    if (!draft) [this.pointer, this.hold] = [null, null];
    this.redraw();
  }

  private redraw(): void {
    setData(this.map, 'draft', this.draft ? draftFeatures(this.draft, this.pointer) : EMPTY);
    if (this.draft) this.map.getCanvas().style.cursor = this.draft.done ? '' : 'crosshair';
  }

  private act(change: (draft: Draft) => Draft): void {
    if (!this.draft) return;
    const next = change(this.draft);
    if (next === this.draft) return;
    this.show(next);
    this.onChange(next);
  }

  private away(point: Point, pixel: { x: number; y: number }): number {
    const at = this.map.project(toMap(point.lon, point.lat));
    return Math.hypot(at.x - pixel.x, at.y - pixel.y);
  }

  private nearest<T extends { readonly at: Point }>(places: readonly T[], pixel: { x: number; y: number }): T | null {
    let best = REACH;
    let found: T | null = null;
    for (const place of places) {
      const away = this.away(place.at, pixel);
      if (away < best) [best, found] = [away, place];
    }
    return found;
  }

  private corners(draft: Draft): { readonly at: Point; readonly grip: Grip }[] {
    return draft.paths.flatMap(({ points }, path) => points.map((at, index) => ({ at, grip: { path, index } })));
  }

  private onRim(draft: Draft, pixel: { x: number; y: number }): boolean {
    const centre = draft.paths[0]?.points[0];
    if (draft.kind !== 'circle' || !centre) return false;
    const rim = east(centre, draft.radius);
    const at = this.map.project(toMap(centre.lon, centre.lat));
    const radius = this.map.project(toMap(rim.lon, rim.lat)).x - at.x;
    return Math.abs(Math.hypot(pixel.x - at.x, pixel.y - at.y) - radius) < REACH;
  }

  /** Take hold of what is under the pointer; the map then stays where it is. */
  private press(event: Press): void {
    const { draft } = this;
    if (!draft || ('points' in event && event.points.length > 1)) return;
    this.pressedAt = event.point;
    const here = pointFromMap(event.lngLat);
    if (!draft.done && draft.kind === 'circle') {
      this.hold = { kind: 'new' };
      this.act((each) => add(each, here));
    } else if (draft.done) this.take(draft, event.point);
    if (this.hold) event.preventDefault();
  }

  private take(draft: Draft, pixel: { x: number; y: number }): void {
    const corner = this.nearest(this.corners(draft), pixel);
    const middle = corner ? null : this.nearest(middles(draft), pixel);
    if (corner) {
      this.hold = { kind: 'corner', grip: corner.grip };
      this.act((each) => grasp(each, corner.grip));
    } else if (this.onRim(draft, pixel)) this.hold = { kind: 'rim' };
    else if (middle) {
      this.act((each) => insert(each, middle.grip, middle.at));
      this.hold = { kind: 'corner', grip: { path: middle.grip.path, index: middle.grip.index + 1 } };
    }
  }

  private drag(event: Press): void {
    const { draft, hold } = this;
    if (!draft) return;
    const here = pointFromMap(event.lngLat);
    if (hold) {
      const { pressedAt } = this;
      const moved = pressedAt && Math.hypot(event.point.x - pressedAt.x, event.point.y - pressedAt.y) > STILL;
      if (!moved) return;
      if (hold.kind === 'corner') this.act((each) => move(each, hold.grip, here));
      else this.act((each) => ({ ...each, radius: reach(each, here) }));
    } else if (!draft.done) {
      this.pointer = here;
      this.redraw();
    } else this.hint(draft, event.point);
  }

  private hint(draft: Draft, pixel: { x: number; y: number }): void {
    const grabs = this.nearest(this.corners(draft), pixel) ?? this.nearest(middles(draft), pixel);
    this.map.getCanvas().style.cursor = grabs ? 'grab' : this.onRim(draft, pixel) ? 'ew-resize' : '';
  }

  private release(event: Press): void {
    if (this.hold) event.preventDefault();
    this.hold = null;
    this.pressedAt = null;
  }

  /** Place a corner; on the first one the ring is finished. */
  private click(event: MapMouseEvent): void {
    const { draft } = this;
    if (!draft || draft.done || draft.kind === 'circle') return;
    const points = draft.paths[0]?.points ?? [];
    const [first, last] = [points[0], points.at(-1)];
    if (last && this.away(last, event.point) < STILL) return; // the second click of a double click
    if (draft.kind === 'polygon' && first && points.length > 2 && this.away(first, event.point) < REACH) this.act(finish);
    else this.act((each) => add(each, pointFromMap(event.lngLat)));
  }

  /** A point in the middle of the map: drawing without a pointer. */
  addCentre(): void {
    const middle = pointFromMap(this.map.getCenter());
    this.act((each) => add(each, middle));
  }

  /** What a key does to the draft; false when it does nothing. */
  key(event: KeyboardEvent): boolean {
    const { draft } = this;
    if (!draft) return false;
    if (event.key === 'Enter' && !draft.done) this.act(finish);
    else if (event.key === 'Backspace' && !draft.done) this.act(undo);
    else if ((event.key === 'Delete' || event.key === 'Backspace') && draft.grip) {
      const { grip } = draft;
      this.act((each) => remove(each, grip));
    } else return this.nudge(draft, event);
    return true;
  }

  private nudge(draft: Draft, event: KeyboardEvent): boolean {
    const step = event.shiftKey ? LEAP : NUDGE;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const { grip } = draft;
    const point = grip && pointAt(draft, grip);
    if (!by || !grip || !point) return false;
    const at = this.map.project(toMap(point.lon, point.lat));
    const to = this.map.unproject([at.x + (by[0] ?? 0), at.y + (by[1] ?? 0)]);
    this.act((each) => move(each, grip, pointFromMap(to)));
    return true;
  }
}
