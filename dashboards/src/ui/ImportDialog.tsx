/** Fences from a file: what each line would do, and only then the import. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Datum, ImportFormat, ImportReport } from '../api/shapes';
import { Dialog } from './Dialog';
import { DATUMS } from './fenceForm';
import { importing, reload } from './fencing';
import { fencesApi } from './placesApi';
import { t } from './state';
import { author } from './words';

/** Longer reports are cut: the sums say the rest. */
const MOST_ROWS = 200;

/** By the end of its name; null when that says nothing. */
export function formatOf(name: string): ImportFormat | null {
  const end = name.toLowerCase().split('.').at(-1);
  return end === 'geojson' || end === 'json' ? 'geojson' : end === 'kml' || end === 'csv' ? end : null;
}

interface Line {
  readonly line: number;
  readonly what: string;
  readonly bad: boolean;
  readonly why: string;
}

function linesOf(report: ImportReport): Line[] {
  const faults = report.faults.map(({ line, code, field, why }) => ({ line, what: code || '–', bad: true, why: `${field}: ${why}` }));
  const rows = report.rows.map(({ line, code, outcome, warnings }) => {
    const codes = warnings.map((each) => each.fence).join(', ');
    return { line, what: code, bad: false, why: t(`import.${outcome}`) + (codes ? ` · ${t('import.overlap', { codes })}` : '') };
  });
  return [...faults, ...rows]; // what went wrong comes first
}

function Report({ report }: { report: ImportReport }) {
  const { added, changed, unchanged, faults } = report;
  const lines = linesOf(report);
  return (
    <div data-testid="report">
      <p class={faults.length > 0 ? 'bad' : ''} role="status">
        {t('import.sum', { added, changed, unchanged, faults: faults.length })}
      </p>
      {report.ignored.length > 0 && <p class="muted">{t('import.ignored', { names: report.ignored.join(', ') })}</p>}
      {lines.length > 0 && (
        <div class="table-box report" tabIndex={0} role="region" aria-label={t('import.title')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('import.line')}</th>
                <th scope="col">{t('import.what')}</th>
                <th scope="col">{t('import.why')}</th>
              </tr>
            </thead>
            <tbody>
              {lines.slice(0, MOST_ROWS).map((each) => (
                <tr key={`${each.line} ${each.what} ${each.why}`}>
                  <td class="num">{each.line}</td>
                  <td>{each.what}</td>
                  <td class={each.bad ? 'bad wrap' : 'muted wrap'}>{each.why}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {lines.length > MOST_ROWS && <p class="muted">{t('import.more', { count: lines.length - MOST_ROWS })}</p>}
        </div>
      )}
    </div>
  );
}

function Form({ onDone }: { onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [datum, setDatum] = useState<Datum>('wgs84');
  const [name, setName] = useState(author.last());
  const [report, setReport] = useState<ImportReport | null>(null);
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const forget = () => {
    setReport(null);
    setProblem(null);
  };
  const ask = async (dry: boolean) => {
    const format = file && formatOf(file.name);
    if (!file || !format) {
      setProblem(t('import.format'));
      return;
    }
    setBusy(true);
    try {
      setReport(await fencesApi.import(file, { format, datum, author: name.trim(), dry_run: dry }));
      setProblem(null);
      author.keep(name.trim());
      if (!dry) {
        setDone(true);
        reload();
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(t('common.failed', { reason: error.message }));
    } finally {
      setBusy(false);
    }
  };
  const count = report ? report.added + report.changed : 0;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void ask(report === null);
      }}
    >
      <label>
        {t('import.file')}
        <input
          type="file"
          accept=".geojson,.json,.kml,.csv"
          onChange={(event) => {
            setFile(event.currentTarget.files?.[0] ?? null);
            forget();
          }}
        />
      </label>
      <div class="pair">
        <label>
          {t('import.datum')}
          <select
            value={datum}
            onChange={(event) => {
              setDatum(event.currentTarget.value as Datum);
              forget();
            }}
          >
            {DATUMS.map((each) => (
              <option key={each} value={each}>
                {t(`datum.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('form.author')}
          <input type="text" autocomplete="name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
      </div>
      {report && !done && <Report report={report} />}
      {report && done && <p role="status">{t('import.done', { added: report.added, changed: report.changed })}</p>}
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      <div class="form-end">
        <button type="button" class="button" onClick={onDone}>
          {t(done ? 'common.done' : 'common.cancel')}
        </button>
        {!done && (
          <button type="submit" class="button primary" disabled={busy || !file || !name.trim() || (report !== null && count === 0)}>
            {busy ? t('import.checking') : report ? t('import.go', { count }) : t('import.check')}
          </button>
        )}
      </div>
    </form>
  );
}

export function ImportDialog() {
  if (!importing.value) return null;
  const close = () => {
    importing.value = false;
  };
  return (
    <Dialog title={t('import.title')} onClose={close} class="wide">
      <Form onDone={close} />
    </Dialog>
  );
}
