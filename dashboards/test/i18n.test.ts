import { expect, test } from 'vitest';
import openapi from '../../docs/openapi.json';
import { LANGUAGES, type Messages, preferredLanguage, translate, translateValue } from '../src/i18n';
import { formatAge, formatCourse, formatPlace, formatTime, formatZone } from '../src/i18n/format';
import { formatLength, formatSpeed, formatSpeedUnit, speedFrom, speedIn } from '../src/i18n/units';

const { en, zh } = LANGUAGES;
const keys = Object.keys(en) as (keyof typeof en)[];
const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();

test('both languages have the same keys, none of them empty', () => {
  expect(Object.keys(zh).toSorted()).toEqual(Object.keys(en).toSorted());
  for (const key of keys) expect([en[key], zh[key]].every((text) => text.length > 0)).toBe(true);
});

test.each(keys)('%s leaves the same holes in both languages', (key) => {
  expect(holes(zh[key])).toEqual(holes(en[key]));
});

test('every cause of a delay, and every reason for no estimate, has its words', () => {
  const { DelayCause, EstimateOut } = openapi.components.schemas;
  const reasons = EstimateOut.properties.no_estimate.anyOf.flatMap((each) => ('enum' in each ? each.enum : []));
  expect(reasons.length).toBeGreaterThan(3);
  for (const cause of DelayCause.enum) expect(en).toHaveProperty([`why.${cause}`]);
  for (const reason of reasons) expect(en).toHaveProperty([`noEta.${reason}`]);
});

test('every right, role and kind of fact has its words', () => {
  const { MeOut, NoticeOut, RuleIn } = openapi.components.schemas;
  const words = (ref: { readonly $ref: string }): readonly string[] => {
    const named = Object.entries(openapi.components.schemas).find(([name]) => ref.$ref.endsWith(`/${name}`))?.[1];
    return named && 'enum' in named ? named.enum : [];
  };
  const rights = words(MeOut.properties.rights.items);
  expect(rights.length).toBeGreaterThan(20);
  for (const right of rights) expect(en).toHaveProperty([`right.${right}`]);
  for (const role of words(MeOut.properties.role)) expect(en).toHaveProperty([`role.${role}`]);
  for (const datum of words(MeOut.properties.sees.propertyNames)) expect(en).toHaveProperty([`datum.${datum}`]);
  for (const grant of words(MeOut.properties.sees.additionalProperties)) expect(en).toHaveProperty([`grant.${grant}`]);
  for (const state of words(NoticeOut.properties.state)) expect(en).toHaveProperty([`log.state.${state}`]);
  for (const to of words(RuleIn.properties.to)) expect(en).toHaveProperty([`rules.to.${to}`]);
});

test('values from outside are shown as they are when nobody knows them', () => {
  expect(translateValue('en', 'letter', 'torn')).toBe('torn sentence');
  expect(translateValue('zh', 'letter', 'brand-new')).toBe('brand-new');
});

test('holes are filled, unknown ones stay visible', () => {
  expect(translate('en', 'fleet.share', { shown: 3, total: 9 })).toBe('3 of 9');
  expect(translate('en', 'fleet.share', { shown: 3 })).toBe('3 of {total}');
});

test("the browser's wish decides, English when it wants neither", () => {
  expect(preferredLanguage(['de', 'zh-TW', 'en'])).toBe('zh');
  expect(preferredLanguage(['de'])).toBe('en');
});

test.each([
  [0.4, '0 s', '0 秒'],
  [59.9, '59 s', '59 秒'],
  [60, '1 min', '1 分钟'],
  [7500, '2 h 5 min', '2 小时 5 分钟'],
  [7200, '2 h', '2 小时'],
  [273_600, '3 d 4 h', '3 天 4 小时'],
  [-5, '0 s', '0 秒'],
])('an age of %d s', (seconds, english, chinese) => {
  expect(formatAge(seconds, 'en')).toBe(english);
  expect(formatAge(seconds, 'zh')).toBe(chinese);
});

test('times are 24 h in the zone of the installation, with the date when it is another day', () => {
  const at = Date.UTC(2026, 10, 21, 16, 5, 9); // 22 Nov, 00:05:09 in Shanghai
  expect(formatTime(at, at, 'Asia/Shanghai', 'en')).toBe('00:05:09');
  expect(formatTime(at, at + 86_400_000, 'Asia/Shanghai', 'en')).toBe('22 Nov, 00:05:09');
  expect(formatTime(at, at, 'UTC', 'zh')).toBe('16:05:09');
  expect(formatZone(at, 'Asia/Shanghai', 'en')).toBe('GMT+8');
});

test('courses and places', () => {
  expect(formatCourse(359.7, 'en')).toBe('0° N');
  expect(formatCourse(135, 'zh')).toBe('135° 东南');
  expect(formatPlace(121.4737, 31.2304)).toBe('31.23040, 121.47370');
});

test('a word that is missing in one language, or a key without words, fails the check of types', () => {
  // @ts-expect-error nobody has written this
  const unwritten = translate('en', 'no.such.key');
  // @ts-expect-error a language that says nothing
  const silent: Messages = { compass: 'N' };
  expect([unwritten, Object.keys(silent)]).toEqual([undefined, ['compass']]);
});

test('speeds and lengths in either unit', () => {
  expect([formatSpeed(20, 'metric'), formatSpeed(20, 'imperial')]).toEqual(['72', '45']);
  expect(formatSpeed(Number.NaN, 'metric')).toBe('–');
  expect([formatSpeedUnit(20, 'metric', 'en'), formatSpeedUnit(20, 'imperial', 'zh')]).toEqual(['72 km/h', '45 英里/时']);
  expect([450, 1200, 123_456].map((metres) => formatLength(metres, 'metric', 'en'))).toEqual(['450 m', '1.2 km', '123 km']);
  expect([100, 1200, 250_000].map((metres) => formatLength(metres, 'imperial', 'en'))).toEqual(['328 ft', '0.7 mi', '155 mi']);
  for (const units of ['metric', 'imperial'] as const) expect(speedFrom(speedIn(13.7, units), units)).toBeCloseTo(13.7, 12);
});
