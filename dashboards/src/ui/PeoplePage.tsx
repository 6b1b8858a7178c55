/** Who may sign in and as what, the keys of programs, who sees what, and the audit. */
import { useState } from 'preact/hooks';
import type { Person } from '../api/ops';
import { fold } from '../live/list';
import { Listed, Table, Tabs } from './AdminParts';
import { AuditPart } from './AuditPart';
import { KeptPart } from './KeptPart';
import { KeysPart } from './KeysPart';
import { PasswordDialog, PersonDialog, SessionsDialog } from './PersonDialogs';
import { RightsPart } from './RightsPart';
import { partOf, partyWord, peopleApi, siteWord, useAsked } from './admin';
import { may, me } from './app';
import { t } from './state';
import { minute } from './words';

const PARTS = ['people', 'keys', 'rights', 'audit', 'kept'] as const;
type Part = (typeof PARTS)[number];

type What = 'change' | 'password' | 'sessions';
interface Open {
  readonly what: What;
  /** null: a new one. */
  readonly person: Person | null;
}

/** What they are confined to, in words. */
function reachWords(person: Person): string {
  const some = (codes: readonly string[] | null, word: (code: string) => string) => (codes ? codes.map(word).join(', ') || '–' : null);
  const said = [
    person.parties && `${t('people.parties')} ${some(person.parties, partyWord)}`,
    person.customers && `${t('people.customers')} ${some(person.customers, partyWord)}`,
    person.sites.length > 0 && `${t('people.sites')}: ${some(person.sites, siteWord)}`,
    person.driver && `${t('people.driver')}: ${person.driver}`,
  ];
  return said.filter(Boolean).join(' · ') || t('people.all');
}

function Row({ person, onOpen }: { person: Person; onOpen: (what: What) => void }) {
  const own = me.value?.name === person.name;
  return (
    <tr data-person={person.name} class={person.disabled_at ? 'is-off' : undefined}>
      <th scope="row">
        <button type="button" class="link" onClick={() => onOpen('change')}>
          {person.shown}
        </button>
        <small class="muted">{person.name}</small>
      </th>
      <td>
        {t(`role.${person.role}`)}
        {person.disabled_at && <span class="tag tag-conflict">{t('people.disabled')}</span>}
        {!person.disabled_at && !person.has_password && <span class="tag tag-provisional">{t('people.noPassword')}</span>}
      </td>
      <td class="wraps">{reachWords(person)}</td>
      <td class="num">{person.seen_at ? minute(person.seen_at) : '–'}</td>
      <td class="right">
        {!own && (
          <>
            <button type="button" class="button" onClick={() => onOpen('password')}>
              {t('people.newPassword')}
            </button>{' '}
            <button type="button" class="button" onClick={() => onOpen('sessions')}>
              {t('people.endSessions')}
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

function Opened({ open, onDone }: { open: Open; onDone: (sent: boolean) => void }) {
  if (open.person && open.what === 'password') return <PasswordDialog person={open.person} onDone={onDone} />;
  if (open.person && open.what === 'sessions') return <SessionsDialog person={open.person} onDone={onDone} />;
  return <PersonDialog person={open.person} onDone={onDone} />;
}

function UsersPart() {
  const asked = useAsked(peopleApi.people);
  const [text, setText] = useState('');
  const [open, setOpen] = useState<Open | null>(null);
  const close = (sent: boolean) => {
    setOpen(null);
    if (sent) void asked.load();
  };
  const wanted = fold(text);
  const matches = (each: Person) => fold(`${each.name} ${each.shown} ${each.role} ${t(`role.${each.role}`)}`).includes(wanted);
  return (
    <>
      <div class="admin-acts">
        <button type="button" class="button primary" onClick={() => setOpen({ what: 'change', person: null })}>
          {t('people.add')}
        </button>
        <input type="search" autocomplete="off" aria-label={t('people.filter')} placeholder={t('people.filter')} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </div>
      <Listed asked={asked} isEmpty={(all) => all.length === 0} none={t('people.none')}>
        {(all) => (
          <Table label={t('people.part.people')} heads={[t('people.col.name'), t('people.col.role'), t('people.col.scope'), t('people.col.seen'), '']}>
            {all.filter(matches).map((each) => (
              <Row key={each.name} person={each} onOpen={(what) => setOpen({ what, person: each })} />
            ))}
          </Table>
        )}
      </Listed>
      {open && <Opened open={open} onDone={close} />}
    </>
  );
}

function Chosen({ part }: { part: Part | undefined }) {
  switch (part) {
    case 'people':
      return <UsersPart />;
    case 'keys':
      return <KeysPart />;
    case 'audit':
      return <AuditPart />;
    case 'kept':
      return <KeptPart />;
    default:
      return <RightsPart />;
  }
}

/** Who only looks at the audit changes nobody's rights. */
function isOpen(part: Part): boolean {
  if (part === 'audit' || part === 'kept') return may('look_audit');
  return part === 'rights' || may('edit_people');
}

export function PeoplePage() {
  const parts = PARTS.filter(isOpen);
  const part = partOf(parts);
  return (
    <main class="trips admin" data-testid="people-page">
      <div class="trips-bar alerts-bar">
        <h1>{t('app.people')}</h1>
        <Tabs page="people" parts={parts} chosen={part} words={(each) => t(`people.part.${each}`)} />
      </div>
      <Chosen part={part} />
    </main>
  );
}
