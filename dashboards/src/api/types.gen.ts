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

/** What a connected client wants to do. */
export type ActIn = {
  readonly username: string;
  readonly topic: string;
  readonly action: "publish" | "subscribe";
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

/** Somebody has seen it: nobody else is told. */
export type AlertAcknowledgeIn = {
  readonly note?: string;
};

/** Somebody shall act on it. */
export type AlertAssignIn = {
  /** null: nobody in particular. */
  readonly to: string | null;
  readonly note?: string;
};

/** The same act on several alerts: on all of them, or on none. */
export type AlertBulkIn = {
  readonly ids: readonly string[];
  readonly act: "acknowledge" | "assign" | "snooze" | "close";
  readonly note?: string;
  /** Of closing: needed. */
  readonly reason?: string;
  /** Of assigning. */
  readonly to?: string | null;
  /** Quiet until then; null: not quiet any more. */
  readonly until?: string | null;
};

/** Nothing more is to be done, though its episode may last. */
export type AlertCloseIn = {
  readonly reason: string;
};

/** One entry in the life of an alert. */
export type AlertEntryOut = {
  readonly number: number;
  readonly at: string;
  readonly act: string;
  /** null: the machine. */
  readonly author: string | null;
  readonly note: string;
  /** 1 safety or loss, 2 late or stalled, 3 at risk, 4 to be known. */
  readonly severity: number;
};

/** An alert with its life, oldest entry first. */
export type AlertFullOut = {
  readonly id: string;
  readonly kind: AlertKind;
  readonly name_zh: string;
  readonly name_en: string;
  readonly subject_kind: SubjectKind;
  /** Plate, code of a trip or device, or number of a waybill. */
  readonly subject: string;
  /** Which one: the same whenever it is found. */
  readonly episode: string;
  /** 1 safety or loss, 2 late or stalled, 3 at risk, 4 to be known. */
  readonly severity: number;
  readonly state: AlertState;
  /** When what it tells of began. */
  readonly began_at: string;
  readonly opened_at: string;
  readonly changed_at: string;
  readonly closed_at: string | null;
  /** over: it has ended; disproved: late data show that it never was. */
  readonly closed_how: ClosedHow | null;
  readonly closed_why: string | null;
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly assigned_to: string | null;
  readonly snoozed_until: string | null;
  /** Nobody had taken it up by then. */
  readonly escalated_at: string | null;
  readonly vehicle: string | null;
  readonly trip: string | null;
  readonly waybill: string | null;
  readonly site: string | null;
  readonly text_zh: string;
  readonly text_en: string;
  /** What to do, in order. */
  readonly playbook_zh: readonly string[];
  /** What to do, in order. */
  readonly playbook_en: readonly string[];
  /** What it is told from; `backfilled`: no alarm. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Number of the report that it opened or joined. */
  readonly exception: string | null;
  readonly entries: readonly AlertEntryOut[];
};

/** What is wrong; domain rules 3.9. */
export type AlertKind = "no_update_after_pickup" | "transit_stall" | "late" | "at_risk" | "overdue" | "off_route" | "stopped" | "overstay" | "not_departed" | "no_vehicle" | "signal_lost" | "overspeed" | "fatigue" | "forbidden_zone" | "device_fault" | "relocation" | "wrong_stop" | "missed_stop" | "sos" | "day_check";

/** Something that somebody should act on: one per subject and episode. */
export type AlertOut = {
  readonly id: string;
  readonly kind: AlertKind;
  readonly name_zh: string;
  readonly name_en: string;
  readonly subject_kind: SubjectKind;
  /** Plate, code of a trip or device, or number of a waybill. */
  readonly subject: string;
  /** Which one: the same whenever it is found. */
  readonly episode: string;
  /** 1 safety or loss, 2 late or stalled, 3 at risk, 4 to be known. */
  readonly severity: number;
  readonly state: AlertState;
  /** When what it tells of began. */
  readonly began_at: string;
  readonly opened_at: string;
  readonly changed_at: string;
  readonly closed_at: string | null;
  /** over: it has ended; disproved: late data show that it never was. */
  readonly closed_how: ClosedHow | null;
  readonly closed_why: string | null;
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly assigned_to: string | null;
  readonly snoozed_until: string | null;
  /** Nobody had taken it up by then. */
  readonly escalated_at: string | null;
  readonly vehicle: string | null;
  readonly trip: string | null;
  readonly waybill: string | null;
  readonly site: string | null;
  readonly text_zh: string;
  readonly text_en: string;
  /** What to do, in order. */
  readonly playbook_zh: readonly string[];
  /** What to do, in order. */
  readonly playbook_en: readonly string[];
  /** What it is told from; `backfilled`: no alarm. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Number of the report that it opened or joined. */
  readonly exception: string | null;
};

/** It shall be quiet for a while. */
export type AlertSnoozeIn = {
  /** Quiet until then; null: not quiet any more. */
  readonly until: string | null;
  readonly note?: string;
};

/** Where an alert stands. */
export type AlertState = "open" | "acknowledged" | "closed";

/** Alerts, the gravest first, then the longest open. */
export type AlertsOut = {
  readonly alerts: readonly AlertOut[];
  /** How many open ones are how grave, whatever was asked for. */
  readonly counts: Readonly<Record<string, number>>;
};

/** An estimate, and the window that is told to customers. */
export type AnswerEtaOut = {
  readonly p50: string;
  readonly p90: string | null;
  readonly window_from: string;
  readonly window_to: string;
};

/** What was found. */
export type AnswerIn = {
  readonly finding?: string;
  readonly source?: Finding | null;
  readonly answer_id?: string | null;
  readonly note?: string;
};

/** An answer, whole: what is known, and the sentences to say it. */
export type AnswerOut = {
  /** By which it can be shown again, exactly. */
  readonly answer_id: string;
  readonly found: boolean;
  readonly asked: string;
  readonly matched_by: MatchedBy | null;
  /** Sixteen digits of which the last two do not fit. */
  readonly check_failed: boolean;
  /** What else was found, newest first. */
  readonly also: readonly WaybillBriefOut[];
  /** Numbers that may be meant. */
  readonly suggestions: readonly string[];
  readonly waybill: WaybillBriefOut | null;
  readonly place: ToldPlaceOut;
  readonly position: ToldPositionOut | null;
  /** Of what is told of the place. */
  readonly age_s: number | null;
  /** The position is old: it must not be spoken of as now. */
  readonly stale: boolean;
  readonly on_route: boolean | null;
  /** From the planned line. */
  readonly off_m: number | null;
  readonly next_stop: NextStopOut | null;
  readonly eta: AnswerEtaOut | null;
  readonly promised_at: string | null;
  /** Estimate against promise; positive late. */
  readonly promise_delta_min: number | null;
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly cause: DelayCause | null;
  readonly cause_zh: string | null;
  readonly cause_en: string | null;
  readonly action_zh: string | null;
  readonly action_en: string | null;
  readonly as_of: string;
  /** gps, scan, person or plan. */
  readonly source: string | null;
  readonly timeline: readonly MilestoneOut[];
  readonly exception: OpenExceptionOut | null;
  /** How the consignee wants to be reached. */
  readonly contact: string | null;
  readonly requirements: readonly string[];
  readonly reply: Case;
  readonly reply_zh: string;
  readonly reply_en: string;
  readonly sms_zh: string;
  readonly disclosure: "exact" | "coarse" | "none";
  readonly callback_at: string | null;
};

/** Their answers, in the order in which they were asked. */
export type AnswersOut = {
  readonly answers: readonly ShortAnswerOut[];
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

/** A page of the trail, newest first. */
export type AuditOut = {
  readonly entries: readonly EntryOut[];
  /** There are older ones: ask with `before`. */
  readonly more: boolean;
};

/** What the console draws under the vehicles. */
export type Basemap = {
  /** bundled: the map in the console itself; pmtiles: tiles at `url`; style: a MapLibre style at `url`. */
  readonly kind: "bundled" | "pmtiles" | "style";
  /** Relative to the console's own address, or absolute. */
  readonly url: string | null;
  /** What it is drawn in. Positions are always told in WGS 84; who draws them on a map in another datum shifts them. */
  readonly datum: fleet__fences__Datum;
  /** Whether borders may be drawn at all. */
  readonly borders: boolean;
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

/** A trip that shall carry a leg, in place of any other. */
export type BookingIn = {
  readonly leg: number;
  readonly trip: string;
  /** Default: the first stop at its origin. */
  readonly load?: number | null;
  /** Default: the next stop at its end. */
  readonly unload?: number | null;
  /** Holds from then on. Default: of the first booking from when the waybill was placed, else now. */
  readonly at?: string | null;
  readonly reason: string;
  /** The booking before never held. */
  readonly wrong?: boolean;
};

/** A trip that carries a leg, or did. */
export type BookingOut = {
  readonly trip: string | null;
  readonly load_stop: number | null;
  readonly unload_stop: number | null;
  readonly from: string;
  /** Null: it holds. */
  readonly to: string | null;
  /** It was wrong, and never held. */
  readonly void: boolean;
  readonly author: string | null;
  readonly reason: string | null;
  readonly ended_by: string | null;
  readonly ended_why: string | null;
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

/** A reply; the values are stored: never rename one. */
export type Case = "not_found" | "exception" | "signed" | "cancelled" | "arrived" | "stale" | "late" | "not_departed" | "at_risk" | "arriving" | "at_hub" | "normal";

/** Why there is a new version of a node. */
export type Cause = "first" | "updated" | "corrected" | "retracted" | "merged" | "confirmed" | "edited" | "conflict";

/** Why the trip is late, in a person's word, which outranks what the positions say. */
export type CauseIn = {
  readonly cause: DelayCause;
  readonly note?: string;
  readonly author: string;
};

/** A certificate that the device is to show. */
export type CertificateIn = {
  /** PEM. Its subject has one CN, the device, and a serialNumber of its own if the device has another certificate. */
  readonly certificate: string;
};

/** A certificate of a device. */
export type CertificateOut = {
  /** Hexadecimal. */
  readonly serial: string;
  readonly subject: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly added_at: string;
  /** Or when it ended. */
  readonly revoked_at: string | null;
};

/** What changes of what was agreed; what is not named stays as it is. */
export type ChangeIn = {
  readonly order_no?: string | null;
  /** The number was bound to a wrong order: links to it end. */
  readonly customer?: string | null;
  readonly carrier?: string | null;
  readonly shipper?: string | null;
  readonly consignee?: string | null;
  readonly phone?: string | null;
  readonly address?: string | null;
  readonly goods?: readonly GoodsIn[] | null;
  readonly requirements?: readonly string[] | null;
  readonly contact?: "phone" | "sms" | "email" | "none" | null;
  readonly opens_at?: string | null;
  readonly promised_at?: string | null;
  readonly stored?: boolean | null;
  readonly reason: string;
};

/** The way by which a query came, or its reply goes. */
export type Channel = "phone" | "web" | "email" | "social" | "sms" | "app" | "im";

/** What may change of a channel. */
export type ChannelEditIn = {
  readonly name: string;
  readonly enabled: boolean;
  /** null: as it is. */
  readonly address?: string | null;
  /** Of a webhook: sign with another one. */
  readonly new_secret?: boolean;
};

/** A way to reach people or a system. */
export type ChannelIn = {
  readonly code: string;
  readonly kind: ChannelKind;
  readonly name: string;
  /** Of a webhook its URL; else an Apprise URL, in which `{to}` stands for the recipient's address. It is never told again, as it may hold passwords. */
  readonly address: string;
  readonly enabled?: boolean;
};

/** How something is sent. */
export type ChannelKind = "apprise" | "webhook";

/** A channel that was just made or changed. */
export type ChannelMadeOut = {
  readonly code: string;
  readonly kind: ChannelKind;
  readonly name: string;
  /** As much of it as is no secret. */
  readonly address: string;
  /** Whether each recipient has an address of their own on it. */
  readonly direct: boolean;
  readonly enabled: boolean;
  /** It does not take what it is sent. */
  readonly failing_since: string | null;
  readonly disabled_why: string | null;
  /** A webhook's new secret, `whsec_...`: shown this once. */
  readonly secret?: string | null;
};

/** A channel, without what is secret. */
export type ChannelOut = {
  readonly code: string;
  readonly kind: ChannelKind;
  readonly name: string;
  /** As much of it as is no secret. */
  readonly address: string;
  /** Whether each recipient has an address of their own on it. */
  readonly direct: boolean;
  readonly enabled: boolean;
  /** It does not take what it is sent. */
  readonly failing_since: string | null;
  readonly disabled_why: string | null;
};

/** Every channel. */
export type ChannelsOut = {
  readonly channels: readonly ChannelOut[];
};

/** The end of a query. */
export type CloseQueryIn = {
  /** Needed where nobody has replied. */
  readonly reason?: string;
};

/** How an alert came to be closed. */
export type ClosedHow = "over" | "person" | "disproved";

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

/** How far an order has come. */
export type CommandState = "waiting" | "sent" | "confirmed" | "refused" | "expired";

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
  /** From when; null: from now on. */
  readonly valid_from?: string | null;
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
export type Datum_Input = "wgs84" | "gcj02" | "bd09";

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

/** What was expected, at one moment, of the last stop of the trip that it was on. */
export type DelayOut = {
  readonly at: string;
  readonly trip: string;
  /** Of the middle estimate; positive late. */
  readonly delay_s: number | null;
  /** Of the cautious estimate. */
  readonly high_s: number | null;
  readonly no_estimate: "no_vehicle" | "no_position" | "no_line" | "off_route" | "silent" | "not_under_way" | null;
};

/** What is asked for, and why. */
export type DemandIn = {
  /** How they are known: as a driver, a contact or a user. */
  readonly kind: Kind;
  readonly name: string;
  /** Of a contact: tells namesakes apart. */
  readonly phone?: string;
  /** Further words by which they are known. */
  readonly also?: readonly string[];
  /** It stands on the trail. */
  readonly why: string;
};

/** Who finds out. */
export type Department = "service" | "dispatch" | "warehouse";

/** How a detector shall be set; what is not named is as it came. */
export type DetectorIn = {
  readonly enabled?: boolean;
  /** null: as it came. */
  readonly severity?: number | null;
  readonly limits?: Readonly<Record<string, number>>;
};

/** A limit of a detector, in SI: s, m/s, shares. */
export type DetectorLimitOut = {
  readonly name: string;
  readonly value: number;
  readonly default: number;
  readonly least: number;
  readonly most: number;
};

/** A detector as it is set. */
export type DetectorOut = {
  readonly kind: AlertKind;
  readonly name_zh: string;
  readonly name_en: string;
  readonly enabled: boolean;
  /** 1 safety or loss, 2 late or stalled, 3 at risk, 4 to be known. */
  readonly severity: number;
  /** 1 safety or loss, 2 late or stalled, 3 at risk, 4 to be known. */
  readonly default_severity: number;
  readonly limits: readonly DetectorLimitOut[];
  /** How often it was changed; 0 never. */
  readonly revision: number;
  readonly author: string | null;
  readonly changed_at: string | null;
  /** What to do, in order. */
  readonly playbook_zh: readonly string[];
  /** What to do, in order. */
  readonly playbook_en: readonly string[];
};

/** Every detector. */
export type DetectorsOut = {
  readonly detectors: readonly DetectorOut[];
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
  /** Since when it may not connect, whatever it shows. */
  readonly revoked_at: string | null;
  /** Times the broker refused it a login, a topic or a filter; see its identity. */
  readonly refused: number;
};

/** Believed fixes in order of time, column by column. */
export type DriveOut = {
  /** Milliseconds since 1970, by the device's clock. */
  readonly time: readonly number[];
  /** Degrees, WGS 84. */
  readonly lon: readonly number[];
  readonly lat: readonly number[];
  /** m/s over ground. */
  readonly speed: readonly (number | null)[];
  /** Degrees clockwise from true north. */
  readonly course: readonly (number | null)[];
  /** Bits, as of a fix. */
  readonly flags: readonly number[];
  /** From the fix to its arrival. */
  readonly lag_s: readonly number[];
};

/** Who is due at a site. */
export type DueOut = {
  readonly now: string;
  readonly until: string;
  /** The soonest first; what is overdue as well. */
  readonly due: readonly DueStopOut[];
};

/** A stop of a trip at the site, still open. */
export type DueStopOut = {
  readonly trip: string;
  readonly state: TripState;
  readonly route: string | null;
  readonly vehicle: string | null;
  readonly driver: string | null;
  readonly party: string | null;
  /** Of the trip. */
  readonly origin: SiteOut | null;
  /** Its number in the plan. */
  readonly stop: number;
  readonly status: StopStatus;
  readonly planned_at: string | null;
  /** The end of its window. */
  readonly due_at: string | null;
  /** As likely before as after; null: no estimate. */
  readonly p50: string | null;
  /** Nine of ten are not later. */
  readonly p90: string | null;
  /** Positive late: the estimate against `due_at`. */
  readonly delay_s: number | null;
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  /** Time of the fix that the estimate rests on. */
  readonly heard_at: string | null;
};

/** How long visits took that ended in the window. */
export type DwellOut = {
  readonly count: number;
  /** null: there were none. */
  readonly median_s: number | null;
  readonly longest_s: number | null;
};

/** One row of the trail. */
export type EntryOut = {
  readonly id: number;
  readonly at: string;
  readonly principal: string;
  readonly role: string;
  readonly act: string;
  readonly kind: string;
  readonly subject: string;
  readonly why: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** What an erasure did. */
export type ErasedOut = {
  /** What stands for the person now. */
  readonly stand_in: string;
  readonly rows: Readonly<Record<string, number>>;
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

/** Something that went wrong with it. */
export type ExceptionTagOut = {
  readonly number: string;
  readonly kind: string;
  readonly state: string;
  readonly severity: number;
  readonly found_at: string;
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
  readonly role: fleet__fences__Role;
  readonly node_level: boolean;
  readonly margin_m: number;
  readonly dwell_in_s: number;
  readonly dwell_out_s: number;
  readonly stop_rule: StopRule;
  readonly hours: readonly HoursOut[];
  readonly confidence: Confidence;
  /** The datum of entry; the geometry is WGS 84. */
  readonly entered_in: fleet__fences__Datum;
};

/** One column, coded by a dictionary. */
export type FacetOut = {
  /** Every value once, by code. */
  readonly terms: readonly TermOut[];
  /** For each vehicle the places in `terms` of the values it has, ascending. */
  readonly rows: readonly (readonly number[])[];
};

/** What vehicles are filtered by; every column runs parallel to `plates`. */
export type FacetsOut = {
  /** Of the content: the same facts have the same. */
  readonly revision: string;
  readonly plates: readonly string[];
  /** Code of the trip that it is on. */
  readonly trips: readonly (string | null)[];
  /** Code of the site where that trip begins. */
  readonly origins: readonly (string | null)[];
  /** Code of the site where it ends. */
  readonly destinations: readonly (string | null)[];
  /** Whose vehicle it is. */
  readonly parties: FacetOut;
  readonly groups: FacetOut;
  /** Whose goods are aboard. */
  readonly customers: FacetOut;
  readonly routes: FacetOut;
  /** Sites of the stops that are still to come. */
  readonly hubs: FacetOut;
  /** By name; empty for whom names are masked. */
  readonly drivers: FacetOut;
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
  readonly datum?: Datum_Input;
  readonly role: fleet__fences__Role;
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
  readonly datum?: Datum_Input;
  readonly role: fleet__fences__Role;
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
  readonly role: fleet__fences__Role;
  readonly node_level: boolean;
  readonly margin_m: number;
  readonly dwell_in_s: number;
  readonly dwell_out_s: number;
  readonly stop_rule: StopRule;
  readonly hours: readonly HoursOut[];
  readonly confidence: Confidence;
  /** What it was entered in; the geometry is WGS 84. */
  readonly datum: fleet__fences__Datum;
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

/** Evidence that is kept. */
export type FileOut = {
  readonly id: string;
  readonly name: string;
  readonly media: string;
  readonly size: number;
  readonly author: string | null;
  readonly recorded_at: string;
};

/** Where an answer is from. */
export type Finding = "gps" | "node" | "person" | "carrier";

/** Forms of files. */
export type Form = "geojson" | "kml" | "csv";

/** What a text may mean. */
export type FoundOut = {
  /** Vehicles, trips, waybills, drivers, hubs: in order. */
  readonly hits: readonly HitOut[];
};

/** A stretch without a fix in which the vehicle was on its way. */
export type GapOut = {
  readonly from: string;
  readonly to: string;
};

/** What is missing of a terminal that numbers its messages. */
export type GapsOut = {
  /** Messages with a number that came; 0: it numbers none. */
  readonly numbered: number;
  /** Messages that never came. */
  readonly missing: number;
  readonly gaps: readonly MissingOut[];
  /** Whether it publishes with QoS 0; null: it never did. */
  readonly unconfirmed: UnconfirmedOut | null;
};

/** A line of goods. */
export type GoodsIn = {
  readonly name: string;
  readonly spec?: string | null;
  readonly quantity?: number | null;
  readonly weight_kg?: number | null;
  readonly volume_m3?: number | null;
};

/** A line of goods. */
export type GoodsOut = {
  readonly name: string;
  readonly spec?: string | null;
  readonly quantity?: number | null;
  readonly weight_kg?: number | null;
  readonly volume_m3?: number | null;
};

/** How much of it. */
export type Grant = "none" | "all" | "own" | "active" | "trip" | "inbound" | "legs" | "coarse" | "ride" | "masked" | "tail" | "plain" | "read" | "metrics";

/** A group to be. */
export type GroupIn = {
  readonly name_zh: string;
  readonly name_en: string;
  readonly plates?: readonly string[];
  readonly code: string;
};

/** A group of vehicles. */
export type GroupOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
  /** Those that the reader may know of, in order. */
  readonly plates: readonly string[];
};

/** What a group is called, and exactly who is in it. */
export type GroupTermsIn = {
  readonly name_zh: string;
  readonly name_en: string;
  readonly plates?: readonly string[];
};

/** The newest open exception: it is told before all else. */
export type HeadlineOut = {
  readonly number: string;
  readonly kind: string;
  readonly state: string;
};

/** What was found, in the order that it is told in. */
export type HitKind = "vehicle" | "trip" | "waybill" | "driver" | "hub";

/** One thing that was found. */
export type HitOut = {
  readonly kind: HitKind;
  /** Plate, code, number or name. */
  readonly code: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly detail_zh: string;
  readonly detail_en: string;
  /** Plate of the vehicle that it leads to. */
  readonly vehicle: string | null;
  /** Code of the trip that it leads to. */
  readonly trip: string | null;
};

/** What is to be kept until somebody lifts the hold. */
export type HoldIn = {
  readonly kind: "person" | "waybill" | "trip";
  readonly subject: string;
  /** It stands on the trail. */
  readonly why: string;
};

/** A hold in force. */
export type HoldOut = {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly reason: string;
  readonly author: string;
  readonly at: string;
};

/** Holds in force, oldest first. */
export type HoldsOut = {
  readonly holds: readonly HoldOut[];
};

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

/** How a device proves who it is, and what it was refused. */
export type IdentityOut = {
  readonly has_password: boolean;
  /** When another password takes over. */
  readonly next_from: string | null;
  readonly revoked_at: string | null;
  readonly certificates: readonly CertificateOut[];
  readonly refused: readonly RefusalsOut[];
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

/** How often the terminal of a vehicle shall report. */
export type IntervalSaid = {
  /** When it is no longer worth sending. */
  readonly expires_in_s?: number;
  readonly seconds: number;
};

/** A kind of data that has a time of its own; the name of its setting is ``<it>_days``. */
export type Kept = "history" | "private" | "record" | "contact" | "audit" | "dead_letter" | "share";

/** The id of what was kept. */
export type KeptOut = {
  readonly id: string;
};

/** A key for a program. */
export type KeyIn = {
  readonly name: string;
  readonly role: fleet__rights__Role;
  /** Fewer; null: all of its role. */
  readonly rights?: readonly Right[] | null;
  readonly parties?: readonly string[] | null;
  readonly customers?: readonly string[] | null;
  readonly sites?: readonly string[];
  readonly expires_at?: string | null;
};

/** A key, without what is shown once. */
export type KeyOut = {
  readonly id: string;
  readonly name: string;
  readonly role: fleet__rights__Role;
  readonly rights: readonly Right[] | null;
  readonly parties: readonly string[] | null;
  readonly customers: readonly string[] | null;
  readonly sites: readonly string[];
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly used_at: string | null;
};

/** A key gets another secret. */
export type KeyTurnIn = {
  /** How long the old secret holds at most. */
  readonly keep_s?: number;
};

/** Every key, newest first. */
export type KeysOut = {
  readonly keys: readonly KeyOut[];
};

/** How somebody is known here. */
export type Kind = "driver" | "contact" | "user";

/** What would be told or erased. */
export type KnownOut = {
  readonly words: readonly string[];
  /** By table: in how many rows a word stands. */
  readonly rows: Readonly<Record<string, number>>;
  /** Why it cannot be erased yet. */
  readonly obstacle: string | null;
};

/** A part of the way; with a trip it is booked on it at once. */
export type LegIn = {
  readonly from: string;
  readonly to: string;
  readonly trip?: string | null;
  /** Default: the first stop at `from`. */
  readonly load?: number | null;
  /** Default: the next stop at `to`. */
  readonly unload?: number | null;
};

/** A part of the way. */
export type LegOut = {
  readonly number: number;
  readonly from: SiteOut;
  readonly to: SiteOut;
  readonly booking: BookingOut | null;
  readonly past: readonly BookingOut[];
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

/** Who wants to connect to a broker that asks us. */
export type LoginIn = {
  readonly username: string;
  readonly password: string;
  readonly clientid?: string;
};

/** A node or an alert on the line of time, or several of one kind that lie close together. */
export type MarkOut = {
  readonly at: string;
  readonly what: "node" | "alert";
  /** Of the node or of the alert: the gravest, or the first. */
  readonly kind: string;
  readonly vehicle: string | null;
  /** Of an alert, 1 the gravest. */
  readonly severity: number | null;
  readonly site: string | null;
  readonly site_zh: string | null;
  readonly site_en: string | null;
  /** What it is, in a word. */
  readonly name_zh: string;
  readonly name_en: string;
  readonly id: string;
  /** It became known late, or was corrected. */
  readonly late: boolean;
  /** How many it stands for. */
  readonly count: number;
};

/** What happened in a stretch of time. */
export type MarksOut = {
  readonly marks: readonly MarkOut[];
};

/** By what something was found. */
export type MatchedBy = "number" | "code" | "order" | "plate" | "phone";

/** Who is asking, and what they may see and do. */
export type MeOut = {
  readonly name: string;
  /** As others read it. */
  readonly shown: string;
  readonly role: fleet__rights__Role;
  readonly rights: readonly Right[];
  /** How much of each kind of fact. */
  readonly sees: Readonly<Record<string, Grant>>;
  /** Whose vehicles; null: every one. */
  readonly parties: readonly string[] | null;
  /** Whose waybills; null: every one. */
  readonly customers: readonly string[] | null;
  readonly sites: readonly string[];
  readonly language: "zh" | "en" | null;
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

/** A message to the driver of a vehicle. */
export type MessageSaid = {
  /** When it is no longer worth sending. */
  readonly expires_in_s?: number;
  readonly text: string;
};

/** Something that happened to a waybill. */
export type MilestoneOut = {
  /** The same in every version. */
  readonly key: string;
  /** A state, or handover, loaded, unloaded, received, released. */
  readonly kind: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly planned_at: string | null;
  /** The last estimate before it happened. */
  readonly estimated_at: string | null;
  readonly actual_at: string;
  /** Null: on the way. */
  readonly site: SiteOut | null;
  /** Code of the company that handled it. */
  readonly operator: string | null;
  /** Plate, or its tail, by the reader's rights. */
  readonly vehicle: string | null;
  readonly trip: string | null;
  readonly note: string;
  /** gps, scan, person or plan. */
  readonly source: string;
  readonly author: string | null;
  /** By the plan; nobody saw it. */
  readonly presumed: boolean;
  /** Ids of visits. */
  readonly evidence: readonly string[];
  readonly files: readonly string[];
  readonly version: number;
  /** first, updated, corrected or retracted. */
  readonly cause: string;
  readonly was_at: string | null;
  readonly recorded_at: string;
  readonly valid: boolean;
};

/** Messages of a terminal that never came. */
export type MissingOut = {
  /** Number of the first one. */
  readonly first: number;
  /** Number of the last one. */
  readonly last: number;
  /** Hour of the message before; null: the terminal had restarted. */
  readonly after: string | null;
  /** Hour of the message behind. */
  readonly before: string;
};

/** A version of the travel-time model. */
export type ModelOut = {
  readonly version: string;
  readonly began_at: string;
  /** Than its predecessor; null: too little is known. */
  readonly worse: boolean | null;
  readonly why: string | null;
};

/** A place by its names. */
export type NamedOut = {
  readonly name_zh: string;
  readonly name_en: string;
  /** IANA. */
  readonly zone: string;
};

/** A key with its secret. */
export type NewKeyOut = {
  readonly id: string;
  readonly name: string;
  readonly role: fleet__rights__Role;
  readonly rights: readonly Right[] | null;
  readonly parties: readonly string[] | null;
  readonly customers: readonly string[] | null;
  readonly sites: readonly string[];
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly used_at: string | null;
  /** Shown this once: Authorization: Bearer <key>. */
  readonly key: string;
};

/** A link that was just made. */
export type NewShareOut = {
  readonly id: string;
  readonly waybill: string;
  readonly note: string;
  readonly created_by: string;
  readonly created_at: string;
  /** 24 h after the delivery it ends, too. */
  readonly expires_at: string;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
  readonly views: number;
  readonly viewed_at: string | null;
  /** It leads to the waybill now. */
  readonly works: boolean;
  /** Told once. */
  readonly token: string;
  /** Told once. */
  readonly url: string;
};

/** An estimate of the next stop. */
export type NextEtaOut = {
  readonly p50: string;
  readonly p90: string | null;
};

/** An act that is legal now. */
export type NextStepOut = {
  readonly act: string;
  /** What is to be said with it. */
  readonly needs: readonly string[];
};

/** The next stop of the vehicle. */
export type NextStopOut = {
  readonly site: SiteOut;
  readonly eta: NextEtaOut | null;
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

/** A notice with every attempt. */
export type NoticeFullOut = {
  readonly id: string;
  readonly topic: string;
  readonly subject_kind: string;
  readonly subject: string;
  readonly transition: string;
  readonly severity: number;
  readonly rule: string | null;
  readonly channel: string;
  readonly recipient: string;
  /** The end of it. */
  readonly address: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly text_zh: string;
  readonly text_en: string;
  readonly state: NoticeState;
  readonly happened_at: string;
  readonly created_at: string;
  /** When it is sent; null: it is not waiting. */
  readonly due_at: string | null;
  readonly sent_at: string | null;
  readonly tries: number;
  /** The notice that turned out wrong. */
  readonly corrects: string | null;
  /** The notice that it was sent in. */
  readonly digest: string | null;
  readonly attempts: readonly TryOut[];
};

/** One line of the log of deliveries. */
export type NoticeOut = {
  readonly id: string;
  readonly topic: string;
  readonly subject_kind: string;
  readonly subject: string;
  readonly transition: string;
  readonly severity: number;
  readonly rule: string | null;
  readonly channel: string;
  readonly recipient: string;
  /** The end of it. */
  readonly address: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly text_zh: string;
  readonly text_en: string;
  readonly state: NoticeState;
  readonly happened_at: string;
  readonly created_at: string;
  /** When it is sent; null: it is not waiting. */
  readonly due_at: string | null;
  readonly sent_at: string | null;
  readonly tries: number;
  /** The notice that turned out wrong. */
  readonly corrects: string | null;
  /** The notice that it was sent in. */
  readonly digest: string | null;
};

/** Where a notice stands. */
export type NoticeState = "waiting" | "sending" | "sent" | "failed" | "cancelled" | "gathered";

/** The log of deliveries. */
export type NoticesOut = {
  readonly notices: readonly NoticeOut[];
  /** Of the last seven days. */
  readonly counts: Readonly<Record<string, number>>;
  readonly more: boolean;
};

/** Many questions at once. */
export type NumbersIn = {
  readonly numbers: readonly string[];
};

/** An open exception. */
export type OpenExceptionOut = {
  readonly number: string;
  readonly kind: ReportKind;
  readonly found_at: string;
  /** Somebody has it in hand by then. */
  readonly due_at: string | null;
};

/** What came of a delivery. */
export type Outcome = "signed" | "refused" | "withdrawn";

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

/** Who is to find out. */
export type PassOnIn = {
  /** Default: as it is. */
  readonly department?: Department | null;
  /** Somebody else than oneself: needs the right assign_queries. */
  readonly handler?: string | null;
  readonly note?: string;
};

/** A new password; whoever changes their own says the present one. */
export type PasswordIn = {
  readonly password: string;
  readonly current?: string | null;
};

/** Everybody. */
export type PeopleOut = {
  readonly people: readonly PersonOut[];
};

/** What is to change of a person; what is left out stays. */
export type PersonEditIn = {
  readonly shown?: string | null;
  readonly role?: fleet__rights__Role | null;
  readonly parties?: readonly string[] | null;
  readonly customers?: readonly string[] | null;
  readonly sites?: readonly string[] | null;
  readonly driver?: string | null;
  readonly contact?: Readonly<Record<string, unknown>> | null;
  readonly language?: "zh" | "en" | null;
  readonly disabled?: boolean | null;
  readonly why?: string;
};

/** Somebody who is to sign in; without a password they cannot yet. */
export type PersonIn = {
  readonly name: string;
  readonly shown: string;
  readonly role: fleet__rights__Role;
  readonly password?: string | null;
  /** Whose vehicles; null: every one. */
  readonly parties?: readonly string[] | null;
  /** Whose waybills; null: every one. */
  readonly customers?: readonly string[] | null;
  readonly sites?: readonly string[];
  readonly driver?: string;
  readonly contact?: Readonly<Record<string, unknown>>;
  readonly language?: "zh" | "en";
};

/** Somebody who may sign in. */
export type PersonOut = {
  readonly name: string;
  readonly shown: string;
  readonly role: fleet__rights__Role;
  readonly parties: readonly string[] | null;
  readonly customers: readonly string[] | null;
  readonly sites: readonly string[];
  readonly driver: string;
  readonly contact: Readonly<Record<string, string>>;
  readonly language: "zh" | "en";
  readonly has_password: boolean;
  readonly disabled_at: string | null;
  readonly created_by: string;
  readonly created_at: string;
  /** When a session of theirs was last used. */
  readonly seen_at: string | null;
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

/** The way that a trip is planned on, simplified. */
export type PlannedLineOut = {
  readonly code: string;
  /** Never `on_time` without an estimate or an arrival. */
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  /** Longitude and latitude, WGS 84. */
  readonly line: readonly (readonly [number, number])[];
};

/** Planned ways in sight, the latest trips first. */
export type PlannedLinesOut = {
  readonly lines: readonly PlannedLineOut[];
  /** False: there are more in sight. */
  readonly complete: boolean;
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

/** Whether a vehicle is driven privately between its trips. */
export type PrivateIn = {
  readonly private: boolean;
  /** It stands on the trail. */
  readonly why: string;
};

/** Plates of private vehicles. */
export type PrivateOut = {
  readonly plates: readonly string[];
};

/** Which track of a private vehicle is to be told, and why. */
export type PrivateTrackIn = {
  readonly plate: string;
  readonly from: string;
  readonly to: string;
  /** It stands on the trail. */
  readonly why: string;
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

/** What a person says of the delivery; the newest holds. */
export type ProofIn = {
  readonly outcome: Outcome;
  /** Default: now. */
  readonly at?: string | null;
  readonly signer?: string;
  readonly note?: string;
  readonly files?: readonly string[];
};

/** What a person said of the delivery. */
export type ProofOut = {
  readonly id: string;
  readonly outcome: Outcome;
  readonly at: string;
  readonly signer: string;
  readonly note: string;
  readonly files: readonly string[];
  readonly author: string | null;
  readonly recorded_at: string;
};

/** One removal, or what an erasure did to one table. */
export type PurgeOut = {
  readonly id: number;
  readonly at: string;
  /** A table, or a part of one. */
  readonly what: string;
  /** What was older went. */
  readonly before: string;
  /** How many; of `fix` days. */
  readonly rows: number;
  readonly rule: string;
  /** Of an erasure: the pseudonym; else empty. */
  readonly subject: string;
};

/** A page of the log. */
export type PurgesOut = {
  readonly purges: readonly PurgeOut[];
  readonly more: boolean;
};

/** Queries in the order of their turn; open ones counted by state, department, urgency. */
export type QueriesOut = {
  readonly queries: readonly QueryOut[];
  readonly counts: Readonly<Record<string, number>>;
};

/** Something that was done. */
export type QueryEntryOut = {
  readonly at: string;
  readonly act: string;
  readonly author: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** A query with its log, and the way its reply is to take. */
export type QueryFullOut = {
  readonly id: string;
  readonly number: string;
  readonly asked_at: string;
  readonly age_s: number;
  readonly channel: Channel;
  readonly urgent: boolean;
  /** It has waited an hour and stands among the urgent ones. */
  readonly lifted: boolean;
  readonly asker: string;
  readonly contact: string;
  readonly asked: string;
  readonly question: string;
  readonly waybill: WaybillBriefOut | null;
  readonly state: QueryState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly department: Department;
  readonly handler: string | null;
  readonly answer_id: string | null;
  readonly finding: string;
  readonly source: string;
  readonly reply: string;
  readonly reply_channel: Channel | null;
  readonly routed_at: string | null;
  readonly answered_at: string | null;
  readonly replied_at: string | null;
  readonly closed_at: string | null;
  readonly remind_at: string | null;
  readonly reminded: number;
  /** The customer has waited too long. */
  readonly overdue: boolean;
  readonly author: string;
  readonly way: WayOut;
  /** Of a reply just made: a message was put on its way; false: read it out. */
  readonly sent?: boolean | null;
  readonly entries: readonly QueryEntryOut[];
};

/** What a customer asks. */
export type QueryIn = {
  readonly channel: Channel;
  readonly urgent?: boolean;
  readonly asker?: string;
  /** Telephone or address of the asker. */
  readonly contact?: string;
  /** What they go by: a number, an order, a plate, the end of a telephone. */
  readonly asked: string;
  readonly question?: string;
  /** Default: now. Mail may lie for a while before it is logged. */
  readonly asked_at?: string | null;
  /** An answer to `where-is` that was given already. */
  readonly answer_id?: string | null;
};

/** A query as it stands. */
export type QueryOut = {
  readonly id: string;
  readonly number: string;
  readonly asked_at: string;
  readonly age_s: number;
  readonly channel: Channel;
  readonly urgent: boolean;
  /** It has waited an hour and stands among the urgent ones. */
  readonly lifted: boolean;
  readonly asker: string;
  readonly contact: string;
  readonly asked: string;
  readonly question: string;
  readonly waybill: WaybillBriefOut | null;
  readonly state: QueryState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly department: Department;
  readonly handler: string | null;
  readonly answer_id: string | null;
  readonly finding: string;
  readonly source: string;
  readonly reply: string;
  readonly reply_channel: Channel | null;
  readonly routed_at: string | null;
  readonly answered_at: string | null;
  readonly replied_at: string | null;
  readonly closed_at: string | null;
  readonly remind_at: string | null;
  readonly reminded: number;
  /** The customer has waited too long. */
  readonly overdue: boolean;
};

/** How far a query has got. */
export type QueryState = "new" | "routed" | "answered" | "replied" | "closed";

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
export type Reason = "not-nmea" | "too-large" | "checksum" | "no-checksum" | "malformed" | "no-date" | "no-time" | "no-position" | "null-island" | "out-of-range" | "future" | "too-old" | "torn" | "unknown-device" | "wrong-topic" | "bad-event" | "fault";

/** Why. */
export type ReasonIn = {
  readonly reason: string;
};

/** How often the broker refused one kind of thing. */
export type RefusalsOut = {
  /** publish, subscribe, login or tls. */
  readonly kind: string;
  readonly count: number;
  readonly first_at: string;
  readonly last_at: string;
  /** Of the newest: the topic, the name, or the reason. */
  readonly detail: string;
};

/** Whether the letter comes in again with the gateway's next batch. */
export type ReinjectOut = {
  readonly requested: number;
};

/** Why something is sent again. */
export type ReplayIn = {
  readonly why?: string;
};

/** One vehicle's past with everything that is known of it. */
export type ReplayOut = {
  readonly vehicle: string;
  readonly from: string;
  readonly to: string;
  readonly fixes: DriveOut;
  /** False: the limit cut off later fixes. */
  readonly complete: boolean;
  readonly gaps: readonly GapOut[];
  readonly visits: readonly VisitOut[];
  /** All versions of nodes that hold, or held, within that time; newest first. */
  readonly nodes: readonly NodeOut[];
  /** That lasted within that time. */
  readonly alerts: readonly AlertOut[];
  /** Oldest first, by trip. */
  readonly delay: readonly DelayOut[];
  /** That it served then, oldest first. */
  readonly trips: readonly TripOut[];
};

/** What the customer is told. */
export type ReplyIn = {
  readonly reply: string;
  /** By which it goes. Default: by the one that was asked by, unless the consignee takes no calls. Another one needs `why`. */
  readonly channel?: Channel | null;
  readonly why?: string;
  readonly source?: Finding | null;
  readonly answer_id?: string | null;
};

/** Into whose hand it is given. */
export type ReportAssignIn = {
  /** Default: who asks. */
  readonly to?: string | null;
  readonly severity?: number | null;
  readonly note?: string;
};

/** The end of a report. */
export type ReportCloseIn = {
  readonly severity?: number | null;
  /** Of a delay one of its causes; before it is settled. */
  readonly cause?: string | null;
  /** Of a delay, before it is settled. */
  readonly new_eta?: string | null;
  readonly told_customer_at?: string | null;
  /** Of what is lost or damaged, before it is settled. */
  readonly claimed_at?: string | null;
  readonly result?: string | null;
  readonly responsible?: string | null;
  /** What the customer said to it; `none`: nothing. */
  readonly feedback?: string | null;
  /** More of them. */
  readonly files?: readonly string[];
  readonly note?: string;
  /** There was no exception: it is closed whichever step is next. Result, responsible and feedback are still to be said. */
  readonly unfounded?: boolean;
};

/** One line of the ledger. */
export type ReportEntryOut = {
  readonly at: string;
  readonly act: string;
  readonly author: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  readonly note: string;
};

/** A report with its ledger. */
export type ReportFullOut = {
  readonly id: string;
  readonly number: string;
  readonly kind: ReportKind;
  readonly kind_zh: string;
  readonly kind_en: string;
  readonly detail: string;
  readonly severity: number;
  readonly state: ReportState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly waybill: string | null;
  /** Code of the waybill's customer. */
  readonly customer: string | null;
  /** Codes of the sites between which the waybill goes. */
  readonly origin: string | null;
  readonly destination: string | null;
  /** Code of the carrier, else of the vehicle's company. */
  readonly carrier: string | null;
  readonly order_no: string;
  readonly trip: string | null;
  readonly vehicle: string | null;
  readonly site: string | null;
  /** Id of the alert that it was opened from. */
  readonly alert: string | null;
  readonly found_at: string;
  readonly description: string;
  readonly files: readonly string[];
  readonly assigned_to: string | null;
  readonly assigned_at: string | null;
  /** Until then somebody is to have it in hand. */
  readonly due_at: string;
  /** Nobody has, and it is time. */
  readonly overdue: boolean;
  readonly breached_at: string | null;
  /** From the finding until somebody had it. */
  readonly hand_over_s: number | null;
  readonly cause: string | null;
  readonly new_eta: string | null;
  readonly told_customer_at: string | null;
  readonly claim_due_at: string | null;
  readonly claimed_at: string | null;
  readonly result: string | null;
  readonly responsible: string | null;
  readonly feedback: string | null;
  readonly closed_at: string | null;
  readonly closed_by: string | null;
  readonly author: string;
  readonly recorded_at: string;
  /** What can be done now. */
  readonly next: readonly NextStepOut[];
  readonly entries: readonly ReportEntryOut[];
};

/** An exception to report; about a waybill, a trip, or neither. */
export type ReportIn = {
  readonly kind: ReportKind;
  /** Of info_error: wrong_binding or wrong_address. */
  readonly detail?: string;
  readonly waybill?: string | null;
  readonly trip?: string | null;
  readonly description: string;
  /** Default: 1 lost, damaged; 2 delay, refused; 3 the others. */
  readonly severity?: number | null;
  /** The 30 minutes count from then. Default: now. */
  readonly found_at?: string | null;
  /** Ids of files that were uploaded with a waybill. */
  readonly files?: readonly string[];
};

/** What went wrong. */
export type ReportKind = "delay" | "lost" | "damaged" | "info_error" | "refused" | "other";

/** An exception report as it stands. */
export type ReportOut = {
  readonly id: string;
  readonly number: string;
  readonly kind: ReportKind;
  readonly kind_zh: string;
  readonly kind_en: string;
  readonly detail: string;
  readonly severity: number;
  readonly state: ReportState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly waybill: string | null;
  /** Code of the waybill's customer. */
  readonly customer: string | null;
  /** Codes of the sites between which the waybill goes. */
  readonly origin: string | null;
  readonly destination: string | null;
  /** Code of the carrier, else of the vehicle's company. */
  readonly carrier: string | null;
  readonly order_no: string;
  readonly trip: string | null;
  readonly vehicle: string | null;
  readonly site: string | null;
  /** Id of the alert that it was opened from. */
  readonly alert: string | null;
  readonly found_at: string;
  readonly description: string;
  readonly files: readonly string[];
  readonly assigned_to: string | null;
  readonly assigned_at: string | null;
  /** Until then somebody is to have it in hand. */
  readonly due_at: string;
  /** Nobody has, and it is time. */
  readonly overdue: boolean;
  readonly breached_at: string | null;
  /** From the finding until somebody had it. */
  readonly hand_over_s: number | null;
  readonly cause: string | null;
  readonly new_eta: string | null;
  readonly told_customer_at: string | null;
  readonly claim_due_at: string | null;
  readonly claimed_at: string | null;
  readonly result: string | null;
  readonly responsible: string | null;
  readonly feedback: string | null;
  readonly closed_at: string | null;
  readonly closed_by: string | null;
  readonly author: string;
  readonly recorded_at: string;
  /** What can be done now. */
  readonly next: readonly NextStepOut[];
};

/** How far it has got; in this order. */
export type ReportState = "received" | "contacted" | "reported" | "investigating" | "settled" | "closed";

/** What a person says with a step; what is left out stays as it is. */
export type ReportStepIn = {
  readonly severity?: number | null;
  /** Of a delay one of its causes; before it is settled. */
  readonly cause?: string | null;
  /** Of a delay, before it is settled. */
  readonly new_eta?: string | null;
  readonly told_customer_at?: string | null;
  /** Of what is lost or damaged, before it is settled. */
  readonly claimed_at?: string | null;
  readonly result?: string | null;
  readonly responsible?: string | null;
  /** What the customer said to it; `none`: nothing. */
  readonly feedback?: string | null;
  /** More of them. */
  readonly files?: readonly string[];
  readonly note?: string;
};

/** The reports that were found in a week, added up four ways. */
export type ReportSummaryOut = {
  readonly week: string;
  readonly from: string;
  readonly to: string;
  readonly total: TallyOut;
  readonly by_kind: readonly TallyOut[];
  readonly by_cause: readonly TallyOut[];
  readonly by_site: readonly TallyOut[];
  readonly by_carrier: readonly TallyOut[];
  /** Numbers of the reports that it is made of. */
  readonly exceptions: readonly string[];
};

/** Reports, and how many there are of each state. */
export type ReportsOut = {
  readonly exceptions: readonly ReportOut[];
  readonly counts: Readonly<Record<string, number>>;
};

/** How long one kind of data is kept, and by which rule. */
export type RetainedOut = {
  readonly kind: Kept;
  readonly days: number;
  /** The law, standard or practice that the figure follows. */
  readonly source: string;
  /** The variable that changes it. */
  readonly setting: string;
};

/** What is in force. */
export type RetentionOut = {
  readonly profile: "cn" | "eu";
  readonly rules: readonly RetainedOut[];
};

/** What is masked and is to be seen in full. */
export type RevealIn = {
  /** Of a trip; of a waybill's consignee. */
  readonly kind: "driver" | "phone";
  readonly subject: string;
  readonly why: string;
};

/** It, in full. */
export type RevealOut = {
  readonly values: readonly string[];
};

/** While it was aboard a vehicle. */
export type RideOut = {
  readonly leg: number;
  readonly trip: string | null;
  readonly vehicle: string | null;
  readonly from: string;
  readonly to: string | null;
  readonly from_basis: string;
  readonly to_basis: string | null;
  /** By the plan; no scan says so. */
  readonly presumed: boolean;
};

/** An act; every endpoint names the one it needs. */
export type Right = "look_vehicles" | "look_trips" | "look_places" | "look_waybills" | "look_accuracy" | "look_devices" | "look_alerts" | "look_queries" | "look_exceptions" | "look_notices" | "look_audit" | "edit_nodes" | "edit_places" | "edit_trips" | "edit_waybills" | "edit_devices" | "edit_rules" | "edit_people" | "scan" | "answer" | "assign_queries" | "share" | "message" | "work_alerts" | "raise_exception" | "work_exceptions" | "reveal" | "export" | "look_private" | "edit_privacy";

/** The two tables that say it all; what is not in them is denied. */
export type RightsOut = {
  readonly sees: Readonly<Record<string, Readonly<Record<string, Grant>>>>;
  readonly may: Readonly<Record<string, readonly Right[]>>;
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

/** When a new password takes over. */
export type RotateIn = {
  /** s until which the old password is good. The embedded broker knows one password of each device: there the new one works from then on; a broker that asks us takes both until then. */
  readonly after?: number;
};

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

/** Who is told what, by which channel. */
export type RuleBody = {
  readonly name: string;
  readonly enabled?: boolean;
  /** `*` at the end: all so. */
  readonly topics: readonly string[];
  /** Of alerts and exceptions. */
  readonly least?: number;
  readonly customers?: readonly string[];
  readonly origins?: readonly string[];
  readonly destinations?: readonly string[];
  readonly channel: string;
  readonly to: To;
  /** Role, name of a person, or address, as `to` says. */
  readonly recipient?: string;
  readonly language?: "zh" | "en" | "both";
  /** None: always. */
  readonly hours?: readonly RuleHoursBody[];
  /** It waits through the quiet hours. */
  readonly quiet?: boolean;
  /** 0: at once. */
  readonly digest_minutes?: number;
};

/** A weekly stretch in which a rule holds. */
export type RuleHoursBody = {
  /** 0 Monday to 6 Sunday: the days it opens. */
  readonly days: readonly number[];
  /** Minutes after midnight. */
  readonly opens: number;
  /** Minutes after the same midnight; later than `opens`. */
  readonly closes: number;
  /** IANA; default: the installation's. */
  readonly zone?: string | null;
};

/** A new rule. */
export type RuleIn = {
  readonly name: string;
  readonly enabled?: boolean;
  /** `*` at the end: all so. */
  readonly topics: readonly string[];
  /** Of alerts and exceptions. */
  readonly least?: number;
  readonly customers?: readonly string[];
  readonly origins?: readonly string[];
  readonly destinations?: readonly string[];
  readonly channel: string;
  readonly to: To;
  /** Role, name of a person, or address, as `to` says. */
  readonly recipient?: string;
  readonly language?: "zh" | "en" | "both";
  /** None: always. */
  readonly hours?: readonly RuleHoursBody[];
  /** It waits through the quiet hours. */
  readonly quiet?: boolean;
  /** 0: at once. */
  readonly digest_minutes?: number;
  readonly code: string;
};

/** A rule. */
export type RuleOut = {
  readonly name: string;
  readonly enabled?: boolean;
  /** `*` at the end: all so. */
  readonly topics: readonly string[];
  /** Of alerts and exceptions. */
  readonly least?: number;
  readonly customers?: readonly string[];
  readonly origins?: readonly string[];
  readonly destinations?: readonly string[];
  readonly channel: string;
  readonly to: To;
  /** Role, name of a person, or address, as `to` says. */
  readonly recipient?: string;
  readonly language?: "zh" | "en" | "both";
  /** None: always. */
  readonly hours?: readonly RuleHoursBody[];
  /** It waits through the quiet hours. */
  readonly quiet?: boolean;
  /** 0: at once. */
  readonly digest_minutes?: number;
  readonly code: string;
};

/** Every rule. */
export type RulesOut = {
  readonly rules: readonly RuleOut[];
  /** What a rule may be about. */
  readonly topics: readonly string[];
};

/** What a person said of the cause. */
export type SaidOut = {
  readonly note: string;
  readonly by: string;
};

/** What a scanner saw. */
export type ScanIn = {
  readonly kind: ScanKind;
  readonly site: string;
  readonly vehicle?: string | null;
  /** Default: now. */
  readonly at?: string | null;
  readonly slot?: string;
  readonly note?: string;
};

/** What a scanner saw. */
export type ScanKind = "loaded" | "unloaded" | "received" | "released";

/** What a scanner saw. */
export type ScanOut = {
  readonly id: string;
  readonly kind: ScanKind;
  readonly site: SiteOut;
  readonly vehicle: string | null;
  readonly at: string;
  readonly slot: string;
  readonly note: string;
  readonly author: string;
  readonly withdrawn_by: string | null;
  readonly withdrawn_why: string | null;
};

/** One place where somebody is signed in. */
export type SessionOut = {
  readonly id: string;
  readonly created_at: string;
  /** When it was last used, to the minute. */
  readonly seen_at: string;
  /** When it ends at the latest. */
  readonly expires_at: string;
  readonly address: string;
  /** What the browser said it was. */
  readonly agent: string;
  /** The one that asks. */
  readonly is_this: boolean;
};

/** Where somebody is signed in, newest first. */
export type SessionsOut = {
  readonly sessions: readonly SessionOut[];
};

/** What the outline is made of. */
export type ShapeKind = "circle" | "polygon" | "corridor";

/** A link to be. */
export type ShareIn = {
  /** Who it is for. */
  readonly note?: string;
  /** At the latest; default and most: in 30 days. */
  readonly expires_at?: string | null;
};

/** A link; its address is told once, when it is made. */
export type ShareOut = {
  readonly id: string;
  readonly waybill: string;
  readonly note: string;
  readonly created_by: string;
  readonly created_at: string;
  /** 24 h after the delivery it ends, too. */
  readonly expires_at: string;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
  readonly views: number;
  readonly viewed_at: string | null;
  /** It leads to the waybill now. */
  readonly works: boolean;
};

/** Something that happened to it. */
export type SharedMilestoneOut = {
  readonly kind: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly planned_at: string | null;
  readonly estimated_at: string | null;
  readonly actual_at: string;
  readonly site: NamedOut | null;
  readonly presumed: boolean;
};

/** A waybill as strangers see it: coarse until it is near, nothing of other customers. */
export type SharedOut = {
  readonly number: string;
  readonly state: WaybillState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly reply: Case;
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly is_late: boolean;
  readonly origin: NamedOut;
  readonly destination: NamedOut;
  /** IANA, of the destination: times are told in it. */
  readonly zone: string;
  readonly place: SharedPlaceOut;
  readonly position: ToldPositionOut | null;
  readonly age_s: number;
  readonly stale: boolean;
  readonly as_of: string;
  readonly eta: SharedWindowOut | null;
  readonly promised_at: string | null;
  readonly cause_zh: string | null;
  readonly cause_en: string | null;
  readonly plate_tail: string | null;
  readonly milestones: readonly SharedMilestoneOut[];
  readonly reply_zh: string;
  readonly reply_en: string;
  readonly expires_at: string | null;
};

/** A place in words. */
export type SharedPlaceOut = {
  readonly text_zh: string;
  readonly text_en: string;
  readonly kind: "site" | "road" | "town" | "unknown";
};

/** When it is expected, rounded up to quarters of an hour. */
export type SharedWindowOut = {
  readonly window_from: string;
  readonly window_to: string;
};

/** Links to one waybill, the newest first. */
export type SharesOut = {
  readonly shares: readonly ShareOut[];
};

/** An answer among many. */
export type ShortAnswerOut = {
  readonly answer_id: string;
  readonly asked: string;
  readonly found: boolean;
  readonly matched_by: MatchedBy | null;
  readonly suggestions: readonly string[];
  readonly waybill: WaybillBriefOut | null;
  readonly place: ToldPlaceOut;
  readonly age_s: number | null;
  readonly stale: boolean;
  readonly eta: AnswerEtaOut | null;
  readonly promised_at: string | null;
  readonly promise_delta_min: number | null;
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly cause: DelayCause | null;
  readonly as_of: string;
  readonly reply: Case;
  readonly reply_zh: string;
  readonly reply_en: string;
  readonly sms_zh: string;
  readonly disclosure: "exact" | "coarse" | "none";
};

/** A name and its password. */
export type SignInIn = {
  readonly name: string;
  readonly password: string;
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

/** A fix of the vehicle that it is aboard. */
export type SpotOut = {
  readonly lon: number;
  readonly lat: number;
  readonly time: string;
  /** Against the time that was asked for. */
  readonly age_s: number;
};

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

/** Whom it is about. */
export type SubjectIn = {
  /** How they are known: as a driver, a contact or a user. */
  readonly kind: Kind;
  readonly name: string;
  /** Of a contact: tells namesakes apart. */
  readonly phone?: string;
  /** Further words by which they are known. */
  readonly also?: readonly string[];
};

/** What an alert is about. */
export type SubjectKind = "vehicle" | "trip" | "waybill" | "device";

/** Who takes it. */
export type TakeIn = {
  /** Default: who asks. Another: needs the right assign_queries. */
  readonly handler?: string | null;
};

/** What the reports of one group add up to; spans are null where there is nothing to measure. */
export type TallyOut = {
  /** Empty: not said. */
  readonly group: string;
  readonly reports: number;
  readonly closed: number;
  /** Nobody had them in hand within 30 minutes. */
  readonly breached: number;
  readonly handed_over: number;
  /** Of these within 30 minutes. */
  readonly in_time: number;
  /** Median from the finding. */
  readonly hand_over_s: number | null;
  readonly longest_hand_over_s: number | null;
  /** Median from the finding to the closing. */
  readonly handling_s: number | null;
  readonly longest_handling_s: number | null;
};

/** A value that vehicles are filtered by. */
export type TermOut = {
  readonly code: string;
  readonly name_zh: string;
  readonly name_en: string;
};

/** A test of a channel. */
export type TestIn = {
  readonly to?: string;
};

/** Whom a rule tells. */
export type To = "role" | "person" | "consignee" | "customer" | "address" | "system";

/** A place in words. */
export type ToldPlaceOut = {
  readonly text_zh: string;
  readonly text_en: string;
  readonly kind: "site" | "road" | "town" | "unknown";
  /** Code of the site that it is at. */
  readonly site: string | null;
  /** To the next stop, along the way. */
  readonly distance_m: number | null;
};

/** A position as far as the reader may know it. */
export type ToldPositionOut = {
  readonly lon: number;
  readonly lat: number;
  readonly time: string;
  readonly speed_mps: number | null;
  /** False: the middle of a cell of 5 km, at least 10 minutes old. */
  readonly exact: boolean;
};

/** A line, or several where fixes are more than ten minutes apart; degrees, metres. */
export type TrackGeometry = {
  readonly type: "LineString" | "MultiLineString";
  readonly coordinates: readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];
};

/** A number, and proof that one is its consignee. */
export type TrackIn = {
  readonly number: string;
  readonly phone_tail: string;
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

/** One attempt to deliver. */
export type TryOut = {
  readonly at: string;
  readonly ok: boolean;
  readonly status: number | null;
  readonly detail: string;
  readonly seconds: number | null;
  /** It may have been taken all the same. */
  readonly unknown: boolean;
};

/** Messages that came with QoS 0: nobody confirms them, so any may be lost. */
export type UnconfirmedOut = {
  readonly messages: number;
  readonly last_at: string;
};

/** A device that sends and that nobody has registered. */
export type UnknownDeviceOut = {
  readonly code: string;
  /** Dead letters kept of it. */
  readonly letters: number;
  readonly first_seen: string;
  readonly last_seen: string;
};

/** An order to the terminal of a vehicle and what became of it. */
export type VehicleCommandOut = {
  readonly id: string;
  /** message, interval or locate. */
  readonly kind: string;
  /** Of a message. */
  readonly text: string | null;
  /** Of an interval. */
  readonly seconds: number | null;
  readonly state: CommandState;
  readonly requested_by: string;
  readonly requested_at: string;
  /** It is not sent any more then. */
  readonly expires_at: string;
  readonly sent_at: string | null;
  /** When the terminal answered, by its clock. */
  readonly confirmed_at: string | null;
  /** What the terminal said to it; why it refused. */
  readonly detail: string | null;
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

/** Whether it may; `ignore`: no device's name, ask somebody else. */
export type VerdictOut = {
  readonly result: "allow" | "deny" | "ignore";
  readonly is_superuser?: false;
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

/** The channel that a reply takes, and why where it is not the one asked by. */
export type WayOut = {
  readonly channel: Channel;
  readonly why_zh: string;
  readonly why_en: string;
};

/** A waybill in a list. */
export type WaybillBriefOut = {
  readonly number: string;
  readonly code: string;
  readonly order_no: string | null;
  readonly customer: PartyOut;
  readonly carrier: PartyOut | null;
  readonly origin: SiteOut;
  readonly destination: SiteOut;
  readonly state: WaybillState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly since: string | null;
  readonly headline: HeadlineOut | null;
  readonly trip: string | null;
  /** Plate, or its tail, by the reader's rights. */
  readonly vehicle: string | null;
  /** It is there now. */
  readonly site: SiteOut | null;
  /** Against its promise. */
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly delay_s: number | null;
  readonly cause: DelayCause | null;
  readonly eta: WaybillEtaOut | null;
  readonly promised_at: string | null;
  readonly opens_at: string | null;
  readonly next_stop: SiteOut | null;
  readonly last_milestone: MilestoneOut | null;
  readonly shipped_at: string | null;
  readonly goods_text: string;
  readonly stored: boolean;
  readonly placed_at: string;
  readonly cancelled_at: string | null;
  readonly judged_at: string | null;
  /** Open ones. */
  readonly alerts: number;
};

/** When it is expected at its destination; rounded up for those outside the company. */
export type WaybillEtaOut = {
  readonly p50: string;
  readonly p90: string | null;
};

/** What became of a file. */
export type WaybillImportOut = {
  readonly created: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly refused: number;
  readonly rows: readonly WaybillImportRowOut[];
};

/** What became of a line. */
export type WaybillImportRowOut = {
  readonly line: number;
  readonly number: string | null;
  readonly result: "created" | "unchanged" | "changed" | "refused";
  readonly reason: string | null;
};

/** A waybill to be; with `number` it comes from elsewhere, else a number is drawn. */
export type WaybillIn = {
  readonly order_no?: string | null;
  readonly carrier?: string | null;
  readonly shipper?: string;
  readonly consignee?: string;
  readonly phone?: string;
  readonly address?: string;
  readonly goods?: readonly GoodsIn[];
  /** As fragile, cold_chain, text_first. */
  readonly requirements?: readonly string[];
  /** How the consignee wants to be reached. */
  readonly contact?: "phone" | "sms" | "email" | "none";
  /** From then on it can be delivered. */
  readonly opens_at?: string | null;
  /** Until then it is promised. */
  readonly promised_at?: string | null;
  /** Storage on the way is planned. */
  readonly stored?: boolean;
  readonly number?: string | null;
  /** Default: the short of the customer. */
  readonly company?: string | null;
  readonly customer: string;
  readonly origin: string;
  readonly destination: string;
  /** Default: one leg from `origin` to `destination`. */
  readonly legs?: readonly LegIn[];
  /** Default: now. */
  readonly placed_at?: string | null;
};

/** A waybill with all that is known of it, as far as the reader's rights go. */
export type WaybillOut = {
  readonly number: string;
  readonly code: string;
  readonly order_no: string | null;
  readonly customer: PartyOut;
  readonly carrier: PartyOut | null;
  readonly origin: SiteOut;
  readonly destination: SiteOut;
  readonly state: WaybillState;
  readonly state_zh: string;
  readonly state_en: string;
  readonly since: string | null;
  readonly headline: HeadlineOut | null;
  readonly trip: string | null;
  /** Plate, or its tail, by the reader's rights. */
  readonly vehicle: string | null;
  /** It is there now. */
  readonly site: SiteOut | null;
  /** Against its promise. */
  readonly risk: "unknown" | "on_time" | "at_risk" | "late" | "overdue" | "early";
  readonly delay_s: number | null;
  readonly cause: DelayCause | null;
  readonly eta: WaybillEtaOut | null;
  readonly promised_at: string | null;
  readonly opens_at: string | null;
  readonly next_stop: SiteOut | null;
  readonly last_milestone: MilestoneOut | null;
  readonly shipped_at: string | null;
  readonly goods_text: string;
  readonly stored: boolean;
  readonly placed_at: string;
  readonly cancelled_at: string | null;
  readonly judged_at: string | null;
  /** Open ones. */
  readonly alerts: number;
  readonly shipper: string;
  readonly consignee: string;
  /** Masked, unless the reader may see it. */
  readonly phone: string;
  readonly address: string;
  readonly goods: readonly GoodsOut[];
  readonly requirements: readonly string[];
  readonly contact: string;
  readonly author: string | null;
  readonly legs: readonly LegOut[];
  readonly rides: readonly RideOut[];
  /** Those that hold, by time. */
  readonly milestones: readonly MilestoneOut[];
  /** Those that turned out wrong. */
  readonly retracted: readonly MilestoneOut[];
  readonly scans: readonly ScanOut[];
  readonly proofs: readonly ProofOut[];
  readonly files: readonly FileOut[];
  readonly exceptions: readonly ExceptionTagOut[];
  /** Links that work. */
  readonly shares: number;
};

/** Where it was at a time; never where the vehicle went after it was unloaded. */
export type WaybillPositionOut = {
  readonly kind: "aboard" | "at_site" | "unknown";
  readonly at: string;
  readonly vehicle: string | null;
  readonly position: SpotOut | null;
  readonly site: SiteOut | null;
};

/** Where goods stand; ``shipment.status`` maps it to the words of others. */
export type WaybillState = "created" | "awaiting_pickup" | "arrived_origin" | "picked_up" | "departed_origin" | "in_transit" | "arrived_hub" | "departed_hub" | "arrived_dest_hub" | "out_for_delivery" | "arrived_destination" | "delivered" | "refused" | "completed" | "cancelled";

/** Its rides, GeoJSON: a feature each, with the fixes of its vehicle while it was aboard. */
export type WaybillTrackOut = {
  readonly type: "FeatureCollection";
  readonly features: readonly Readonly<Record<string, unknown>>[];
};

/** Waybills, and how many there are of each state and risk. */
export type WaybillsOut = {
  readonly waybills: readonly WaybillBriefOut[];
  /** By state, whichever of them was asked for. */
  readonly counts: Readonly<Record<string, number>>;
  /** By risk, likewise. */
  readonly risks: Readonly<Record<string, number>>;
};

/** What the coordinates were entered in; they are stored as WGS 84. */
export type fleet__fences__Datum = "wgs84" | "gcj02" | "bd09";

/** What a fence is for. */
export type fleet__fences__Role = "origin" | "hub" | "destination" | "rest_area" | "customs" | "forbidden" | "other";

/** A kind of fact. */
export type fleet__rights__Datum = "position" | "track" | "driver" | "plate" | "estimate" | "log" | "export";

/** What somebody does here. */
export type fleet__rights__Role = "owner" | "dispatcher" | "cs_agent" | "cs_lead" | "exception_handler" | "warehouse" | "data_admin" | "it_admin" | "qa" | "driver" | "customer" | "partner" | "share";
