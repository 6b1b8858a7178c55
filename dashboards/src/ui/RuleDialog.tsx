/** What one rule says: about what, to whom, by which channel, when. */
import { useState } from 'preact/hooks';
import { type Channel, type Detector, ROLES, type Rule, type RuleSaid, TARGETS, type Target } from '../api/ops';
import { CodesField } from './AdminParts';
import { HoursField } from './HoursField';
import { SendDialog } from './SendDialog';
import { TopicsField } from './TopicsField';
import { noticesApi } from './admin';
import { CheckField, ChoiceField, TextField } from './fields';
import { TOLD_ROLES } from './notices';
import { t, tValue } from './state';

interface DialogProps {
  /** null: a new one. */
  readonly rule: Rule | null;
  readonly topics: readonly string[];
  readonly channels: readonly Channel[];
  readonly detectors: readonly Detector[];
  readonly onDone: (sent: boolean) => void;
}

const LANGUAGES = ['zh', 'en', 'both'] as const;
const LEAST = ['1', '2', '3', '4'] as const;
/** Minutes of a day: the API gathers no longer. */
const MOST_MINUTES = 1440;
/** Whom a rule must name. */
const NAMED: ReadonlySet<Target> = new Set<Target>(['role', 'person']);

function targetsOf(channel: Channel | undefined): readonly Target[] {
  return channel?.kind === 'webhook' ? ['system'] : TARGETS.filter((each) => each !== 'system');
}

function blank(channels: readonly Channel[]): Rule {
  const [first] = channels;
  const [to = 'role'] = targetsOf(first);
  return {
    code: '',
    name: '',
    enabled: true,
    topics: [],
    least: 4,
    customers: [],
    origins: [],
    destinations: [],
    channel: first?.code ?? '',
    to,
    recipient: to === 'role' ? 'cs_lead' : '',
    language: 'zh',
    hours: [],
    quiet: true,
    digest_minutes: 0,
  };
}

interface PartProps {
  readonly said: Rule;
  readonly change: (what: Partial<Rule>) => void;
}

/** By which channel, to whom. */
function Recipient({ said, change, channels }: PartProps & { channels: readonly Channel[] }) {
  const roles = TOLD_ROLES.some((each) => each === said.recipient) ? TOLD_ROLES : ROLES;
  const pick = (to: Target) => change({ to, recipient: to === 'role' ? 'cs_lead' : '' });
  const move = (code: string) => {
    const targets = targetsOf(channels.find((each) => each.code === code));
    change({ channel: code });
    const [to] = targets;
    if (to && !targets.includes(said.to)) pick(to);
  };
  const channel = channels.find((each) => each.code === said.channel);
  return (
    <div class="pair three">
      <ChoiceField label={t('rules.col.channel')} value={said.channel} onValue={move} choices={channels.map((each) => each.code)} words={(code) => channels.find((each) => each.code === code)?.name ?? code} />
      <ChoiceField label={t('rules.col.to')} value={said.to} onValue={pick} choices={targetsOf(channel)} words={(each) => t(`rules.to.${each}`)} />
      {said.to === 'role' && (
        <ChoiceField label={t('rules.recipient')} value={said.recipient} onValue={(recipient) => change({ recipient })} choices={roles} words={(each) => tValue('role', each)} />
      )}
      {(said.to === 'person' || said.to === 'address') && <TextField label={t('rules.recipient')} value={said.recipient} onValue={(recipient) => change({ recipient })} />}
    </div>
  );
}

/** Where, when, together with what. */
function Narrower({ said, change }: PartProps) {
  const narrow = said.customers.length + said.origins.length + said.destinations.length + said.hours.length + said.digest_minutes > 0;
  return (
    <details class="admin-more" open={narrow}>
      <summary>{t('rules.more')}</summary>
      <CodesField label={t('rules.customers')} of="parties" value={said.customers} onValue={(customers) => change({ customers })} />
      <CodesField label={t('rules.origins')} of="sites" value={said.origins} onValue={(origins) => change({ origins })} />
      <CodesField label={t('rules.destinations')} of="sites" value={said.destinations} onValue={(destinations) => change({ destinations })} />
      <HoursField value={said.hours} onValue={(hours) => change({ hours })} />
      <label>
        {t('rules.digest')}
        <input type="number" min={0} max={MOST_MINUTES} step={1} value={said.digest_minutes} onInput={(event) => change({ digest_minutes: event.currentTarget.valueAsNumber || 0 })} />
        <small class="muted">{t('rules.digest.hint')}</small>
      </label>
    </details>
  );
}

export function RuleDialog({ rule, topics, channels, detectors, onDone }: DialogProps) {
  const [said, setSaid] = useState<Rule>(rule ?? blank(channels));
  const change = (what: Partial<Rule>) => setSaid((before) => ({ ...before, ...what }));
  const send = () => {
    const { code, ...rest } = said;
    const body: RuleSaid = rest;
    return rule ? noticesApi.setRule(code, body) : noticesApi.addRule(said);
  };
  const [removing, setRemoving] = useState(false);
  if (rule && removing) {
    return (
      <SendDialog title={t('rules.remove')} why={t('rules.remove.sure', { code: rule.code })} action={t('rules.remove')} complete send={() => noticesApi.removeRule(rule.code)} onDone={onDone} />
    );
  }
  const complete = said.code.trim() !== '' && said.name.trim() !== '' && said.topics.length > 0 && (!NAMED.has(said.to) || said.recipient.trim() !== '');
  return (
    <SendDialog title={rule ? t('rules.change', { code: rule.code }) : t('rules.add')} action={t('form.save')} complete={complete} wide send={send} onDone={onDone}>
      <div class="pair">
        <TextField label={t('rules.name')} value={said.name} onValue={(name) => change({ name })} />
        {!rule && <TextField label={t('rules.code')} hint={t('people.login.hint')} value={said.code} onValue={(code) => change({ code })} />}
      </div>
      <CheckField label={t('rules.enabled')} value={said.enabled} onValue={(enabled) => change({ enabled })} />
      <TopicsField known={topics} detectors={detectors} value={said.topics} onValue={(next) => change({ topics: next })} />
      <div class="pair">
        <ChoiceField label={t('rules.least')} value={String(said.least)} onValue={(least) => change({ least: Number(least) })} choices={LEAST} words={(each) => `${each} – ${tValue('severity', each)}`} />
        <ChoiceField label={t('rules.language')} value={said.language} onValue={(language) => change({ language })} choices={LANGUAGES} words={(each) => t(`rules.language.${each}`)} />
      </div>
      <Recipient said={said} change={change} channels={channels} />
      <CheckField label={t('rules.quiet')} value={said.quiet} onValue={(quiet) => change({ quiet })} />
      <Narrower said={said} change={change} />
      {rule && (
        <button type="button" class="link remove" onClick={() => setRemoving(true)}>
          {t('rules.remove')}
        </button>
      )}
    </SendDialog>
  );
}
