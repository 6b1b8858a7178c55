/** What the parts of the API's client share. */

/** The API said no, or could not be reached (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** JSON pointer into what was sent, or the name of a parameter: the value at fault. */
    readonly where: string | null = null,
  ) {
    super(message);
    this.name = 'Problem';
  }

  /** The field of the body at fault: `/radius_m` is `radius_m`; null when none is named. */
  get field(): string | null {
    return this.where?.replace(/^\//, '').split('/')[0] || null;
  }
}

/** How a part of the client asks. */
export interface Line {
  readonly get: <T>(path: string) => Promise<T>;
  readonly send: <T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<T>;
  readonly file: (path: string) => Promise<Blob>;
}

/** A path with the parameters that are given. */
export function withQuery(path: string, parameters: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
