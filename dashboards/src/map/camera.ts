/** Where the map looks.  It stays fitted to the whole fleet until somebody looks elsewhere. */
import type { Map } from 'maplibre-gl';
import type { View } from '../live/filters';
import type { Point } from '../live/motion';
import { pointFromMap, toMap } from './datum';
import { boundsOf } from './track';

/** Room for the switches on top, the controls and the legend, and for a name right of the last stop, CSS pixels. */
const PADDING = { top: 64, bottom: 104, left: 64, right: 110 };
/** A map narrower than this has no card beside it and no room to give away. */
const NARROW = 560;
const NARROW_PADDING = { top: 56, bottom: 32, left: 56, right: 44 };
/** Closer, the built-in map shows nothing around a vehicle. */
const CLOSEST_FIT = 11;
/** A vehicle that somebody asked for is shown at least this close. */
const CLOSE = 9;

export class Camera {
  private onFleet = true;
  private seen = 0;

  constructor(private readonly map: Map) {
    map.on('movestart', (event) => {
      if (event.originalEvent) this.onFleet = false;
    });
  }

  /** Keep a moving vehicle in the middle: a second's glide to where it is. */
  follow(place: Point): void {
    this.onFleet = false;
    this.map.easeTo({ center: toMap(place.lon, place.lat), duration: 900, easing: (x) => x, essential: false });
  }

  /** Where somebody looks; null: at the whole fleet. */
  looking(): View | null {
    return this.onFleet ? null : { ...pointFromMap(this.map.getCenter()), zoom: this.map.getZoom() };
  }

  /** Look there at once: an address was opened. */
  look({ lon, lat, zoom }: View): void {
    this.onFleet = false;
    this.map.jumpTo({ center: toMap(lon, lat), zoom });
  }

  /** Bring a place into view, close enough to see where it is. */
  goTo(place: Point, zoom = CLOSE): void {
    this.onFleet = false;
    const center = toMap(place.lon, place.lat);
    this.map.easeTo({ center, zoom: Math.max(zoom, this.map.getZoom()), duration: 600 });
  }

  /** Pan just so far that a place is in sight, clear of a panel of that width on the right. */
  reveal(place: Point, panel: number): void {
    const at = this.map.project(toMap(place.lon, place.lat));
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    if (at.x > 40 && at.y > 60 && at.x < width - panel - 40 && at.y < height - 60) return;
    this.onFleet = false;
    const offset: [number, number] = [-panel / 2, 0];
    this.map.easeTo({ center: toMap(place.lon, place.lat), offset, duration: 500 });
  }

  /** Where on the screen a place is drawn: for end-to-end tests. */
  pixel(place: Point): { x: number; y: number } {
    const { x, y } = this.map.project(toMap(place.lon, place.lat));
    const { left, top } = this.map.getCanvas().getBoundingClientRect();
    return { x: x + left, y: y + top };
  }

  /** How close it looks. */
  level(): number {
    return this.map.getZoom();
  }

  zoom(by: 1 | -1): void {
    this.onFleet = false;
    this.map.zoomTo(this.map.getZoom() + by);
  }

  /** All points in sight, clear of a panel of that width on the right. */
  fit(points: Iterable<Point>, panel = 0, closest = CLOSEST_FIT): void {
    const bounds = boundsOf(points);
    if (!bounds) return;
    this.onFleet = false;
    this.fitBounds(bounds, panel, closest);
  }

  private fitBounds([southWest, northEast]: NonNullable<ReturnType<typeof boundsOf>>, panel: number, closest: number): void {
    const room = this.map.getContainer().clientWidth < NARROW ? NARROW_PADDING : PADDING;
    const padding = { ...room, right: room.right + panel };
    this.map.fitBounds([toMap(...southWest), toMap(...northEast)], { padding, maxZoom: closest, duration: 600 });
  }

  /** The whole fleet in sight. */
  fitFleet(places: readonly Point[]): void {
    this.onFleet = true; // before the map moves: without an animation it rests at once
    this.seen = places.length;
    const bounds = boundsOf(places);
    if (bounds) this.fitBounds(bounds, 0, CLOSEST_FIT);
  }

  /** Fit again if vehicles were heard for the first time and nobody looks elsewhere. */
  welcome(places: readonly Point[]): void {
    if (this.onFleet && places.length > this.seen) this.fitFleet(places);
    this.seen = places.length;
  }
}

let query: MediaQueryList | null = null;

/** Asked in every frame, so looked up once. */
export function reducedMotion(): boolean {
  query ??= matchMedia('(prefers-reduced-motion: reduce)');
  return query.matches;
}
