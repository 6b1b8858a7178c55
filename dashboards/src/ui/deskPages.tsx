/** The desk and the pages about waybills, with their words and their sheets: fetched when one of them is opened. */
import './trips.css';
import './desk.css';
import { addWords } from '../i18n';
import { deskEn } from '../i18n/desk.en';
import { deskZh } from '../i18n/desk.zh';
import { tripsEn } from '../i18n/trips.en';
import { tripsZh } from '../i18n/trips.zh';

addWords({ en: { ...tripsEn, ...deskEn }, zh: { ...tripsZh, ...deskZh } });

export { DeskDetail } from './DeskDetail';
export { DeskQueue } from './DeskQueue';
export { WaybillPage } from './WaybillPage';
export { WaybillsPage } from './WaybillsPage';
