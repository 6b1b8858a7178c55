/** The one live connection of the page and the fleet it keeps up to date. */
import { signal } from '@preact/signals';
import type { Node } from '../api/shapes';
import { type Clock, emptyFleet, reduce } from './fleet';
import type { Segment } from './frames';
import type { AlertNews, Box, ServerMessage } from './messages';
import type { LiveSocket, Status } from './socket';

/** Milliseconds that the map must rest before the server is told where it looks: a drag stops and goes. */
const REST_MS = 250;
/** The stream's script could not be had: after so long it is asked for again, milliseconds. */
const AGAIN_MS = 5000;

export interface SessionDeps {
  readonly url: () => string;
  readonly token: () => string | null;
  /** Milliseconds to add to this computer's clock to get the server's. */
  readonly skew: () => number;
  /** Devices, vehicles, sites or bindings were edited. */
  readonly onWorld: () => void;
  /** New versions of nodes, in order. */
  readonly onNodes: (nodes: readonly Node[]) => void;
  /** New entries of alerts, in order. */
  readonly onAlerts: (alerts: readonly AlertNews[]) => void;
  /** The stream began anew: what happened in between is not in it. */
  readonly onSnapshot: () => void;
}

export class Session {
  readonly fleet = emptyFleet();
  /** Follows the fleet's version at most once a second: panels read this, never each position. */
  readonly version = signal(0);
  /** The server's clock, whole seconds in milliseconds. */
  readonly now = signal(Date.now());
  readonly status = signal<Status>({ phase: 'connecting', heardAt: 0, retryAt: null });
  /** The first snapshot is in, with its positions. */
  readonly loaded = signal(false);
  /** Called on every change, before the panels hear of it: the map. */
  onChange: () => void = () => {};
  private socket: LiveSocket | null = null;
  private box: Box | null = null;
  private looking: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly deps: SessionDeps) {}

  /** Ages grow, whether or not there is a stream. */
  startClock(): void {
    setInterval(() => this.tick(), 1000);
  }

  /** Begin to listen; the page that was asked for waits for nothing of it. */
  async start(): Promise<void> {
    try {
      const { LiveSocket: Socket } = await import('./socket');
      this.socket = this.connect(Socket);
    } catch {
      setTimeout(() => void this.start(), AGAIN_MS); // no network, as it seems
    }
  }

  private connect(Socket: typeof LiveSocket): LiveSocket {
    const { deps } = this;
    const socket = new Socket({
      url: deps.url,
      token: deps.token,
      open: (url) => new WebSocket(url),
      now: () => Date.now(),
      random: Math.random,
      onMessage: (message) => this.take(message),
      onPositions: (segments) => this.takePositions(segments),
      onStatus: (status) => {
        this.status.value = status;
      },
    });
    window.addEventListener('online', () => socket.retry());
    socket.subscribe(this.box);
    socket.start();
    return socket;
  }

  retry(): void {
    this.socket?.retry();
  }

  /** The map shows `box` now; null: as good as everything.  What is elsewhere is told less often, and nothing is left out. */
  look(box: Box | null): void {
    clearTimeout(this.looking);
    this.box = box;
    this.looking = setTimeout(() => this.socket?.subscribe(box), REST_MS);
  }

  private clock(): Clock {
    return { viewer: performance.now(), server: Date.now() + this.deps.skew() };
  }

  private take(message: ServerMessage): void {
    if (message.type !== 'snapshot' && message.type !== 'delta') return;
    const before = this.fleet.version;
    reduce(this.fleet, message, this.clock());
    if (message.type === 'delta') {
      if (message.world) this.deps.onWorld();
      if (message.nodes.length > 0) this.deps.onNodes(message.nodes);
      if (message.alerts.length > 0) this.deps.onAlerts(message.alerts);
    } else this.deps.onSnapshot();
    if (message.vehicles.slot === undefined) this.load(); // else its positions are on their way
    if (this.fleet.version !== before) this.onChange();
  }

  private takePositions(segments: readonly Segment[]): void {
    const before = this.fleet.version;
    reduce(this.fleet, { type: 'positions', segments }, this.clock());
    if (segments.some((each) => each.snapshot)) this.load();
    if (this.fleet.version !== before) this.onChange();
  }

  private load(): void {
    if (this.loaded.value) return;
    this.loaded.value = true;
    this.publish();
  }

  private tick(): void {
    const before = this.fleet.version;
    reduce(this.fleet, { type: 'tick' }, this.clock());
    if (this.fleet.version !== before) this.onChange();
    this.publish();
  }

  private publish(): void {
    this.now.value = Math.floor(this.clock().server / 1000) * 1000;
    this.version.value = this.fleet.version;
  }
}
