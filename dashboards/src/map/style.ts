/** The style of a base map in Protomaps' schema: the built-in file or an extract of one's own. */
import { layers } from '@protomaps/basemaps';
import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
  SymbolLayerSpecification,
} from 'maplibre-gl';
import type { Lang } from '../i18n';
import { COLOURS, type Theme, flavour } from './palette';

export const SOURCE = 'basemap';
/** Drawn by the browser: no glyph files, so nothing is fetched for text. */
export const FONTS = ['Inter Variable', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', 'sans-serif'];

const ATTRIBUTION = 'Natural Earth · GeoNames (CC BY 4.0)';

/** A place's name in the language, else what it calls itself. */
export function nameIn(lang: Lang): ExpressionSpecification {
  return lang === 'zh'
    ? ['coalesce', ['get', 'name:zh-Hans'], ['get', 'name:zh'], ['get', 'name']]
    : ['coalesce', ['get', 'name:en'], ['get', 'name']];
}

function localText(layer: SymbolLayerSpecification, lang: Lang): SymbolLayerSpecification {
  const layout = { ...layer.layout };
  for (const name of Object.keys(layout)) {
    if (name.startsWith('icon-')) delete layout[name as keyof typeof layout];
  }
  layout['text-font'] = FONTS;
  if (layer.id.startsWith('places_')) layout['text-field'] = nameIn(lang);
  if (lang === 'zh') layout['text-transform'] = 'none';
  return { ...layer, layout };
}

/** Labels wait for their zoom: the deepest tiles carry the names of every zoom below them. */
function whenDue(layer: SymbolLayerSpecification): SymbolLayerSpecification {
  const due: ExpressionSpecification = ['>=', ['zoom'], ['coalesce', ['get', 'min_zoom'], 0]];
  const kind = layer.id === 'places_locality' ? 'locality' : layer.id.slice('places_'.length);
  const filter: FilterSpecification = ['all', ['==', ['get', 'kind'], kind], due];
  return { ...layer, filter };
}

/** Province names only where they have room, and under the cities. */
function quietRegions(layer: SymbolLayerSpecification, lang: Lang): SymbolLayerSpecification {
  return {
    ...layer,
    minzoom: 5,
    maxzoom: 9,
    layout: { ...layer.layout, 'text-field': nameIn(lang), 'text-size': 12, 'text-letter-spacing': 0.08 },
  };
}

function adapt(layer: LayerSpecification, lang: Lang, borders: boolean): LayerSpecification {
  if (layer.id.startsWith('boundaries')) {
    return { ...layer, layout: { visibility: borders ? 'visible' : 'none' } } as LayerSpecification;
  }
  if (layer.type !== 'symbol') return layer;
  let text = localText(layer, lang);
  if (/^places_(locality|region|country)$/.test(layer.id)) text = whenDue(text);
  return layer.id === 'places_region' ? quietRegions(text, lang) : text;
}

/** The style of a PMTiles file at an absolute address. */
export function pmtilesStyle(url: string, theme: Theme, lang: Lang, borders: boolean): StyleSpecification {
  const drawn = layers(SOURCE, flavour(theme), { lang: lang === 'zh' ? 'zh-Hans' : 'en' });
  return {
    version: 8,
    name: `milepost-${theme}-${lang}`,
    sources: {
      [SOURCE]: { type: 'vector', url: `pmtiles://${url}`, attribution: ATTRIBUTION },
    },
    layers: (drawn as LayerSpecification[]).map((layer) => adapt(layer, lang, borders)),
  };
}

/** What is drawn when there is no base map at all: its background, never a blank page. */
export function bareStyle(theme: Theme): StyleSpecification {
  const paint = { 'background-color': flavour(theme).earth };
  return { version: 8, sources: {}, layers: [{ id: 'background', type: 'background', paint }] };
}

export { COLOURS };
