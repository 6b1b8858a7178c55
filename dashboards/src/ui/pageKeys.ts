/** What keys do on a page other than the map's; pages put theirs here while they are open. */
import { signal } from '@preact/signals';

export const pageKeys = signal<Readonly<Record<string, () => void>> | null>(null);

/** What was typed for the search before its box was there: its script may be on its way. */
export const ENTER = '\n';
export const typedEarly = signal('');
