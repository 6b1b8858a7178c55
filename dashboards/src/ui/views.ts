/** Views of the board that somebody keeps: named addresses, in this browser. */
import { signal } from '@preact/signals';
import * as filters from './filters';
import { remember, remembered } from './state';

export interface SavedView {
  readonly name: string;
  /** The part of the address behind `?`. */
  readonly query: string;
}

/** More are not found again in a menu. */
const MOST = 30;

/** What was kept; anything else than a list of views is none. */
export function readViews(kept: string | null): SavedView[] {
  try {
    const found: unknown = JSON.parse(kept ?? '[]');
    if (!Array.isArray(found)) return [];
    return found.flatMap((each: Partial<SavedView> | null) =>
      typeof each?.name === 'string' && typeof each.query === 'string' ? [{ name: each.name, query: each.query }] : [],
    );
  } catch {
    return []; // somebody else wrote there
  }
}

export const views = signal<readonly SavedView[]>(readViews(remembered('views')));

function keep(next: readonly SavedView[]): void {
  views.value = next;
  remember('views', JSON.stringify(next));
}

/** The board as it is gets a name; one of that name is replaced. */
export function saveView(name: string): void {
  const others = views.value.filter((each) => each.name !== name);
  keep([...others, { name, query: filters.query.value }].slice(-MOST));
}

export function forgetView(name: string): void {
  keep(views.value.filter((each) => each.name !== name));
}

/** The address of the board as it is, for somebody else: without what is of this browser alone. */
export function viewLink(base: string): string {
  const url = new URL(base);
  url.search = '';
  url.hash = filters.query.value ? `#/?${filters.query.value}` : '#/';
  return url.href;
}
