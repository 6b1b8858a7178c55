/** The dialogs of the desk, fetched when the first of them is opened. */
export { DeskOpened } from './DeskOpened';
