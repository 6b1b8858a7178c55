// Generated from docs/openapi.json by `make types`; do not edit.

/** A hub, a lane, a day, or all, under one version of the model. */
export type AccuracyGroup = {
  readonly group: string;
  readonly model: string;
  readonly buckets: readonly BucketFigures[];
};

/** The ledger: estimates against what happened. */
export type AccuracyOut = {
  readonly buckets: readonly BucketOut[];
  readonly groups: readonly AccuracyGroup[];
  /** Oldest first. */
  readonly models: readonly ModelOut[];
};

/** Which vehicle the device is in; a new vehicle is registered for ``party``. */
export type AdoptIn = {
  readonly plate?: string | null;
  readonly party?: string | null;
};

/** What adopting did. */
export type AdoptOut = {
  /** Dead letters that come in again. */
  readonly reinjected: number;
  /** For MQTT; shown this once. */
  readonly password: string;
};

/** Who served the trip, and when. */
export type AssignedOut = {
  readonly vehicle: string;
  readonly driver: string | null;
  readonly from: string;
  readonly to: string | null;
  readonly author: string;
  readonly reason: string;
};

/** Which vehicle and driver serve the trip from `at` on; the one before ends there. */
export type AssignmentIn = {
  /** null: none any more. */
  readonly vehicle: string | null;
  readonly driver?: string | null;
  /** It may lie in the past. Default: now. */
  readonly at?: string | null;
  readonly author: string;
  readonly reason: string;
};

/** What the console draws under the vehicles. */
export type Basemap = {
  /** bundled: the map in the console itself; pmtiles: tiles at `url`; style: a MapLibre style at `url`. */
  readonly kind: "bundled" | "pmtiles" | "style";
  readonly url: string | null;
};

/** How the time of an arrival or departure is known. */
export type Basis = "observed" | "interpolated" | "gap_bounded" | "near_fence" | "manual" | "scan";

/** The vehicle a device is in from ``valid_from`` on. */
export type BindingIn = {
  readonly plate: string;
  /** Default: now. */
  readonly valid_from?: string | null;
  /** Whether it, of several devices in there, tells the position. */
  readonly primary?: boolean;
};

/** What happens at a site. */
export type BoardOut = {
  readonly site: PlaceOut;
  readonly now: string;
  /** Longest there first. */
  readonly inside: readonly InsideOut[];
  /** In the window, newest first. */
  readonly arrivals: readonly NodeOut[];
  /** In the window, newest first. */
  readonly departures: readonly NodeOut[];
  readonly dwell: DwellOut;
};

/** How good the estimates of one horizon were; null: there were none to divide by. */
export type BucketFigures = {
  readonly bucket: string;
  readonly arrivals: number;
  readonly estimates: number;
  /** Mean error of P50, without sign. */
  readonly mae_s: number | null;
  /** With sign: positive where it came later. */
  readonly bias_s: number | null;
  /** Share of arrivals not later than P90. */
  readonly p90_coverage: number | null;
  /** Share within the band of the benchmark. */
  readonly within: number | null;
  /** Mean error over the time ahead, from 5 min up. */
  readonly mape: number | null;
  /** What the plan itself would have erred. */
  readonly planned_mae_s: number | null;
  /** What plan and delay of then would have. */
  readonly carried_mae_s: number | null;
};

/** A stretch of the time between an estimate and the arrival. */
export type BucketOut = {
  /** Minutes. */
  readonly name: string;
  readonly from_s: number;
  /** null: without end. */
  readonly to_s: number | null;
};

/** Why there is a new version of a node. */
export type Cause = "first" | "updated" | "corrected" | "retracted" | "merged" | "confirmed" | "edited" | "conflict";

/** Why the trip is late, in a person's word, which outranks what the positions say. */
export type CauseIn = {
  readonly cause: DelayCause;
  readonly note?: string;
  readonly author: string;
};

/** An order to a device and what became of it. */
export type CommandOut = {
  readonly id: string;
  readonly device: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly requested_by: string;
  readonly requested_at: string;
  readonly expires_at: string;
  readonly sent_at: string | null;
  readonly acked_at: string | null;
  readonly ok: boolean | null;
  readonly detail: string | null;
};

/** Something that the clock has found and that holds. */
export type ConditionOut = {
  readonly kind: "unplanned_stop" | "no_progress" | "overstay" | "not_departed" | "overdue" | "signal_stale" | "signal_lost" | "no_vehicle" | "wrong_stop" | "unplanned_visit";
  /** When it began to hold. */
  readonly since: string | null;
  /** When what it tells of began, which is earlier. */
  readonly began: string | null;
  /** Number of the stop that it is about. */
  readonly stop: number | null;
};

/** How sure the outline is; of the last two, nodes are provisional until a person confirms. */
export type Confidence = "surveyed" | "drawn" | "geocoded" | "needs_review";

/** Somebody has looked at the outline. */
export type ConfirmIn = {
  readonly confidence?: "drawn" | "surveyed";
  readonly author: string;
};

/** What the console must know before it draws. */
export type ConsoleOut = {
  readonly version: string;
  /** IANA zone of the installation. */
  readonly zone: string;
  readonly basemap: Basemap;
  readonly languages: readonly string[];
};

