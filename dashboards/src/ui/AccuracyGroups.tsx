/** The ledger by hub, lane or day: where the estimates are worse than elsewhere. */
import { useState } from 'preact/hooks';
import type { AccuracyBy, BucketScore } from '../api/trips';
import { type Metric, METRICS, coverage, groupsOf, inOrder } from '../live/accuracy';
import { Empty, Failed, Loading } from './States';
import { sites } from './app';
import { horizonOf, minutesOf, percentOf } from './figures';
import { useLedger } from './ledger';
import { signedDelay } from './risk';
import * as state from './state';
import { t } from './state';

const KINDS = ['hub', 'lane', 'day'] as const satisfies readonly AccuracyBy[];
/** Long tables are cut: the largest groups stand first. */
const MOST_ROWS = 100;

/** A hub's or lane's name; codes of sites are said as names. */
function groupName(by: AccuracyBy, group: string): string {
  const name = (code: string) => {
    const site = sites.value.find((each) => each.code === code);
    return site ? state.nameOf(site) : code;
  };
  if (by === 'hub') return name(group);
  return by === 'lane' ? group.split(' - ').map(name).join(' → ') : group;
}

function words(metric: Metric, value: number): string {
  if (metric === 'mae_s') return minutesOf(value);
  return metric === 'bias_s' ? signedDelay(value) : percentOf(value);
}

/** A value with a bar behind it, so that the eye finds what stands out. */
function Cell({ score, metric, most }: { score: BucketScore | null; metric: Metric; most: number }) {
  const value = score?.[metric] ?? null;
  if (score === null || value === null) return <td class="right muted">–</td>;
  const bad = metric === 'p90_coverage' && coverage(score) === 'bad';
  const share = metric === 'mae_s' || metric === 'bias_s' ? Math.abs(value) / most : value;
  return (
    <td class={`right num cell${bad ? ' bad' : ''}`} title={t('accuracy.of', { arrivals: score.arrivals, estimates: score.estimates })}>
      <i style={{ width: `${Math.min(100, share * 100)}%` }} aria-hidden="true" />
      <span>
        {bad && '⚠ '}
        {words(metric, value)}
      </span>
    </td>
  );
}

export function AccuracyGroups({ days, version }: { days: number; version: string | null }) {
  const [by, setBy] = useState<(typeof KINDS)[number]>('hub');
  const [metric, setMetric] = useState<Metric>('mae_s');
  const { told, problem } = useLedger(by, days);
  const groups = told ? groupsOf(told, version, by === 'day').slice(0, MOST_ROWS) : [];
  const rows = told ? groups.map((group) => ({ group: group.group, scores: inOrder(told, group) })) : [];
  const most = Math.max(1, ...rows.flatMap(({ scores }) => scores.map((score) => Math.abs(score?.[metric] ?? 0))));
  return (
    <section class="panel" data-testid="accuracy-groups">
      <div class="panel-head">
        <div class="spans" role="group" aria-label={t('accuracy.by')}>
          {KINDS.map((each) => (
            <button key={each} type="button" class="switch" aria-pressed={by === each} onClick={() => setBy(each)}>
              {t(`accuracy.by.${each}`)}
            </button>
          ))}
        </div>
        <select aria-label={t('accuracy.metric')} value={metric} onChange={(event) => setMetric(event.currentTarget.value as Metric)}>
          {METRICS.map((each) => (
            <option key={each} value={each}>
              {t(`accuracy.metric.${each}`)}
            </option>
          ))}
        </select>
      </div>
      {problem && <Failed reason={problem} small />}
      {!told && !problem && <Loading small />}
      {told && rows.length === 0 && <Empty words={t('accuracy.none')} small />}
      {told && rows.length > 0 && (
        <div class="table-box" tabIndex={0} role="region" aria-label={t(`accuracy.by.${by}`)}>
          <table class="figures-table groups-table">
            <thead>
              <tr>
                <th scope="col">{t(`accuracy.by.${by}`)}</th>
                <th scope="col" class="right">
                  {t('accuracy.arrivals')}
                </th>
                {told.buckets.map((bucket) => (
                  <th key={bucket.name} scope="col" class="right">
                    {horizonOf(bucket)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ group, scores }) => (
                <tr key={group}>
                  <th scope="row">{groupName(by, group)}</th>
                  <td class="right num muted">{scores.reduce((sum, score) => Math.max(sum, score?.arrivals ?? 0), 0)}</td>
                  {scores.map((score, i) => (
                    <Cell key={told.buckets[i]?.name} score={score} metric={metric} most={most} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
