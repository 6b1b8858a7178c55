/** Asking for what a link shows, again and again; an ended link ends the asking. */
import type { Shared } from './shapes';

/** Between two questions, milliseconds. */
export const EVERY_MS = 15_000;

export type News =
  | { readonly kind: 'told'; readonly told: Shared }
  /** Unknown, expired and revoked look the same. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'away' };

/** Where the API is, seen from the page's address `.../s/<token>`. */
export function addressOf(page: string): string {
  const token = new URL(page).pathname.split('/').findLast((part) => part !== '') ?? '';
  return new URL(`../api/v1/shared/${encodeURIComponent(decodeURIComponent(token))}`, page).href;
}

export async function ask(address: string): Promise<News> {
  let answer: Response;
  try {
    answer = await fetch(address, { cache: 'no-store', referrerPolicy: 'no-referrer', credentials: 'omit' });
    if (answer.ok) return { kind: 'told', told: (await answer.json()) as Shared };
  } catch {
    return { kind: 'away' }; // the network, or an answer that was cut off
  }
  if (answer.status === 404 || answer.status === 410) return { kind: 'ended' };
  return { kind: answer.status === 429 ? 'busy' : 'away' };
}
