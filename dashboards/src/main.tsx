import '@fontsource-variable/inter';
import './ui/tokens.css';
import './ui/states.css';
import './ui/layout.css';
import './ui/panels.css';
import './ui/pages.css';
import './ui/places.css';
import './ui/board.css';
import './ui/map.css';
import './ui/alarms.css';
import './ui/card.css';
import './ui/print.css';
import { render } from 'preact';
import { bring } from './i18n/subjects';
import { App } from './ui/App';
import { load, session } from './ui/app';
import { lang } from './ui/state';

/** Without a word nothing can be said but this. */
function giveUp(root: HTMLElement): void {
  root.textContent = 'The console could not be loaded: reload the page. 控制台无法加载，请刷新页面。';
}

async function begin(root: HTMLElement): Promise<void> {
  void load();
  await bring(lang.peek(), ['frame']);
  render(<App />, root);
  // They know the map and the board, which nothing waits for.
  void import('./ui/keys').then(({ listenToKeys }) => listenToKeys());
  void import('./ui/address').then(({ keepAddress }) => keepAddress());
  session.startClock();
}

const root = document.getElementById('app');
if (root) begin(root).catch(() => giveUp(root));
