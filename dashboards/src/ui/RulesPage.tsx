/** Who is told what: rules, channels, the limits of detectors, and what became of the messages. */
import { useState } from 'preact/hooks';
import type { Channel, Detector, Rule } from '../api/ops';
import { formatAge } from '../i18n/format';
import { formatHours } from '../i18n/formatPlaces';
import { Listed, Table, Tabs } from './AdminParts';
import { ChannelsPart } from './ChannelsPart';
import { DetectorsPart } from './DetectorsPart';
import { LogPart } from './LogPart';
import { RuleDialog } from './RuleDialog';
import { alertsApi, noticesApi, partOf, useAsked } from './admin';
import { may } from './app';
import { toWord, topicWord } from './notices';
import * as state from './state';
import { t } from './state';
import { minute } from './words';

const PARTS = ['rules', 'channels', 'detectors', 'log'] as const;

interface Told {
  readonly rules: readonly Rule[];
  readonly topics: readonly string[];
  readonly channels: readonly Channel[];
  readonly detectors: readonly Detector[];
}

async function ask(): Promise<Told> {
  const [{ rules, topics }, channels, detectors] = await Promise.all([noticesApi.rules(), noticesApi.channels(), alertsApi.detectors()]);
  return { rules, topics, channels, detectors };
}

function Topics({ rule, detectors }: { rule: Rule; detectors: readonly Detector[] }) {
  const words = rule.topics.map((each) => topicWord(each, detectors));
  const [first = ''] = words;
  const joined = words.length > 2 ? t('topics.more', { first, count: words.length - 1 }) : words.join(' · ');
  return <span title={words.join('\n')}>{joined}</span>;
}

function whenWords(rule: Rule): string {
  const gathered = rule.digest_minutes > 0 ? t('rules.digestEvery', { age: formatAge(rule.digest_minutes * 60, state.lang.value) }) : t('rules.atOnce');
  const hours = rule.hours.length > 0 && formatHours(rule.hours, state.lang.value);
  return [hours, gathered, rule.quiet && t('rules.waits')].filter(Boolean).join(t('words.comma'));
}

function Row({ rule, told, onOpen }: { rule: Rule; told: Told; onOpen: () => void }) {
  const channel = told.channels.find((each) => each.code === rule.channel);
  return (
    <tr class={rule.enabled ? undefined : 'is-off'} data-rule={rule.code}>
      <th scope="row">
        {may('edit_rules') ? (
          <button type="button" class="link" onClick={onOpen}>
            {rule.name}
          </button>
        ) : (
          rule.name
        )}
        <small class="muted">{rule.code}</small>
      </th>
      <td>
        <span class={`pill pill-${rule.enabled ? 'online' : 'unknown'}`}>{t(rule.enabled ? 'rules.on' : 'rules.off')}</span>
      </td>
      <td class="wraps">
        <Topics rule={rule} detectors={told.detectors} />
      </td>
      <td>{toWord(rule)}</td>
      <td>
        {channel?.name ?? rule.channel}
        {channel && !channel.enabled && <span class="tag tag-provisional">{t('rules.off')}</span>}
        {channel?.enabled && channel.failing_since && <small class="warn-words">{t('channels.failing', { time: minute(channel.failing_since) })}</small>}
      </td>
      <td class="wraps">{whenWords(rule)}</td>
    </tr>
  );
}

function RulesPart() {
  const asked = useAsked(ask);
  const [open, setOpen] = useState<Rule | 'new' | null>(null);
  const { told } = asked;
  const close = (sent: boolean) => {
    setOpen(null);
    if (sent) void asked.load();
  };
  return (
    <>
      {may('edit_rules') && (
        <div class="admin-acts">
          <button type="button" class="button primary" disabled={!told || told.channels.length === 0} onClick={() => setOpen('new')}>
            {t('rules.add')}
          </button>
          {told?.channels.length === 0 && (
            <span class="muted">
              {t('channels.none')} <a href="#/rules/channels">{t('rules.part.channels')}</a>
            </span>
          )}
        </div>
      )}
      <Listed asked={asked} isEmpty={(all) => all.rules.length === 0} none={t('rules.none')}>
        {(all) => (
          <Table label={t('rules.part.rules')} heads={[t('rules.col.name'), t('log.col.state'), t('rules.col.topics'), t('rules.col.to'), t('rules.col.channel'), t('rules.col.when')]}>
            {all.rules.map((each) => (
              <Row key={each.code} rule={each} told={all} onOpen={() => setOpen(each)} />
            ))}
          </Table>
        )}
      </Listed>
      {open && told && <RuleDialog rule={open === 'new' ? null : open} topics={told.topics} channels={told.channels} detectors={told.detectors} onDone={close} />}
    </>
  );
}

function Part({ part }: { part: (typeof PARTS)[number] | undefined }) {
  switch (part) {
    case 'channels':
      return <ChannelsPart />;
    case 'detectors':
      return <DetectorsPart />;
    case 'log':
      return <LogPart />;
    default:
      return <RulesPart />;
  }
}

export function RulesPage() {
  const part = partOf(PARTS);
  return (
    <main class="trips admin" data-testid="rules-page">
      <div class="trips-bar alerts-bar">
        <h1>{t('app.rules')}</h1>
        <Tabs page="rules" parts={PARTS} chosen={part} words={(each) => t(`rules.part.${each}`)} />
      </div>
      <Part part={part} />
    </main>
  );
}
