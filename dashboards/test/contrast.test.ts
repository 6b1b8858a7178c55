import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const UI = resolve(import.meta.dirname, '../src/ui');
const SHARE = resolve(import.meta.dirname, '../src/share');

type Colour = readonly [number, number, number];

function colour(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Relative luminance, WCAG 2.2. */
function luminance(of: Colour): number {
  const [r = 0, g = 0, b = 0] = of.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** `share` of one colour over another, as `color-mix(in srgb, ...)` does it. */
const over = (tint: Colour, ground: Colour, share: number) => tint.map((part, i) => part * share + (ground[i] ?? 0) * (1 - share)) as unknown as Colour;

type Tokens = Readonly<Record<string, Colour>>;

function read(css: string): Tokens {
  return Object.fromEntries([...css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name ?? '', colour(hex ?? '')]));
}

/** The block after a selector. */
const block = (css: string, selector: string) => css.slice(css.indexOf(selector)).match(/\{([^}]*)\}/)?.[1] ?? '';

const css = readFileSync(join(UI, 'tokens.css'), 'utf8');
const dark = read(block(css, ':root {'));
const light = { ...dark, ...read(block(css, ":root[data-theme='light'] {")) };
const more = css.slice(css.indexOf('@media (prefers-contrast: more)'));
const THEMES: readonly (readonly [string, Tokens])[] = [
  ['dark', dark],
  ['light', light],
  ['dark, more contrast', { ...dark, ...read(block(more, ':root {')) }],
  ['light, more contrast', { ...light, ...read(block(more, ":root[data-theme='light'] {")) }],
];

const GROUNDS = ['bg', 'surface', 'raised', 'hover', 'chosen'] as const;
const names = Object.keys(dark);
const starting = (prefix: string) => names.filter((each) => each.startsWith(prefix));
/** What is read on any ground. */
const READ = ['text', 'muted', 'accent', 'accent-strong', 'bad', 'warn', ...starting('state-'), ...starting('risk-').filter((each) => each !== 'risk-ink'), ...starting('role-')];
/** Ink on a colour. */
const INKS: readonly (readonly [string, string])[] = [
  ['accent-ink', 'accent'],
  ['risk-ink', 'risk-late'],
  ['risk-ink', 'risk-overdue'],
  ['text', 'good-bg'],
  ['text', 'warn-bg'],
  ['text', 'bad-bg'],
  ['bad', 'bad-bg'],
  ['warn', 'warn-bg'],
  ['accent', 'warn-bg'],
  ['accent', 'bad-bg'],
  ['muted', 'warn-bg'],
];
const AA = 4.5;
/** Of what is drawn: WCAG 1.4.11. */
const AA_DRAWN = 3;
/** A tag's ground is so much of its own colour. */
const TINT = 0.14;

describe.each(THEMES)('%s', (_name, of) => {
  const at = (name: string): Colour => of[name] ?? [0, 0, 0];

  test('every token has a value', () => expect(names.filter((each) => !of[each])).toEqual([]));

  test.each(READ)('--%s can be read on every ground', (name) => {
    const low = GROUNDS.map((ground) => [ground, contrast(at(name), at(ground))] as const).filter(([, value]) => value < AA);
    expect(low).toEqual([]);
  });

  test.each(READ)('--%s can be read on a tint of itself', (name) => {
    const low = (['surface', 'raised', 'bg'] as const).map((ground) => [ground, contrast(at(name), over(at(name), at(ground), TINT))] as const).filter(([, value]) => value < AA);
    expect(low).toEqual([]);
  });

  test.each(INKS)('--%s can be read on --%s', (ink, ground) => expect(contrast(at(ink), at(ground))).toBeGreaterThanOrEqual(AA));

  test.each([...starting('part-'), 'accent'])('--%s is seen in a chart', (name) => {
    for (const ground of ['surface', 'raised'] as const) expect(contrast(at(name), at(ground))).toBeGreaterThanOrEqual(AA_DRAWN);
  });
});

describe('the page behind a link', () => {
  const share = readFileSync(join(SHARE, 'share.css'), 'utf8');
  const both = [...share.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)];
  test.each([0, 1])('theme %i', (which) => {
    const of = Object.fromEntries(both.map(([, name, ...values]) => [name ?? '', colour(values[which] ?? '')]));
    for (const ink of ['text', 'quiet', 'accent', 'good', 'warn', 'bad']) {
      for (const ground of ['bg', 'surface']) expect([ink, contrast(of[ink] ?? [0, 0, 0], of[ground] ?? [0, 0, 0]) >= AA]).toEqual([ink, true]);
    }
  });
});

test('colours stand in tokens.css and nowhere else', () => {
  const others = readdirSync(UI).filter((each) => each.endsWith('.css') && each !== 'tokens.css');
  expect(others.length).toBeGreaterThan(5);
  for (const file of others) {
    const text = readFileSync(join(UI, file), 'utf8');
    // Paper is white and ink is black.
    const found = text.replace(/@media print \{[\s\S]*?\n\}/g, '').match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(/gi);
    expect([file, found]).toEqual([file, null]);
  }
});