/** The MQTT password of a device; shown this once, stored only as a hash. */
export type CredentialOut = {
  readonly code: string;
  readonly password: string;
};

/** One end of a visit. */
export type CrossingOut = {
  readonly at: string;
  /** null: nothing is known before. */
  readonly earliest: string | null;
  readonly latest: string | null;
  readonly basis: Basis;
};

/** What the coordinates were entered in; they are stored as WGS 84. */
export type Datum = "wgs84" | "gcj02" | "bd09";

/** Input that became no fix. */
export type DeadLetterOut = {
  readonly id: number;
  readonly received_at: string;
  readonly device: string;
  readonly kind: string;
  readonly reason: string;
  readonly detail: string;
  readonly size_bytes: number;
  readonly reinjected_at: string | null;
};

/** Input that became no fix, with the bytes. */
export type DeadLetterWhole = {
  readonly id: number;
  readonly received_at: string;
  readonly device: string;
  readonly kind: string;
  readonly reason: string;
  readonly detail: string;
  readonly size_bytes: number;
  readonly reinjected_at: string | null;
  readonly raw_base64: string;
  /** The bytes as ASCII, what is not printable as \xNN. */
  readonly text: string;
};

/** Why a trip is late.  The last seven come from a person, never from positions. */
export type DelayCause = "late_departure" | "long_dwell" | "traffic_slow" | "stopped_enroute" | "off_route" | "driver_rest" | "signal_lost" | "unknown" | "breakdown" | "weather" | "accident" | "border" | "consignee_closed" | "site_queue" | "other";

/** A device to register. */
export type DeviceIn = {
  readonly code: string;
};

/** A registered device. */
export type DeviceOut = {
  readonly code: string;
  /** Plate of the vehicle it is in now. */
  readonly vehicle: string | null;
  readonly has_credential: boolean;
  readonly online: boolean | null;
  readonly link_reason: string | null;
  readonly link_time: string | null;
  readonly created_at: string;
};

/** How long visits took that ended in the window. */
export type DwellOut = {
  readonly count: number;
  /** null: there were none. */
  readonly median_s: number | null;
  readonly longest_s: number | null;
};

/** What was expected of a stop at one moment. */
export type EstimateOut = {
  readonly at: string;
  readonly p50: string | null;
  readonly p90: string | null;
  readonly no_estimate: "no_vehicle" | "no_position" | "no_line" | "off_route" | "silent" | "not_under_way" | null;
  readonly model: string;
  readonly plan: number;
};

/** How the expectation of a stop went over time. */
export type EstimatesOut = {
  /** Oldest first; thinned, the first, the last and those at a change of risk are always there. */
  readonly points: readonly EstimateOut[];
  /** The end of its window, by the latest plan. */
  readonly due: string | null;
  /** The same by revision 0. */
  readonly baseline_due: string | null;
  /** When it arrived. */
  readonly actual: string | null;
  /** Of this stop, oldest first. */
  readonly changes: readonly RiskChangeOut[];
};

/** When a stop will be reached. */
export type EtaOut = {
  /** As likely before as after. */
  readonly p50: string;
  /** Nine of ten are not later. */
  readonly p90: string;
  readonly parts: PartsOut;
};

/** A fix that proves it. */
export type EvidenceOut = {
  readonly device: string;
  readonly time: string;
};

/** Where a vehicle is expected, and when. */
export type ExpectedIn = {
  readonly vehicle: string;
  readonly site: string;
  readonly from: string;
  readonly to: string;
  readonly author: string;
};

/** Where a vehicle is expected, and when. */
export type ExpectedOut = {
  readonly id: string;
  readonly vehicle: string;
  readonly site: string;
  readonly from: string;
  readonly to: string;
  readonly author: string;
};

/** A fence as a GeoJSON feature. */
export type ExportFeature = {
  readonly type: "Feature";
  readonly id: string;
  readonly geometry: Readonly<Record<string, unknown>>;
  readonly properties: ExportProperties;
};

/** GeoJSON, RFC 7946, as a file. */
export type ExportOut = {
  readonly type: "FeatureCollection";
  readonly datum: "wgs84";
  readonly features: readonly ExportFeature[];
};

/** A fence as a file has it; an import reads it. */
export type ExportProperties = {
  readonly code: string;
  /** null: a site of its own, of the same code. */
  readonly site: string | null;
  readonly name_zh: string;
  readonly name_en: string;
  readonly parent: string | null;
  readonly shape: ShapeKind;
  readonly radius_m: number | null;
  readonly role: Role;
  readonly node_level: boolean;
  readonly margin_m: number;
  readonly dwell_in_s: number;
  readonly dwell_out_s: number;
  readonly stop_rule: StopRule;
  readonly hours: readonly HoursOut[];
  readonly confidence: Confidence;
  /** The datum of entry; the geometry is WGS 84. */
  readonly entered_in: Datum;
};

/** GeoJSON, RFC 7946. */
export type FenceCollection = {
  readonly type: "FeatureCollection";
  /** False: the limit cut off the rest. */
  readonly complete: boolean;
  readonly features: readonly FenceFeature[];
};

