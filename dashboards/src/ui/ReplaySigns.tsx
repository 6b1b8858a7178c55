/** Marks as shapes: no two kinds are alike, a late one has a corner cut. */
import type { Mark } from '../replay/marks';

/** In a box of 16 by 16. */
export function MarkShape({ mark }: { mark: Mark }) {
  const kind = mark.what === 'alert' ? `alert severity-${mark.severity ?? 4}` : mark.what;
  return (
    <g class={`mark-shape ${kind}${mark.late ? ' corrected' : ''}`}>
      {mark.what === 'node' && <circle cx="8" cy="8" r="4.500" />}
      {mark.what === 'node' && mark.late && <path class="over" d="M3 13 13 3" />}
      {mark.what === 'alert' && <path d="M8 2 14.500 13.500h-13Z" />}
      {mark.what === 'late' && <path class="line" d="M8 2.500a5.500 5.500 0 1 0 5.500 5.500M8 4.800V8l2.400 1.600M13.500 2.500v3.200h-3.200" />}
      {mark.what === 'gap' && <path class="line" d="M2 8h2.500m2.300 0h2.400m2.300 0H14" />}
    </g>
  );
}

export function MarkSign({ mark }: { mark: Mark }) {
  return (
    <svg class="replay-sign-mark" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <MarkShape mark={mark} />
    </svg>
  );
}
