/** The live socket: subscribe, resume from the cursor, back off, notice silence. */
import { type Segment, decode } from './frames';
import { BadMessage, type Box, type ServerMessage, type Subscribe, parse } from './messages';
import { SILENCE_MS } from './silence';

export type Phase =
  | 'connecting'
  /** Messages arrive. */
  | 'live'
  /** Connected, but silent for longer than a heartbeat allows. */
  | 'stale'
  /** Cut off; trying again. */
  | 'reconnecting'
  /** The server wants another token. */
  | 'refused';

export interface Status {
  readonly phase: Phase;
  /** Viewer's clock, milliseconds; 0 before the first message. */
  readonly heardAt: number;
  /** When the next attempt is made; null while none is due. */
  readonly retryAt: number | null;
}

export interface Deps {
  readonly url: () => string;
  readonly token: () => string | null;
  readonly open: (url: string) => WebSocket;
  readonly now: () => number;
  readonly random: () => number;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onPositions: (segments: readonly Segment[]) => void;
  readonly onStatus: (status: Status) => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A socket this long silent is dead whatever TCP believes. */
const DEAD_MS = 30_000;

/** Full jitter: any wait up to a bound that doubles, so that a thousand consoles spread out. */
export function backoff(attempt: number, random: number): number {
  const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return Math.max(100, bound * random);
}

export class LiveSocket {
  private socket: WebSocket | null = null;
  private cursor: string | null = null;
  /** Whose slots are in use, and whose come with the next message. */
  private process: string | null = null;
  private nextProcess: string | null = null;
  private box: Box | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private status: Status = { phase: 'connecting', heardAt: 0, retryAt: null };

  constructor(private readonly deps: Deps) {}

  start(): void {
    this.watch = setInterval(() => this.listenForSilence(), 1000);
    this.connect();
  }

  stop(): void {
    clearInterval(this.watch);
    clearTimeout(this.timer);
    this.drop();
  }

  /** Try at once: the network is back, or a token was entered. */
  retry(): void {
    if (this.status.phase === 'live') return;
    this.attempt = 0;
    clearTimeout(this.timer);
    this.drop();
    this.connect();
  }

  /** Where positions are wanted at once; null everywhere. */
  subscribe(box: Box | null): void {
    if (String(box) === String(this.box)) return;
    this.box = box;
    if (this.socket?.readyState === WebSocket.OPEN) this.sendSubscription(this.socket);
  }

  private set(change: Partial<Status>): void {
    this.status = { ...this.status, ...change };
    this.deps.onStatus(this.status);
  }

  private connect(): void {
    const socket = this.deps.open(this.deps.url());
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.set({ phase: this.status.heardAt ? 'reconnecting' : 'connecting', retryAt: null });
    socket.addEventListener('open', () => this.sendSubscription(socket));
    socket.addEventListener('message', (event) => this.receive(socket, event.data as unknown));
    socket.addEventListener('close', () => this.lost(socket));
  }

  private sendSubscription(socket: WebSocket): void {
    const message: Subscribe = {
      type: 'subscribe',
      v: 1,
      token: this.deps.token(),
      cursor: this.cursor,
      bbox: this.box,
      vehicles: null,
      format: 'binary',
      process: this.process,
    };
    socket.send(JSON.stringify(message));
  }

  private receive(socket: WebSocket, data: unknown): void {
    if (socket !== this.socket) return;
    try {
      if (data instanceof ArrayBuffer) this.takePositions(decode(data));
      else this.take(parse(String(data)));
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.cursor = null; // whatever was lost, a snapshot brings it back
      socket.close();
    }
  }

  private take(message: ServerMessage): void {
    if (message.type === 'bye') this.part(message.code);
    else if (message.type === 'hello') this.nextProcess = message.process;
    else {
      this.cursor = message.cursor;
      this.process = this.nextProcess;
      this.hear();
    }
    this.deps.onMessage(message);
  }

  /** Positions tell how far the stream is, too; those of a snapshot do not. */
  private takePositions(segments: readonly Segment[]): void {
    const newest = Math.max(0, ...segments.map((each) => each.number));
    const [epoch, number] = this.cursor?.split(':') ?? [];
    if (epoch !== undefined && newest > Number(number)) this.cursor = `${epoch}:${newest}`;
    this.hear();
    this.deps.onPositions(segments);
  }

  private hear(): void {
    this.attempt = 0;
    this.set({ phase: 'live', heardAt: this.deps.now(), retryAt: null });
  }

  private part(code: string): void {
    if (code === 'forbidden') {
      this.set({ phase: 'refused', retryAt: null });
      this.drop();
    }
    if (code === 'bad-request') this.cursor = null;
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    const wait = backoff(this.attempt++, this.deps.random());
    this.set({ phase: 'reconnecting', retryAt: this.deps.now() + wait });
    this.timer = setTimeout(() => this.connect(), wait);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private listenForSilence(): void {
    if (this.status.phase !== 'live' && this.status.phase !== 'stale') return;
    const silence = this.deps.now() - this.status.heardAt;
    if (silence > DEAD_MS && this.socket) {
      const dead = this.socket;
      this.lost(dead);
      dead.close();
    } else if (silence > SILENCE_MS && this.status.phase === 'live') this.set({ phase: 'stale' });
  }
}