/** The next version of a fence, whole: what is left out is not kept but takes its default. */
export type FenceEditIn = {
  /** Code of an existing site. Left out: a new fence gets a site of its own, an edited one stays at its. */
  readonly site?: string | null;
  /** Of the site that a new fence gets. */
  readonly name_zh?: string | null;
  /** Of the site that a new fence gets. */
  readonly name_en?: string | null;
  /** Code of the fence that this one lies in. */
  readonly parent?: string | null;
  /** GeoJSON, RFC 7946: a Point (a circle of `radius_m`), a Polygon or MultiPolygon, a LineString or MultiLineString (a corridor of `radius_m` to each side). Edges are straight in longitude and latitude; a ring that jumps by more than 180 degrees crosses the antimeridian. */
  readonly geometry: Readonly<Record<string, unknown>>;
  /** Of a circle (default by role), or to each side of a line. */
  readonly radius_m?: number | null;
  /** What the positions are given in; they are stored WGS 84. */
  readonly datum?: Datum;
  readonly role: Role;
  /** Whether visits become nodes. Default: by role. */
  readonly node_level?: boolean | null;
  /** So far outside nobody has left. Default: by size, 30 to 150 m. */
  readonly margin_m?: number | null;
  /** Inside, before it has arrived. */
  readonly dwell_in_s?: number | null;
  /** Outside, before it has departed. */
  readonly dwell_out_s?: number | null;
  /** Default: by role. */
  readonly stop_rule?: StopRule | null;
  /** Empty: always. */
  readonly hours?: readonly HoursBody[];
  readonly confidence?: Confidence;
  /** Since when it is so; it may lie in the past. Default: now. */
  readonly valid_from?: string | null;
  readonly author: string;
  readonly reason: string;
  /** As in the path. */
  readonly code?: string | null;
  /** The version that it takes the place of. */
  readonly version: number;
};

/** A fence as a GeoJSON feature. */
export type FenceFeature = {
  readonly type: "Feature";
  /** The code. */
  readonly id: string;
  /** GeoJSON, WGS 84. */
  readonly geometry: Readonly<Record<string, unknown>>;
  readonly properties: FenceProperties;
};

/** A fence to make. */
export type FenceIn = {
  /** Code of an existing site. Left out: a new fence gets a site of its own, an edited one stays at its. */
  readonly site?: string | null;
  /** Of the site that a new fence gets. */
  readonly name_zh?: string | null;
  /** Of the site that a new fence gets. */
  readonly name_en?: string | null;
  /** Code of the fence that this one lies in. */
  readonly parent?: string | null;
  /** GeoJSON, RFC 7946: a Point (a circle of `radius_m`), a Polygon or MultiPolygon, a LineString or MultiLineString (a corridor of `radius_m` to each side). Edges are straight in longitude and latitude; a ring that jumps by more than 180 degrees crosses the antimeridian. */
  readonly geometry: Readonly<Record<string, unknown>>;
  /** Of a circle (default by role), or to each side of a line. */
  readonly radius_m?: number | null;
  /** What the positions are given in; they are stored WGS 84. */
  readonly datum?: Datum;
  readonly role: Role;
  /** Whether visits become nodes. Default: by role. */
  readonly node_level?: boolean | null;
  /** So far outside nobody has left. Default: by size, 30 to 150 m. */
  readonly margin_m?: number | null;
  /** Inside, before it has arrived. */
  readonly dwell_in_s?: number | null;
  /** Outside, before it has departed. */
  readonly dwell_out_s?: number | null;
  /** Default: by role. */
  readonly stop_rule?: StopRule | null;
  /** Empty: always. */
  readonly hours?: readonly HoursBody[];
  readonly confidence?: Confidence;
  /** Since when it is so; it may lie in the past. Default: now. */
  readonly valid_from?: string | null;
  readonly author: string;
  readonly reason: string;
  readonly code: string;
};

/** One version of a fence. */
export type FenceProperties = {
  readonly code: string;
  readonly site: SiteName;
  readonly parent: string | null;
  readonly version: number;
  readonly shape: ShapeKind;
  /** null of a polygon. */
  readonly radius_m: number | null;
  readonly role: Role;
  readonly node_level: boolean;
  readonly margin_m: number;
  readonly dwell_in_s: number;
  readonly dwell_out_s: number;
  readonly stop_rule: StopRule;
  readonly hours: readonly HoursOut[];
  readonly confidence: Confidence;
  /** What it was entered in; the geometry is WGS 84. */
  readonly datum: Datum;
  readonly valid_from: string;
  /** null while it lasts. */
  readonly valid_to: string | null;
  readonly author: string;
  readonly reason: string;
  readonly recorded_at: string;
};

/** A fence as it is now. */
export type FenceSaved = {
  readonly fence: FenceFeature;
  readonly warnings: readonly FenceWarning[];
};

/** The version of a fence that something was judged by. */
export type FenceVersionOut = {
  readonly code: string;
  readonly version: number;
};

/** All versions of a fence. */
export type FenceVersions = {
  /** Newest first. One that ends when it begins was never in force, or is the end. */
  readonly versions: readonly FenceFeature[];
};

/** What is unwise about a fence, and saved all the same. */
export type FenceWarning = {
  /** It shares ground with one of the same role. */
  readonly kind: "overlap";
  /** The other one's code. */
  readonly fence: string;
};

/** Forms of files. */
export type Form = "geojson" | "kml" | "csv";

