/** Colours of the map by theme: a map quieter than its data. */
import { type Flavor, namedFlavor } from '@protomaps/basemaps';
import type { Role } from '../api/shapes';
import type { Risk } from '../api/trips';
import { State } from '../live/state';

export type Theme = 'dark' | 'light';

export interface MapColours {
  /** Marker colour by state. */
  readonly states: Readonly<Record<State, string>>;
  /** Drawn around every marker so that it stands off the map. */
  readonly casing: string;
  /** Ring of the selected vehicle. */
  readonly ring: string;
  readonly text: string;
  readonly halo: string;
  readonly track: string;
  readonly hub: string;
  readonly hubInk: string;
  /** Outlines of fences by what they are for; only the forbidden one warns. */
  readonly roles: Readonly<Record<Role, string>>;
  /** The same hues as the `--risk-*` tokens. */
  readonly risks: Readonly<Record<Risk, string>>;
  /** What is wrong with a drawing. */
  readonly alarm: string;
}

/** The same hues as the `--state-*` tokens of `ui/tokens.css`. */
export const COLOURS: Readonly<Record<Theme, MapColours>> = {
  dark: {
    states: {
      [State.Moving]: '#34d399',
      [State.Stopped]: '#8fb4dd',
      [State.Stale]: '#98a2ad',
      [State.Lost]: '#f2a33c',
      [State.Silent]: '#6b7681',
    },
    casing: '#0a1017',
    ring: '#ffffff',
    text: '#e6edf3',
    halo: '#0a1017',
    track: '#4c9aff',
    hub: '#9fb0c1',
    hubInk: '#141c25',
    roles: {
      hub: '#6ea8f7',
      origin: '#58c4c4',
      destination: '#b79cf2',
      rest_area: '#8fbf7f',
      customs: '#d8b56a',
      forbidden: '#f28b82',
      other: '#9fb0c1',
    },
    risks: {
      overdue: '#ff5d5d',
      late: '#ff5d5d',
      at_risk: '#f2b33c',
      on_time: '#34d399',
      early: '#6ab7ff',
      unknown: '#98a2ad',
    },
    alarm: '#ff8a80',
  },
  light: {
    states: {
      [State.Moving]: '#0b8457',
      [State.Stopped]: '#3f6591',
      [State.Stale]: '#6f7a85',
      [State.Lost]: '#b45f06',
      [State.Silent]: '#8b949e',
    },
    casing: '#ffffff',
    ring: '#0d1520',
    text: '#17202b',
    halo: '#ffffff',
    track: '#1f6feb',
    hub: '#55657a',
    hubInk: '#ffffff',
    roles: {
      hub: '#2566c4',
      origin: '#0e7c7c',
      destination: '#6b46b8',
      rest_area: '#4b7a3a',
      customs: '#8a6100',
      forbidden: '#b42318',
      other: '#55657a',
    },
    risks: {
      overdue: '#d92d20',
      late: '#d92d20',
      at_risk: '#b26a00',
      on_time: '#0b8457',
      early: '#1f6feb',
      unknown: '#6f7a85',
    },
    alarm: '#d92d20',
  },
};

const DARK: Partial<Flavor> = {
  background: '#0b1118',
  water: '#0b1118',
  earth: '#151d27',
  boundaries: '#33414f',
  city_label: '#7d8d9e',
  city_label_halo: '#151d27',
  state_label: '#788694',
  state_label_halo: '#151d27',
  country_label: '#788694',
  major: '#22303d',
  highway: '#2a3a49',
  buildings: '#1a242f',
};

const LIGHT: Partial<Flavor> = {
  background: '#cfdce8',
  water: '#cfdce8',
  earth: '#f6f5f2',
  boundaries: '#b9bfc7',
  city_label: '#5b6672',
  city_label_halo: '#f6f5f2',
  state_label: '#68717b',
  state_label_halo: '#f6f5f2',
  country_label: '#68717b',
  major: '#ffffff',
  highway: '#fbe6bd',
};

export function flavour(theme: Theme): Flavor {
  return { ...namedFlavor(theme), ...(theme === 'dark' ? DARK : LIGHT) };
}
