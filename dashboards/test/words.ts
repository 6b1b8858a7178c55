/** Tests know every word, as a person does who has been on every page. */
import { addWords } from '../src/i18n';
import { alarmsEn } from '../src/i18n/alarms.en';
import { alarmsZh } from '../src/i18n/alarms.zh';
import { cardEn } from '../src/i18n/card.en';
import { cardZh } from '../src/i18n/card.zh';
import { deskEn } from '../src/i18n/desk.en';
import { deskZh } from '../src/i18n/desk.zh';
import { en } from '../src/i18n/en';
import { fleetEn } from '../src/i18n/fleet.en';
import { fleetZh } from '../src/i18n/fleet.zh';
import { opsEn } from '../src/i18n/ops.en';
import { opsZh } from '../src/i18n/ops.zh';
import { placesEn } from '../src/i18n/places.en';
import { placesZh } from '../src/i18n/places.zh';
import { replayEn } from '../src/i18n/replay.en';
import { tripsEn } from '../src/i18n/trips.en';
import { replayZh } from '../src/i18n/replay.zh';
import { tripsZh } from '../src/i18n/trips.zh';
import { waybillsEn } from '../src/i18n/waybills.en';
import { waybillsZh } from '../src/i18n/waybills.zh';
import { zh } from '../src/i18n/zh';

addWords({
  en: { ...en, ...alarmsEn, ...cardEn, ...fleetEn, ...placesEn, ...tripsEn, ...deskEn, ...waybillsEn, ...opsEn, ...replayEn },
  zh: { ...zh, ...alarmsZh, ...cardZh, ...fleetZh, ...placesZh, ...tripsZh, ...deskZh, ...waybillsZh, ...opsZh, ...replayZh },
});
