/** How good the estimates were, once the truth was known. */
import { useState } from 'preact/hooks';
import type { Accuracy, BucketScore } from '../api/trips';
import { formatNumber } from '../i18n/format';
import { COVERED, coverage, gain, groupsOf, inOrder, versionsOf } from '../live/accuracy';
import { Empty, Failed, Loading } from './States';
import { AccuracyGroups } from './AccuracyGroups';
import { Bars } from './Bars';
import { horizonOf, minutesOf, percentOf } from './figures';
import { useLedger } from './ledger';
import { signedDelay } from './risk';
import * as state from './state';
import { t } from './state';
import { minute } from './words';

const SPANS = [7, 30, 90] as const;
type Span = (typeof SPANS)[number];

/** A version that is worse than the one before it must not be overlooked. */
function Warnings({ accuracy }: { accuracy: Accuracy }) {
  const worse = accuracy.models.filter((model) => model.worse === true);
  return (
    <>
      {worse.map((model) => (
        <p key={model.version} class="note warn worse" role="alert" data-testid="worse">
          <b>{t('accuracy.worse', { model: model.version })}</b> {model.why}
        </p>
      ))}
    </>
  );
}

function Plots({ accuracy, scores }: { accuracy: Accuracy; scores: readonly (BucketScore | null)[] }) {
  const groups = accuracy.buckets.map(horizonOf);
  const of = (field: 'mae_s' | 'planned_mae_s' | 'carried_mae_s' | 'p90_coverage' | 'within') => scores.map((score) => score?.[field] ?? null);
  return (
    <div class="accuracy-plots">
      <Bars
        title={t('accuracy.mae')}
        groups={groups}
        unit={1}
        format={minutesOf}
        series={[
          { name: t('accuracy.model'), tone: 'a', values: of('mae_s') },
          { name: t('accuracy.carried'), tone: 'b', values: of('carried_mae_s') },
          { name: t('accuracy.planned'), tone: 'c', values: of('planned_mae_s') },
        ]}
      />
      <Bars
        title={t('accuracy.coverage', { from: percentOf(COVERED[0]), to: percentOf(COVERED[1]) })}
        groups={groups}
        unit={1 / 600}
        range={[0.6, 1]}
        band={COVERED}
        kind="dots"
        format={percentOf}
        series={[{ name: t('accuracy.coverageShort'), tone: 'a', values: of('p90_coverage') }]}
      />
      <Bars
        title={t('accuracy.within')}
        groups={groups}
        unit={1 / 600}
        range={[0, 1]}
        format={percentOf}
        series={[{ name: t('accuracy.withinShort'), tone: 'a', values: of('within') }]}
      />
    </div>
  );
}

/** A figure with the few it rests on said beside it. */
function Coverage({ score }: { score: BucketScore }) {
  const verdict = coverage(score);
  if (score.p90_coverage === null) return <span class="muted">–</span>;
  return (
    <span class={verdict === 'bad' ? 'bad' : verdict === 'few' ? 'muted' : ''} title={t(`accuracy.verdict.${verdict}`)}>
      {verdict === 'bad' && '⚠ '}
      {percentOf(score.p90_coverage)}
    </span>
  );
}

function Gain({ score }: { score: BucketScore }) {
  const share = gain(score);
  if (Number.isNaN(share)) return <span class="muted">–</span>;
  return <span class={share < 0 ? 'bad' : 'good'}>{`${share < 0 ? '▲ +' : '▼ −'}${percentOf(Math.abs(share))}`}</span>;
}

const known = (value: number | null, words: (value: number) => string) => (value === null ? '–' : words(value));

