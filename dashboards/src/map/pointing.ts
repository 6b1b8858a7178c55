/** What the pointer means on the map: at most once a frame it is looked for what lies under it. */
import type { Map, MapMouseEvent } from 'maplibre-gl';
import type { Events } from './choice';
import type { ClusterLayer } from './clusters';
import type { Drawing } from './drawing';
import type { FenceLayer } from './fences';
import type { Measuring } from './measuring';
import { featureAt, hubAt } from './overlays';
import { Tip } from './tip';

interface Pixel {
  readonly x: number;
  readonly y: number;
}

export interface Layers {
  readonly drawing: Drawing;
  readonly measuring: Measuring;
  readonly clusters: ClusterLayer;
  readonly fences: FenceLayer;
  /** The plate of the marker at a pixel. */
  readonly vehicle: (pixel: Pixel) => string | null;
  /** How many vehicles are at a site. */
  readonly inside: (code: string) => number;
}

export class Pointing {
  private readonly tip: Tip;
  private pixel: Pixel | null = null;
  private asked = 0;

  constructor(
    private readonly map: Map,
    private readonly layers: Layers,
    private readonly events: Events,
  ) {
    this.tip = new Tip(map.getContainer());
    map.on('mousemove', (event) => this.move(event.point));
    map.on('mouseout', () => this.leave());
    map.on('movestart', () => this.tip.show([], { x: 0, y: 0 }));
    map.on('click', (event) => this.click(event));
  }

  /** However many times the pointer moves between two frames, it is looked once. */
  private move(pixel: Pixel): void {
    this.pixel = pixel;
    if (this.asked === 0) {
      this.asked = requestAnimationFrame(() => {
        this.asked = 0;
        if (this.pixel && !this.map.isMoving()) this.look(this.pixel);
      });
    }
  }

  private leave(): void {
    this.pixel = null;
    this.tip.show([], { x: 0, y: 0 });
    this.events.onHover(null);
  }

  private look(pixel: Pixel): void {
    const { drawing, measuring, fences } = this.layers;
    if (drawing.active || measuring.active) return;
    const alone = this.layers.clusters.at(pixel);
    const plate = alone ? ('plate' in alone ? alone.plate : null) : this.vehicle(pixel);
    const stop = plate ? undefined : featureAt(this.map, pixel, ['trip-stops']);
    const hub = plate || stop ? null : hubAt(this.map, pixel);
    const touched = plate ?? alone ?? stop ?? hub ?? fences.hit(pixel);
    this.map.getCanvas().style.cursor = touched ? 'pointer' : '';
    if (stop) this.tip.show(String(stop.properties['tip'] || stop.properties['label']).split('\n'), pixel);
    else this.tip.show(hub ? this.events.sayHub(hub, this.layers.inside(hub)) : [], pixel);
    this.events.onHover(plate);
  }

  /** Markers cannot be hit where clusters stand in for them. */
  private vehicle(pixel: Pixel): string | null {
    return this.layers.clusters.active ? null : this.layers.vehicle(pixel);
  }

  /** A vehicle goes before a stop, that before a fence, and that before the mark of a site. */
  private click({ point, lngLat }: MapMouseEvent): void {
    const { drawing, measuring, clusters, fences } = this.layers;
    if (drawing.active) return;
    if (measuring.active) {
      measuring.click(lngLat);
      return;
    }
    const alone = clusters.at(point);
    if (alone && 'enter' in alone) {
      alone.enter();
      return;
    }
    const plate = alone?.plate ?? this.vehicle(point);
    const fence = plate ?? fences.hit(point);
    const hub = fence ?? hubAt(this.map, point);
    if (plate !== null || hub === null) this.events.onSelect(plate);
    else if (fence !== null) this.events.onFence(fence);
    else this.events.onSite(hub);
  }
}
