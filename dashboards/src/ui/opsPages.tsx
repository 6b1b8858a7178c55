/** The inbox of alerts and the ledger of exceptions, with their sheets: fetched when one of them is opened. */
import './trips.css';
import './desk.css';
import './alerts.css';

export { AlertsPage } from './AlertsPage';
export { ExceptionsPage } from './ExceptionsPage';
