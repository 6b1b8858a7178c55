/** What a link shows, as it changes: asked once, then heard; asked again where nothing can be heard. */
import type { Shared } from './shapes';

/** Between two questions where there is no stream, milliseconds. */
export const EVERY_MS = 15_000;
/** RFC 6455: what the stream is closed with when the link leads nowhere any more. */
const GONE = 1008;

export type News =
  | { readonly kind: 'told'; readonly told: Shared }
  /** Unknown, expired and revoked look the same. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'away' };

export interface Address {
  /** Of the API's part for strangers. */
  readonly base: string;
  readonly token: string;
}

/** Seen from the page's own address, `.../s/<token>`. */
export function addressOf(page: string): Address {
  const { origin, pathname } = new URL(page);
  const [, before = '', token = ''] = /^(.*)\/s\/([^/]*)\/?$/.exec(pathname) ?? [];
  return { base: `${origin}${before}/api/v1/shared`, token };
}

/** `again`: the same page looks again, which is no new view. */
export async function ask({ base, token }: Address, again: boolean): Promise<News> {
  let answer: Response;
  try {
    answer = await fetch(`${base}/${token}${again ? '?again=true' : ''}`, { cache: 'no-store', referrerPolicy: 'no-referrer', credentials: 'omit' });
    if (answer.ok) return { kind: 'told', told: (await answer.json()) as Shared };
  } catch {
    return { kind: 'away' }; // the network, or an answer that was cut off
  }
  if (answer.status === 404 || answer.status === 410) return { kind: 'ended' };
  return { kind: answer.status === 429 ? 'busy' : 'away' };
}

/** Follows a link until it ends or `stop` is called. */
export class Follower {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = false;
  private over = false;

  constructor(
    private readonly address: Address,
    private readonly onNews: (news: News) => void,
  ) {}

  /** Ask now; where it is told, listen from then on. */
  async start(): Promise<void> {
    clearTimeout(this.timer);
    const news = await ask(this.address, this.asked);
    if (this.over) return;
    this.asked ||= news.kind === 'told';
    this.take(news);
    if (news.kind === 'told') this.listen();
    else if (!this.over) this.later();
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private take(news: News): void {
    this.onNews(news);
    if (news.kind === 'ended') this.stop();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.start(), EVERY_MS);
  }

  /** The token goes in the first message: addresses are written into logs. */
  private listen(): void {
    if (this.socket) return this.later();
    const socket = new WebSocket(`${this.address.base}/live`.replace(/^http/, 'ws'));
    this.socket = socket;
    socket.addEventListener('open', () => socket.send(JSON.stringify({ token: this.address.token })));
    socket.addEventListener('message', (event) => {
      if (!this.over) this.take({ kind: 'told', told: JSON.parse(String(event.data)) as Shared });
    });
    socket.addEventListener('close', (event) => {
      this.socket = null;
      if (this.over) return;
      if (event.code === GONE) void this.start(); // it says what has become of the link
      else this.later();
    });
    return undefined;
  }
}
