/** How a trip stands, as a shape, a colour and a word: never as a colour alone. */
import type { Risk } from '../api/trips';
import { formatAge } from '../i18n/format';
import { shownRisk } from '../live/chip';
import * as state from './state';
import { t } from './state';

export { shownRisk } from '../live/chip';

const MINUTE = 60;

/** The shape of a risk; no two are alike, filled ones want attention. */
export function RiskMark({ risk }: { risk: Risk }) {
  return (
    <svg class={`mark risk-${risk}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      {risk === 'overdue' && <path d="M5.200 1.500h5.600l3.700 3.700v5.600l-3.700 3.700H5.200l-3.700-3.700V5.200Z" fill="currentColor" />}
      {risk === 'overdue' && <path class="cut" d="M8 4.300v4.400M8 11.300v.2" stroke-width="2" stroke-linecap="round" />}
      {risk === 'late' && <path d="M8 2 14.500 13.500h-13Z" fill="currentColor" />}
      {risk === 'at_risk' && <path d="M8 2.200 13.800 8 8 13.800 2.200 8Z" fill="none" stroke="currentColor" stroke-width="2.200" stroke-linejoin="round" />}
      {risk === 'on_time' && <path d="m3 8.500 3.300 3.500L13 4.500" fill="none" stroke="currentColor" stroke-width="2.400" stroke-linecap="round" stroke-linejoin="round" />}
      {risk === 'early' && <path d="M3 3.500 7.500 8 3 12.500M8.500 3.500 13 8l-4.500 4.500" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />}
      {risk === 'unknown' && <circle cx="8" cy="8" r="5.500" fill="none" stroke="currentColor" stroke-width="1.800" stroke-dasharray="2.600 1.900" />}
    </svg>
  );
}

/** "+2 h 32 min", "−4 min", "0 min"; whole minutes. */
export function signedDelay(seconds: number): string {
  const minutes = Math.round(seconds / MINUTE);
  const span = Math.abs(minutes) === 0 ? t('unit.min', { n: 0 }) : formatAge(Math.abs(minutes) * MINUTE, state.lang.value);
  return minutes > 0 ? `+${span}` : minutes < 0 ? `−${span}` : span;
}

/** "Late by 2 h 32 min". */
export function delayWords(seconds: number): string {
  const minutes = Math.round(seconds / MINUTE);
  if (minutes === 0) return t('delay.now');
  return t(minutes > 0 ? 'delay.late' : 'delay.early', { age: formatAge(Math.abs(minutes) * MINUTE, state.lang.value) });
}

/** Without an estimate there is no number, whatever was said before. */
export function DelayBadge({ risk: told, delay, word = false }: { risk: Risk; delay: number | null; word?: boolean }) {
  const risk = shownRisk(told, delay);
  const known = risk !== 'unknown' && delay !== null && !Number.isNaN(delay);
  const name = t(`risk.${risk}`);
  return (
    <span class={`badge delay delay-${risk} num`} title={known ? `${name}: ${delayWords(delay)}` : name} data-risk={risk}>
      <RiskMark risk={risk} />
      {(word || !known) && <span>{name}</span>}
      {known && <span>{signedDelay(delay)}</span>}
      {known && !word && <span class="unseen">{name}</span>}
    </span>
  );
}
