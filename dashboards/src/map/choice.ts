/** What the panels choose for the map, and what it tells them. */
import type { Box } from '../live/messages';

export interface Events {
  onSelect: (plate: string | null) => void;
  onFence: (code: string) => void;
  onSite: (code: string) => void;
  /** What to say of a site under the pointer, line by line. */
  sayHub: (code: string, inside: number) => readonly string[];
  /** The map looks elsewhere. */
  onView: (box: Box, zoom: number) => void;
  onHover: (plate: string | null) => void;
  /** The viewer took the map in hand: following ends. */
  onDrag: () => void;
  /** The configured base map did not answer. */
  onFallback: () => void;
}

export interface Choice {
  readonly selected: string | null;
  readonly hovered: string | null;
  readonly visible: Uint8Array | null;
  readonly plates: boolean;
  readonly hubs: boolean;
  /** Circles instead of markers while the map is far away. */
  readonly cluster: boolean;
  /** Time runs faster than the clock: what changed is drawn with the next frame. */
  readonly swift: boolean;
}
