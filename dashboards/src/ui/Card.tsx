/** One vehicle: how it stands, what can be done, and everything that is known of it. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Problem } from '../api/http';
import { cell, onlineOf } from '../live/fleet';
import { CardFigures } from './CardFigures';
import { CardActions, CardHead } from './CardHead';
import { Later } from './Later';
import { api, fleet, session } from './app';
import { detail } from './cardData';
import * as state from './state';
import { t } from './state';

/** There is no such vehicle, or not for this reader. */
const missing = signal(false);

/** The detail is asked for again when a new fix has come, but not more often than this. */
const REFRESH_MS = 5000;

function useDetail(plate: string): void {
  const askedAt = useRef(0);
  const askedOf = useRef<boolean | null>(null);
  const row = fleet.row.get(plate);
  const time = row === undefined ? 0 : cell(fleet.time, row);
  const online = row === undefined ? null : onlineOf(fleet, row);
  useEffect(() => {
    detail.value = null;
    missing.value = false;
    askedAt.current = 0;
  }, [plate]);
  useEffect(() => {
    // A link that comes or goes is asked about at once: nothing else may follow for hours.
    if (Date.now() - askedAt.current < REFRESH_MS && askedOf.current === online) return;
    askedAt.current = Date.now();
    askedOf.current = online;
    api.vehicle(plate).then(
      (answer) => {
        if (state.selected.peek() === plate) detail.value = answer;
      },
      (error: unknown) => {
        if (error instanceof Problem && error.status === 404) missing.value = true;
      },
    );
  }, [plate, time, online]);
}

export function Card() {
  const plate = state.selected.value;
  void session.version.value;
  if (plate === null) return null;
  return <Open key={plate} plate={plate} />;
}

function Open({ plate }: { plate: string }) {
  void session.version.value;
  void session.now.value;
  useDetail(plate);
  const row = fleet.row.get(plate);
  return (
    <section class="card" aria-label={t('card.title', { plate })} data-testid="card">
      <CardHead plate={plate} row={row} />
      {row === undefined ? (
        <p class="card-note">{missing.value ? t('card.unknown') : t('app.loading')}</p>
      ) : (
        <>
          <CardActions plate={plate} row={row} />
          {/* Scrolls in itself: who it is and what can be done stays in sight. */}
          <div class="card-parts" tabIndex={0} role="group" aria-label={t('card.title', { plate })}>
            <CardFigures row={row} />
            <Later name="CardParts" />
          </div>
        </>
      )}
    </section>
  );
}