/** A weekly stretch in which a fence can be entered, in its site's time zone. */
export type HoursBody = {
  /** 0 Monday to 6 Sunday: the days it opens. */
  readonly days: readonly number[];
  /** Minutes after midnight. */
  readonly opens: number;
  /** Minutes after the same midnight; later than `opens`. */
  readonly closes: number;
};

/** A weekly stretch in which a fence can be entered. */
export type HoursOut = {
  readonly days: readonly number[];
  readonly opens: number;
  readonly closes: number;
};

/** A fence of the file that cannot be saved. */
export type ImportFaultOut = {
  /** As in `rows`. */
  readonly line: number;
  /** As far as it can be read. */
  readonly code: string;
  readonly field: string;
  readonly why: string;
};

/** What became of each line. */
export type ImportOut = {
  /** False: a dry run. */
  readonly saved: boolean;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly rows: readonly ImportRowOut[];
  readonly faults: readonly ImportFaultOut[];
  /** Properties of the file that nobody reads. */
  readonly ignored: readonly string[];
  /** What the text was read as. */
  readonly encoding: string;
};

/** A fence of the file that was, or would be, saved. */
export type ImportRowOut = {
  /** Of the file; of GeoJSON the number of the feature, from 1. */
  readonly line: number;
  readonly code: string;
  readonly outcome: "added" | "changed" | "unchanged";
  readonly warnings: readonly FenceWarning[];
};

/** A vehicle that is at a site now. */
export type InsideOut = {
  readonly vehicle: string;
  readonly state: "entering" | "inside" | "leaving";
  readonly since: string;
  readonly stopped_at: string | null;
  /** Code of the fence of the site that says so. */
  readonly fence: string;
};

/** How often to report while moving. */
export type IntervalBody = {
  readonly seconds: number;
};

/** Report at this interval. */
export type IntervalIn = {
  /** When it is no longer worth sending. */
  readonly expires_in_s?: number;
  readonly kind: "interval";
  readonly body: IntervalBody;
};

/** Where the planned line comes from. */
export type LineIn = {
  /** straight: from stop to stop; osrm, valhalla: by road, from the routing engine that is configured, and straight with a notice where it does not answer; history: the middle of earlier passes. */
  readonly format: "geojson" | "gpx" | "polyline" | "polyline6" | "straight" | "osrm" | "valhalla" | "history";
  /** geojson: a LineString, MultiLineString or Feature; gpx: the file's text; polyline, polyline6: the encoded line of precision 5 or 6. Else nothing. */
  readonly data?: Readonly<Record<string, unknown>> | string | null;
  /** Earlier passes; only of `history`. */
  readonly history?: readonly PassIn[];
};

/** A GeoJSON line. */
export type LineStringOut = {
  readonly type: "LineString";
  /** Longitude and latitude, WGS 84. */
  readonly coordinates: readonly (readonly number[])[];
};

/** The process runs. */
export type LiveOut = {
  readonly live?: true;
};

/** Nothing to say. */
export type LocateBody = Readonly<Record<string, unknown>>;

/** Report at once. */
export type LocateIn = {
  /** When it is no longer worth sending. */
  readonly expires_in_s?: number;
  readonly kind: "locate";
  readonly body?: LocateBody;
};

/** What to show to the driver. */
export type MessageBody = {
  readonly text: string;
};

/** Show a message. */
export type MessageIn = {
  /** When it is no longer worth sending. */
  readonly expires_in_s?: number;
  readonly kind: "message";
  readonly body: MessageBody;
};

/** A version of the travel-time model. */
export type ModelOut = {
  readonly version: string;
  readonly began_at: string;
  /** Than its predecessor; null: too little is known. */
  readonly worse: boolean | null;
  readonly why: string | null;
};

/** A page of the feed: every version of every node once, in the order of recording. */
export type NodeFeedOut = {
  readonly nodes: readonly NodeOut[];
  /** For the next page. */
  readonly cursor: string;
  /** There are more already; else ask again later. */
  readonly more: boolean;
};

/** What a person says happened. */
export type NodeIn = {
  readonly vehicle: string;
  readonly site: string;
  readonly kind: NodeKind;
  /** When; not in the future. */
  readonly actual_at: string;
  readonly basis?: "manual" | "scan";
  readonly author: string;
  readonly reason: string;
  readonly note?: string;
  /** Numbers of papers, addresses of pictures: what proves it. */
  readonly attachments?: readonly string[];
};

/** What happened. */
export type NodeKind = "arrived" | "departed" | "passed";

/** What happened where, for people. */
export type NodeName = {
  readonly zh: string;
  readonly en: string;
};

