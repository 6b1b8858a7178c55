/** What is kept how long and by which rule, and what was removed; who is erased stands there as a pseudonym. */
import { useState } from 'preact/hooks';
import type { Purge, Purges, Retention } from '../api/ops';
import { Listed, Table } from './AdminParts';
import { peopleApi, useAsked } from './admin';
import { t } from './state';
import { minute } from './words';

/** Rows of the log asked for at once. */
const PAGE = 100;

function Rules({ told }: { told: Retention }) {
  return (
    <Table label={t(`kept.profile.${told.profile}`)} heads={[t('kept.col.what'), t('kept.col.days'), t('kept.col.source'), t('kept.col.setting')]}>
      {told.rules.map((rule) => (
        <tr key={rule.kind} data-kept={rule.kind}>
          <th scope="row">{t(`kept.kind.${rule.kind}`)}</th>
          <td class="num">{rule.days}</td>
          <td class="wraps">{rule.source}</td>
          <td>
            <code>{rule.setting}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Row({ purge }: { purge: Purge }) {
  return (
    <tr>
      <td class="num">{minute(purge.at)}</td>
      <th scope="row">{purge.what}</th>
      <td class="num">{purge.rows}</td>
      <td class="num">{minute(purge.before)}</td>
      <td>{purge.rule}</td>
      <td>{purge.subject || '–'}</td>
    </tr>
  );
}

async function pages(people: boolean, count: number): Promise<Purges> {
  let told = await peopleApi.purges({ people, limit: PAGE });
  for (let page = 1; page < count && told.more; page++) {
    const before = told.purges.at(-1)?.id;
    // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before ends
    const next = await peopleApi.purges({ people, limit: PAGE, ...(before === undefined ? {} : { before }) });
    told = { purges: [...told.purges, ...next.purges], more: next.more };
  }
  return told;
}

export function KeptPart() {
  const rules = useAsked(peopleApi.retention);
  const [people, setPeople] = useState(false);
  const [count, setCount] = useState(1);
  const log = useAsked(() => pages(people, count), `${people} ${count}`);
  const heads = [t('kept.logged.at'), t('kept.col.what'), t('kept.logged.rows'), t('kept.logged.before'), t('kept.col.source'), t('kept.logged.subject')];
  return (
    <>
      <Listed asked={rules} isEmpty={(told) => told.rules.length === 0} none={t('kept.noRules')}>
        {(told) => (
          <>
            <h2>{t(`kept.profile.${told.profile}`)}</h2>
            <Rules told={told} />
          </>
        )}
      </Listed>
      <h2>{t('kept.log')}</h2>
      <div class="admin-acts">
        <label>
          <input type="checkbox" checked={people} onChange={(event) => setPeople(event.currentTarget.checked)} /> {t('kept.people')}
        </label>
      </div>
      <Listed asked={log} isEmpty={(told) => told.purges.length === 0} none={t('kept.none')}>
        {(told) => (
          <>
            <Table label={t('kept.log')} heads={heads}>
              {told.purges.map((purge) => (
                <Row key={purge.id} purge={purge} />
              ))}
            </Table>
            {told.more && (
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
