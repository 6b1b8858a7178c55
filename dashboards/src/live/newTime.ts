/** The new time of a waybill as a sentence for its customer: nothing of the vehicle, the driver or other stops.  Pure. */
import type { WaybillBrief } from '../api/waybills';
import { type Lang, translate } from '../i18n';
import { formatAge, formatMinute, formatZone } from '../i18n/format';

/** Later than this is worth saying, seconds: windows are given in minutes, lives are not. */
const WORTH_S = 300;

/** As of `now`, milliseconds; on the clock of the wall at the destination. */
export function newTimeWords(one: WaybillBrief, now: number, lang: Lang): string {
  const { number, destination, eta, promised_at: promised } = one;
  const site = lang === 'zh' ? destination.name_zh : destination.name_en;
  if (!eta) return translate(lang, 'card.newTime.none', { number, site });
  const minute = (iso: string) => formatMinute(Date.parse(iso), now, destination.zone, lang);
  const from = minute(eta.p50);
  const to = eta.p90 === null ? from : minute(eta.p90);
  const zone = formatZone(Date.parse(eta.p50), destination.zone, lang);
  const says = translate(lang, to === from ? 'card.newTime.about' : 'card.newTime.window', { number, site, from, to, zone });
  if (promised === null) return says;
  const late = (Date.parse(eta.p50) - Date.parse(promised)) / 1000;
  const words =
    late >= WORTH_S
      ? translate(lang, 'card.newTime.late', { late: formatAge(late, lang), promised: minute(promised) })
      : translate(lang, 'card.newTime.inTime', { promised: minute(promised) });
  return lang === 'zh' ? says + words : `${says} ${words}`;
}
