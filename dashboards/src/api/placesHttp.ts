/** The API's parts about fences and about nodes. */
import type {
  Board,
  Datum,
  Due,
  Fence,
  FenceEdit,
  FenceList,
  FenceSaved,
  ImportFormat,
  ImportReport,
  NewNode,
  Node,
  NodeCorrection,
  NodeKind,
  Visit,
} from './places';
import { type Line, withQuery } from './problem';

/** [west, south, east, north] in degrees. */
export type Box = readonly [number, number, number, number];

/** Of each list of a site's page. */
const MOST_ON_BOARD = 1000;

const path = (code: string) => `/fences/${encodeURIComponent(code)}`;

export class FencesApi {
  constructor(private readonly line: Line) {}

  list = (wish: { box?: Box; q?: string }) =>
    this.line.get<FenceList>(withQuery('/fences', { bbox: wish.box?.join(','), q: wish.q }));

  one = (code: string) => this.line.get<Fence>(path(code));

  /** Newest first. */
  versions = async (code: string): Promise<readonly Fence[]> =>
    (await this.line.get<{ versions: readonly Fence[] }>(`${path(code)}/versions`)).versions;

  add = (edit: FenceEdit) => this.line.send<FenceSaved>('POST', '/fences', edit);

  /** A new version; 409 when `version` is not the newest. */
  edit = (edit: FenceEdit, version: number) =>
    this.line.send<FenceSaved>('PUT', path(edit.code), { ...edit, version });

  end = (code: string, said: { version: number; author: string; reason: string }) =>
    this.line.send<unknown>('DELETE', withQuery(path(code), said));

  confirm = (code: string, said: { author: string; confidence: 'drawn' | 'surveyed' }) =>
    this.line.send<unknown>('POST', `${path(code)}/confirm`, said);

  import = (file: Blob, how: { format: ImportFormat; datum: Datum; author: string; dry_run: boolean }) =>
    this.line.send<ImportReport>('POST', withQuery('/fences/import', how), file);

  /** Everything as GeoJSON; not a link, because a link cannot carry the token. */
  export = () => this.line.file('/fences/export');
}

export interface NodeWish {
  readonly vehicle?: string;
  readonly site?: string;
  readonly kind?: NodeKind;
  /** Milliseconds. */
  readonly from?: number;
  readonly to?: number;
  readonly retracted?: boolean;
  readonly limit?: number;
}

export interface VisitWish {
  readonly site?: string;
  readonly fence?: string;
  readonly open?: boolean;
  /** Milliseconds. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}

const instant = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

export class NodesApi {
  constructor(private readonly line: Line) {}

  /** Newest first; without a time, of the last week. */
  list = (wish: NodeWish) => {
    const times = { from: instant(wish.from), to: instant(wish.to) };
    return this.line.get<readonly Node[]>(withQuery('/nodes', { ...wish, ...times }));
  };

  /** Newest first. */
  versions = async (id: string): Promise<readonly Node[]> =>
    (await this.line.get<{ versions: readonly Node[] }>(`/nodes/${id}`)).versions;

  add = (node: NewNode) => this.line.send<Node>('POST', '/nodes', node);

  /** A person's word; 409 when `version` is not the newest. */
  correct = (id: string, said: NodeCorrection) => this.line.send<Node>('POST', `/nodes/${id}/versions`, said);

  /** Newest entry first; without a time, of the last week. */
  visits = (wish: VisitWish) => {
    const times = { from: instant(wish.from), to: instant(wish.to) };
    return this.line.get<readonly Visit[]>(withQuery('/visits', { ...wish, ...times }));
  };

  /** Who is still to arrive at a site within so many hours. */
  due = (site: string, hours: number) => this.line.get<Due>(withQuery(`/sites/${encodeURIComponent(site)}/due`, { hours }));

  /** What happened at a site since `from` until now. */
  board = (site: string, from: number) => {
    const asked = { from: instant(from), limit: MOST_ON_BOARD };
    return this.line.get<Board>(withQuery(`/sites/${encodeURIComponent(site)}/board`, asked));
  };
}
