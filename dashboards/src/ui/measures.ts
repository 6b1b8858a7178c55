/** Speeds and lengths in the units that the person at the screen reads. */
import { formatHeight, formatLength, formatSpeed, formatSpeedUnit, speedUnit } from '../i18n/units';
import * as state from './state';

/** "72" of m/s, in km/h or mph. */
export const speedNumber = (speed: number): string => formatSpeed(speed, state.units.value);
/** "km/h" or "mph". */
export const speedUnitWord = (): string => speedUnit(state.units.value, state.lang.value);
/** "72 km/h" of m/s. */
export const speedWords = (speed: number): string => formatSpeedUnit(speed, state.units.value, state.lang.value);
/** "1.2 km" of metres. */
export const lengthWords = (metres: number): string => formatLength(metres, state.units.value, state.lang.value);
/** "12 m" of metres above the sea. */
export const heightWords = (metres: number): string => formatHeight(metres, state.units.value, state.lang.value);