/** One version of a node: what happened, when, where, who says so, and why one may believe it. */
export type NodeOut = {
  readonly id: string;
  readonly version: number;
  /** False: it did not occur; this version retracts it. */
  readonly valid: boolean;
  /** Why there is this version. */
  readonly cause: Cause;
  readonly kind: NodeKind;
  readonly name: NodeName;
  /** The plate. */
  readonly vehicle: string;
  readonly site: PlaceOut;
  /** Code of the company whose vehicle it was. */
  readonly operator: string | null;
  /** null: a person's, of a site without one. */
  readonly fence: FenceVersionOut | null;
  /** The visit it follows from; null: a person's alone. */
  readonly visit: string | null;
  readonly planned_at: string | null;
  readonly estimated_at: string | null;
  /** When it happened, never when that was confirmed. */
  readonly actual_at: string;
  /** null: nothing is known before. */
  readonly earliest_at: string | null;
  readonly latest_at: string | null;
  /** Since when it stood inside, first time. */
  readonly stopped_at: string | null;
  /** Time of the fix that confirmed it. */
  readonly confirmed_at: string | null;
  /** How the time is known. */
  readonly basis: Basis;
  readonly source: Source;
  readonly author: string | null;
  readonly reason: string | null;
  readonly note: string | null;
  /** The fixes that prove it, oldest first. */
  readonly evidence: readonly EvidenceOut[];
  /** What a person added as evidence. */
  readonly attachments: readonly string[];
  /** What the version before said, where this moves it. */
  readonly was_at: string | null;
  /** What the fixes say, where a person said otherwise. */
  readonly machine_at: string | null;
  /** Person and fixes differ by more than 15 minutes. */
  readonly conflict: boolean;
  /** The fence awaits confirmation by a person. */
  readonly provisional: boolean;
  /** It stood beside the outline, which wants a review. */
  readonly near_fence: boolean;
  /** Found in fixes older than the vehicle's newest. */
  readonly backfilled: boolean;
  /** Live alerts may be raised: it is new or corrected, not backfilled, and was recorded at most two hours after it happened. */
  readonly is_news: boolean;
  readonly recorded_at: string;
};

/** What a person says instead; what is not named stays as it was. */
export type NodeVersionIn = {
  /** The one that it replaces. */
  readonly version: number;
  /** When; not in the future. */
  readonly actual_at?: string | null;
  /** False: it did not occur. */
  readonly valid?: boolean | null;
  readonly note?: string | null;
  readonly author: string;
  readonly reason: string;
  readonly attachments?: readonly string[] | null;
};

/** All that was ever said of a node. */
export type NodeVersionsOut = {
  /** Newest first. */
  readonly versions: readonly NodeOut[];
};

/** What an estimate is made of; the parts add up to `p50` less the time it was made. */
export type PartsOut = {
  readonly driving_s: number;
  readonly dwell_s: number;
  readonly rest_s: number;
  /** How far it is off what is usual here, fading. */
  readonly deviation_s: number;
};

/** A company to register. */
export type PartyIn = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
};

/** A company. */
export type PartyOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
};

/** A time in which a vehicle went the whole way. */
export type PassIn = {
  readonly vehicle: string;
  readonly from: string;
  readonly to: string;
};

/** The site that it is about. */
export type PlaceOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  /** IANA time zone of its clocks. */
  readonly zone: string;
};

/** The next revision of a plan, whole; the earlier ones stay as they are. */
export type PlanIn = {
  readonly stops: readonly StopIn[];
  /** Default: the line that it has. */
  readonly line?: LineIn | null;
  /** Default: that of the line. */
  readonly corridor_m?: number | null;
  /** Default: as it is. */
  readonly strict?: boolean | null;
  /** Since when fixes are judged by it. Default: now. */
  readonly at?: string | null;
  readonly author: string;
  readonly reason: string;
};

/** One revision of the plan; 0 is the baseline, and none is ever changed. */
export type PlanOut = {
  readonly revision: number;
  /** null: from the beginning. */
  readonly valid_from: string | null;
  readonly strict: boolean;
  readonly author: string;
  readonly reason: string;
  readonly recorded_at: string;
  readonly stops: readonly PlannedStopOut[];
};

/** What one revision of a plan says of a stop. */
export type PlannedStopOut = {
  readonly number: number;
  /** The same stop in every revision. */
  readonly stop: string;
  /** Its code. */
  readonly site: string;
  readonly arrive_at: string | null;
  readonly depart_at: string | null;
  readonly opens_at: string | null;
  readonly closes_at: string | null;
  readonly service_s: number;
  readonly early_s: number;
  readonly late_s: number;
  readonly via: boolean;
  readonly s_m: number | null;
};

/** A GeoJSON point. */
export type PointGeometry = {
  readonly type?: "Point";
  readonly coordinates: readonly number[];
};

/** GeoJSON, RFC 7946. */
export type PositionCollection = {
  readonly type?: "FeatureCollection";
  readonly features: readonly PositionFeature[];
};

/** A vehicle at its newest believed position. */
export type PositionFeature = {
  readonly type?: "Feature";
  /** The plate. */
  readonly id: string;
  readonly geometry: PointGeometry;
  readonly properties: VehicleOut;
};

/** One fix. */
export type PositionOut = {
  /** By the device's clock. */
  readonly time: string;
  readonly received_at: string;
  /** Degrees, WGS 84. */
  readonly lon: number;
  /** Degrees, WGS 84. */
  readonly lat: number;
  /** Above mean sea level. */
  readonly altitude_m: number | null;
  readonly speed_kmh: number | null;
  /** Clockwise from true north. */
  readonly course_deg: number | null;
  readonly hdop: number | null;
  readonly satellites: number | null;
  /** A, B, C or X: how good the fix is. */
  readonly grade: string;
  /** What is known against the fix. */
  readonly flags: readonly string[];
};

