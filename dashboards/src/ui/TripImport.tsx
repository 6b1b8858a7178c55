/** Trips from a file, and what became of every line of it. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { TripFormat, TripImport as Report } from '../api/trips';
import { Dialog } from './Dialog';
import { t, tValue } from './state';
import { tripsApi } from './trips';
import { author } from './words';

/** Longer reports are cut: the sums say the rest. */
const MOST_ROWS = 200;

/** The columns that a CSV file may have, in the order that people fill them. */
const COLUMNS = 'trip, stop, site, arrive, depart, opens, closes, service_min, early_min, late_min, via, vehicle, driver, route';

/** By the end of its name; null when that says nothing. */
export function formatOf(name: string): TripFormat | null {
  const end = name.toLowerCase().split('.').at(-1);
  return end === 'csv' || end === 'json' ? end : end === 'zip' ? 'gtfs' : null;
}

/** What went wrong comes first. */
function Rows({ report }: { report: Report }) {
  const bad = (result: string) => Number(result === 'refused');
  const rows = report.rows.toSorted((a, b) => bad(b.result) - bad(a.result) || a.line - b.line);
  return (
    <div data-testid="trip-report">
      <p class={report.refused > 0 ? 'bad' : ''} role="status">
        {t('tripImport.sum', { created: report.created, replanned: report.replanned, unchanged: report.unchanged, refused: report.refused })}
      </p>
      <div class="table-box report" tabIndex={0} role="region" aria-label={t('tripImport.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('import.line')}</th>
              <th scope="col">{t('search.trip')}</th>
              <th scope="col">{t('import.why')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <tr key={`${row.line} ${row.trip ?? ''} ${row.result} ${row.reason ?? ''}`}>
                <td class="num">{row.line}</td>
                <td>{row.trip ?? '–'}</td>
                <td class={row.result === 'refused' ? 'bad wrap' : 'muted wrap'}>
                  {tValue('tripImport', row.result)}
                  {row.reason && `: ${row.reason}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > MOST_ROWS && <p class="muted">{t('import.more', { count: rows.length - MOST_ROWS })}</p>}
      </div>
    </div>
  );
}

export function TripImport({ onDone }: { onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [date, setDate] = useState('');
  const [name, setName] = useState(author.last());
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const format = file ? formatOf(file.name) : null;
  const ready = file !== null && format !== null && name.trim() !== '' && (format !== 'gtfs' || date !== '');
  const send = async () => {
    if (!file || !format) return;
    setBusy(true);
    try {
      setReport(await tripsApi.import(file, { format, author: name.trim(), ...(format === 'gtfs' ? { date } : {}) }));
      author.keep(name.trim());
      setProblem(null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('tripImport.title')} onClose={onDone} class="wide">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void send();
        }}
      >
        <p class="muted">{t('tripImport.whyAgain')}</p>
        <label>
          {t('tripImport.file')}
          <input
            type="file"
            accept=".csv,.json,.zip"
            onChange={(event) => {
              setFile(event.currentTarget.files?.[0] ?? null);
              setReport(null);
            }}
          />
          <small class="muted">{t('tripImport.columns', { columns: COLUMNS })}</small>
        </label>
        {file && !format && <p class="bad">{t('tripImport.format')}</p>}
        <div class="pair">
          <label>
            {t('form.author')}
            <input type="text" autocomplete="name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          {format === 'gtfs' && (
            <label>
              {t('tripImport.date')}
              <input type="date" value={date} onInput={(event) => setDate(event.currentTarget.value)} />
            </label>
          )}
        </div>
        {report && <Rows report={report} />}
        {problem && (
          <p class="bad" role="alert">
            {t('common.failed', { reason: problem })}
          </p>
        )}
        <div class="form-end">
          <button type="button" class="button" onClick={onDone}>
            {t(report ? 'common.done' : 'common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!ready || busy}>
            {t(busy ? 'tripImport.busy' : 'tripImport.go')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
