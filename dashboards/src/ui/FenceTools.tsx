/** The map's menu about fences: draw, import, export. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { Problem } from '../api/http';
import type { FenceShape } from '../api/shapes';
import { draft, importing, startDrawing } from './fencing';
import { CircleIcon, CorridorIcon, DownloadIcon, PolygonIcon, UploadIcon } from './icons';
import { fencesApi } from './placesApi';
import { t } from './state';

const open = signal(false);
const problem = signal<string | null>(null);

const SHAPES: readonly (readonly [FenceShape, () => ComponentChildren])[] = [
  ['circle', () => <CircleIcon />],
  ['polygon', () => <PolygonIcon />],
  ['corridor', () => <CorridorIcon />],
];

async function save(): Promise<void> {
  try {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await fencesApi.export());
    link.download = 'fences.geojson';
    link.click();
    URL.revokeObjectURL(link.href);
    problem.value = null;
    open.value = false;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

function Menu() {
  const box = useRef<HTMLDivElement>(null);
  // Before the next key arrives: effects proper wait for a frame.
  useLayoutEffect(() => {
    box.current?.querySelector('button')?.focus();
    const shut = (event: Event) => {
      if (!box.current?.parentElement?.contains(event.target as Node)) open.value = false;
    };
    document.addEventListener('pointerdown', shut);
    return () => document.removeEventListener('pointerdown', shut);
  }, []);
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      open.value = false;
      box.current?.parentElement?.querySelector<HTMLElement>('.switch')?.focus();
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const items = [...(box.current?.querySelectorAll('button') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    items.at((at + step) % items.length)?.focus();
  };
  const pick = (act: () => void) => () => {
    open.value = false;
    act();
  };
  return (
    <div class="menu" role="menu" aria-label={t('fence.menu')} ref={box} onKeyDown={press} tabIndex={-1}>
      {SHAPES.map(([shape, icon]) => (
        <button key={shape} type="button" role="menuitem" onClick={pick(() => startDrawing(shape))}>
          {icon()} {t(`shape.${shape}`)}
        </button>
      ))}
      <hr />
      <button
        type="button"
        role="menuitem"
        onClick={pick(() => {
          importing.value = true;
        })}
      >
        <UploadIcon /> {t('fence.import')}
      </button>
      <button type="button" role="menuitem" onClick={() => void save()}>
        <DownloadIcon /> {t('fence.export')}
      </button>
      {problem.value && (
        <p class="bad" role="alert">
          {t('common.failed', { reason: problem.value })}
        </p>
      )}
    </div>
  );
}

export function FenceTools() {
  return (
    <div class="menu-place">
      <button
        type="button"
        class="switch strong"
        aria-haspopup="menu"
        aria-expanded={open.value}
        disabled={draft.value !== null}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        + {t('fence.new')}
      </button>
      {open.value && <Menu />}
    </div>
  );
}
