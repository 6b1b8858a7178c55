/** A waybill on the shared map: the trip that carries it, the vehicle it is aboard of, or the site it is at. */
import { useEffect, useRef } from 'preact/hooks';
import type { Answer } from '../api/answers';
import { Problem } from '../api/http';
import type { Trip } from '../api/trips';
import type { Place, Waybill, WaybillTrack } from '../api/waybills';
import type { Point } from '../live/motion';
import type { Parts } from '../map/track';
import type { TripView } from '../map/trip';
import { may } from './app';
import { fitPoints, map, showSite, track, tripVehicle, tripView } from './mapLink';
import * as state from './state';
import { viewOf } from './tripMap';
import { tripsApi } from './trips';

export function clearMap(): void {
  tripView.value = null;
  tripVehicle.value = null;
  track.value = null;
}

async function tripOf(code: string | null): Promise<Trip | null> {
  if (!code || !may('look_trips')) return null;
  try {
    return await tripsApi.one(code);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return null; // a map without the line is better than none
  }
}

/** Where nobody may see the trip: its ends. */
function endsOf(places: readonly Place[]): TripView {
  const stops = places.map((site, i) => ({
    code: site.code,
    lon: site.lon,
    lat: site.lat,
    number: i + 1,
    label: state.nameOf(site),
    risk: 'unknown' as const,
    done: false,
    dropped: false,
  }));
  return { line: [], corridor: 0, share: Number.NaN, at: null, away: null, stops };
}

function pointsOf(view: TripView): readonly Point[] {
  return [...view.line, ...view.stops, ...(view.away ? [view.away] : [])];
}

/** The answer's trip and vehicle, kept in sight as long as the answer is on the desk. */
export function useAnswerOnMap(told: Answer | null): void {
  const view = map.value;
  const shown = useRef<string | null>(null);
  useEffect(() => {
    state.select(null);
    return clearMap;
  }, []);
  useEffect(() => {
    const waybill = told?.waybill;
    if (!told || !waybill) {
      clearMap();
      return undefined;
    }
    let late = false;
    void tripOf(waybill.trip).then((trip) => {
      if (late) return;
      const next = trip ? viewOf(trip) : endsOf([waybill.origin, waybill.destination]);
      tripVehicle.value = waybill.vehicle;
      tripView.value = next;
      if (!waybill.vehicle && waybill.site && !trip) showSite(waybill.site);
      else fitPoints([...pointsOf(next), ...(told.position ? [told.position] : [])]);
      shown.current = told.answer_id;
    });
    return () => {
      late = true;
    };
  }, [told, view, state.lang.value]);
}

/** The way of the trip that carries it now, else the ends of its legs. */
export async function wayOf(waybill: Waybill): Promise<TripView> {
  const trip = await tripOf(waybill.trip);
  if (trip) return viewOf(trip);
  const last = waybill.legs.at(-1);
  return endsOf(last ? [...waybill.legs.map((leg) => leg.from), last.to] : [waybill.origin, waybill.destination]);
}

type Line = readonly (readonly number[])[];

/** A feature's lines with their times: one line, or several. */
function partsOf(feature: WaybillTrack['features'][number]): Parts {
  if (!feature.geometry) return [];
  const coordinates = feature.geometry.type === 'LineString' ? [feature.geometry.coordinates] : feature.geometry.coordinates;
  const times = (feature.properties['times'] as readonly unknown[] | undefined)?.flat() as readonly string[] | undefined;
  let seen = 0;
  return (coordinates as readonly Line[]).map((line) =>
    line.map(([lon = Number.NaN, lat = Number.NaN]) => ({ lon, lat, time: Date.parse(times?.[seen++] ?? '') })),
  );
}

/** Of all rides; between two nothing is known. */
export function ridesOf(told: WaybillTrack): Parts {
  return told.features.flatMap((each) => [...partsOf(each)]).filter((part) => part.length > 0);
}
