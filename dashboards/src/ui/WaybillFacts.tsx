/** Goods and people of a waybill; what is masked is shown to those who say why. */
import { useState } from 'preact/hooks';
import type { Goods, Waybill } from '../api/waybills';
import { formatNumber } from '../i18n/format';
import { SendDialog } from './SendDialog';
import { may } from './app';
import { waybillsApi } from './desk';
import { TextField } from './fields';
import * as state from './state';
import { t } from './state';

type Consignee = Awaited<ReturnType<typeof waybillsApi.reveal>>;

function goodsWords(goods: Goods): string {
  const number = (value: number | null | undefined, unit: string, digits = 0) => (value ? `${formatNumber(value, state.lang.value, digits)} ${unit}` : '');
  return [goods.name, goods.spec, goods.quantity ? `× ${goods.quantity}` : '', number(goods.weight_kg, 'kg'), number(goods.volume_m3, 'm³', 1)].filter(Boolean).join(' ');
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children || <span class="muted">–</span>}</dd>
    </div>
  );
}

function RevealDialog({ number, onShown, onDone }: { number: string; onShown: (told: Consignee) => void; onDone: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <SendDialog
      title={t('waybill.reveal.title')}
      why={t('waybill.reveal.why')}
      action={t('waybill.reveal.go')}
      complete={reason.trim() !== ''}
      send={async () => onShown(await waybillsApi.reveal(number, reason.trim()))}
      onDone={onDone}
    >
      <TextField label={t('form.reason')} value={reason} onValue={setReason} />
    </SendDialog>
  );
}

export function WaybillFacts({ waybill }: { waybill: Waybill }) {
  const [told, setTold] = useState<Consignee | null>(null);
  const [asking, setAsking] = useState(false);
  const isMasked = told === null && waybill.phone.includes('*');
  return (
    <section class="trip-part">
      <h2>{t('waybill.facts')}</h2>
      <dl class="waybill-facts">
        <Fact name={t('waybill.shipper')}>{waybill.shipper}</Fact>
        <Fact name={t('waybill.consignee')}>{told?.consignee ?? waybill.consignee}</Fact>
        <Fact name={t('waybill.phone')}>
          {told?.phone ?? waybill.phone}
          {isMasked && may('reveal') && (
            <button type="button" class="link" onClick={() => setAsking(true)}>
              {t('waybill.reveal')}
            </button>
          )}
        </Fact>
        <Fact name={t('waybill.address')}>{waybill.address}</Fact>
        <Fact name={t('waybill.carrier')}>{waybill.carrier && state.nameOf(waybill.carrier)}</Fact>
        <Fact name={t('waybill.goods')}>{waybill.goods.map(goodsWords).join('; ')}</Fact>
      </dl>
      {asking && <RevealDialog number={waybill.number} onShown={setTold} onDone={() => setAsking(false)} />}
    </section>
  );
}
