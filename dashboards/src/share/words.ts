/** Words of the page behind a link.  It brings its own, so that a telephone need not load the console's. */
export type Lang = 'en' | 'zh';

const en = {
  loading: 'Looking it up…',
  ended: 'This link shows nothing',
  endedWhy: 'It may have ended, or its address is not complete. Ask whoever sent it for a new one.',
  away: 'There is no connection. What is shown is from {time}.',
  busy: 'Too many are asking at the moment. The next try is in a moment.',
  expected: 'Expected',
  delivered: 'Delivered',
  unknown: 'cannot be said at the moment',
  promised: 'Agreed: {time}',
  late: 'Later than agreed',
  cause: 'Because of {cause}',
  place: 'Where it is',
  seen: 'Position of {time}, {age} ago',
  stale: 'The last position is of {time}, {age} ago. It may be elsewhere by now.',
  coarse: 'The place is rounded; it becomes exact when the delivery is near.',
  vehicle: 'Number plate ends in {tail}',
  way: 'On its way',
  asOf: 'As of {time}',
  switch: '中文',
  map: 'Map of the place',
  min: '{n} min',
  h: '{n} h',
  d: '{n} d',
} as const;

const zh: { readonly [K in keyof typeof en]: string } = {
  loading: '正在查询…',
  ended: '此链接无法查看',
  endedWhy: '链接可能已失效，或地址不完整。请向发送者索取新的链接。',
  away: '网络已断开，显示的是 {time} 的信息。',
  busy: '当前访问过多，稍后自动重试。',
  expected: '预计到达',
  delivered: '已签收',
  unknown: '暂时无法预计',
  promised: '约定时间：{time}',
  late: '晚于约定时间',
  cause: '原因：{cause}',
  place: '当前位置',
  seen: '{time} 的定位，{age}前',
  stale: '最近一次定位为 {time}，{age}前，车辆此刻可能已不在该处。',
  coarse: '此为大致位置，临近送达时显示准确位置。',
  vehicle: '车牌尾号 {tail}',
  way: '运输进度',
  asOf: '更新于 {time}',
  switch: 'English',
  map: '位置地图',
  min: '{n} 分钟',
  h: '{n} 小时',
  d: '{n} 天',
};

const WORDS = { en, zh } as const;
export type Key = keyof typeof en;

export function translate(lang: Lang, key: Key, params: Readonly<Record<string, string | number>> = {}): string {
  return WORDS[lang][key].replaceAll(/\{(\w+)\}/g, (all, name: string) => String(params[name] ?? all));
}

/** The language a browser asks for, English when it wants neither. */
export function wantedLanguage(wanted: readonly string[]): Lang {
  const first = wanted.find((each) => /^(zh|en)/i.test(each));
  return first?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** "14:05" on the day of `now`, else "23 Nov, 14:05"; 24 hours, on the clock of the place. */
export function clock(iso: string, now: number, zone: string, lang: Lang): string {
  const at = Date.parse(iso);
  const day = (ms: number) => new Intl.DateTimeFormat('sv', { timeZone: zone }).format(ms);
  const date = day(at) === day(now) ? {} : ({ day: 'numeric', month: 'short' } as const);
  const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...date, timeZone: zone }).format(at);
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** "12 min", "2 h 5 min", "3 d"; at least a minute. */
export function age(seconds: number, lang: Lang): string {
  const s = Math.max(MINUTE, seconds);
  if (s < HOUR) return translate(lang, 'min', { n: Math.floor(s / MINUTE) });
  if (s >= DAY) return translate(lang, 'd', { n: Math.floor(s / DAY) });
  const rest = Math.floor((s % HOUR) / MINUTE);
  const hours = translate(lang, 'h', { n: Math.floor(s / HOUR) });
  return rest > 0 ? `${hours} ${translate(lang, 'min', { n: rest })}` : hours;
}
