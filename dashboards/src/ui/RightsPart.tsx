/** The two tables that say who sees and does what, as the API has them. */
import type { Rights } from '../api/ops';
import { Listed } from './AdminParts';
import { peopleApi, useAsked } from './admin';
import { t, tValue } from './state';

function Sees({ rights }: { rights: Rights }) {
  const roles = Object.keys(rights.sees);
  const data = Object.keys(Object.values(rights.sees)[0] ?? {});
  return (
    <table class="sees-table" data-testid="sees">
      <thead>
        <tr>
          <th scope="col">{t('people.role')}</th>
          {data.map((each) => (
            <th key={each} scope="col">
              {tValue('datum', each)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {roles.map((role) => (
          <tr key={role}>
            <th scope="row">{tValue('role', role)}</th>
            {data.map((each) => {
              const grant = rights.sees[role]?.[each] ?? 'none';
              return (
                <td key={each} class={`grant-${grant}`}>
                  {tValue('grant', grant)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function May({ rights }: { rights: Rights }) {
  const roles = Object.keys(rights.may).filter((role) => rights.may[role]?.length);
  const acts = rights.may['owner'] ?? []; // who may everything
  const looksFirst = [...acts.filter((each) => each.startsWith('look_')), ...acts.filter((each) => !each.startsWith('look_'))];
  return (
    <table class="may-table" data-testid="may">
      <thead>
        <tr>
          <th scope="col">{t('rights.act')}</th>
          {roles.map((role) => (
            <th key={role} scope="col">
              {tValue('role', role)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {looksFirst.map((act) => (
          <tr key={act}>
            <th scope="row">{tValue('right', act)}</th>
            {roles.map((role) => {
              const yes = rights.may[role]?.includes(act) === true;
              return (
                <td key={role} class={yes ? 'yes' : 'no'} title={t(yes ? 'right.yes' : 'right.no')}>
                  <span aria-hidden="true">{yes ? '✓' : '·'}</span>
                  <span class="unseen">{t(yes ? 'right.yes' : 'right.no')}</span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function RightsPart() {
  const asked = useAsked(peopleApi.rights);
  return (
    <Listed asked={asked} isEmpty={() => false} none="">
      {(rights) => (
        <div class="rights" tabIndex={0} role="region" aria-label={t('people.part.rights')}>
          <p class="muted">{t('rights.why')}</p>
          <h2>{t('rights.sees')}</h2>
          <Sees rights={rights} />
          <h2>{t('rights.may')}</h2>
          <May rights={rights} />
        </div>
      )}
    </Listed>
  );
}
