/** The map: created once, fed by plain calls, outside the panels' framework. */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { FeatureCollection, LineString } from 'geojson';
import { AttributionControl, Map, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Basemap, Site } from '../api/shapes';
import type { Box } from '../live/messages';
import { type Fleet, drawnAt } from '../live/fleet';
import type { Point } from '../live/motion';
import { type Look, registerPmtiles } from './basemap';
import { Camera, reducedMotion } from './camera';
import type { Choice, Events } from './choice';
import { boxFromMap, pointFromMap } from './datum';
import { Drawing } from './drawing';
import { EvidenceLayer } from './evidence';
import { FenceLayer } from './fences';
import { ClusterLayer } from './clusters';
import { Labels } from './labels';
import { Measuring } from './measuring';
import { EMPTY, install, setData } from './overlays';
import { nearest, placesOf, rowOf } from './pick';
import { PlannedLayer } from './planned';
import { Pointing } from './pointing';
import { TripLayer, type TripView } from './trip';
import { VehicleLayer } from './vehicles';
import { Wardrobe } from './wardrobe';

const CHINA: [[number, number], [number, number]] = [[97, 20], [128, 44]];
export class FleetMap {
  readonly camera: Camera;
  readonly fences: FenceLayer;
  readonly drawing: Drawing;
  readonly evidence: EvidenceLayer;
  readonly measuring: Measuring;
  readonly planned: PlannedLayer;
  readonly clusters: ClusterLayer;
  private readonly labels: Labels;
  private readonly trip: TripLayer;
  private readonly map: Map;
  private readonly vehicles: VehicleLayer;
  private fleet: Fleet | null = null;
  private choice: Choice = { selected: null, hovered: null, visible: null, plates: true, hubs: true, cluster: false, swift: false };
  private track: FeatureCollection<LineString> = EMPTY;
  private sites: readonly Site[] = [];
  private server = 0;
  private readonly scale = new ScaleControl({ unit: 'metric' });
  private readonly wardrobe: Wardrobe;

  constructor(
    container: HTMLElement,
    private look: Look,
    basemap: Basemap,
    private readonly events: Events,
  ) {
    registerPmtiles();
    setWorkerUrl(workerUrl);
    this.vehicles = new VehicleLayer(look.theme, () => performance.now(), reducedMotion);
    this.map = new Map({
      container,
      style: Wardrobe.first(basemap, look),
      bounds: CHINA,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 18,
      fadeDuration: reducedMotion() ? 0 : 150,
      canvasContextAttributes: { antialias: false },
    });
    this.wardrobe = new Wardrobe(this.map, basemap, events.onFallback);
    this.camera = new Camera(this.map);
    this.fences = new FenceLayer(this.map);
    this.drawing = new Drawing(this.map);
    this.evidence = new EvidenceLayer(this.map);
    this.measuring = new Measuring(this.map);
    this.planned = new PlannedLayer(this.map);
    this.clusters = new ClusterLayer(this.map);
    this.labels = new Labels(this.map);
    this.trip = new TripLayer(this.map);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(this.scale, 'bottom-left');
    this.map.addControl(new AttributionControl({ compact: false }), 'bottom-right');
    this.map.on('style.load', () => this.dress());
    this.map.on('moveend', () => this.rest());
    this.map.on('dragstart', () => events.onDrag());
    this.map.on('zoom', () => this.gather());
    this.point();
    if (basemap.kind !== 'bundled') void this.restyle(look);
  }

  private point(): void {
    const { drawing, measuring, clusters, fences } = this;
    const vehicle = (pixel: { readonly x: number; readonly y: number }) => this.hit(pixel);
    const inside = (code: string) => this.labels.insideOf(code);
    void new Pointing(this.map, { drawing, measuring, clusters, fences, vehicle, inside }, this.events);
  }

  /** Another theme, language or border setting. */
  restyle(look: Look): Promise<void> {
    this.look = look;
    this.vehicles.setTheme(look.theme);
    return this.wardrobe.wear(look);
  }

  private dress(): void {
    this.labels.forget();
    this.fences.install(this.look.theme, this.look.lang);
    this.planned.install(this.look.theme);
    this.trip.installLines(this.look.theme);
    install(this.map, this.look.theme, () => {
      this.trip.installPlaces(this.look.theme);
      this.map.addLayer(this.vehicles);
      this.clusters.install(this.look.theme);
      this.trip.installStops(this.look.theme);
    });
    this.measuring.install(this.look.theme);
    this.evidence.install(this.look.theme);
    this.drawing.install(this.look.theme);
    setData(this.map, 'track', this.track);
    this.redrawHubs();
    this.redrawLabels(true);
    this.gather();
  }

  /** The scale in the units a person reads. */
  measureIn(units: 'metric' | 'imperial'): void {
    this.scale.setUnit(units);
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
    this.redrawLabels(false);
    if (hubsChanged) this.redrawHubs();
    this.clusters.switch(choice.cluster);
    this.gather();
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
      swift: choice.swift,
    });
  }

  /** Labels, and at hubs who is inside, if it is time for these or `now`. */
  private redrawLabels(now: boolean): void {
    const { fleet, choice } = this;
    if (!fleet || !this.map.getSource('plates')) return;
    if (this.labels.show({ fleet, choice, viewer: this.viewer(), box: this.box() }, now)) this.redrawHubs();
  }

  /** Circles or markers, whichever the zoom and the choice ask for. */
  private gather(): void {
    this.vehicles.hide(this.clusters.active);
    if (this.fleet) this.clusters.show(this.fleet, this.choice.visible, this.viewer());
  }

  showSites(sites: readonly Site[]): void {
    this.sites = sites;
    this.redrawHubs();
  }

  private redrawHubs(): void {
    const sites = this.choice.hubs ? this.sites.filter((site) => !this.trip.marks(site.code)) : [];
    this.labels.hubs(sites, this.look.lang);
  }

  showTrack(track: FeatureCollection<LineString> | null): void {
    this.track = track ?? EMPTY;
    setData(this.map, 'track', this.track);
  }

  showTrip(trip: TripView | null): void {
    this.trip.show(trip);
    this.redrawHubs();
  }

  /** Keys go to the map: arrows move it. */
  focus(): void {
    this.map.getCanvas().focus();
  }

  private box(): Box {
    const bounds = this.map.getBounds();
    return boxFromMap(bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth());
  }

  /** The map looks elsewhere: labels follow, and others may want to know. */
  rest(): void {
    this.redrawLabels(true);
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

  private hit(pixel: { readonly x: number; readonly y: number }): string | null {
    if (!this.fleet) return null;
    const at = pointFromMap(this.map.unproject([pixel.x, pixel.y]));
    return nearest(this.fleet, this.viewer(), at, this.map.getZoom());
  }
}
