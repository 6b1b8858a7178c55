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

/** The vehicle a device is in from ``valid_from`` on. */
export type BindingIn = {
  readonly plate: string;
  /** Default: now. */
  readonly valid_from?: string | null;
  /** Whether it, of several devices in there, tells the position. */
  readonly primary?: boolean;
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

/** A place of business. */
export type SiteOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly zone: string;
  readonly lon: number;
  readonly lat: number;
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
