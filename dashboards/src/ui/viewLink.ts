/** Where somebody looks on the map, in the address and back. */
import { effect, untracked } from '@preact/signals';
import type { View } from '../live/filters';
import type { FleetMap } from '../map/view';
import * as filters from './filters';
import * as state from './state';

/** As an address has it: closer is the same. */
function isSame(a: View | null, b: View | null): boolean {
  if (!a || !b) return a === b;
  return Math.abs(a.lon - b.lon) < 1e-4 && Math.abs(a.lat - b.lat) < 1e-4 && Math.abs(a.zoom - b.zoom) < 0.01;
}

/** The map rests: the address follows, but not a vehicle that is followed, nor what another page shows. */
export function noteView(map: FleetMap | null): void {
  if (!map || state.page.peek() !== 'map' || state.following.peek()) return;
  const now = map.camera.looking();
  if (!isSame(now, filters.view.peek())) filters.view.value = now;
}

/** An address was opened, or a view: the map follows. */
export function obeyView(map: FleetMap): void {
  effect(() => {
    const wanted = filters.view.value;
    untracked(() => {
      if (isSame(wanted, map.camera.looking())) return;
      if (wanted) map.camera.look(wanted);
      else map.fitFleet();
    });
  });
}
