/** Areas and opening hours as people read them.  Pure. */
import { type Lang, translate } from './index';
import { formatNumber } from './format';

/** Square metres as "0.52 km²" or "7,854 m²". */
export function formatArea(squareMetres: number, lang: Lang): string {
  const km = squareMetres / 1e6;
  if (km < 0.1) return translate(lang, 'fence.areaSmall', { n: formatNumber(squareMetres, lang) });
  return translate(lang, 'fence.area', { n: formatNumber(km, lang, km < 100 ? 2 : 0) });
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
