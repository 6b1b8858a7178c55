/** What is aboard, the latest first. */
import { useState } from 'preact/hooks';
import type { WaybillBrief, WaybillList } from '../api/waybills';
import { Section, Told } from './CardSection';
import { DelayBadge, shownRisk } from './risk';
import * as state from './state';
import { t } from './state';
import type { Asked } from './useAsk';

const SHOWN = 4;

function Row({ one }: { one: WaybillBrief }) {
  return (
    <li class="card-waybill" data-testid="card-waybill">
      <a href={state.waybillPage(one.number)}>{one.number}</a>
      <span class="muted" title={one.goods_text}>
        {one.goods_text || state.nameOf(one.destination)}
      </span>
      {shownRisk(one.risk, one.delay_s) !== 'unknown' && <DelayBadge risk={one.risk} delay={one.delay_s} />}
    </li>
  );
}

function Rows({ all }: { all: readonly WaybillBrief[] }) {
  const [whole, setWhole] = useState(false);
  if (all.length === 0) return <p class="part-note">{t('card.waybills.none')}</p>;
  return (
    <>
      <ul>
        {(whole ? all : all.slice(0, SHOWN)).map((one) => (
          <Row key={one.number} one={one} />
        ))}
      </ul>
      {!whole && all.length > SHOWN && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          {t('card.waybills.all', { count: all.length })}
        </button>
      )}
    </>
  );
}

export function CardWaybills({ asked }: { asked: Asked<WaybillList> }) {
  return (
    <Section name="waybills" title={t('card.waybills')} aside={asked.told?.waybills.length}>
      <Told asked={asked}>{(told) => <Rows all={told.waybills} />}</Told>
    </Section>
  );
}
