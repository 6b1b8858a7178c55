/** The page behind a link: text first, a map when there is a place to show. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { EVERY_MS, type News, ask } from './ask';
import type { Milestone, Shared, Spot } from './shapes';
import { type Key, type Lang, age, clock, translate } from './words';

const LATE: ReadonlySet<string> = new Set(['late', 'overdue']);
const OVER: ReadonlySet<string> = new Set(['delivered', 'completed']);

interface View {
  readonly told: Shared;
  readonly lang: Lang;
  readonly now: number;
}

/** The viewer's own, where no site says which. */
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zoneOf = (told: Shared) => told.destination?.zone ?? told.milestones.at(-1)?.site?.zone ?? OWN_ZONE;

function Delivered({ told, lang, now }: View) {
  const signed = told.milestones.findLast((each) => each.kind === 'delivered' && each.actual_at);
  if (!signed?.actual_at) return null;
  return (
    <p class="when">
      <span>{translate(lang, 'delivered')}</span>
      <b>{clock(signed.actual_at, now, zoneOf(told), lang)}</b>
    </p>
  );
}

/** "14:45 – 15:15"; nothing when nobody can say. */
function windowOf({ told, lang, now }: View): string | null {
  const from = told.eta?.window_from ?? told.eta?.p50;
  const to = told.eta?.window_to ?? told.eta?.p90;
  if (!from) return null;
  const at = (iso: string) => clock(iso, now, zoneOf(told), lang);
  return to && to !== from ? `${at(from)} – ${at(to)}` : at(from);
}

function Expected({ told, lang, now }: View) {
  const t = (key: Key, params?: Record<string, string>) => translate(lang, key, params);
  const late = LATE.has(told.risk ?? '');
  const cause = lang === 'zh' ? told.cause_zh : told.cause_en;
  return (
    <div class="when">
      <span>{t('expected')}</span>
      <b>{windowOf({ told, lang, now }) ?? t('unknown')}</b>
      {told.promised_at && (
        <span class={late ? 'late' : ''}>
          {t('promised', { time: clock(told.promised_at, now, zoneOf(told), lang) })}
          {late && ` · ${t('late')}`}
        </span>
      )}
      {late && cause && <span>{t('cause', { cause })}</span>}
    </div>
  );
}

function Where({ told, lang, now }: View) {
  const t = (key: Key, params?: Record<string, string>) => translate(lang, key, params);
  const { position, place } = told;
  if (!place && !position) return null;
  const seen = position?.time ?? told.as_of;
  const params = seen ? { time: clock(seen, now, zoneOf(told), lang), age: age((now - Date.parse(seen)) / 1000, lang) } : undefined;
  return (
    <section class="part">
      <h2>{t('place')}</h2>
      <p class="place">{place && (lang === 'zh' ? place.text_zh : place.text_en)}</p>
      {params && position && (
        <p class={told.stale ? 'late' : 'quiet'} data-testid="share-age">
          {t(told.stale ? 'stale' : 'seen', params)}
        </p>
      )}
      {position && <SmallMap spot={position} told={told} lang={lang} />}
      {position && !position.exact && <p class="quiet">{t('coarse')}</p>}
      {told.plate_tail && <p class="quiet">{t('vehicle', { tail: told.plate_tail })}</p>}
    </section>
  );
}

/** The map library is fetched only here, and where it cannot draw the text says it all. */
function SmallMap({ spot, told, lang }: { spot: Spot; told: Shared; lang: Lang }) {
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let late = false;
    let drawn: { show: (spot: Spot) => void; remove: () => void } | null = null;
    const draw = async () => {
      if (!document.createElement('canvas').getContext('webgl2')) throw new Error('no WebGL 2');
      const { drawMap } = await import('./map');
      if (!late && place.current) drawn = drawMap(place.current, spot, told.destination ?? null, lang);
    };
    draw().catch(() => setFailed(true));
    return () => {
      late = true;
      drawn?.remove();
    };
  }, [lang, spot.lon, spot.lat]);
  if (failed) return null;
  return <div class="map" ref={place} role="img" aria-label={translate(lang, 'map')} data-testid="share-map" />;
}

