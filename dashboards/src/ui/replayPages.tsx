/** The past played again, with its sheet: fetched when it is opened. */
import './trips.css';
import './replay.css';

export { ReplayDock } from './ReplayDock';
export { ReplaySide } from './ReplaySide';
