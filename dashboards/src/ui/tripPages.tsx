/** The pages about trips, with their sheet: fetched when one of them is opened. */
import './trips.css';

export { AccuracyPage } from './AccuracyPage';
export { TripPage } from './TripPage';
export { TripsPage } from './TripsPage';
