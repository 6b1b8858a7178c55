/**
 * The one door between WGS 84, in which everything is stored, asked and computed, and the datum of the base map.
 *
 * Whatever is handed to the map library goes through `toMap`, whatever comes from it through `fromMap`.
 * On a base map in WGS 84 both give back what they got; the shift's own script is fetched for the others only.
 */
import type { GeoJSON, Geometry, Position } from 'geojson';
import type { Basemap } from '../api/shapes';
import type { Point } from '../live/motion';

export type Datum = Basemap['datum'];

export type Place = [lon: number, lat: number];

export interface Shift {
  /** From WGS 84; degrees. */
  readonly toMap: (lon: number, lat: number) => Place;
  /** To WGS 84; degrees. */
  readonly fromMap: (lon: number, lat: number) => Place;
}

export const UNSHIFTED: Shift = { toMap: (lon, lat) => [lon, lat], fromMap: (lon, lat) => [lon, lat] };

let shift = UNSHIFTED;

/** The shift of a datum, fetched when it is needed. */
export async function loadShift(datum: Datum): Promise<Shift> {
  if (datum === 'wgs84') return UNSHIFTED;
  const { shiftOf } = await import('./shift');
  return shiftOf(datum);
}

/** From now on the base map is drawn so: what is on it must be drawn again. */
export function setShift(next: Shift): void {
  shift = next;
}

/** Where a place in WGS 84 stands on the base map. */
export function toMap(lon: number, lat: number): Place {
  return shift.toMap(lon, lat);
}

/** Which place in WGS 84 a place on the base map is. */
export function fromMap(lon: number, lat: number): Place {
  return shift.fromMap(lon, lat);
}

/** `fromMap` for what the map library tells of a pointer or its middle. */
export function pointFromMap({ lng, lat }: { readonly lng: number; readonly lat: number }): Point {
  const [lon, north] = shift.fromMap(lng, lat);
  return { lon, lat: north };
}

/** West, south, east, north in WGS 84 that hold everything between those of the base map. */
export function boxFromMap(west: number, south: number, east: number, north: number): [number, number, number, number] {
  if (shift === UNSHIFTED) return [west, south, east, north];
  const corners = [shift.fromMap(west, south), shift.fromMap(west, north), shift.fromMap(east, south), shift.fromMap(east, north)];
  // A corner may lie where nothing is shifted and the middle where everything is: the larger of both.
  const lons = [west, east, ...corners.map(([lon]) => lon)];
  const lats = [south, north, ...corners.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

type Nested = Position | readonly Nested[];

function moved(coordinates: Nested): Nested {
  const [first] = coordinates;
  if (typeof first !== 'number') return (coordinates as readonly Nested[]).map(moved);
  const [lon, lat, ...rest] = coordinates as Position;
  return [...shift.toMap(lon ?? Number.NaN, lat ?? Number.NaN), ...rest];
}

function movedGeometry(geometry: Geometry): Geometry {
  if (geometry.type === 'GeometryCollection') return { ...geometry, geometries: geometry.geometries.map(movedGeometry) };
  return { ...geometry, coordinates: moved(geometry.coordinates) } as Geometry;
}

function movedAny(data: GeoJSON): GeoJSON {
  if (data.type === 'FeatureCollection') {
    return { ...data, features: data.features.map((each) => ({ ...each, geometry: movedGeometry(each.geometry) })) };
  }
  if (data.type === 'Feature') return { ...data, geometry: movedGeometry(data.geometry) };
  return movedGeometry(data);
}

/** Features or a geometry in WGS 84 as the base map wants them; the same object when nothing is shifted. */
export function toMapGeometry<T extends GeoJSON>(data: T): T {
  return shift === UNSHIFTED ? data : (movedAny(data) as T);
}
