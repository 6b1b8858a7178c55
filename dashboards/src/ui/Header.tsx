/** Name, pages, search, how fresh the data is, language and theme. */
import { formatAge } from '../i18n/format';
import { session } from './app';
import { KeyboardIcon, Logo, MoonIcon, SearchIcon, SunIcon, SystemIcon } from './icons';
import * as state from './state';
import { t } from './state';

function Live() {
  const { phase, heardAt } = session.status.value;
  void session.now.value; // ages grow once a second
  const silence = heardAt ? (Date.now() - heardAt) / 1000 : Number.NaN;
  return (
    <div class={`live live-${phase}`} data-testid="live">
      <span class="dot" />
      <strong>{t(`live.${phase}`)}</strong>
      {phase !== 'connecting' && phase !== 'refused' && heardAt > 0 && (
        <span class="muted num wide">
          {' · '}
          {t('live.age', { age: formatAge(silence, state.lang.value) })}
        </span>
      )}
    </div>
  );
}

function LanguageSwitch() {
  const flip = () => {
    state.lang.value = state.lang.value === 'zh' ? 'en' : 'zh';
    state.remember('lang', state.lang.value);
  };
  return (
    <button type="button" class="tool" onClick={flip} aria-label={t('lang.switch')} data-testid="lang">
      {state.lang.value === 'zh' ? 'EN' : '中文'}
    </button>
  );
}

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;

function ThemeSwitch() {
  const choice = state.themeChoice.value;
  const flip = () => {
    state.themeChoice.value = NEXT[choice];
    state.remember('theme', state.themeChoice.value);
  };
  const name = t(`theme.${choice}`);
  return (
    <button type="button" class="tool square" onClick={flip} aria-label={name} title={name} data-testid="theme">
      {choice === 'system' ? <SystemIcon /> : choice === 'dark' ? <MoonIcon /> : <SunIcon />}
    </button>
  );
}

function PageLink({ to, label }: { to: state.Page; label: string }) {
  const page = state.page.value;
  const here = page === to || (page === 'trip' && to === 'trips');
  return (
    <a class="page" href={to === 'map' ? '#/' : `#/${to}`} aria-current={here ? 'page' : undefined}>
      {label}
    </a>
  );
}

export function Header() {
  return (
    <header class="header">
      <a class="skip" href="#list" onClick={(event) => {
        event.preventDefault();
        document.getElementById('list')?.focus();
      }}>
        {t('app.skip')}
      </a>
      <span class="brand">
        <Logo /> Milepost
      </span>
      <nav class="pages">
        <PageLink to="map" label={t('app.map')} />
        <PageLink to="trips" label={t('app.trips')} />
        <PageLink to="sites" label={t('app.sites')} />
        <PageLink to="accuracy" label={t('app.accuracy')} />
        <PageLink to="devices" label={t('app.devices')} />
      </nav>
      <button
        type="button"
        class="search-open"
        aria-label={t('search.title')}
        aria-keyshortcuts="Control+K"
        onClick={() => {
          state.searchOpen.value = true;
        }}
      >
        <SearchIcon />
        <span>{t('search.open')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Live />
      <LanguageSwitch />
      <ThemeSwitch />
      <button
        type="button"
        class="tool square keys"
        aria-label={t('help.open')}
        title={t('help.open')}
        onClick={() => {
          state.helpOpen.value = true;
        }}
      >
        <KeyboardIcon />
      </button>
    </header>
  );
}
