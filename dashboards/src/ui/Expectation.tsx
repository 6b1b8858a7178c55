/** When something is expected: a time, and the cautious one after it where that is known. */
import type { Expected, Place } from '../api/waybills';
import { At, EtaWords } from './At';

/** Of a waybill's estimate nobody tells what it is made of. */
const NO_PARTS = { driving_s: 0, dwell_s: 0, rest_s: 0, deviation_s: 0 };

export function Expectation({ eta, site }: { eta: Expected; site: Place | null }) {
  if (eta.p90) return <EtaWords eta={{ p50: eta.p50, p90: eta.p90, parts: NO_PARTS }} site={site} />;
  return (
    <b>
      <At iso={eta.p50} site={site} />
    </b>
  );
}
