/** The trip of the vehicle in the card: how late, where next, when. */
import { cell } from '../live/fleet';
import { fleet, session, sites } from './app';
import { RouteIcon } from './icons';
import { DelayBadge } from './risk';
import * as state from './state';
import { t } from './state';
import { minute } from './words';

export function CardTrip({ row }: { row: number }) {
  void session.version.value;
  const code = fleet.trip[row];
  if (!code) return null;
  const next = fleet.next[row];
  const site = sites.value.find((each) => each.code === next);
  const at = cell(fleet.nextAt, row);
  return (
    <a class="card-trip" href={state.tripPage(code)} data-testid="card-trip">
      <span class="card-trip-head">
        <RouteIcon /> <b>{code}</b>
        <DelayBadge risk={fleet.risk[row] ?? 'unknown'} delay={cell(fleet.delay, row)} word />
      </span>
      {next && (
        <span class="card-trip-next">
          <span class="muted">{t('card.trip.next', { site: site ? state.nameOf(site) : next })}</span>
          <span class="num">
            {Number.isNaN(at) ? <span class="muted">{t('card.trip.noEta')}</span> : <b>{minute(at, site?.zone)}</b>}
          </span>
        </span>
      )}
    </a>
  );
}