function Step({ one, lang, now }: { one: Milestone; lang: Lang; now: number }) {
  const zone = one.site?.zone ?? OWN_ZONE;
  const at = (iso: string) => clock(iso, now, zone, lang);
  const ahead = one.estimated_at ? translate(lang, 'likely', { time: at(one.estimated_at) }) : one.planned_at ? translate(lang, 'planned', { time: at(one.planned_at) }) : '';
  return (
    <li class={one.actual_at ? 'done' : 'ahead'}>
      <b>{lang === 'zh' ? one.name_zh : one.name_en}</b>
      <span>{one.site && (lang === 'zh' ? one.site.name_zh : one.site.name_en)}</span>
      <time>{one.actual_at ? at(one.actual_at) : ahead}</time>
    </li>
  );
}

function Told({ told, lang, now }: View) {
  const risk = OVER.has(told.state) ? 'over' : (told.risk ?? 'unknown');
  return (
    <main data-testid="shared">
      <header class={`state risk-${risk}`}>
        <p class="number">{told.number}</p>
        <h1>{lang === 'zh' ? told.state_zh : told.state_en}</h1>
        {risk === 'over' ? <Delivered told={told} lang={lang} now={now} /> : <Expected told={told} lang={lang} now={now} />}
      </header>
      <p class="sentence">{lang === 'zh' ? told.reply_zh : told.reply_en}</p>
      <Where told={told} lang={lang} now={now} />
      <section class="part">
        <h2>{translate(lang, 'way')}</h2>
        <ol class="way">
          {told.milestones.map((one) => (
            <Step key={`${one.kind} ${one.actual_at ?? one.planned_at ?? ''}`} one={one} lang={lang} now={now} />
          ))}
        </ol>
      </section>
    </main>
  );
}

/** The last word of the API, and the last one that told something. */
function useNews(address: string): { news: News | null; told: Shared | null; at: number; now: number } {
  const [state, setState] = useState<{ news: News | null; told: Shared | null; at: number }>({ news: null, told: null, at: 0 });
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async () => {
      clearTimeout(timer);
      const news = await ask(address);
      if (over) return;
      setNow(Date.now());
      setState((before) => ({ news, told: news.kind === 'told' ? news.told : news.kind === 'ended' ? null : before.told, at: news.kind === 'told' ? Date.now() : before.at }));
      if (news.kind !== 'ended') timer = setTimeout(() => void again(), EVERY_MS);
    };
    const look = () => {
      if (!document.hidden) void again();
    };
    void again();
    document.addEventListener('visibilitychange', look);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [address]);
  return { ...state, now };
}

export function Page({ address, first, remember }: { address: string; first: Lang; remember: (lang: Lang) => void }) {
  const [lang, setLang] = useState(first);
  const { news, told, at, now } = useNews(address);
  useEffect(() => {
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    document.title = told ? `${told.number} · Milepost` : 'Milepost';
    remember(lang);
  }, [lang, told?.number]);
  const t = (key: Key, params?: Record<string, string>) => translate(lang, key, params);
  const time = told ? clock(new Date(at).toISOString(), now, zoneOf(told), lang) : '';
  return (
    <div class="sheet">
      <nav class="top">
        <span class="brand">Milepost</span>
        <button type="button" onClick={() => setLang(lang === 'zh' ? 'en' : 'zh')} lang={lang === 'zh' ? 'en' : 'zh-CN'}>
          {t('switch')}
        </button>
      </nav>
      {news && news.kind !== 'told' && news.kind !== 'ended' && (
        <p class="away" role="status">
          {news.kind === 'busy' ? t('busy') : t('away', { time: time || '–' })}
        </p>
      )}
      {told && <Told told={told} lang={lang} now={now} />}
      {!told && news?.kind === 'ended' && (
        <div class="ended" role="alert" data-testid="share-ended">
          <h1>{t('ended')}</h1>
          <p>{t('endedWhy')}</p>
        </div>
      )}
      {!told && !news && <p class="quiet loading">{t('loading')}</p>}
      {told && <footer class="quiet">{t('asOf', { time })}</footer>}
    </div>
  );
}
