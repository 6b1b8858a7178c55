/** Small drawings; all decorative, so hidden from screen readers. */
import { State } from '../live/state';
import { Icon } from './frameIcons';

export { SearchIcon, ChevronIcon, KeyboardIcon, Logo, GearIcon, CloseIcon, CopyIcon, Icon } from './frameIcons';

export const CrosshairIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="7" />
    <path d="M12 2v4m0 12v4M2 12h4m12 0h4" />
  </Icon>
);
export const RulerIcon = () => (
  <Icon>
    <path d="M3.500 15.500 15.500 3.500l5 5-12 12Z" />
    <path d="m7 12 2 2m1.500-5.500 2 2m1.500-5.500 2 2" />
  </Icon>
);
export const RouteIcon = () => (
  <Icon>
    <circle cx="6" cy="19" r="2.500" />
    <circle cx="18" cy="5" r="2.500" />
    <path d="M8.500 19H15a3.500 3.500 0 0 0 0-7H9a3.500 3.500 0 0 1 0-7h6.500" />
  </Icon>
);
export const DownloadIcon = () => (
  <Icon size={14}>
    <path d="M12 4v11m-4-4 4 4 4-4M5 20h14" />
  </Icon>
);
export const HubIcon = () => (
  <Icon>
    <path d="M4 20V9l8-5 8 5v11M9 20v-6h6v6" />
  </Icon>
);
export const ArriveIcon = () => (
  <Icon>
    <path d="M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M3 12h11m-4-4 4 4-4 4" />
  </Icon>
);
export const DepartIcon = () => (
  <Icon>
    <path d="M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M10 12h11m-4-4 4 4-4 4" />
  </Icon>
);
export const PassIcon = () => (
  <Icon>
    <path d="M3 12h18m-4-4 4 4-4 4M9 5v3m0 8v3" />
  </Icon>
);
export const CircleIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <circle cx="12" cy="12" r="1" />
  </Icon>
);
export const PolygonIcon = () => (
  <Icon>
    <path d="m12 3 9 7-4 10H7L3 10Z" />
  </Icon>
);
export const CorridorIcon = () => (
  <Icon>
    <path d="M4 20C4 10 20 14 20 4M4 20h0M20 4h0" />
  </Icon>
);
export const PenIcon = () => (
  <Icon>
    <path d="m4 20 1-5L16 4l4 4L9 19ZM13 7l4 4" />
  </Icon>
);
export const UploadIcon = () => (
  <Icon size={14}>
    <path d="M12 15V4m-4 4 4-4 4 4M5 20h14" />
  </Icon>
);

const CLASS: Readonly<Record<State, string>> = {
  [State.Moving]: 'moving',
  [State.Stopped]: 'stopped',
  [State.Stale]: 'stale',
  [State.Lost]: 'lost',
  [State.Silent]: 'silent',
};

export type StateName = 'moving' | 'stopped' | 'stale' | 'lost' | 'silent';

export function stateName(state: State): StateName {
  return (CLASS[state] ?? 'silent') as StateName;
}

/** The same shape as on the map, so that colour is never the only sign. */
export function StateMark({ state, course }: { state: State; course?: number }) {
  const turn = course !== undefined && !Number.isNaN(course) ? `rotate(${course} 8 8)` : undefined;
  return (
    <svg class={`mark mark-${stateName(state)}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      {state === State.Moving && <path d="M8 1.500 13 14 8 11.200 3 14Z" fill="currentColor" transform={turn} />}
      {state === State.Stopped && <rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" />}
      {state === State.Stale && (
        <rect x="4" y="4" width="8" height="8" rx="1" fill="none" stroke="currentColor" stroke-width="2" />
      )}
      {state === State.Lost && <circle cx="8" cy="8" r="4.500" fill="none" stroke="currentColor" stroke-width="2.400" />}
      {state === State.Silent && <path d="M4 8h8" stroke="currentColor" stroke-width="2" stroke-linecap="round" />}
    </svg>
  );
}
