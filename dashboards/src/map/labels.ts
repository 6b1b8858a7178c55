/** What is written beside markers: plates, the places labels keep off, and at hubs who is inside.  Fed at its own, slower pace. */
import type { Map } from 'maplibre-gl';
import type { Site } from '../api/shapes';
import type { Box } from '../live/messages';
import type { Fleet } from '../live/fleet';
import type { Lang } from '../i18n';
import type { Choice } from './choice';
import { insideBySite, obstacleFeatures, plateFeatures } from './labelFeatures';
import { PLATE_ZOOM, hubFeatures, setData } from './overlays';
import { rowOf } from './pick';

/** Labels make room for vehicles, and hubs count, that often; moving the map asks for it at once. */
const SLOW_MS = 5000;
/** Plates follow their vehicles that often: each time the map places all labels anew. */
const PLATES_MS = 500;

/** What labels are about. */
export interface Told {
  readonly fleet: Fleet;
  readonly choice: Choice;
  /** The clock markers glide by. */
  readonly viewer: number;
  readonly box: Box;
}

export class Labels {
  private slowAt = 0;
  private platesAt = 0;
  private choice: Choice | null = null;
  private platesShown = 0;
  private obstaclesShown = 0;
  private inside: ReadonlyMap<string, number> = new globalThis.Map();

  constructor(private readonly map: Map) {}

  /** How many vehicles are at a site. */
  insideOf(code: string): number {
    return this.inside.get(code) ?? 0;
  }

  /** Each when it is due, or `now`; plates also when another vehicle is chosen.  True: hubs count anew. */
  show(told: Told, now = false): boolean {
    const { selected, hovered, visible, plates } = told.choice;
    const same = selected === this.choice?.selected && hovered === this.choice.hovered && visible === this.choice.visible && plates === this.choice.plates;
    this.choice = told.choice;
    if (now || !same || performance.now() - this.platesAt >= PLATES_MS) this.plates(told);
    if (!now && performance.now() - this.slowAt < SLOW_MS) return false;
    this.slowAt = performance.now();
    this.obstacles(told);
    this.inside = insideBySite(told.fleet);
    return true;
  }

  hubs(sites: readonly Site[], lang: Lang): void {
    setData(this.map, 'hubs', hubFeatures(sites, lang, this.inside));
  }

  /** A new style has empty sources. */
  forget(): void {
    this.platesShown = this.obstaclesShown = this.slowAt = this.platesAt = 0;
  }

  private plates({ fleet, choice, viewer, box }: Told): void {
    this.platesAt = performance.now();
    const close = choice.plates && this.map.getZoom() >= PLATE_ZOOM;
    const chosen = [rowOf(fleet, choice.selected), rowOf(fleet, choice.hovered)];
    const features = plateFeatures({
      fleet,
      chosen: [...new Set(chosen)].filter((row) => row >= 0),
      visible: choice.visible,
      viewer,
      box: close ? box : null,
    });
    const count = features.features.length;
    // Even empty data makes the map place every label anew.
    if (count > 0 || this.platesShown > 0) setData(this.map, 'plates', features);
    this.platesShown = count;
  }

  private obstacles({ fleet, viewer, box }: Told): void {
    const features = obstacleFeatures({ fleet, viewer, box });
    const count = features.features.length;
    if (count > 0 || this.obstaclesShown > 0) setData(this.map, 'obstacles', features);
    this.obstaclesShown = count;
  }
}