function Table({ accuracy, scores }: { accuracy: Accuracy; scores: readonly (BucketScore | null)[] }) {
  const heads = ['horizon', 'arrivals', 'estimates', 'maeShort', 'gain', 'bias', 'planned', 'carried', 'coverageShort', 'withinShort', 'mape'] as const;
  const count = (value: number) => formatNumber(value, state.lang.value);
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={t('accuracy.byHorizon')}>
      <table class="figures-table" data-testid="accuracy-table">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" class={head === 'horizon' ? '' : 'right'} title={t(`accuracy.${head}.what`)}>
                {t(`accuracy.${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {accuracy.buckets.map((bucket, i) => {
            const score = scores[i];
            if (!score) {
              return (
                <tr key={bucket.name}>
                  <th scope="row">{horizonOf(bucket)}</th>
                  <td class="muted" colSpan={heads.length - 1}>
                    {t('accuracy.nothing')}
                  </td>
                </tr>
              );
            }
            return (
              <tr key={bucket.name} class="num">
                <th scope="row">{horizonOf(bucket)}</th>
                <td class="right">{count(score.arrivals)}</td>
                <td class="right">{count(score.estimates)}</td>
                <td class="right"><b>{known(score.mae_s, minutesOf)}</b></td>
                <td class="right"><Gain score={score} /></td>
                <td class="right">{known(score.bias_s, signedDelay)}</td>
                <td class="right">{known(score.planned_mae_s, minutesOf)}</td>
                <td class="right">{known(score.carried_mae_s, minutesOf)}</td>
                <td class="right"><Coverage score={score} /></td>
                <td class="right">{known(score.within, percentOf)}</td>
                <td class="right">{known(score.mape, percentOf)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Models({ accuracy }: { accuracy: Accuracy }) {
  const verdict = (worse: boolean | null) => t(worse === null ? 'accuracy.verdictNone' : worse ? 'accuracy.verdictWorse' : 'accuracy.verdictFine');
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>{t('accuracy.models')}</h2>
      </div>
      <div class="table-box">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('accuracy.version')}</th>
              <th scope="col">{t('accuracy.began')}</th>
              <th scope="col">{t('accuracy.verdict')}</th>
            </tr>
          </thead>
          <tbody>
            {accuracy.models.toReversed().map((model) => (
              <tr key={model.version}>
                <th scope="row">{model.version}</th>
                <td class="num">{model.began_at ? minute(model.began_at) : '–'}</td>
                <td class={model.worse ? 'bad wrap' : 'wrap'}>
                  {model.worse && '⚠ '}
                  {verdict(model.worse)}
                  {model.why && `: ${model.why}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Ledger({ accuracy, version, span }: { accuracy: Accuracy; version: string | null; span: Span }) {
  const scores = inOrder(accuracy, groupsOf(accuracy, version, false)[0]);
  return (
    <>
      <Warnings accuracy={accuracy} />
      <section class="panel">
        <div class="panel-head">
          <h2>{t('accuracy.byHorizon')}</h2>
        </div>
        <Plots accuracy={accuracy} scores={scores} />
        <Table accuracy={accuracy} scores={scores} />
      </section>
      <AccuracyGroups days={span} version={version} />
      <Models accuracy={accuracy} />
    </>
  );
}

export function AccuracyPage() {
  const [span, setSpan] = useState<Span>(30);
  const [chosen, setChosen] = useState<string | null>(null);
  const { told, problem, retry } = useLedger('all', span);
  const versions = told ? versionsOf(told) : [];
  const version = chosen !== null && versions.includes(chosen) ? chosen : (versions[0] ?? null);
  return (
    <main class="accuracy" data-testid="accuracy">
      <header class="site-head">
        <div>
          <h1>{t('app.accuracy')}</h1>
          <p class="muted">{t('accuracy.why')}</p>
        </div>
        {versions.length > 0 && (
          <select aria-label={t('accuracy.version')} value={version ?? ''} onChange={(event) => setChosen(event.currentTarget.value)}>
            {versions.map((each) => (
              <option key={each} value={each}>
                {t('accuracy.versionOf', { model: each })}
              </option>
            ))}
          </select>
        )}
        <div class="spans" role="group" aria-label={t('site.span')}>
          {SPANS.map((each) => (
            <button key={each} type="button" class="switch" aria-pressed={span === each} onClick={() => setSpan(each)}>
              {t('unit.d', { n: each })}
            </button>
          ))}
        </div>
      </header>
      {problem && <Failed reason={problem} onRetry={retry} />}
      {!problem && !told && <Loading lines={8} />}
      {told && !problem && (told.groups.length === 0 ? <Empty words={t('accuracy.none')} /> : <Ledger accuracy={told} version={version} span={span} />)}
    </main>
  );
}
