/** Nodes in words, with the choices of the person at the screen. */
import type { Node } from '../api/shapes';
import { formatAge } from '../i18n/format';
import { uncertainty } from '../live/nodes';
import * as state from './state';
import { t } from './state';
import { second, siteName } from './words';

/** "Arrived · Shanghai hub". */
export function nodeWords(node: Node): string {
  return `${t(`node.${node.kind}`)} · ${siteName(node.site)}`;
}

/** Between when and when it happened; empty when nothing is known of that. */
export function boundsWords(node: Node): string {
  const { zone } = node.site;
  const from = node.earliest_at && second(node.earliest_at, zone);
  const to = node.latest_at && second(node.latest_at, zone);
  if (from && to) {
    return t('node.bounds.of', { from, to, width: formatAge(uncertainty(node), state.lang.value) });
  }
  if (to) return t('node.bounds.open', { to });
  return from ? t('node.bounds.after', { from }) : '';
}
