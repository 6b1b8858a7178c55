/** Keys of programs: each is shown once, and can be ended at once. */
import { useState } from 'preact/hooks';
import { type Key, ROLES, type Role } from '../api/ops';
import { CodesField, Listed, Secret, Table } from './AdminParts';
import { SendDialog } from './SendDialog';
import { peopleApi, useAsked } from './admin';
import { ChoiceField, TextField, filled, momentOf } from './fields';
import * as state from './state';
import { t } from './state';
import { minute, zoneWord } from './words';

interface Made {
  readonly name: string;
  readonly secret: string;
}

function KeyDialog({ onMade, onDone }: { onMade: (made: Made) => void; onDone: (sent: boolean) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('data_admin');
  const [expires, setExpires] = useState('');
  const [codes, setCodes] = useState<readonly string[]>([]);
  const reach = () => {
    if (role === 'warehouse') return { sites: codes };
    if (role === 'customer') return { customers: codes };
    return codes.length > 0 || role === 'partner' ? { parties: codes } : {};
  };
  const send = async () => {
    const made = await peopleApi.addKey({ name: name.trim(), role, ...reach(), ...filled({ expires_at: momentOf(expires) }) });
    onMade({ name: made.name, secret: made.key });
  };
  const turn = (next: Role) => {
    setRole(next);
    setCodes([]);
  };
  return (
    <SendDialog title={t('keys.add')} action={t('form.save')} complete={name.trim() !== ''} wide send={send} onDone={onDone}>
      <div class="pair">
        <TextField label={t('keys.name')} value={name} onValue={setName} />
        <ChoiceField label={t('people.role')} value={role} onValue={turn} choices={ROLES.filter((each) => each !== 'driver')} words={(each) => t(`role.${each}`)} />
      </div>
      {role === 'warehouse' && <CodesField label={t('people.sites')} of="sites" value={codes} onValue={setCodes} />}
      {role === 'customer' && <CodesField label={t('people.customers')} of="parties" value={codes} onValue={setCodes} />}
      {role === 'partner' && <CodesField label={t('people.parties')} of="parties" value={codes} onValue={setCodes} />}
      <label>
        {t('keys.expires', { zone: zoneWord(state.zone.value) })}
        <input type="datetime-local" value={expires} onInput={(event) => setExpires(event.currentTarget.value)} />
        <small class="muted">{t('keys.never')}</small>
      </label>
    </SendDialog>
  );
}

/** Whether it still opens anything. */
function holds(key: Key): boolean {
  return key.revoked_at === null && (key.expires_at === null || Date.parse(key.expires_at) > Date.now());
}

function Row({ one, onRevoke }: { one: Key; onRevoke: () => void }) {
  const good = holds(one);
  const end = one.expires_at ? minute(one.expires_at) : t('keys.never');
  return (
    <tr data-key={one.name} class={good ? undefined : 'is-off'}>
      <th scope="row">
        {one.name}
        <small class="muted">{one.created_by}</small>
      </th>
      <td>{t(`role.${one.role}`)}</td>
      <td class="num">{one.revoked_at ? <span class="tag tag-conflict">{t('keys.revoked')}</span> : end}</td>
      <td class="num">{one.used_at ? t('keys.used', { time: minute(one.used_at) }) : t('keys.unused')}</td>
      <td class="right">
        {good && (
          <button type="button" class="button" onClick={onRevoke}>
            {t('keys.revoke')}
          </button>
        )}
      </td>
    </tr>
  );
}

export function KeysPart() {
  const asked = useAsked(peopleApi.keys);
  const [open, setOpen] = useState<'new' | Key | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const close = (sent: boolean) => {
    setOpen(null);
    if (sent) void asked.load();
  };
  return (
    <>
      <div class="admin-acts">
        <button type="button" class="button primary" onClick={() => setOpen('new')}>
          {t('keys.add')}
        </button>
      </div>
      <Listed asked={asked} isEmpty={(all) => all.length === 0} none={t('keys.none')}>
        {(all) => (
          <Table label={t('people.part.keys')} heads={[t('keys.name'), t('people.role'), t('keys.ends'), t('people.col.seen'), '']}>
            {all.map((each) => (
              <Row key={each.id} one={each} onRevoke={() => setOpen(each)} />
            ))}
          </Table>
        )}
      </Listed>
      {open === 'new' && <KeyDialog onMade={setMade} onDone={close} />}
      {open && open !== 'new' && (
        <SendDialog title={t('keys.revoke')} why={t('keys.revoke.why', { name: open.name })} action={t('keys.revoke')} complete send={() => peopleApi.revokeKey(open.id)} onDone={close} />
      )}
      {made && <Secret title={t('keys.once', { name: made.name })} secret={made.secret} onDone={() => setMade(null)} />}
    </>
  );
}
