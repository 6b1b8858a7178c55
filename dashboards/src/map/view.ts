/** The map: created once, fed by plain calls, outside the panels' framework. */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { FeatureCollection, LineString } from 'geojson';
import { AttributionControl, Map, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Basemap, Site } from '../api/shapes';
import type { Box } from '../live/messages';
import { type Fleet, drawnAt } from '../live/fleet';
import type { Point } from '../live/motion';
import { type Look, builtIn, chooseBasemap, registerPmtiles } from './basemap';
import { Camera, reducedMotion } from './camera';
import type { Choice, Events } from './choice';
import { Drawing } from './drawing';
import { EvidenceLayer } from './evidence';
import { FenceLayer } from './fences';
import { EMPTY, PLATE_ZOOM, hubAt, hubFeatures, install, obstacleFeatures, plateFeatures, setData } from './overlays';
import { nearest, placesOf, rowOf } from './pick';
import { bareStyle } from './style';
import { TripLayer, type TripView } from './trip';
import { VehicleLayer } from './vehicles';

/** Labels make room for vehicles that often; moving the map asks for it at once. */
const OBSTACLES_MS = 5000;

const CHINA: [[number, number], [number, number]] = [[97, 20], [128, 44]];
export class FleetMap {
  readonly camera: Camera;
  readonly fences: FenceLayer;
  readonly drawing: Drawing;
  readonly evidence: EvidenceLayer;
  private readonly trip: TripLayer;
  private readonly map: Map;
  private readonly vehicles: VehicleLayer;
  private fleet: Fleet | null = null;
  private choice: Choice = { selected: null, hovered: null, visible: null, plates: true, hubs: true };
  private track: FeatureCollection<LineString> = EMPTY;
  private sites: readonly Site[] = [];
  private server = 0;
  private styles = 0;
  private obstaclesAt = 0;

  constructor(
    container: HTMLElement,
    private look: Look,
    private readonly basemap: Basemap,
    private readonly events: Events,
  ) {
    registerPmtiles();
    setWorkerUrl(workerUrl);
    this.vehicles = new VehicleLayer(look.theme, () => performance.now(), reducedMotion);
    this.map = new Map({
      container,
      style: basemap.kind === 'bundled' ? builtIn(look) : bareStyle(look.theme),
      bounds: CHINA,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 18,
      fadeDuration: reducedMotion() ? 0 : 150,
      canvasContextAttributes: { antialias: false },
    });
    this.camera = new Camera(this.map);
    this.fences = new FenceLayer(this.map);
    this.drawing = new Drawing(this.map);
    this.evidence = new EvidenceLayer(this.map);
    this.trip = new TripLayer(this.map);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
    this.map.addControl(new AttributionControl({ compact: false }), 'bottom-right');
    this.map.on('style.load', () => this.dress());
    this.map.on('moveend', () => this.rest());
    this.map.on('dragstart', () => events.onDrag());
    this.map.on('mousemove', (event) => this.hover(event.point));
    this.map.on('mouseout', () => events.onHover(null));
    this.map.on('click', (event) => this.click(event.point));
    if (basemap.kind !== 'bundled') void this.restyle(look);
  }

  /** Another theme, language or border setting. */
  async restyle(look: Look): Promise<void> {
    const turn = ++this.styles;
    this.look = look;
    this.vehicles.setTheme(look.theme);
    const chosen = await chooseBasemap(this.basemap, look);
    if (turn !== this.styles) return; // a newer wish overtook this one
    if (chosen.fallback) this.events.onFallback();
    this.map.setStyle(chosen.style, { diff: false });
  }

  private dress(): void {
    this.fences.install(this.look.theme, this.look.lang);
    this.trip.installLines(this.look.theme);
    install(this.map, this.look.theme, () => {
      this.trip.installStops(this.look.theme);
      this.map.addLayer(this.vehicles);
    });
    this.evidence.install(this.look.theme);
    this.drawing.install(this.look.theme);
    setData(this.map, 'track', this.track);
    this.redrawHubs();
    this.redrawPlates();
    this.redrawObstacles();
  }

  /** Call back after a frame that had the vehicles in it. */
  whenDrawn(then: () => void): void {
    const wait = () => void this.map.once('render', then).triggerRepaint();
    if (this.map.getLayer(this.vehicles.id)) wait();
    else void this.map.once('style.load', wait);
  }

