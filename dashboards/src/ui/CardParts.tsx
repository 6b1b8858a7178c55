/** The parts of the card below its head: each asks for itself, at the same time as the others. */
import { useEffect } from 'preact/hooks';
import type { WaybillList } from '../api/waybills';
import { withQuery } from '../api/problem';
import { cell } from '../live/fleet';
import { CardAlerts } from './CardAlerts';
import { CardDelay } from './CardDelay';
import { CardDriver } from './CardDriver';
import { CardInterval, CardMessages, useCommands } from './CardMessages';
import { CardNodes } from './CardNodes';
import { CardPlace } from './CardPlace';
import { CardShare } from './CardShare';
import { Section } from './CardSection';
import { CardStops } from './CardStops';
import { CardTrack } from './CardTrack';
import { CardWaybills } from './CardWaybills';
import { Failed } from './States';
import { api, fleet, may, session } from './app';
import { aboard, cardDialog } from './cardData';
import { chosenProblem, chosenTrip } from './chosenTrip';
import * as state from './state';
import { t } from './state';
import { type Asked, useAsk } from './useAsk';

/** What is aboard changes at stops, milliseconds between two questions. */
const ABOARD_GAP_MS = 15_000;

function Trip({ code }: { code: string }) {
  const trip = chosenTrip.value?.code === code ? chosenTrip.value : null;
  if (!trip && chosenProblem.value !== null) return <Failed small reason={chosenProblem.value} />;
  return (
    <>
      <CardStops code={code} trip={trip} />
      {cardDialog.value === 'driver' && <CardDriver code={code} />}
      {trip && <CardDelay trip={trip} />}
    </>
  );
}

function Aboard({ plate, word }: { plate: string; word: number }) {
  const query = withQuery('/waybills', { vehicle: plate, open: true, limit: 200 });
  const asked: Asked<WaybillList> = useAsk(`card waybills ${plate}`, word, () => api.line.get<WaybillList>(query), ABOARD_GAP_MS);
  const told = asked.told?.waybills ?? null;
  useEffect(() => {
    aboard.value = told?.length ?? null;
  }, [told]);
  const shut = () => {
    cardDialog.value = null;
  };
  useEffect(
    () => () => {
      shut();
      aboard.value = null;
    },
    [plate],
  );
  return (
    <>
      <CardWaybills asked={asked} />
      {cardDialog.value === 'share' && told && told.length > 0 && <CardShare waybills={told} onDone={shut} />}
    </>
  );
}

function Talk({ plate }: { plate: string }) {
  const asked = useCommands(plate);
  return (
    <>
      <CardMessages plate={plate} asked={asked} />
      <CardInterval plate={plate} asked={asked} />
    </>
  );
}

export function CardParts() {
  void session.version.value;
  const plate = state.selected.value;
  const row = plate === null ? undefined : fleet.row.get(plate);
  if (plate === null || row === undefined) return null;
  const code = fleet.trip[row];
  return (
    <div key={plate}>
      {code && may('look_trips') && <Trip code={code} />}
      {may('look_waybills') && <Aboard plate={plate} word={cell(fleet.nextAt, row) || 0} />}
      {may('look_alerts') && <CardAlerts plate={plate} />}
      <CardNodes plate={plate} />
      {may('message') && <Talk plate={plate} />}
      <Section name="place" title={t('card.position')} open={false}>
        <CardPlace row={row} />
      </Section>
      <Section name="track" title={t('card.track')}>
        <CardTrack plate={plate} />
      </Section>
    </div>
  );
}
