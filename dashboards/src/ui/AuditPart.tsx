/** The trail: who read an exact position, and who changed what, from what to what. */
import { useState } from 'preact/hooks';
import type { AuditEntry } from '../api/ops';
import { Listed, Table } from './AdminParts';
import { peopleApi, useAsked } from './admin';
import * as state from './state';
import { t, tValue } from './state';
import { second } from './words';

const KINDS = ['person', 'key', 'channel', 'notice_rule', 'detector', 'notice', 'waybill', 'trip', 'vehicle', 'device', 'alert', 'exception', 'query', 'share', 'site', 'fence'] as const;
const NOTHING = '–';
type Facts = Readonly<Record<string, unknown>>;

function isFacts(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueWord(value: unknown): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (Array.isArray(value)) return value.map(valueWord).join(', ') || NOTHING;
  if (!isFacts(value)) return String(value);
  const parts = Object.entries(value).map(([name, each]) => `${name} ${valueWord(each)}`);
  return parts.join(', ') || NOTHING;
}

interface Change {
  readonly name: string;
  /** A dash: nothing. */
  readonly before: string;
  readonly after: string;
}

/** What a row says: of two versions only what differs. */
function changesOf(detail: Facts): readonly Change[] {
  const { before, after, ...rest } = detail;
  const old = isFacts(before) ? before : {};
  const made = isFacts(after) ? after : {};
  const names = [...new Set([...Object.keys(old), ...Object.keys(made)])];
  const changed = names.map((name) => ({ name, before: valueWord(old[name]), after: valueWord(made[name]) })).filter((each) => each.before !== each.after);
  const loose = Object.entries(rest).map(([name, value]) => ({ name, before: NOTHING, after: valueWord(value) }));
  return [...changed, ...loose];
}

/** More of them only make the table unreadable; all of it is in the API. */
const MOST = 6;

function Detail({ entry }: { entry: AuditEntry }) {
  const changes = changesOf(entry.detail);
  return (
    <td class="detail">
      {entry.why && <q>{entry.why}</q>}
      {changes.slice(0, MOST).map((each) => (
        <span key={each.name}>
          <span class="muted">{each.name}</span> {each.before !== NOTHING && <s>{each.before}</s>} {each.after}
        </span>
      ))}
      {changes.length > MOST && (
        <span class="muted" title={changes.slice(MOST).map((each) => `${each.name} ${each.after}`).join('\n')}>
          …
        </span>
      )}
    </td>
  );
}

function pageOf(entry: AuditEntry): string | null {
  if (entry.kind === 'waybill') return state.waybillPage(entry.subject);
  if (entry.kind === 'trip') return state.tripPage(entry.subject);
  return entry.kind === 'exception' ? state.exceptionPage(entry.subject) : null;
}

function Row({ entry }: { entry: AuditEntry }) {
  const page = pageOf(entry);
  return (
    <tr>
      <td class="num">{second(entry.at)}</td>
      <th scope="row">
        {entry.principal}
        <small class="muted">{tValue('role', entry.role)}</small>
      </th>
      <td>{tValue('act', entry.act)}</td>
      <td>
        {tValue('kind', entry.kind)}
        <small class="num">{page ? <a href={page}>{entry.subject}</a> : entry.subject}</small>
      </td>
      <Detail entry={entry} />
    </tr>
  );
}

type Wish = Parameters<typeof peopleApi.audit>[0];

/** A filter that asks when it is left or Enter is pressed: the trail is long. */
function Filter({ word, value, onValue }: { word: string; value: string; onValue: (value: string) => void }) {
  return <input type="search" autocomplete="off" aria-label={word} placeholder={word} value={value} onChange={(event) => onValue(event.currentTarget.value.trim())} />;
}

async function pages(wish: Wish, count: number): Promise<{ readonly entries: readonly AuditEntry[]; readonly more: boolean }> {
  let told = await peopleApi.audit(wish);
  for (let page = 1; page < count && told.more; page++) {
    const before = told.entries.at(-1)?.id;
    // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before ends
    const next = await peopleApi.audit({ ...wish, ...(before === undefined ? {} : { before }) });
    told = { entries: [...told.entries, ...next.entries], more: next.more };
  }
  return told;
}

export function AuditPart() {
  const [principal, setPrincipal] = useState('');
  const [subject, setSubject] = useState('');
  const [kind, setKind] = useState('');
  const [count, setCount] = useState(1);
  const asked = useAsked(() => pages({ principal, subject, kind }, count), [principal, subject, kind, count].join('\n'));
  const change = (set: (value: string) => void) => (value: string) => {
    setCount(1);
    set(value);
  };
  return (
    <>
      <div class="admin-acts">
        <Filter word={t('audit.who')} value={principal} onValue={change(setPrincipal)} />
        <select aria-label={t('audit.kind')} value={kind} onChange={(event) => change(setKind)(event.currentTarget.value)}>
          <option value="">{t('audit.anyKind')}</option>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {t(`kind.${each}`)}
            </option>
          ))}
        </select>
        <Filter word={t('audit.subject')} value={subject} onValue={change(setSubject)} />
      </div>
      <Listed asked={asked} isEmpty={(all) => all.entries.length === 0} none={t('audit.none')}>
        {(all) => (
          <>
            <Table label={t('people.part.audit')} heads={[t('audit.at'), t('audit.who'), t('audit.act'), t('audit.subject'), t('audit.detail')]}>
              {all.entries.map((each) => (
                <Row key={each.id} entry={each} />
              ))}
            </Table>
            {all.more && (
              <div class="admin-end">
                <button type="button" class="button" onClick={() => setCount(count + 1)}>
                  {t('audit.more')}
                </button>
              </div>
            )}
          </>
        )}
      </Listed>
    </>
  );
}
