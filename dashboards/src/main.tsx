import '@fontsource-variable/inter';
import './ui/tokens.css';
import './ui/layout.css';
import './ui/panels.css';
import './ui/pages.css';
import './ui/places.css';
import './ui/map.css';
import { render } from 'preact';
import { App } from './ui/App';
import { load, session } from './ui/app';
import { listenToKeys } from './ui/keys';

const root = document.getElementById('app');
if (root) {
  render(<App />, root);
  listenToKeys();
  session.startClock();
  void load();
}