  /** New positions, states or choices. */
  show(fleet: Fleet, choice: Choice, server: number): void {
    const hubsChanged = choice.hubs !== this.choice.hubs;
    this.fleet = fleet;
    this.choice = choice;
    this.server = server;
    this.redraw();
    this.redrawPlates();
    if (performance.now() - this.obstaclesAt > OBSTACLES_MS) this.redrawObstacles();
    if (hubsChanged) this.redrawHubs();
  }

  /** Positions moved on; labels follow at their own pace. */
  redraw(): void {
    const { fleet, choice } = this;
    if (!fleet) return;
    this.vehicles.show({
      fleet,
      selected: rowOf(fleet, choice.selected),
      hovered: rowOf(fleet, choice.hovered),
      visible: choice.visible,
      server: this.server,
    });
  }

  private redrawPlates(): void {
    const { fleet, choice, map } = this;
    if (!fleet || !map.getSource('plates')) return;
    const close = choice.plates && map.getZoom() >= PLATE_ZOOM;
    const chosen = [rowOf(fleet, choice.selected), rowOf(fleet, choice.hovered)];
    const features = plateFeatures({
      fleet,
      chosen: [...new Set(chosen)].filter((row) => row >= 0),
      visible: choice.visible,
      viewer: this.viewer(),
      box: close ? this.box() : null,
    });
    setData(map, 'plates', features);
  }

  private redrawObstacles(): void {
    if (!this.fleet || !this.map.getSource('obstacles')) return;
    this.obstaclesAt = performance.now();
    setData(this.map, 'obstacles', obstacleFeatures({ fleet: this.fleet, viewer: this.viewer(), box: this.box() }));
  }

  showSites(sites: readonly Site[]): void {
    this.sites = sites;
    this.redrawHubs();
  }

  private redrawHubs(): void {
    const sites = this.choice.hubs ? this.sites.filter((site) => !this.trip.marks(site.code)) : [];
    setData(this.map, 'hubs', hubFeatures(sites, this.look.lang));
  }

  showTrack(track: FeatureCollection<LineString> | null): void {
    this.track = track ?? EMPTY;
    setData(this.map, 'track', this.track);
  }

  showTrip(trip: TripView | null): void {
    this.trip.show(trip);
    this.redrawHubs();
  }

  private box(): Box {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  /** The map looks elsewhere: labels follow, and others may want to know. */
  rest(): void {
    this.redrawPlates();
    this.redrawObstacles();
    this.events.onView(this.box(), this.map.getZoom());
  }

  /** The clock markers glide by: with motion reduced every glide is over. */
  private viewer(): number {
    return reducedMotion() ? Number.MAX_SAFE_INTEGER : performance.now();
  }

  /** Where a vehicle is drawn now. */
  drawn(plate: string): Point | null {
    const row = this.fleet ? rowOf(this.fleet, plate) : -1;
    return this.fleet && row >= 0 ? drawnAt(this.fleet, row, this.viewer()) : null;
  }

  /** The whole fleet in sight, and kept so until somebody looks elsewhere. */
  fitFleet(): void {
    this.camera.fitFleet(this.places());
  }

  /** Vehicles may have been heard for the first time. */
  welcome(): void {
    this.camera.welcome(this.places());
  }

  private places(): Point[] {
    return this.fleet ? placesOf(this.fleet, this.viewer()) : [];
  }

  private hit(pixel: { x: number; y: number }): string | null {
    if (!this.fleet) return null;
    const at = this.map.unproject([pixel.x, pixel.y]);
    return nearest(this.fleet, this.viewer(), { lon: at.lng, lat: at.lat }, this.map.getZoom());
  }

  /** A vehicle goes before a fence, and that before the mark of a site. */
  private click(pixel: { x: number; y: number }): void {
    if (this.drawing.active) return;
    const plate = this.hit(pixel);
    const fence = plate ?? this.fences.hit(pixel);
    const hub = fence ?? hubAt(this.map, pixel);
    if (plate !== null || hub === null) this.events.onSelect(plate);
    else if (fence !== null) this.events.onFence(fence);
    else this.events.onSite(hub);
  }

  private hover(pixel: { x: number; y: number }): void {
    if (this.drawing.active) return;
    const plate = this.hit(pixel);
    this.map.getCanvas().style.cursor = plate || this.fences.hit(pixel) || hubAt(this.map, pixel) ? 'pointer' : '';
    this.events.onHover(plate);
  }
}