/** What went wrong, RFC 9457. */
export type Problem = {
  /** `about:blank`: the status says it all. */
  readonly type?: string;
  /** The status in words. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** One plain sentence. */
  readonly detail: string;
  /** JSON pointer (body) or name (parameter) of the value at fault. */
  readonly where?: string | null;
};

/** Whether the process can answer, and if not, why. */
export type ReadyOut = {
  readonly ready: boolean;
  /** `ok` or a plain sentence. */
  readonly database: string;
  /** Whether the live map shows the present. */
  readonly feed: "ok" | "behind";
  /** Its version, where the server has it. */
  readonly timescaledb: string | null;
  readonly migrations: "ok" | "pending" | "unknown";
};

/** Why an input became no fix.  The value is a metric label and is stored: never rename it. */
export type Reason = "not-nmea" | "too-large" | "checksum" | "no-checksum" | "malformed" | "no-date" | "no-time" | "no-position" | "null-island" | "out-of-range" | "future" | "too-old" | "torn" | "unknown-device" | "wrong-topic" | "bad-event";

/** Whether the letter comes in again with the gateway's next batch. */
export type ReinjectOut = {
  readonly requested: number;
};

/** A stop's risk changed. */
export type RiskChangeOut = {
  readonly at: string;
  /** Its number. */
  readonly stop: number;
  readonly from: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly to: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly p50_at: string | null;
  readonly due_at: string | null;
  readonly cause: DelayCause | null;
};

/** How many trips stand how, whatever risk was asked for. */
export type RiskCounts = {
  readonly unknown: number;
  readonly on_time: number;
  readonly at_risk: number;
  readonly late: number;
  readonly overdue: number;
  readonly early: number;
};

/** What a fence is for. */
export type Role = "origin" | "hub" | "destination" | "rest_area" | "customs" | "forbidden" | "other";

/** A way that trips are planned on; whole: what is left out takes its default. */
export type RouteIn = {
  readonly name_zh: string;
  readonly name_en: string;
  /** Stops are to be visited in order. */
  readonly strict?: boolean;
  readonly corridor_m?: number | null;
  readonly stops: readonly RouteStopIn[];
  readonly line: LineIn;
  readonly author: string;
};

/** A way that trips are planned on. */
export type RouteOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly strict: boolean;
  readonly length_m: number;
  readonly corridor_m: number;
  /** Whence the line is; `straight`: only its stops are known. */
  readonly source: string;
  readonly stops: readonly RouteStopOut[];
  readonly author: string;
  readonly changed_at: string;
  /** null in lists. */
  readonly line: LineStringOut | null;
  /** What is to be known of what was saved just now. */
  readonly notice: string | null;
};

/** A stop of a route; its times count from the departure from the first stop. */
export type RouteStopIn = {
  readonly site: string;
  /** Planned work there. */
  readonly service_s?: number;
  /** Tolerance before its window opens. */
  readonly early_s?: number;
  /** Tolerance after its window closes. */
  readonly late_s?: number;
  /** Passed through, not stopped at. */
  readonly via?: boolean;
  readonly arrive_s?: number | null;
  readonly depart_s?: number | null;
};

/** A stop of a route; times are s after the departure from the first stop. */
export type RouteStopOut = {
  readonly number: number;
  readonly site: SiteOut;
  /** Along the line; null: not on it. */
  readonly s_m: number | null;
  readonly arrive_s: number | null;
  readonly depart_s: number | null;
  readonly service_s: number;
  readonly early_s: number;
  readonly late_s: number;
  readonly via: boolean;
};

/** All routes. */
export type RoutesOut = {
  /** By code, without their lines. */
  readonly routes: readonly RouteOut[];
};

/** What a person said of the cause. */
export type SaidOut = {
  readonly note: string;
  readonly by: string;
};

/** What the outline is made of. */
export type ShapeKind = "circle" | "polygon" | "corridor";

/** A place of business to register. */
export type SiteIn = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  /** IANA time zone of its clocks. */
  readonly zone: string;
  readonly lon: number;
  readonly lat: number;
};

/** The site that a fence belongs to. */
export type SiteName = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly zone: string;
};

/** A place of business. */
export type SiteOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly zone: string;
  readonly lon: number;
  readonly lat: number;
};

/** Who says so; a person outranks the machine. */
export type Source = "gps" | "person";

/** A step of the trip's life that a person takes. */
export type StepIn = {
  /** One of the trip's `legal` ones. */
  readonly event: string;
  /** When; not in the future. Default: now. */
  readonly at?: string | null;
  readonly author: string;
  readonly reason: string;
};

/** One step of the trip's life. */
export type StepOut = {
  readonly at: string;
  readonly event: string;
  readonly from_state: TripState;
  readonly to_state: TripState;
  readonly source: "gps" | "clock" | "person";
  readonly author: string | null;
  readonly reason: string | null;
  readonly recorded_at: string;
};

/** A planned stop of a trip. */
export type StopIn = {
  readonly site: string;
  /** Planned work there. */
  readonly service_s?: number;
  /** Tolerance before its window opens. */
  readonly early_s?: number;
  /** Tolerance after its window closes. */
  readonly late_s?: number;
  /** Passed through, not stopped at. */
  readonly via?: boolean;
  /** Of a replan: the `stop` of an earlier revision that this one is; left out: one that was not planned before. */
  readonly stop?: string | null;
  readonly arrive_at?: string | null;
  readonly depart_at?: string | null;
  /** The window. Where none is said, both ends are `arrive_at`. */
  readonly opens_at?: string | null;
  readonly closes_at?: string | null;
};

