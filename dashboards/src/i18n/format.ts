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

/** m/s as whole km/h, without the unit; a dash when unknown. */
export function formatSpeed(speed: number): string {
  return Number.isNaN(speed) ? '–' : String(Math.round(speed * 3.6));
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

/** Square metres as "0.52 km²" or "7,854 m²". */
export function formatArea(squareMetres: number, lang: Lang): string {
  const km = squareMetres / 1e6;
  if (km < 0.1) return translate(lang, 'fence.areaSmall', { n: formatNumber(squareMetres, lang) });
  return translate(lang, 'fence.area', { n: formatNumber(km, lang, km < 100 ? 2 : 0) });
}

/** "450 m", "1.2 km". */
export function formatDistance(metres: number, lang: Lang): string {
  return metres < 1000 ? `${formatNumber(metres, lang)} m` : `${formatNumber(metres / 1000, lang, 1)} km`;
}

/** Minutes after midnight as "22:00"; beyond midnight as "06:00 +1". */
function formatOpening(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const days = Math.floor(minutes / 1440);
  const clock = `${two(Math.floor((minutes % 1440) / 60))}:${two(minutes % 60)}`;
  return days > 0 && minutes % 1440 === 0 && days === 1 ? '24:00' : days > 0 ? `${clock} +${days}` : clock;
}

/** "Mon-Fri 22:00-06:00 +1, Sat 00:00-24:00". */
export function formatHours(
  hours: readonly { readonly days: readonly number[]; readonly opens: number; readonly closes: number }[],
  lang: Lang,
): string {
  if (hours.length === 0) return translate(lang, 'fence.always');
  const names = translate(lang, 'days').split(' ');
  const some = ({ days, opens, closes }: (typeof hours)[number]) => {
    const sorted = days.toSorted((a, b) => a - b);
    const [first, last] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
    const run = sorted.length > 2 && last - first === sorted.length - 1;
    const which = run ? `${names[first]}-${names[last]}` : sorted.map((day) => names[day]).join(' ');
    return `${which} ${formatOpening(opens)}-${formatOpening(closes)}`;
  };
  return hours.map(some).join(', ');
}
