/** The address of the page tells what is shown, so that it can be sent to somebody. */
import { effect } from '@preact/signals';
import * as filters from './filters';
import * as state from './state';

function put(): void {
  const board = state.page.value === 'map' ? filters.query.value : null;
  const now = { vehicle: state.selected.value, fence: state.fence.value, lang: state.lang.value, theme: state.themeChoice.value, board };
  history.replaceState(null, '', state.addressOf(location.href, now));
}

/** Begin to keep it right; once. */
export function keepAddress(): void {
  effect(put);
  window.addEventListener('hashchange', put); // a link to the bare map, on the map: nothing else has changed
}
