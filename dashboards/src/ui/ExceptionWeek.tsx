/** The week in the ledger: how many, how soon handed over, how long handled; by kind, cause, site and carrier. */
import { useEffect } from 'preact/hooks';
import type { ExceptionSummary, Tally } from '../api/service';
import { formatAge } from '../i18n/format';
import { Failed, Loading } from './States';
import { partyName, sites } from './app';
import * as exceptions from './exceptions';
import * as state from './state';
import { t, tValue } from './state';
import { causeName } from './trips';

const PARTS = ['by_kind', 'by_cause', 'by_site', 'by_carrier'] as const;
type Part = (typeof PARTS)[number];

function groupName(part: Part, group: string): string {
  if (group === '') return t('ledger.week.noGroup');
  if (part === 'by_kind') return tValue('exception.kind', group);
  if (part === 'by_cause') return causeName(group);
  if (part === 'by_carrier') return partyName(group);
  const site = sites.value.find((each) => each.code === group);
  return site ? state.nameOf(site) : group;
}

/** A share of nothing is a dash. */
function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`;
}

function Row({ name, tally, most }: { name: string; tally: Tally; most: number }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="num">
        <b>{tally.reports}</b>
        {most > 0 && <span class="week-bar" style={{ width: `${(60 * tally.reports) / most}px` }} aria-hidden="true" />}
      </td>
      <td class="num">{tally.closed}</td>
      <td class="num">{share(tally.in_time, tally.in_time + tally.breached)}</td>
      <td class="num">{tally.handling_s === null ? '–' : formatAge(tally.handling_s, state.lang.value)}</td>
    </tr>
  );
}

const COLUMNS = ['group', 'reports', 'closed', 'inTime', 'handling'] as const;

function Table({ told, part }: { told: ExceptionSummary; part: Part }) {
  const rows = told[part];
  const most = Math.max(0, ...rows.map((each) => each.reports));
  return (
    <table class="week-table">
      <caption>{t(`ledger.week.${part}`)}</caption>
      <thead>
        <tr>
          {COLUMNS.map((each) => (
            <th key={each} scope="col">
              {t(`ledger.week.${each}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((each) => (
          <Row key={each.group} name={groupName(part, each.group)} tally={each} most={most} />
        ))}
        <Row name={t('ledger.week.total')} tally={told.total} most={0} />
      </tbody>
    </table>
  );
}

export function ExceptionWeek() {
  useEffect(() => void exceptions.loadWeek(), []);
  const told = exceptions.summary.value;
  if (!told) return exceptions.problem.value ? <Failed reason={exceptions.problem.value} onRetry={() => void exceptions.loadWeek()} /> : <Loading lines={8} />;
  return (
    <section class="week" data-testid="week">
      <header class="week-head">
        <h2>{t('ledger.weekTitle', { week: told.week })}</h2>
        <label>
          <span class="muted">{t('ledger.week')}</span>
          <input type="week" value={told.week} onChange={(event) => void exceptions.loadWeek(event.currentTarget.value || undefined)} />
        </label>
      </header>
      <div class="week-tables">
        {PARTS.map((part) => (
          <Table key={part} told={told} part={part} />
        ))}
      </div>
    </section>
  );
}
