/** The pages about waybills, with their sheets: fetched when one of them is opened. */
import './trips.css';
import './desk.css';

export { WaybillPage } from './WaybillPage';
export { WaybillsPage } from './WaybillsPage';
