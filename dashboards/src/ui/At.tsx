/** An instant as the people at a site read it. */
import type { Eta, TripSite } from '../api/trips';
import * as state from './state';
import { t } from './state';
import { clock, minute, strangeZone } from './words';

const DAY_MS = 86_400_000;

/** An instant on the clock of the site's wall; its zone is named where it is not the installation's. */
export function At({ iso, site }: { iso: string; site: TripSite | null }) {
  const zone = site?.zone ?? state.zone.value;
  const strange = strangeZone(iso, zone);
  return (
    <span class="num" title={`${iso} · ${zone}`}>
      {minute(iso, zone)}
      {strange && <small class="muted"> {strange}</small>}
    </span>
  );
}

/** "14:52 – 15:10": as likely before as after the first, hardly after the second. */
export function EtaWords({ eta, site }: { eta: Eta; site: TripSite | null }) {
  const zone = site?.zone ?? state.zone.value;
  const strange = strangeZone(eta.p50, zone);
  const [middle, cautious] = [minute(eta.p50, zone), minute(eta.p90, zone)];
  return (
    <span class="eta num" title={t('trips.eta.what', { p50: middle, p90: cautious, zone })}>
      <b>{middle}</b>
      <span class="muted">
        {' – '}
        {/* of a day or the night after it, the date is said once */}
        {Date.parse(eta.p90) - Date.parse(eta.p50) < DAY_MS ? clock(eta.p90, zone) : cautious}
        {strange && <small> {strange}</small>}
      </span>
    </span>
  );
}
