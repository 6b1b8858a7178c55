/** Sites: the list to choose from, and the page of the chosen one. */
import { useState } from 'preact/hooks';
import type { Site } from '../api/shapes';
import { fold } from '../live/list';
import { Empty } from './States';
import { SiteBoard } from './SiteBoard';
import { fleet, session, sites } from './app';
import * as state from './state';
import { t } from './state';

/** How many vehicles are at each site, by what they last said. */
function presences(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let row = 0; row < fleet.size; row++) {
    const code = fleet.site[row];
    if (code) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

function Entry({ site, inside }: { site: Site; inside: number }) {
  const here = state.site.value === site.code;
  return (
    <li>
      <a class="site-entry" href={state.sitePage(site.code)} aria-current={here ? 'page' : undefined} data-site={site.code}>
        <span>
          <b>{state.nameOf(site)}</b>
          <small class="muted">{site.code}</small>
        </span>
        {inside > 0 && (
          <span class="count num" title={t('site.inside')}>
            {inside}
          </span>
        )}
      </a>
    </li>
  );
}

export function SitesPage() {
  void session.version.value;
  const [text, setText] = useState('');
  const wanted = fold(text);
  const counts = presences();
  const shown = sites.value
    .filter((site) => fold(`${site.code} ${site.name_zh} ${site.name_en}`).includes(wanted))
    .toSorted((a, b) => (counts.get(b.code) ?? 0) - (counts.get(a.code) ?? 0) || (a.code < b.code ? -1 : 1));
  const code = state.site.value;
  return (
    <main class="sites" data-testid="sites">
      <nav class="site-list" aria-label={t('site.list')}>
        <input
          type="search"
          value={text}
          placeholder={t('site.filter')}
          aria-label={t('site.filter')}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <ul>
          {shown.map((site) => (
            <Entry key={site.code} site={site} inside={counts.get(site.code) ?? 0} />
          ))}
        </ul>
        {shown.length === 0 && <Empty words={t('site.none')} small />}
      </nav>
      {code ? <SiteBoard key={code} code={code} /> : <Empty words={t('site.choose')} />}
    </main>
  );
}
