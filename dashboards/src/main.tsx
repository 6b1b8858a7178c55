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
import { render } from 'preact';
import { App } from './ui/App';
import { watchAlerts } from './ui/alarms';
import { load, session } from './ui/app';

const root = document.getElementById('app');
if (root) {
  render(<App />, root);
  void import('./ui/keys').then(({ listenToKeys }) => listenToKeys()); // they know the map, which nothing waits for
  session.startClock();
  watchAlerts();
  void load();
}
