/** Ways to reach people and systems.  An address is never shown again, a webhook's secret once. */
import { useState } from 'preact/hooks';
import type { Channel } from '../api/ops';
import { Listed, Secret, Table } from './AdminParts';
import { SendDialog } from './SendDialog';
import { noticesApi, useAsked } from './admin';
import { may } from './app';
import { AreaField, CheckField, ChoiceField, TextField } from './fields';
import { t } from './state';
import { minute } from './words';

const KINDS = ['apprise', 'webhook'] as const;

type Open = { readonly what: 'new' } | { readonly what: 'change' | 'test' | 'remove'; readonly channel: Channel };
interface Made {
  readonly code: string;
  readonly secret: string;
}

const NEW: Pick<Channel, 'kind' | 'code' | 'name' | 'enabled'> = { kind: 'apprise', code: '', name: '', enabled: true };

interface EditProps {
  readonly channel: Channel | null;
  readonly onSecret: (made: Made) => void;
  readonly onRemove: () => void;
  readonly onDone: (sent: boolean) => void;
}

function ChannelDialog({ channel, onSecret, onRemove, onDone }: EditProps) {
  const before = channel ?? NEW;
  const [kind, setKind] = useState(before.kind);
  const [code, setCode] = useState(before.code);
  const [name, setName] = useState(before.name);
  const [address, setAddress] = useState('');
  const [enabled, setEnabled] = useState(before.enabled);
  const [anew, setAnew] = useState(false);
  const send = async () => {
    const to = address.trim();
    const made = channel
      ? await noticesApi.setChannel(channel.code, { name, enabled, new_secret: anew, ...(to ? { address: to } : {}) })
      : await noticesApi.addChannel({ code, kind, name, address: to, enabled });
    if (made.secret) onSecret({ code: made.code, secret: made.secret });
  };
  const complete = code.trim() !== '' && name.trim() !== '' && (channel !== null || address.trim() !== '');
  return (
    <SendDialog title={channel ? t('channels.change', { code: channel.code }) : t('channels.add')} action={t('form.save')} complete={complete} wide send={send} onDone={onDone}>
      {!channel && <ChoiceField label={t('channels.kind')} value={kind} onValue={setKind} choices={KINDS} words={(each) => t(`channels.kind.${each}`)} />}
      <div class="pair">
        <TextField label={t('rules.name')} value={name} onValue={setName} />
        {!channel && <TextField label={t('rules.code')} hint={t('people.login.hint')} value={code} onValue={setCode} />}
      </div>
      <AreaField label={t('channels.address')} rows={2} value={address} onValue={setAddress} {...(channel ? { hint: t('channels.keepAddress') } : {})} />
      <p class="muted">{t('channels.address.what')}</p>
      <CheckField label={t('rules.enabled')} value={enabled} onValue={setEnabled} />
      {channel?.kind === 'webhook' && <CheckField label={t('channels.newSecret')} value={anew} onValue={setAnew} />}
      {channel && (
        <button type="button" class="link remove" onClick={onRemove}>
          {t('rules.remove')}
        </button>
      )}
    </SendDialog>
  );
}

function RemoveDialog({ channel, onDone }: { channel: Channel; onDone: (sent: boolean) => void }) {
  const send = () => noticesApi.removeChannel(channel.code);
  return <SendDialog title={t('rules.remove')} why={t('channels.remove.sure', { code: channel.code })} action={t('rules.remove')} complete send={send} onDone={onDone} />;
}

function TestDialog({ channel, onDone }: { channel: Channel; onDone: (sent: boolean) => void }) {
  const [to, setTo] = useState('');
  const send = () => noticesApi.testChannel(channel.code, to.trim());
  return (
    <SendDialog title={`${t('channels.test')} ${channel.name}`} action={t('channels.test.go')} complete={!channel.direct || to.trim() !== ''} send={send} onDone={onDone}>
      {channel.direct && <TextField label={t('channels.test.to')} value={to} onValue={setTo} />}
    </SendDialog>
  );
}

/** Whether it takes what it is sent. */
function Health({ channel }: { channel: Channel }) {
  if (!channel.enabled) {
    return (
      <>
        <span class="pill pill-unknown">{t('rules.off')}</span>
        {channel.disabled_why && <small class="warn-words">{t('channels.disabled', { why: channel.disabled_why })}</small>}
      </>
    );
  }
  if (!channel.failing_since) return <span class="pill pill-online">{t('rules.on')}</span>;
  return <span class="pill pill-offline warn-words">{t('channels.failing', { time: minute(channel.failing_since) })}</span>;
}

function Row({ channel, onOpen }: { channel: Channel; onOpen: (what: 'change' | 'test') => void }) {
  return (
    <tr data-channel={channel.code} class={channel.enabled ? undefined : 'is-off'}>
      <th scope="row">
        {may('edit_rules') ? (
          <button type="button" class="link" onClick={() => onOpen('change')}>
            {channel.name}
          </button>
        ) : (
          channel.name
        )}
        <small class="muted">{channel.code}</small>
      </th>
      <td>
        <Health channel={channel} />
      </td>
      <td class="wraps">{t(`channels.kind.${channel.kind}`)}</td>
      <td>
        <code>{channel.address}</code>
      </td>
      <td class="right">
        {may('edit_rules') && (
          <button type="button" class="button" disabled={!channel.enabled} onClick={() => onOpen('test')}>
            {t('channels.test')}
          </button>
        )}
      </td>
    </tr>
  );
}

export function ChannelsPart() {
  const asked = useAsked(noticesApi.channels);
  const [open, setOpen] = useState<Open | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [tested, setTested] = useState(false);
  const close = (sent: boolean) => {
    if (open?.what === 'test') setTested(sent);
    setOpen(null);
    if (sent) void asked.load();
  };
  return (
    <>
      {may('edit_rules') && (
        <div class="admin-acts">
          <button type="button" class="button primary" onClick={() => setOpen({ what: 'new' })}>
            {t('channels.add')}
          </button>
          {tested && (
            <span role="status">
              {t('channels.tested')} <a href="#/rules/log">{t('rules.part.log')}</a>
            </span>
          )}
        </div>
      )}
      <Listed asked={asked} isEmpty={(all) => all.length === 0} none={t('channels.none')}>
        {(all) => (
          <Table label={t('rules.part.channels')} heads={[t('rules.name'), t('log.col.state'), t('channels.kind'), t('channels.address'), '']}>
            {all.map((each) => (
              <Row key={each.code} channel={each} onOpen={(what) => setOpen({ what, channel: each })} />
            ))}
          </Table>
        )}
      </Listed>
      {open?.what === 'test' && <TestDialog channel={open.channel} onDone={close} />}
      {open?.what === 'remove' && <RemoveDialog channel={open.channel} onDone={close} />}
      {open?.what === 'new' && <ChannelDialog channel={null} onSecret={setMade} onRemove={() => setOpen(null)} onDone={close} />}
      {open?.what === 'change' && <ChannelDialog channel={open.channel} onSecret={setMade} onRemove={() => setOpen({ what: 'remove', channel: open.channel })} onDone={close} />}
      {made && <Secret title={t('channels.secret', { code: made.code })} secret={made.secret} onDone={() => setMade(null)} />}
    </>
  );
}
