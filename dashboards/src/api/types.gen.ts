// Generated from docs/openapi.json by `make types`; do not edit.

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

/** Why there is a new version of a node. */
export type Cause = "first" | "updated" | "corrected" | "retracted" | "merged" | "confirmed" | "edited" | "conflict";

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

/** The site that it is about. */
export type PlaceOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  /** IANA time zone of its clocks. */
  readonly zone: string;
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

/** What a fence is for. */
export type Role = "origin" | "hub" | "destination" | "rest_area" | "customs" | "forbidden" | "other";

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

/** What makes a vehicle inside have arrived. */
export type StopRule = "pass" | "stay" | "stand";

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
