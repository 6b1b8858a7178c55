/** The panels' line to the map, which is loaded after them and may never come. */
import { effect, signal, untracked } from '@preact/signals';
import type { FleetMap } from '../map/view';
import type { Trip } from '../api/trips';
import type { Fleet } from '../live/fleet';
import { type Parts, trackFeatures } from '../map/track';
import type { TripView } from '../map/trip';
import type { Basemap, Fence } from '../api/shapes';
import type { Point } from '../live/motion';
import { fleet, info, session, sites } from './app';
import { visibleRows } from './board';
import { chosenTrip, chosenView, drivenOf } from './chosenTrip';
import * as filters from './filters';
import { draft, edited, inView, look as lookAt, opened, outlinePoints } from './fencing';
import { cluster, connectTools, lookAt as lookForLines, planned, routes } from './mapTools';
import * as state from './state';
import { noteView, obeyView } from './viewLink';
import { viewOf } from './tripMap';

/** Without the API's word: the map in the console itself. */
const BUNDLED: Basemap = { kind: 'bundled', url: null, datum: 'wgs84', borders: true };

export const map = signal<FleetMap | null>(null);
/** The selected vehicle's last 24 hours; null while there are none. */
export const track = signal<Parts | null>(null);
/** The trip whose page is open, and the vehicle that serves it. */
export const tripView = signal<TripView | null>(null);
export const tripVehicle = signal<string | null>(null);

/** The fleet of another time, drawn in place of the live one; `server` is the clock of that time, milliseconds. */
export const past = signal<{ readonly fleet: Fleet; readonly server: number } | null>(null);

/** Width of the card that covers the map's right side. */
const CARD_WIDTH = 340;
/** On narrower pages the card lies below the map; see `panels.css`. */
const PHONE = matchMedia('(max-width: 720px)');
const isCardOpen = () => state.page.value === 'map' || (state.selected.value ?? state.fence.value) !== null;
const cardWidth = () => (PHONE.matches || !isCardOpen() ? 0 : CARD_WIDTH);

/** Vehicles the person asked to see before the map was there. */
let wanted: string | null = state.selected.peek();

export function showOnMap(plate: string): void {
  const place = map.value?.drawn(plate);
  if (place) map.value?.camera.goTo(place);
  else wanted = plate;
}

/** Pan to a vehicle only if it is out of sight. */
export function reveal(plate: string): void {
  const place = map.value?.drawn(plate);
  if (place) map.value?.camera.reveal(place, cardWidth());
  else wanted = plate;
}

export function fitTrack(): void {
  if (track.value) map.value?.camera.fit(track.value.flat(), cardWidth());
}

/** Closer than tracks: a yard fills the screen. */
const CLOSEST_FENCE = 15;
/** A site without a fence is shown this close. */
const SITE_ZOOM = 12;

/** A fence whole in sight, also from another page. */
export function showFence(fence: Fence): void {
  whenShown((view) => view.camera.fit(outlinePoints(fence), cardWidth(), CLOSEST_FENCE));
}

export function showSite(place: Point): void {
  whenShown((view) => view.camera.goTo(place, SITE_ZOOM));
}

export function fitPoints(points: readonly Point[]): void {
  whenShown((view) => view.camera.fit(points, cardWidth(), CLOSEST_FENCE));
}

/** The map hides behind other pages and has no size there: back to it first. */
function whenShown(act: (view: FleetMap) => void): void {
  if (!state.onMap.value) location.hash = '#/';
  requestAnimationFrame(() => requestAnimationFrame(() => map.value && act(map.value)));
}

export function fitTrip(trip: Trip): void {
  const { line, stops, away } = viewOf(trip);
  fitPoints([...line, ...stops, ...(away ? [away] : [])]);
}

function show(): void {
  const then = past.value;
  map.peek()?.show(
    then?.fleet ?? fleet,
    {
      selected: state.selected.value ?? tripVehicle.value,
      hovered: state.hovered.value,
      visible: then ? null : visibleRows.value,
      plates: state.plates.value,
      hubs: state.hubs.value,
      cluster: cluster.value,
      swift: then !== null,
    },
    then?.server ?? session.now.value,
  );
}

/** Of a site under the pointer: its name, and how many are inside. */
function sayHub(code: string, inside: number): string[] {
  const site = sites.peek().find((each) => each.code === code);
  const count = past.peek() ? [] : [inside > 0 ? state.t('map.hub.inside', { count: inside }) : state.t('map.hub.none')];
  return [site ? state.nameOf(site) : code, ...count]; // who was inside in the past is not known here
}

/** With the layer off, the fence whose card is open is still shown. */
function shownFences(): readonly Fence[] {
  const fence = opened.value;
  return !fence ? inView.value : [...inView.value.filter((each) => each.id !== fence.id), ...(fence.properties.valid_to === null ? [fence] : [])];
}