/** What makes a vehicle inside have arrived. */
export type StopRule = "pass" | "stay" | "stand";

/** What became of a planned stop. */
export type StopStatus = "planned" | "approaching" | "arrived" | "departed" | "passed" | "missed" | "skipped" | "unverified";

/** What a person says became of a stop; it outranks the visits. */
export type StopWordIn = {
  /** `planned` takes back what was said before. */
  readonly status: "planned" | "arrived" | "departed" | "missed" | "skipped";
  /** When; not in the future. */
  readonly arrived_at?: string | null;
  /** When; not in the future. */
  readonly departed_at?: string | null;
  readonly author: string;
  readonly reason: string;
};

/** A line, or several where fixes are more than ten minutes apart; degrees, metres. */
export type TrackGeometry = {
  readonly type: "LineString" | "MultiLineString";
  readonly coordinates: readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];
};

/** GeoJSON, RFC 7946; no geometry when there are fewer than two fixes. */
export type TrackOut = {
  readonly type: "Feature";
  readonly geometry: TrackGeometry | null;
  readonly properties: TrackProperties;
};

/** Parallel to the coordinates of the geometry, part by part when there are several. */
export type TrackProperties = {
  readonly plate: string;
  /** False: the limit cut off later fixes. */
  readonly complete: boolean;
  readonly times: readonly string[] | readonly (readonly string[])[];
};

/** A trip on the board. */
export type TripBriefOut = {
  readonly code: string;
  readonly route: string | null;
  readonly state: TripState;
  /** The plate of the vehicle that serves it now. */
  readonly vehicle: string | null;
  readonly driver: string | null;
  readonly party: string | null;
  /** Planned. */
  readonly starts_at: string | null;
  /** Planned. */
  readonly ends_at: string | null;
  readonly origin: SiteOut | null;
  readonly destination: SiteOut | null;
  /** The first that is still open. */
  readonly next_stop: SiteOut | null;
  /** The end of its window. */
  readonly next_due: string | null;
  /** null: unknown. */
  readonly next_eta: EtaOut | null;
  /** null: unknown. */
  readonly final_eta: EtaOut | null;
  /** Never `on_time` without an estimate or an arrival. */
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  /** Why there is none. */
  readonly no_estimate: "no_vehicle" | "no_position" | "no_line" | "off_route" | "silent" | "not_under_way" | null;
  /** Positive late; predicted or certain, of the stop `late_stop`. */
  readonly delay_s: number | null;
  /** The same against revision 0 of the plan. */
  readonly baseline_delay_s: number | null;
  readonly late_stop: number | null;
  readonly cause: DelayCause | null;
  /** s of the delay by cause. */
  readonly split: Readonly<Record<string, number>>;
  /** Of the line that is done, 0 to 1. */
  readonly share: number | null;
  readonly left_m: number | null;
  readonly off_route: boolean;
  readonly evaluated_at: string | null;
  /** Time of the fix that it rests on. */
  readonly heard_at: string | null;
  readonly conditions: readonly ConditionOut[];
  readonly plan_revision: number | null;
};

/** What became of a file of trips; the good ones are kept where others are refused. */
export type TripImportOut = {
  readonly created: number;
  readonly unchanged: number;
  readonly replanned: number;
  readonly refused: number;
  readonly rows: readonly TripImportRow[];
};

/** What became of one trip of a file. */
export type TripImportRow = {
  /** Where it begins; of JSON and GTFS: which one it is. */
  readonly line: number;
  /** Its code, where that could be read. */
  readonly trip: string | null;
  readonly result: "created" | "unchanged" | "replanned" | "refused";
  /** Why it was refused. */
  readonly reason: string | null;
};

/** A trip to make. */
export type TripIn = {
  /** Default: a number is drawn. */
  readonly code?: string | null;
  /** Its line is taken unless `line` says another. */
  readonly route?: string | null;
  /** Of the first departure: the other times follow from the route. Not where `stops` are given. */
  readonly starts_at?: string | null;
  /** Default: as the route, else false. */
  readonly strict?: boolean | null;
  readonly corridor_m?: number | null;
  /** Default: of the route, else straight. */
  readonly line?: LineIn | null;
  readonly stops?: readonly StopIn[] | null;
  readonly vehicle?: string | null;
  readonly driver?: string | null;
  readonly author: string;
  readonly reason?: string;
};

