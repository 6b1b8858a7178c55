/** What the fence form holds and what is sent for it.  Pure: text as typed in, an edit out. */
import type { Confidence, Datum, Fence, FenceEdit, FenceGeometry, Role, StopRule } from '../api/shapes';
import { fromWallTime } from '../i18n/zones';

export const ROLES: readonly Role[] = ['hub', 'origin', 'destination', 'rest_area', 'customs', 'forbidden', 'other'];
export const STOP_RULES: readonly StopRule[] = ['stay', 'stand', 'pass'];
export const CONFIDENCES: readonly Confidence[] = ['drawn', 'surveyed', 'geocoded', 'needs_review'];
export const DATUMS: readonly Datum[] = ['wgs84', 'gcj02', 'bd09'];

/** Fields as they are typed; an empty number means "by role". */
export interface FenceForm {
  readonly code: string;
  /** Code of the site; empty: a new one with the fence's code. */
  readonly site: string;
  readonly nameZh: string;
  readonly nameEn: string;
  readonly role: Role;
  readonly nodeLevel: boolean;
  readonly margin: string;
  readonly dwellIn: string;
  readonly dwellOut: string;
  readonly stopRule: StopRule | '';
  readonly confidence: Confidence;
  readonly validFrom: string;
  readonly author: string;
  readonly reason: string;
}

/** Areas and breaks are no stops of a plan: their visits become nodes only when asked to. */
const NO_NODES: ReadonlySet<Role> = new Set(['forbidden', 'rest_area']);

/** Metres of a circle nobody gave a radius. */
export function usualRadius(role: Role): number {
  return role === 'hub' ? 300 : role === 'destination' ? 100 : 150;
}

export const isNodeLevel = (role: Role) => !NO_NODES.has(role);

export function blankForm(author: string): FenceForm {
  return {
    code: '',
    site: '',
    nameZh: '',
    nameEn: '',
    role: 'hub',
    nodeLevel: true,
    margin: '',
    dwellIn: '',
    dwellOut: '',
    stopRule: '',
    confidence: 'drawn',
    validFrom: '',
    author,
    reason: '',
  };
}

/** Rounded as people type it: a margin of 103.9230484 m is nobody's wish. */
const typed = (value: number) => String(Math.round(value * 10) / 10);

export function formOf(fence: Fence, author: string): FenceForm {
  const of = fence.properties;
  return {
    ...blankForm(author),
    code: fence.id,
    site: of.site.code,
    role: of.role,
    nodeLevel: of.node_level,
    margin: typed(of.margin_m),
    dwellIn: typed(of.dwell_in_s),
    dwellOut: typed(of.dwell_out_s),
    stopRule: of.stop_rule,
    // Who edits an outline has looked at it.
    confidence: of.confidence === 'surveyed' ? 'surveyed' : 'drawn',
  };
}

export type FormField = keyof FenceForm | 'geometry' | 'radius';

/** Fields that still need an answer. */
export function lacking(form: FenceForm): ReadonlySet<FormField> {
  const empty = (['code', 'author', 'reason'] as const).filter((name) => !form[name].trim());
  return new Set(empty);
}

/** Which field of the form a field of the API is. */
const FIELDS: Readonly<Record<string, FormField>> = {
  code: 'code',
  site: 'site',
  name_zh: 'nameZh',
  name_en: 'nameEn',
  geometry: 'geometry',
  radius_m: 'radius',
  role: 'role',
  node_level: 'nodeLevel',
  margin_m: 'margin',
  dwell_in_s: 'dwellIn',
  dwell_out_s: 'dwellOut',
  stop_rule: 'stopRule',
  confidence: 'confidence',
  valid_from: 'validFrom',
  author: 'author',
  reason: 'reason',
};

export function fieldOf(name: string | null): FormField | null {
  return (name && FIELDS[name]) || null;
}

const number = (name: string, text: string) => (text.trim() === '' ? {} : { [name]: Number(text) });

/** The edit that the form and the outline make; what is empty is left to the role's defaults. */
export function editOf(
  form: FenceForm,
  outline: { readonly geometry: FenceGeometry; readonly radius: number },
  zone: string,
  before: Fence | null,
): FenceEdit {
  const from = form.validFrom ? fromWallTime(form.validFrom, zone) : Number.NaN;
  const polygon = outline.geometry.type === 'Polygon' || outline.geometry.type === 'MultiPolygon';
  const name = (key: string, text: string) => (form.site || !text.trim() ? {} : { [key]: text.trim() });
  return {
    code: form.code.trim(),
    ...(form.site ? { site: form.site } : {}),
    ...name('name_zh', form.nameZh),
    ...name('name_en', form.nameEn),
    geometry: outline.geometry,
    ...(polygon ? {} : { radius_m: outline.radius }),
    role: form.role,
    node_level: form.nodeLevel,
    ...(before ? { parent: before.properties.parent, hours: before.properties.hours } : {}),
    ...number('margin_m', form.margin),
    ...number('dwell_in_s', form.dwellIn),
    ...number('dwell_out_s', form.dwellOut),
    ...(form.stopRule ? { stop_rule: form.stopRule } : {}),
    confidence: form.confidence,
    ...(Number.isNaN(from) ? {} : { valid_from: new Date(from).toISOString() }),
    author: form.author.trim(),
    reason: form.reason.trim(),
  };
}
