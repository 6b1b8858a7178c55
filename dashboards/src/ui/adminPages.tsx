/** Rules and people, with their sheets: fetched when one of them is opened. */
import './trips.css';
import './desk.css';
import './alerts.css';
import './admin.css';

export { PeoplePage } from './PeoplePage';
export { RulesPage } from './RulesPage';
