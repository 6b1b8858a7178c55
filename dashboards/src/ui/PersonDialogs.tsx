/** What is said of a person: role, reach, how they are told, whether they may come in. */
import { useState } from 'preact/hooks';
import { type Person, ROLES, type Role } from '../api/ops';
import { CodesField } from './AdminParts';
import { SendDialog } from './SendDialog';
import { peopleApi } from './admin';
import { CheckField, ChoiceField, TextField, filled } from './fields';
import { t } from './state';

interface DialogProps {
  readonly person: Person;
  readonly onDone: (sent: boolean) => void;
}

const LANGUAGES = ['zh', 'en'] as const;

function SecretField({ label, value, onValue, hint }: { label: string; value: string; onValue: (value: string) => void; hint?: string }) {
  return (
    <label>
      {label}
      <input type="password" autocomplete="new-password" placeholder={hint} value={value} onInput={(event) => onValue(event.currentTarget.value)} />
    </label>
  );
}

export function PasswordDialog({ person, onDone }: DialogProps) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  return (
    <SendDialog
      title={`${t('people.newPassword')} ${person.shown}`}
      why={t('people.endSessions.why', { name: person.shown })}
      action={t('form.save')}
      complete={password !== '' && password === again}
      send={() => peopleApi.setPassword(person.name, { password })}
      onDone={onDone}
    >
      <SecretField label={t('people.password')} value={password} onValue={setPassword} />
      <SecretField label={t('people.repeat')} value={again} onValue={setAgain} />
      {again !== '' && again !== password && <p class="warn-words">{t('people.differ')}</p>}
    </SendDialog>
  );
}

export function SessionsDialog({ person, onDone }: DialogProps) {
  return (
    <SendDialog
      title={t('people.endSessions')}
      why={t('people.endSessions.why', { name: person.shown })}
      action={t('people.endSessions')}
      complete
      send={() => peopleApi.endSessions(person.name)}
      onDone={onDone}
    />
  );
}

interface Said {
  readonly shown: string;
  readonly role: Role;
  readonly parties: readonly string[];
  readonly customers: readonly string[];
  readonly sites: readonly string[];
  readonly driver: string;
  readonly email: string;
  readonly phone: string;
  readonly language: 'zh' | 'en';
  readonly disabled: boolean;
}

const NEW: Said = { shown: '', role: 'cs_agent', parties: [], customers: [], sites: [], driver: '', email: '', phone: '', language: 'zh', disabled: false };

function saidOf(person: Person | null): Said {
  if (!person) return NEW;
  const { shown, role, parties, customers, sites, driver, language, contact, disabled_at } = person;
  const reach = { parties: parties ?? [], customers: customers ?? [], sites, driver };
  return { shown, role, ...reach, email: contact['email'] ?? '', phone: contact['phone'] ?? '', language, disabled: disabled_at !== null };
}

/** Roles that are confined to what is named: to nothing when nothing is. */
const OF_PARTIES: ReadonlySet<Role> = new Set<Role>(['partner']);
const OF_CUSTOMERS: ReadonlySet<Role> = new Set<Role>(['customer']);

/** As the API takes it: null is every one. */
function bodyOf(said: Said, person: Person | null): Readonly<Record<string, unknown>> {
  const { email, phone, parties, customers, disabled, ...rest } = said;
  const others = Object.fromEntries(Object.entries(person?.contact ?? {}).filter(([name]) => name !== 'email' && name !== 'phone'));
  return {
    ...rest,
    parties: parties.length > 0 || OF_PARTIES.has(said.role) ? parties : null,
    customers: customers.length > 0 || OF_CUSTOMERS.has(said.role) ? customers : null,
    contact: { ...others, ...filled({ email: email.trim(), phone: phone.trim() }) },
    ...(person ? { disabled } : {}),
  };
}

interface PartProps {
  readonly said: Said;
  readonly change: (what: Partial<Said>) => void;
}

/** What they are confined to: only what matters for the role. */
function Reach({ said, change }: PartProps) {
  const customers = <CodesField label={t('people.customers')} of="parties" value={said.customers} onValue={(next) => change({ customers: next })} />;
  switch (said.role) {
    case 'driver':
      return <TextField label={t('people.driver')} value={said.driver} onValue={(driver) => change({ driver })} />;
    case 'customer':
      return customers;
    case 'warehouse':
      return <CodesField label={t('people.sites')} of="sites" value={said.sites} onValue={(sites) => change({ sites })} />;
    case 'owner':
    case 'it_admin':
      return null;
    default:
      return (
        <>
          <CodesField label={t('people.parties')} of="parties" value={said.parties} onValue={(parties) => change({ parties })} />
          {said.role !== 'partner' && customers}
        </>
      );
  }
}

function Contact({ said, change }: PartProps) {
  return (
    <div class="pair three">
      <TextField label={t('people.email')} value={said.email} onValue={(email) => change({ email })} />
      <TextField label={t('people.phone')} value={said.phone} onValue={(phone) => change({ phone })} />
      <ChoiceField label={t('people.language')} value={said.language} onValue={(language) => change({ language })} choices={LANGUAGES} words={(each) => t(`rules.language.${each}`)} />
    </div>
  );
}

export function PersonDialog({ person, onDone }: { person: Person | null; onDone: (sent: boolean) => void }) {
  const [said, setSaid] = useState(saidOf(person));
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [why, setWhy] = useState('');
  const change = (what: Partial<Said>) => setSaid((before) => ({ ...before, ...what }));
  const turn = (role: Role) => change({ role, parties: [], customers: [], sites: [], driver: '' });
  const send = () => {
    const body = bodyOf(said, person);
    return person ? peopleApi.setPerson(person.name, { ...body, ...filled({ why: why.trim() }) }) : peopleApi.addPerson({ ...body, name, ...filled({ password }) });
  };
  return (
    <SendDialog
      title={person ? t('people.change', { name: person.name }) : t('people.add')}
      action={t('form.save')}
      complete={said.shown.trim() !== '' && (person !== null || name.trim() !== '')}
      wide
      send={send}
      onDone={onDone}
    >
      {!person && (
        <div class="pair">
          <TextField label={t('people.login')} hint={t('people.login.hint')} value={name} onValue={setName} />
          <SecretField label={t('people.password')} hint={t('people.password.later')} value={password} onValue={setPassword} />
        </div>
      )}
      <div class="pair">
        <TextField label={t('people.shown')} value={said.shown} onValue={(shown) => change({ shown })} />
        <ChoiceField label={t('people.role')} value={said.role} onValue={turn} choices={ROLES} words={(each) => t(`role.${each}`)} />
      </div>
      <Reach said={said} change={change} />
      <Contact said={said} change={change} />
      {person && (
        <>
          <CheckField label={t('people.disable')} value={said.disabled} onValue={(disabled) => change({ disabled })} />
          <TextField label={t('people.why')} hint={t('form.optional')} value={why} onValue={setWhy} />
        </>
      )}
    </SendDialog>
  );
}
