/** The pages about trips, with their words and their sheet: fetched when one of them is opened. */
import './trips.css';
import { addWords } from '../i18n';
import { tripsEn } from '../i18n/trips.en';
import { tripsZh } from '../i18n/trips.zh';

addWords({ en: tripsEn, zh: tripsZh });

export { AccuracyPage } from './AccuracyPage';
export { TripPage } from './TripPage';
export { TripsPage } from './TripsPage';
