/** The page behind a link: text first, a map when there is a place to show. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Address, EVERY_MS, Follower, type News } from './ask';
import type { Milestone, Shared, Spot } from './shapes';
import { type Key, type Lang, age, clock, translate } from './words';

const OVER: ReadonlySet<string> = new Set(['delivered', 'completed']);

interface View {
  readonly told: Shared;
  readonly lang: Lang;
  readonly now: number;
}


function Delivered({ told, lang, now }: View) {
  const signed = told.milestones.findLast((each) => each.kind === 'delivered' && each.actual_at);
  if (!signed?.actual_at) return null;
  return (
    <p class="when">
      <span>{translate(lang, 'delivered')}</span>
      <b>{clock(signed.actual_at, now, told.zone, lang)}</b>
    </p>
  );
}

/** "14:45 – 15:15"; nothing when nobody can say. */
function windowOf({ told, lang, now }: View): string | null {
  if (!told.eta) return null;
  const { window_from: from, window_to: to } = told.eta;
  const begins = clock(from, now, told.zone, lang);
  if (from === to) return begins;
  const ends = clock(to, Date.parse(from), told.zone, lang); // of one day, the date is said once
  return `${begins} – ${ends}`;
}

function Expected({ told, lang, now }: View) {
  const t = (key: Key, params?: Record<string, string>) => translate(lang, key, params);
  const late = told.is_late;
  const cause = lang === 'zh' ? told.cause_zh : told.cause_en;
  return (
    <div class="when">
      <span>{t('expected')}</span>
      <b>{windowOf({ told, lang, now }) ?? t('unknown')}</b>
      {told.promised_at && (
        <span class={late ? 'late' : ''}>
          {t('promised', { time: clock(told.promised_at, now, told.zone, lang) })}
          {late && ` · ${t('late')}`}
        </span>
      )}
      {late && cause && <span>{t('cause', { cause })}</span>}
    </div>
  );
}

/** How old what is told is by now; `at` is when it was told. */
function ageOf(told: Shared, at: number, now: number): number {
  return told.age_s + Math.max(0, now - at) / 1000;
}

function Where({ told, lang, now, at }: View & { at: number }) {
  const t = (key: Key, params?: Record<string, string>) => translate(lang, key, params);
  const { position, place } = told;
  const words = lang === 'zh' ? place.text_zh : place.text_en;
  if (!words && !position) return null;
  return (
    <section class="part">
      <h2>{t('place')}</h2>
      <p class="place">{words}</p>
      {position && (
        <p class={told.stale ? 'late' : 'quiet'} data-testid="share-age">
          {t(told.stale ? 'stale' : 'seen', { time: clock(position.time, now, told.zone, lang), age: age(ageOf(told, at, now), lang) })}
        </p>
      )}
      {position && <SmallMap spot={position} lang={lang} />}
      {position && !position.exact && <p class="quiet">{t('coarse')}</p>}
      {told.plate_tail && <p class="quiet">{t('vehicle', { tail: told.plate_tail })}</p>}
    </section>
  );
}

/** The map library is fetched only here, and where it cannot draw the text says it all. */
function SmallMap({ spot, lang }: { spot: Spot; lang: Lang }) {
  const place = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let late = false;
    let drawn: { remove: () => void } | null = null;
    const draw = async () => {
      if (!document.createElement('canvas').getContext('webgl2')) throw new Error('no WebGL 2');
      const { drawMap } = await import('./map');
      if (late || !place.current) return;
      drawn = await drawMap(place.current, spot, lang);
      if (late) drawn.remove(); // another place or language came meanwhile
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

function Step({ one, lang, now, zone }: { one: Milestone; lang: Lang; now: number; zone: string }) {
  return (
    <li class="done">
      <b>{lang === 'zh' ? one.name_zh : one.name_en}</b>
      <span>{one.site && (lang === 'zh' ? one.site.name_zh : one.site.name_en)}</span>
      <time>{clock(one.actual_at, now, zone, lang)}</time>
    </li>
  );
}

/** What is still to come: the end of the way. */
function Ahead({ told, lang, now }: View) {
  if (OVER.has(told.state)) return null;
  return (
    <li class="ahead">
      <b>{lang === 'zh' ? told.destination.name_zh : told.destination.name_en}</b>
      <time>{windowOf({ told, lang, now }) ?? ''}</time>
    </li>
  );
}

function Told({ told, lang, now, at }: View & { at: number }) {
  const risk = OVER.has(told.state) ? 'over' : told.is_late ? 'late' : told.eta ? 'on_time' : 'unknown';
  return (
    <main data-testid="shared">
      <header class={`state risk-${risk}`}>
        <p class="number">{told.number}</p>
        <h1>{lang === 'zh' ? told.state_zh : told.state_en}</h1>
        {risk === 'over' ? <Delivered told={told} lang={lang} now={now} /> : <Expected told={told} lang={lang} now={now} />}
      </header>
      <p class="sentence">{lang === 'zh' ? told.reply_zh : told.reply_en}</p>
      <Where told={told} lang={lang} now={now} at={at} />
      <section class="part">
        <h2>{translate(lang, 'way')}</h2>
        <ol class="way">
          {told.milestones.map((one) => (
            <Step key={`${one.kind} ${one.actual_at}`} one={one} lang={lang} now={now} zone={told.zone} />
          ))}
          <Ahead told={told} lang={lang} now={now} />
        </ol>
      </section>
    </main>
  );
}

/** The last word of the API, and the last one that told something. */
function useNews(address: Address): { news: News | null; told: Shared | null; at: number; now: number } {
  const [state, setState] = useState<{ news: News | null; told: Shared | null; at: number }>({ news: null, told: null, at: 0 });
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const follower = new Follower(address, (news) => {
      setNow(Date.now());
      setState((before) => {
        if (news.kind === 'told') return { news, told: news.told, at: Date.now() };
        return { ...before, news, told: news.kind === 'ended' ? null : before.told };
      });
    });
    void follower.start();
    const clockwork = setInterval(() => setNow(Date.now()), EVERY_MS); // ages grow
    return () => {
      clearInterval(clockwork);
      follower.stop();
    };
  }, [address.base, address.token]);
  return { ...state, now };
}

export function Page({ address, first, remember }: { address: Address; first: Lang; remember: (lang: Lang) => void }) {
  const [lang, setLang] = useState(first);
  const { news, told, at, now } = useNews(address);
  // With the words, not after the next paint, which a page in the background waits for.
  useLayoutEffect(() => {
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    document.title = told ? `${told.number} · Milepost` : 'Milepost';
    remember(lang);
  }, [lang, told?.number]);
  const t = (key: Key, params?: Record<string, string>) => translate(lang, key, params);
  const time = told ? clock(new Date(at).toISOString(), now, told.zone, lang) : '';
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
      {told && <Told told={told} lang={lang} now={now} at={at} />}
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
