/** Beside the replayed map: what is replayed, how it stood at that moment, what happened, files. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { ReplayFormat } from '../api/replayHttp';
import { fromWallTime, wallTime } from '../i18n/zones';
import { ReplayMarks } from './ReplayMarks';
import { ReplayThen } from './ReplayThen';
import { Failed } from './States';
import { fleet, may, session } from './app';
import { DownloadIcon } from './icons';
import * as replay from './replay';
import * as state from './state';
import { t } from './state';
import { zoneWord } from './words';

const HOUR_MS = 3_600_000;

function Plates() {
  return (
    <datalist id="replay-plates">
      {fleet.plate.toSorted().map((plate) => (
        <option key={plate} value={plate} aria-label={plate} />
      ))}
    </datalist>
  );
}

/** What is shown, from when to when: on the clock of the installation. */
function Choice() {
  const [bad, setBad] = useState(false);
  const { from, to } = replay.clock.value;
  const zone = state.zone.value;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [began, ended] = ['from', 'to'].map((name) => fromWallTime(String(form.get(name)), zone)) as [number, number];
    const wrong = !(began < Math.min(ended, session.now.peek()));
    setBad(wrong);
    if (!wrong) replay.open({ vehicle: String(form.get('vehicle')).trim() || null, from: began, to: ended });
  };
  return (
    <form class="replay-choice" onSubmit={submit} key={`${from} ${to} ${replay.vehicle.value}`}>
      <div class="replay-which">
        <label>
          <span>{t('replay.vehicle')}</span>
          <input name="vehicle" list="replay-plates" defaultValue={replay.vehicle.value ?? ''} placeholder={t('replay.fleet')} title={t('replay.vehicle.how')} autocomplete="off" data-testid="replay-vehicle" />
        </label>
        <button type="submit" class="button primary">
          {t('replay.show')}
        </button>
      </div>
      <Plates />
      <div class="replay-span" title={zoneWord(zone)}>
        <label>
          <span>{t('replay.from')}</span>
          <input name="from" type="datetime-local" required defaultValue={wallTime(from, zone).slice(0, 16)} />
        </label>
        <label>
          <span>{t('replay.to')}</span>
          <input name="to" type="datetime-local" required defaultValue={wallTime(to, zone).slice(0, 16)} />
        </label>
      </div>
      <div class="replay-quick">
        <button type="button" class="button" onClick={() => replay.open({ from: session.now.peek() - HOUR_MS, to: session.now.peek() })}>
          {t('replay.hour')}
        </button>
        <button type="button" class="button" onClick={() => replay.open({ from: session.now.peek() - 24 * HOUR_MS, to: session.now.peek() })}>
          {t('replay.day')}
        </button>
        <button type="button" class="button" data-testid="replay-yesterday" onClick={replay.openYesterday}>
          {t('replay.yesterday')}
        </button>
      </div>
      {bad && (
        <p class="bad" role="alert">
          {t('replay.badSpan')}
        </p>
      )}
    </form>
  );
}

const FORMATS: readonly (readonly [ReplayFormat, string])[] = [
  ['csv', 'CSV'],
  ['gpx', 'GPX'],
  ['geojson', 'GeoJSON'],
];

function Export() {
  const [words, setWords] = useState<string | null>(null);
  if (!may('export')) return null;
  const save = async (format: ReplayFormat) => {
    const { from, to } = replay.clock.peek();
    const plate = replay.vehicle.peek();
    setWords(t('replay.exporting'));
    try {
      const blob = await replay.replayApi.file(plate, from, to, format);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = `${(plate ?? 'fleet').replaceAll(/[^\p{L}\p{N}-]/gu, '-')}-${wallTime(from, state.zone.peek()).slice(0, 10)}.${format}`;
      link.click();
      URL.revokeObjectURL(link.href);
      setWords(null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setWords(t('common.failed', { reason: error.message }));
    }
  };
  return (
    <div class="exports replay-export" data-testid="replay-export">
      <span class="muted">
        <DownloadIcon /> {t('replay.export')}
      </span>
      {FORMATS.map(([format, name]) => (
        <button key={format} type="button" class="link" onClick={() => void save(format)}>
          {name}
        </button>
      ))}
      {words && (
        <p class="muted" role="status">
          {words}
        </p>
      )}
    </div>
  );
}

export function ReplaySide() {
  const problem = replay.problem.value;
  return (
    <section class="sidebar replay-side" aria-label={t('replay.title')} data-testid="replay">
      <Choice />
      {problem && <Failed words={t('replay.failed')} reason={problem} small onRetry={replay.retry} />}
      <ReplayThen />
      <ReplayMarks />
      <Export />
    </section>
  );
}
