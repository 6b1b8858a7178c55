/** The map's pane with its cards and tools, fetched after the page that somebody asked for. */
export { AnswerOnMap } from './AnswerOnMap';
export { ImportDialog } from './ImportDialog';
export { MapPane } from './MapPane';