/** A trip with all that is known of it. */
export type TripOut = {
  readonly code: string;
  readonly route: string | null;
  readonly state: TripState;
  /** The plate of the vehicle that serves it now. */
  readonly vehicle: string | null;
  readonly driver: string | null;
  readonly party: string | null;
  /** Planned. */
  readonly starts_at: string | null;
  /** Planned. */
  readonly ends_at: string | null;
  readonly origin: SiteOut | null;
  readonly destination: SiteOut | null;
  /** The first that is still open. */
  readonly next_stop: SiteOut | null;
  /** The end of its window. */
  readonly next_due: string | null;
  /** null: unknown. */
  readonly next_eta: EtaOut | null;
  /** null: unknown. */
  readonly final_eta: EtaOut | null;
  /** Never `on_time` without an estimate or an arrival. */
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  /** Why there is none. */
  readonly no_estimate: "no_vehicle" | "no_position" | "no_line" | "off_route" | "silent" | "not_under_way" | null;
  /** Positive late; predicted or certain, of the stop `late_stop`. */
  readonly delay_s: number | null;
  /** The same against revision 0 of the plan. */
  readonly baseline_delay_s: number | null;
  readonly late_stop: number | null;
  readonly cause: DelayCause | null;
  /** s of the delay by cause. */
  readonly split: Readonly<Record<string, number>>;
  /** Of the line that is done, 0 to 1. */
  readonly share: number | null;
  readonly left_m: number | null;
  readonly off_route: boolean;
  readonly evaluated_at: string | null;
  /** Time of the fix that it rests on. */
  readonly heard_at: string | null;
  readonly conditions: readonly ConditionOut[];
  readonly plan_revision: number | null;
  readonly stops: readonly TripStopOut[];
  /** Revision 0 first. */
  readonly plans: readonly PlanOut[];
  /** Oldest first. */
  readonly assigned: readonly AssignedOut[];
  /** Oldest first. */
  readonly steps: readonly StepOut[];
  /** Of the latest plan. */
  readonly line: LineStringOut | null;
  readonly corridor_m: number | null;
  /** The vehicle's place on the line. */
  readonly at: readonly number[] | null;
  /** The same, along the line. */
  readonly s_m: number | null;
  /** How far it is from the line. */
  readonly away_m: number | null;
  /** Version of the model that estimated. */
  readonly model: string | null;
  readonly said: SaidOut | null;
  /** Steps that a person may take now. */
  readonly legal: readonly string[];
  /** What is to be known of what was saved just now. */
  readonly notice: string | null;
};

/** Where a trip stands in its life; which steps are legal: ``shipment.lifecycle``. */
export type TripState = "draft" | "planned" | "assigned" | "armed" | "at_origin" | "en_route" | "at_stop" | "arrived_final" | "completed" | "closed" | "cancelled" | "aborted" | "assumed_completed" | "suspended";

/** A stop with what was planned, what is expected and what happened. */
export type TripStopOut = {
  readonly number: number;
  readonly stop: string;
  readonly site: SiteOut;
  /** null: it was added later. */
  readonly baseline: PlannedStopOut | null;
  readonly planned: PlannedStopOut;
  /** The latest plan no longer has it. */
  readonly dropped: boolean;
  readonly status: StopStatus;
  readonly eta: EtaOut | null;
  /** Never `on_time` without an estimate or an arrival. */
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly arrived_at: string | null;
  readonly departed_at: string | null;
  readonly earliest_at: string | null;
  readonly latest_at: string | null;
  /** The last estimate before the arrival was known. */
  readonly estimated_at: string | null;
  /** Of the arrival, else of the estimate. */
  readonly delay_s: number | null;
  readonly baseline_delay_s: number | null;
  readonly departure_delay_s: number | null;
  readonly out_of_sequence: boolean;
  /** Its visit counts for a neighbour, too. */
  readonly shared: boolean;
  readonly visit: string | null;
  /** Of a person's word on it. */
  readonly author: string | null;
  readonly reason: string | null;
};

/** The board. */
export type TripsOut = {
  readonly trips: readonly TripBriefOut[];
  readonly counts: RiskCounts;
};

/** A device that sends and that nobody has registered. */
export type UnknownDeviceOut = {
  readonly code: string;
  /** Dead letters kept of it. */
  readonly letters: number;
  readonly first_seen: string;
  readonly last_seen: string;
};

/** A vehicle to register. */
export type VehicleIn = {
  readonly plate: string;
  readonly party?: string | null;
};

/** A vehicle with its newest believed fix. */
export type VehicleOut = {
  readonly plate: string;
  /** Code of the company it belongs to. */
  readonly party: string | null;
  /** The primary device in it now. */
  readonly device: string | null;
  /** What the device last said; null: nothing yet. */
  readonly online: boolean | null;
  /** Why, in the device's words. */
  readonly link_reason: string | null;
  /** Since when it is so. */
  readonly link_time: string | null;
  readonly position: PositionOut | null;
};

/** One stay of a vehicle at a fence, as the fixes show it now. */
export type VisitOut = {
  readonly id: string;
  /** The plate. */
  readonly vehicle: string;
  /** Its code. */
  readonly fence: string;
  readonly site: PlaceOut;
  /** Such visits become nodes. */
  readonly node_level: boolean;
  readonly state: VisitState;
  readonly entered: CrossingOut;
  /** While it is leaving: what it would be. */
  readonly left: CrossingOut | null;
  /** Since when it stood inside, first time. */
  readonly stopped_at: string | null;
  /** Time inside; until now while it is there. */
  readonly dwell_s: number | null;
  /** Short leaves that were none. */
  readonly flaps: number;
  /** The fence that the same standstill was allotted to. */
  readonly yielded_to: string | null;
};

/** Where a visit stands.  ``entering`` and ``leaving`` are shown at once and prove nothing. */
export type VisitState = "entering" | "arrived" | "leaving" | "departed" | "passed" | "closed" | "unverified";
