/** How a marker looks, and which lie over which.  Pure: numbers in, numbers out. */
import { type Fleet, ageOf, cell, isLate } from '../live/fleet';
import { State, fade, isMoving } from '../live/state';

export interface Scene {
  readonly fleet: Fleet;
  readonly selected: number;
  readonly hovered: number;
  /** 1 for rows that the filters let through; null for all. */
  readonly visible: Uint8Array | null;
  /** Server's clock, milliseconds. */
  readonly server: number;
  /** What changed is drawn with the next frame, however little of it the zoom can show. */
  readonly swift?: boolean;
}

const RADIAN = Math.PI / 180;
/** A course of a marker that has none. */
const NO_COURSE = -100;
/** Filtered out, but still there: a dispatcher should see that it has not vanished. */
const FILTERED_ALPHA = 0.12;
/** Colours: the states by their number, then these. */
export const AT_RISK = 5;
export const LATE = 6;
/** Shapes; the halo of a late vehicle is added to its emphasis. */
const [ARROW, SQUARE, HOLLOW, RING] = [0, 1, 4, 2];
export const HALO = 4;

/** Layers from bottom to top; rows of a layer are drawn in the order of the fleet. */
export const ABSENT = 255;
const FILTERED = 0;
const QUIET: Readonly<Record<State, number>> = { [State.Silent]: 1, [State.Lost]: 1, [State.Stale]: 2, [State.Stopped]: 3, [State.Moving]: 4 };
const RISKY = 5;
const LATE_LAYERS = 5;
const HOVERED = 10;
const SELECTED = 11;
export const LAYERS = 12;

function isAtRisk(fleet: Fleet, row: number): boolean {
  return fleet.risk[row] === 'at_risk';
}

/** Colour of a marker: how its trip stands while its position is fresh, else its state. */
function colourOf(state: State, late: boolean, risky: boolean): number {
  if (state !== State.Moving && state !== State.Stopped) return state;
  return late ? LATE : risky ? AT_RISK : state;
}

function shapeOf(state: State, heading: boolean): number {
  if (state >= State.Lost) return RING;
  return (heading ? ARROW : SQUARE) + (state === State.Stale ? HOLLOW : 0);
}

/** Clockwise from north in radians; `NO_COURSE` for what stands or does not say. */
export function turnOf(fleet: Fleet, row: number): number {
  const course = cell(fleet.course, row);
  return isMoving(cell(fleet.speed, row)) && !Number.isNaN(course) ? course * RADIAN : NO_COURSE;
}

/** Four bytes: colour, shape, emphasis, alpha, in this order on a little-endian machine, as all are that run browsers. */
export function lookOf(scene: Scene, row: number): number {
  const { fleet } = scene;
  const state = cell(fleet.state, row) as State;
  const late = isLate(fleet, row);
  const emphasis = row === scene.selected ? 2 : row === scene.hovered ? 1 : 0;
  const filtered = scene.visible !== null && scene.visible[row] === 0 && emphasis === 0;
  const alpha = Math.round(255 * (filtered ? FILTERED_ALPHA : fade(state, ageOf(fleet, row, scene.server))));
  const shape = shapeOf(state, turnOf(fleet, row) !== NO_COURSE);
  return (colourOf(state, late, isAtRisk(fleet, row)) | (shape << 8) | ((emphasis + (late ? HALO : 0)) << 16) | (alpha << 24)) >>> 0;
}

/** Quiet states first, then what is at risk, then what is late, hovered and selected last. */
export function layerOf({ fleet, selected, hovered, visible }: Scene, row: number): number {
  // A vehicle whose link is down but that has never been heard of has no place to be drawn at.
  if (Number.isNaN(cell(fleet.time, row))) return ABSENT;
  if (row === selected) return SELECTED;
  if (row === hovered) return HOVERED;
  if (visible !== null && visible[row] === 0) return FILTERED;
  const state = cell(fleet.state, row) as State;
  if (isLate(fleet, row)) return LATE_LAYERS + QUIET[state];
  return isAtRisk(fleet, row) && state < State.Stale ? RISKY : QUIET[state];
}
