/** The one live connection of the page and the fleet it keeps up to date. */
import { signal } from '@preact/signals';
import type { Node } from '../api/shapes';
import { type Clock, emptyFleet, reduce } from './fleet';
import type { AlertNews, ServerMessage } from './messages';
import { LiveSocket, type Status } from './socket';

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
  /** The first snapshot is in. */
  readonly loaded = signal(false);
  /** Called on every change, before the panels hear of it: the map. */
  onChange: () => void = () => {};
  private readonly socket: LiveSocket;

  constructor(private readonly deps: SessionDeps) {
    this.socket = new LiveSocket({
      url: deps.url,
      token: deps.token,
      open: (url) => new WebSocket(url),
      now: () => Date.now(),
      random: Math.random,
      onMessage: (message) => this.take(message),
      onStatus: (status) => {
        this.status.value = status;
      },
    });
  }

  /** Ages grow, whether or not there is a stream. */
  startClock(): void {
    setInterval(() => this.tick(), 1000);
  }

  start(): void {
    window.addEventListener('online', () => this.socket.retry());
    this.socket.start();
  }

  retry(): void {
    this.socket.retry();
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
    if (!this.loaded.value) {
      this.loaded.value = true;
      this.publish();
    }
    if (this.fleet.version !== before) this.onChange();
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
