/** Errors and shares as people read them. */
import type { Bucket } from '../api/trips';
import { formatAge, formatNumber } from '../i18n/format';
import * as state from './state';
import { t } from './state';

/** Shorter spans are told with a digit after the point, seconds. */
const ROUND_S = 600;

/** "4.2 min", "27 min", "1 h 12 min". */
export function minutesOf(seconds: number): string {
  const { value: lang } = state.lang;
  if (seconds < ROUND_S) return t('unit.min', { n: formatNumber(seconds / 60, lang, 1) });
  return formatAge(Math.round(seconds / 60) * 60, lang);
}

export function percentOf(share: number): string {
  return `${formatNumber(share * 100, state.lang.value)} %`;
}

/** From here on a horizon is told in hours, seconds. */
const HOURS_S = 7200;

/** "10–15 min", "2–6 h", "> 24 h": how long before the arrival. */
export function horizonOf({ from_s: from, to_s: to }: Bucket): string {
  const hours = to === null ? from >= HOURS_S : to > HOURS_S;
  const n = (seconds: number) => formatNumber(seconds / (hours ? 3600 : 60), state.lang.value, seconds % (hours ? 3600 : 60) === 0 ? 0 : 1);
  const range = to === null ? `> ${n(from)}` : `${n(from)}–${n(to)}`;
  return t(hours ? 'unit.h' : 'unit.min', { n: range });
}