function follow(): void {
  const plate = state.selected.peek();
  const place = plate === null ? null : map.peek()?.drawn(plate);
  if (place) map.peek()?.camera.follow(place);
}

/** The first look at the fleet: the wanted vehicle, else all of them. */
function settle(view: FleetMap): void {
  const place = wanted ? view.drawn(wanted) : null;
  const look = filters.view.peek();
  if (place) view.camera.goTo(place);
  else if (look) view.camera.look(look);
  else view.fitFleet();
  wanted = null;
  view.whenDrawn(() => {
    document.body.dataset['ready'] = 'true';
  });
}

function connect(view: FleetMap): void {
  session.onChange = () => {
    if (past.peek() === null) view.redraw();
  };
  connectTools(view);
  obeyView(view);
  effect(show);
  effect(() => {
    void session.now.value;
    if (state.following.value) follow();
  });
  effect(() => {
    void session.version.value;
    if (session.loaded.value) view.welcome();
  });
  effect(() => view.measureIn(state.units.value));
  effect(() => view.showSites(sites.value));
  effect(() => view.fences.show(shownFences(), state.fence.value, edited.value?.id ?? null));
  effect(() => view.drawing.show(draft.value));
  view.drawing.onChange = (next) => {
    draft.value = next;
  };
  effect(() => view.showTrip(tripView.value ?? (state.page.value === 'map' ? chosenView.value : null)));
  effect(() => view.showTrack(track.value && trackFeatures(track.value, drivenOf(track.value, past.value ? null : chosenTrip.value))));
  let first = true;
  effect(() => {
    const look = { theme: state.theme.value, lang: state.lang.value, borders: state.borders.value };
    if (!first) void view.restyle(look);
    first = false;
  });
  const done = effect(() => {
    if (!session.loaded.value) return;
    untracked(() => settle(view));
    queueMicrotask(() => done());
  });
}

/** Create the map in its place on the page; without WebGL the console goes on without it. */
export async function mountMap(container: HTMLElement): Promise<void> {
  const basemap = info.value?.basemap ?? BUNDLED;
  const look = { theme: state.theme.value, lang: state.lang.value, borders: state.borders.value };
  try {
    if (!document.createElement('canvas').getContext('webgl2')) throw new Error('no WebGL 2');
    const [{ FleetMap: View }] = await Promise.all([
      import('../map/view'),
      // Without it the first labels would be drawn in the fallback face.
      document.fonts.load('500 14px "Inter Variable"'),
    ]);
    const view = new View(container, look, basemap, {
      onSelect: (plate) => state.select(plate),
      onHover: (plate) => {
        state.hovered.value = plate;
      },
      onDrag: () => {
        state.following.value = false;
      },
      onFence: (code) => state.selectFence(code),
      onSite: (code) => {
        location.hash = state.sitePage(code);
      },
      sayHub,
      onView: (box, zoom) => {
        session.look(box);
        lookAt(box, zoom);
        lookForLines(box);
        noteView(map.peek());
      },
      onFallback: () => {
        state.basemapFellBack.value = true;
      },
    });
    map.value = view;
    connect(view);
    view.rest();
  } catch {
    state.mapFailed.value = true;
    document.body.dataset['ready'] = 'true';
  }
}

declare global {
  interface Window {
    /** For end-to-end tests: what cannot be read off a canvas. */
    __milepost?: {
      readonly drawn: (plate: string) => { lon: number; lat: number } | null;
      readonly phase: () => string;
      readonly pixel: (lon: number, lat: number) => { x: number; y: number } | null;
      readonly goTo: (lon: number, lat: number, zoom: number) => void;
      readonly fences: () => readonly string[];
      /** Stops of the trip on the map. */
      readonly stops: () => readonly string[];
      /** Trips whose planned ways are on the map. */
      readonly planned: () => readonly string[];
      /** Where circles stand for several vehicles, the largest first. */
      readonly clusters: () => readonly (readonly number[])[];
      readonly zoom: () => number;
      readonly size: () => number;
    };
  }
}

window.__milepost = {
  drawn: (plate) => map.peek()?.drawn(plate) ?? null,
  pixel: (lon, lat) => map.peek()?.camera.pixel({ lon, lat }) ?? null,
  goTo: (lon, lat, zoom) => map.peek()?.camera.goTo({ lon, lat }, zoom),
  fences: () => inView.peek().map((each) => each.id),
  stops: () => (tripView.peek() ?? chosenView.peek())?.stops.map((each) => each.code) ?? [],
  planned: () => (routes.peek() ? planned.peek().lines.map((each) => each.code) : []),
  clusters: () => map.peek()?.clusters.circles() ?? [],
  zoom: () => map.peek()?.camera.level() ?? Number.NaN,
  phase: () => session.status.peek().phase,
  size: () => fleet.size,
};
