/** Numbers and times as people read them.  Pure: language and zone are arguments. */
import { type Lang, translate } from './index';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "42 s", "12 min", "2 h 05 min", "3 d 4 h"; never more than two units. */
export function formatAge(seconds: number, lang: Lang): string {
  if (Number.isNaN(seconds)) return translate(lang, 'common.unknown');
  const s = Math.max(0, Math.floor(seconds));
  const part = (unit: 's' | 'min' | 'h' | 'd', n: number) => translate(lang, `unit.${unit}`, { n });
  if (s < MINUTE) return part('s', s);
  if (s < HOUR) return part('min', Math.floor(s / MINUTE));
  const [large, small, size, rest] =
    s < DAY ? (['h', 'min', HOUR, MINUTE] as const) : (['d', 'h', DAY, HOUR] as const);
  const lower = Math.floor((s % size) / rest);
  const upper = part(large, Math.floor(s / size));
  return lower > 0 ? `${upper} ${part(small, lower)}` : upper;
}

export function formatNumber(value: number, lang: Lang, digits = 0): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(lang, options).format(value);
}

/** "125° SE". */
export function formatCourse(degrees: number, lang: Lang): string {
  if (Number.isNaN(degrees)) return '–';
  const words = translate(lang, 'compass').split(' ');
  const whole = Math.round(degrees) % 360;
  return `${whole}° ${words[Math.round(degrees / 45) % 8] ?? ''}`;
}

/** "31.23040, 121.47370": latitude first, metres apart in the last digit. */
export function formatPlace(lon: number, lat: number): string {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

/** "14:05:09" on the day of `now`, else "20 Nov, 14:05:09"; 24 hours, in the zone. */
export function formatTime(ms: number, now: number, zone: string, lang: Lang): string {
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  const day = (at: number) => new Intl.DateTimeFormat('sv', { timeZone: zone }).format(at);
  const date = day(ms) === day(now) ? {} : ({ day: 'numeric', month: 'short' } as const);
  const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { ...time, ...date, timeZone: zone }).format(ms);
}

/** "GMT+8". */
export function formatZone(at: number, zone: string, lang: Lang): string {
  const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';
  const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'shortOffset' });
  return format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? zone;
}

/** "14:05" on the day of `now`, else "20 Nov, 14:05"; 24 hours, in the zone. */
export function formatMinute(ms: number, now: number, zone: string, lang: Lang): string {
  return formatTime(ms, now, zone, lang).replace(/:\d\d$/, '');
}
