/** Rules and people, with their words and their sheets: fetched when one of them is opened. */
import './trips.css';
import './desk.css';
import './alerts.css';
import './admin.css';
import { addWords } from '../i18n';
import { deskEn } from '../i18n/desk.en';
import { deskZh } from '../i18n/desk.zh';
import { opsEn } from '../i18n/ops.en';
import { opsZh } from '../i18n/ops.zh';
import { tripsEn } from '../i18n/trips.en';
import { tripsZh } from '../i18n/trips.zh';

addWords({ en: { ...tripsEn, ...deskEn, ...opsEn }, zh: { ...tripsZh, ...deskZh, ...opsZh } });

export { PeoplePage } from './PeoplePage';
export { RulesPage } from './RulesPage';
