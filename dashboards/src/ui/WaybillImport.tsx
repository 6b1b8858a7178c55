/** Waybills from a file, and what became of every line of it. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { ImportReport } from '../api/waybills';
import type { ImportFormat } from '../api/waybillsHttp';
import { Dialog } from './Dialog';
import { waybillsApi } from './desk';
import { t, tValue } from './state';

/** Longer reports are cut: the sums say the rest. */
const MOST_ROWS = 200;

/** By the end of its name; null when that says nothing. */
export function formatOf(name: string): ImportFormat | null {
  const end = name.toLowerCase().split('.').at(-1);
  return end === 'csv' || end === 'json' || end === 'xlsx' ? end : null;
}

/** What went wrong comes first. */
function Rows({ report }: { report: ImportReport }) {
  const bad = (result: string) => Number(result === 'refused');
  const rows = report.rows.toSorted((a, b) => bad(b.result) - bad(a.result) || a.line - b.line);
  const { created, changed, unchanged, refused } = report;
  return (
    <div data-testid="waybill-report">
      <p class={refused > 0 ? 'bad' : ''} role="status">
        {t('waybillImport.sum', { created, changed, unchanged, refused })}
      </p>
      <div class="table-box report" tabIndex={0} role="region" aria-label={t('waybillImport.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('import.line')}</th>
              <th scope="col">{t('waybills.col.number')}</th>
              <th scope="col">{t('import.why')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <tr key={`${row.line} ${row.number ?? ''} ${row.result}`}>
                <td class="num">{row.line}</td>
                <td>{row.number ?? '–'}</td>
                <td class={row.result === 'refused' ? 'bad wrap' : 'muted wrap'}>
                  {tValue('waybillImport', row.result)}
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

export function WaybillImport({ onDone }: { onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [report, setReport] = useState<ImportReport | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const format = file ? formatOf(file.name) : null;
  const send = async () => {
    if (!file || !format) return;
    setBusy(true);
    try {
      setReport(await waybillsApi.import(file, format));
      setProblem(null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('waybillImport.title')} onClose={onDone} class="wide">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void send();
        }}
      >
        <p class="muted">{t('waybillImport.why')}</p>
        <label>
          {t('waybillImport.file')}
          <input
            type="file"
            accept=".csv,.json,.xlsx"
            onChange={(event) => {
              setFile(event.currentTarget.files?.[0] ?? null);
              setReport(null);
            }}
          />
        </label>
        {file && !format && <p class="bad">{t('waybillImport.format')}</p>}
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
          <button type="submit" class="button primary" disabled={!format || busy}>
            {t(busy ? 'tripImport.busy' : 'tripImport.go')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
