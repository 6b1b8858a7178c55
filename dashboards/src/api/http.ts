/** Typed calls to the API: problem documents become errors, the operator's token is added. */
import { type Line, Problem } from './problem';
import type {
  Adopted,
  ConsoleInfo,
  DeadLetter,
  Device,
  Party,
  ProblemDocument,
  Site,
  Track,
  UnknownDevice,
  Vehicle,
} from './shapes';

export { Problem } from './problem';

export interface Gate {
  /** The operator's token, if one was entered. */
  token: () => string | null;
  /** Words for an API that is not reached. */
  away: () => string;
  /** The API asks for a (better) token. */
  refused: () => void;
  /** Milliseconds to add to this computer's clock to get the server's. */
  skew: (ms: number) => void;
}

/** Clocks closer than this are taken as equal: the Date header has whole seconds. */
const NOTICEABLE_SKEW_MS = 3_000;

const TRACK_MS = 24 * 3_600_000;

export type TrackFormat = 'geojson' | 'gpx' | 'csv';

function explain(status: number, text: string): Problem {
  try {
    const problem = JSON.parse(text) as Partial<ProblemDocument>; // or a proxy's own JSON
    return new Problem(status, problem.detail ?? problem.title ?? `HTTP ${status}`, problem.where ?? null);
  } catch {
    return new Problem(status, `HTTP ${status}`);
  }
}

/** The text of an answer; one that was cut off on its way is a problem like any other. */
async function textOf(answer: Response, away: () => string): Promise<string> {
  try {
    return await answer.text();
  } catch {
    throw new Problem(0, away());
  }
}

export class Api {
  /** For parts of the client that come with their page. */
  readonly line: Line = {
    get: (path) => this.get(path),
    send: (method, path, body) => this.put(method, path, body),
    file: (path) => this.file(path),
  };

  constructor(
    private readonly base: string,
    private readonly gate: Gate,
  ) {}

  /** The socket's address. */
  get liveUrl(): string {
    return new URL(`${this.base}/live`, location.href).href.replace(/^http/, 'ws');
  }

  private async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const token = this.gate.token();
    if (token) headers.set('Authorization', `Bearer ${token}`);
    let answer: Response;
    try {
      answer = await fetch(this.base + path, { ...init, headers });
    } catch {
      throw new Problem(0, this.gate.away()); // browsers say it in their own words, each in others
    }
    this.readClock(answer);
    if (answer.status === 401) this.gate.refused();
    if (!answer.ok) throw explain(answer.status, await answer.text());
    return answer;
  }

  private readClock(answer: Response): void {
    const date = Date.parse(answer.headers.get('Date') ?? '');
    if (Number.isNaN(date)) return;
    const skew = date + 500 - Date.now(); // the header is cut to whole seconds
    this.gate.skew(Math.abs(skew) > NOTICEABLE_SKEW_MS ? skew : 0);
  }

  private async get<T>(path: string): Promise<T> {
    return JSON.parse(await textOf(await this.send(path), this.gate.away)) as T;
  }

  /** Bytes are sent as they are, anything else as JSON. */
  private async put<T>(method: string, path: string, body?: unknown): Promise<T> {
    const raw = body === undefined || body instanceof Blob;
    const init: RequestInit = raw
      ? { method, body: body ?? null }
      : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const text = await textOf(await this.send(path, init), this.gate.away);
    return (text ? JSON.parse(text) : null) as T;
  }

  private post<T>(path: string, body: unknown): Promise<T> {
    return this.put('POST', path, body);
  }

  private async file(path: string): Promise<Blob> {
    return (await this.send(path)).blob();
  }

  console = () => this.get<ConsoleInfo>('/console');
  sites = () => this.get<Site[]>('/sites');
  parties = () => this.get<Party[]>('/parties');
  vehicle = (plate: string) => this.get<Vehicle>(`/vehicles/${encodeURIComponent(plate)}`);
  devices = () => this.get<Device[]>('/devices');
  unknownDevices = () => this.get<UnknownDevice[]>('/devices/unknown');
  deadLetterCounts = () => this.get<Record<string, number>>('/dead-letters/summary');

  deadLetters = (reason: string | null) => {
    const query = new URLSearchParams({ limit: '100' });
    if (reason) query.set('reason', reason);
    return this.get<DeadLetter[]>(`/dead-letters?${query}`);
  };

  adopt = (code: string, body: { plate: string | null; party: string | null }) =>
    this.post<Adopted>(`/devices/${encodeURIComponent(code)}/adopt`, body);

  reinject = (id: number) => this.post<unknown>(`/dead-letters/${id}/reinject`, {});

  private trackPath(plate: string, from: number, to: number, format: TrackFormat): string {
    const query = new URLSearchParams({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      format,
    });
    return `/vehicles/${encodeURIComponent(plate)}/track?${query}`;
  }

  /** Not simplified: a simplified line keeps its shape, but smears a halt over the drive after it. */
  track = (plate: string, now: number) => this.trackBetween(plate, now - TRACK_MS, now);

  /** The fixes of a stretch of time, milliseconds. */
  trackBetween = (plate: string, from: number, to: number) =>
    this.get<Track>(this.trackPath(plate, from, to, 'geojson'));

  /** The whole track as a file; not a link, because a link cannot carry the token. */
  trackFile = (plate: string, now: number, format: TrackFormat) =>
    this.file(this.trackPath(plate, now - TRACK_MS, now, format));
}
