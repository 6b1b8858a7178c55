/** The board beside the map, fetched when the map is opened. */
export { Sidebar } from './Sidebar';
