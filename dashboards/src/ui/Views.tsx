/** The menu of views: open, save, forget, copy a link, back to the default. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { copyText } from './copy';
import * as filters from './filters';
import { ChevronIcon, CloseIcon, CopyIcon } from './icons';
import { t } from './state';
import { forgetView, saveView, viewLink, views } from './views';

function Saved({ onDone }: { onDone: () => void }) {
  if (views.value.length === 0) return <p class="menu-note muted">{t('views.none')}</p>;
  return (
    <ul class="saved-views" aria-label={t('views.saved')}>
      {views.value.map(({ name, query }) => (
        <li key={name}>
          <button
            type="button"
            aria-current={query === filters.query.value ? 'true' : undefined}
            onClick={() => {
              filters.apply(query);
              onDone();
            }}
          >
            {name}
          </button>
          <button type="button" class="forget" aria-label={t('views.remove', { name })} onClick={() => forgetView(name)}>
            <CloseIcon />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Save() {
  const [name, setName] = useState('');
  return (
    <form
      class="save-view"
      onSubmit={(event) => {
        event.preventDefault();
        if (!name.trim()) return;
        saveView(name.trim());
        setName('');
      }}
    >
      <input
        value={name}
        maxLength={40}
        placeholder={t('views.name')}
        aria-label={t('views.name')}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={!name.trim()}>
        {t('views.save')}
      </button>
    </form>
  );
}

function Copy() {
  const [copied, setCopied] = useState(false);
  return (
    <button type="button" onClick={() => void copyText(viewLink(location.href)).then(setCopied)} data-testid="view-copy">
      <CopyIcon /> <span role="status">{t(copied ? 'views.copied' : 'views.copy')}</span>
    </button>
  );
}

export function Views() {
  const place = useRef<HTMLDetailsElement>(null);
  const shut = () => {
    place.current?.removeAttribute('open');
    place.current?.querySelector('summary')?.focus();
  };
  useEffect(() => {
    const elsewhere = (event: Event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) place.current?.removeAttribute('open');
    };
    document.addEventListener('pointerdown', elsewhere);
    return () => document.removeEventListener('pointerdown', elsewhere);
  }, []);
  return (
    <details
      class="views"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !place.current?.open) return;
        event.stopPropagation();
        shut();
      }}
    >
      <summary data-testid="views">
        {t('views.title')} <ChevronIcon />
      </summary>
      <div class="menu">
        <Saved onDone={shut} />
        <Save />
        <hr />
        <Copy />
        <button
          type="button"
          onClick={() => {
            filters.apply('');
            shut();
          }}
          data-testid="view-default"
        >
          {t('views.default')}
        </button>
      </div>
    </details>
  );
}
