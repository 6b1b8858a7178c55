/** What stands in the card of a vehicle: fetched when the first card opens. */
import './trips.css';
import './desk.css';

export { CardParts } from './CardParts';
