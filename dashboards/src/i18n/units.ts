/** Speeds and lengths in the units a person reads.  Pure; SI in, words out.  Clocks are of 24 hours everywhere. */
import { type Lang, translate } from './index';
import { formatNumber } from './format';

export const UNITS = ['metric', 'imperial'] as const;
export type Units = (typeof UNITS)[number];

/** The international mile: 5,280 feet of 0.3048 m. */
const MILE_M = 1609.344;
const KILOMETRE_M = 1000;
const HOUR_S = 3600;
const FOOT_M = 0.3048;
/** Shorter than this, feet are told: a tenth of a mile. */
const FEET_BELOW_M = MILE_M / 10;

/** Metres in one of the long unit. */
export function longUnit(units: Units): number {
  return units === 'imperial' ? MILE_M : KILOMETRE_M;
}

/** m/s as a number of km/h or mph; NaN stays NaN. */
export function speedIn(speed: number, units: Units): number {
  return (speed * HOUR_S) / longUnit(units);
}

/** m/s from a number of km/h or mph. */
export function speedFrom(value: number, units: Units): number {
  return (value * longUnit(units)) / HOUR_S;
}

/** "km/h" or "mph". */
export function speedUnit(units: Units, lang: Lang): string {
  return translate(lang, units === 'imperial' ? 'unit.mph' : 'unit.kmh');
}

/** "72", without the unit; a dash when unknown. */
export function formatSpeed(speed: number, units: Units): string {
  return Number.isNaN(speed) ? '–' : String(Math.round(speedIn(speed, units)));
}

/** "72 km/h". */
export function formatSpeedUnit(speed: number, units: Units, lang: Lang): string {
  return Number.isNaN(speed) ? '–' : `${formatSpeed(speed, units)} ${speedUnit(units, lang)}`;
}

/** "450 m", "1.2 km"; "480 ft", "0.7 mi".  From 100 of the long unit on without a fraction. */
export function formatLength(metres: number, units: Units, lang: Lang): string {
  if (Number.isNaN(metres)) return '–';
  if (units === 'metric' && metres < KILOMETRE_M) return `${formatNumber(metres, lang)} m`;
  if (units === 'imperial' && metres < FEET_BELOW_M) return `${formatNumber(metres / FOOT_M, lang)} ft`;
  const value = metres / longUnit(units);
  return `${formatNumber(value, lang, value < 100 ? 1 : 0)} ${units === 'imperial' ? 'mi' : 'km'}`;
}

/** "m" or "ft" of a short length such as a height. */
export function formatHeight(metres: number, units: Units, lang: Lang): string {
  if (Number.isNaN(metres)) return '–';
  return units === 'imperial' ? `${formatNumber(metres / FOOT_M, lang)} ft` : `${formatNumber(metres, lang)} m`;
}
