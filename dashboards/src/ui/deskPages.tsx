/** The desk with its sheets: fetched when it is opened, and small, because a caller waits. */
import './trips.css';
import './desk.css';

export { DeskDetail } from './DeskDetail';
export { DeskQueue } from './DeskQueue';
