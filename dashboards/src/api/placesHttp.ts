/** The API's parts about fences and about nodes. */
import type {
  Board,
  Datum,
  Fence,
  FenceEdit,
  FenceSaved,
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

export type ImportFormat = 'geojson' | 'kml' | 'csv';

const path = (code: string) => `/fences/${encodeURIComponent(code)}`;

export class FencesApi {
  constructor(private readonly line: Line) {}

  list = async (wish: { box?: Box; q?: string } = {}): Promise<readonly Fence[]> => {
    const asked = withQuery('/fences', { bbox: wish.box?.join(','), q: wish.q });
    return (await this.line.get<{ features: readonly Fence[] }>(asked)).features;
  };

  one = (code: string) => this.line.get<Fence>(path(code));

  versions = async (code: string): Promise<readonly Fence[]> => {
    type Answer = readonly Fence[] | { readonly versions: readonly Fence[] };
    const answer = await this.line.get<Answer>(`${path(code)}/versions`);
    return 'versions' in answer ? answer.versions : answer;
  };

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

/** A list, bare or under its name. */
function listed<T>(answer: readonly T[] | Readonly<Record<string, readonly T[]>>, name: string): readonly T[] {
  return Array.isArray(answer) ? (answer as readonly T[]) : ((answer as Record<string, readonly T[]>)[name] ?? []);
}

export class NodesApi {
  constructor(private readonly line: Line) {}

  list = async (wish: NodeWish): Promise<readonly Node[]> => {
    const times = { from: instant(wish.from), to: instant(wish.to) };
    return listed(await this.line.get<readonly Node[]>(withQuery('/nodes', { ...wish, ...times })), 'nodes');
  };

  /** Newest first. */
  versions = async (id: string): Promise<readonly Node[]> =>
    (await this.line.get<{ versions: readonly Node[] }>(`/nodes/${id}`)).versions;

  add = (node: NewNode) => this.line.send<Node>('POST', '/nodes', node);

  /** A person's word; 409 when `version` is not the newest. */
  correct = (id: string, said: NodeCorrection) => this.line.send<Node>('POST', `/nodes/${id}/versions`, said);

  visits = async (wish: VisitWish): Promise<readonly Visit[]> => {
    const times = { from: instant(wish.from), to: instant(wish.to) };
    return listed(await this.line.get<readonly Visit[]>(withQuery('/visits', { ...wish, ...times })), 'visits');
  };

  board = (site: string, from: number, to: number) =>
    this.line.get<Board>(
      withQuery(`/sites/${encodeURIComponent(site)}/board`, { from: instant(from), to: instant(to) }),
    );
}
