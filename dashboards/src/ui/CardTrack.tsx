/** The last 24 hours of the chosen vehicle: loaded, kept growing, charted, exported. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Problem, type TrackFormat } from '../api/http';
import { formatAge, formatTime } from '../i18n/format';
import { cell } from '../live/fleet';
import { type Parts, chartSpan, extended, partsOf, speedProfile, sumTrack } from '../map/track';
import { api, fleet, session } from './app';
import { DownloadIcon } from './icons';
import { track } from './mapLink';
import { lengthWords, speedWords } from './measures';
import * as state from './state';
import { t } from './state';

type Loading = 'loading' | 'done' | { readonly failed: string };

const loading = signal<Loading>('loading');
const problem = signal<string | null>(null);

const FORMATS: readonly TrackFormat[] = ['gpx', 'csv', 'geojson'];
/** Bars of a chart: of a day, one per half hour. */
const SLOTS = 48;
const [WIDTH, HEIGHT] = [300, 44];
/** The chart's top at least, m/s: 90 km/h, so that a yard shunter does not look like a race. */
const CHART_TOP = 25;

function useTrack(plate: string): void {
  useEffect(() => {
    let current = true;
    track.value = null;
    loading.value = 'loading';
    problem.value = null;
    api.track(plate, session.now.peek()).then(
      (answer) => {
        if (!current) return;
        track.value = partsOf(answer);
        loading.value = 'done';
      },
      (error: unknown) => {
        if (current) loading.value = { failed: error instanceof Problem ? error.message : String(error) };
      },
    );
    return () => {
      current = false;
      track.value = null;
    };
  }, [plate]);
  const row = fleet.row.get(plate);
  const time = row === undefined ? Number.NaN : cell(fleet.time, row);
  useEffect(() => {
    if (row === undefined || Number.isNaN(time) || track.peek() === null) return;
    const fix = { lon: cell(fleet.lon, row), lat: cell(fleet.lat, row), time };
    track.value = extended(track.peek() ?? [], fix);
  }, [time, loading.value]);
}

async function save(plate: string, format: TrackFormat): Promise<void> {
  try {
    const blob = await api.trackFile(plate, session.now.peek(), format);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${plate.replaceAll(/[^\p{L}\p{N}-]/gu, '-')}.${format}`;
    link.click();
    URL.revokeObjectURL(link.href);
    problem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

/** Bars of mean speed since the first fix of the day; a time without a fix stays empty. */
function Chart({ parts, now }: { parts: Parts; now: number }) {
  const span = chartSpan(parts, now);
  const speeds = speedProfile(parts, now - span, now, SLOTS);
  const highest = Math.max(0, ...speeds.filter((each) => !Number.isNaN(each)));
  const top = Math.max(CHART_TOP, highest);
  const bar = (speed: number, i: number) => {
    if (Number.isNaN(speed)) return '';
    const height = Math.max(1.5, (speed / top) * (HEIGHT - 2));
    const slot = WIDTH / SLOTS;
    return `M${i * slot + 0.75} ${HEIGHT}v${-height}h${slot - 1.5}v${height}z`;
  };
  const label = t('card.speedChart', { speed: speedWords(highest) });
  const time = (ms: number) => formatTime(ms, ms, state.zone.value, state.lang.value).slice(0, 5);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <path d={speeds.map(bar).join('')} />
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      </svg>
      <figcaption class="num muted">
        <span>{time(now - span)}</span>
        <span>{t('card.highest', { speed: speedWords(highest) })}</span>
        <span>{time(now)}</span>
      </figcaption>
    </figure>
  );
}

function Body({ plate }: { plate: string }) {
  const parts = track.value;
  if (typeof loading.value === 'object') {
    return <p class="card-note">{t('card.trackFailed', { reason: loading.value.failed })}</p>;
  }
  if (loading.value === 'loading' || parts === null) return <p class="card-note">{t('card.trackLoading')}</p>;
  if (parts.length === 0) return <p class="card-note">{t('card.trackNone')}</p>;
  const { metres, drivingSeconds, gaps } = sumTrack(parts);
  return (
    <>
      <p class="num track-sum" data-testid="track">
        {t('card.trackSum', { way: lengthWords(metres), hours: formatAge(drivingSeconds, state.lang.value) })}
        {gaps > 0 && <span class="muted"> · {t('card.gaps', { count: gaps })}</span>}
      </p>
      <Chart parts={parts} now={session.now.peek()} />
      <div class="exports">
        <span class="muted">
          <DownloadIcon /> {t('card.export')}
        </span>
        {FORMATS.map((format) => (
          <button key={format} type="button" class="link" onClick={() => void save(plate, format)}>
            {format === 'geojson' ? 'GeoJSON' : format.toUpperCase()}
          </button>
        ))}
      </div>
      {problem.value && <p class="card-note bad">{t('common.failed', { reason: problem.value })}</p>}
    </>
  );
}

export function CardTrack({ plate }: { plate: string }) {
  useTrack(plate);
  return (
    <div class="track">
      <Body plate={plate} />
    </div>
  );
}
