/** Fences, visits and nodes under the names the console uses; geometries as GeoJSON's own types. */
import type { LineString, MultiLineString, MultiPolygon, Point, Polygon } from 'geojson';
import type {
  FenceCollection,
  FenceFeature,
  FenceIn,
  FenceSaved as AnyFenceSaved,
} from './types.gen';

export type {
  BoardOut as Board,
  Confidence,
  DueOut as Due,
  DueStopOut as DueStop,
  fleet__fences__Datum as Datum,
  EvidenceOut as Evidence,
  FenceWarning,
  Form as ImportFormat,
  ImportOut as ImportReport,
  InsideOut as Inside,
  NodeIn as NewNode,
  NodeKind,
  NodeOut as Node,
  NodeVersionIn as NodeCorrection,
  PlaceOut as SiteName,
  fleet__fences__Role as Role,
  ShapeKind as FenceShape,
  StopRule,
  VisitOut as Visit,
} from './types.gen';

export type FenceGeometry = Point | Polygon | MultiPolygon | LineString | MultiLineString;

export type Fence = Omit<FenceFeature, 'geometry'> & { readonly geometry: FenceGeometry };

export type FenceList = Omit<FenceCollection, 'features'> & { readonly features: readonly Fence[] };

export type FenceSaved = Omit<AnyFenceSaved, 'fence'> & { readonly fence: Fence };

/** What an edit says; what is left out takes its default. */
export type FenceEdit = Omit<FenceIn, 'geometry'> & { readonly geometry: FenceGeometry };
