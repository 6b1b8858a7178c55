/** The words of the frame, in English; `zh.ts` must have the same keys or nothing builds.  Pages bring theirs: `subjects.ts`. */
import { peopleEn } from './people.en';
import { riskEn } from './risk.en';
import { statesEn } from './states.en';

export const en = {
  ...peopleEn,
  ...riskEn,
  ...statesEn,
  'app.map': 'Map',
  'app.replay': 'Replay',
  'app.devices': 'Devices',
  'app.loading': 'Loading the fleet…',
  'app.skip': 'Skip to the vehicle list',
  'help.open': 'Keyboard shortcuts',

  'live.connecting': 'Connecting…',
  'live.live': 'Live',
  'live.stale': 'No data',
  'live.reconnecting': 'Offline',
  'live.refused': 'No access',
  'live.age': 'data {age} old',
  'banner.reconnecting': 'Connection lost. What is shown is {age} old ({time}).',
  'banner.retry': 'Next try in {seconds} s',
  'banner.now': 'Try now',
  'banner.trying': 'Connecting…',
  'banner.stale': 'Connected, but nothing has arrived for {age}. Positions may be out of date.',
  'banner.refused': 'The server does not accept this token.',
  'banner.resumed': 'Connected again. What was missed in {age} has been caught up.',

  'fleet.clear': 'Clear the filters',

  'search.open': 'Plate, trip, hub, waybill…',
  'search.title': 'Search vehicles, trips, hubs and waybills',
  'search.none': 'Nothing found for “{text}”',
  'search.hub': 'Hub',
  'search.vehicle': 'Vehicle',

  'map.fallback': 'The online base map did not answer; the built-in map is shown.',

  'key.title': 'Keyboard',
  'key.follow': 'Follow the vehicle',
  'key.close': 'Close, clear',
  'key.filter': 'Filter the list',
  'key.search': 'Search everything',
  'key.help': 'This help',
  'key.draw': 'Drawing: finish, take back, move a corner',

  'token.title': 'Operator token',
  'token.why': 'This installation asks for the token it was started with. It is kept until this tab is closed.',
  'token.label': 'Token',
  'token.enter': 'Continue',

  'card.close': 'Close',
  'card.noParty': 'no company',

  'common.cancel': 'Cancel',
  'common.done': 'Done',
  'common.copy': 'Copy',
  'common.retry': 'Try again',
  'common.failed': 'Not done: {reason}',
  'common.unknown': 'unknown',
  'unit.s': '{n} s',
  'unit.min': '{n} min',
  'unit.h': '{n} h',
  'unit.d': '{n} d',
  'unit.ago': '{age} ago',
  'unit.kmh': 'km/h',
  'unit.mph': 'mph',
  'unit.m': 'm',
} as const;

export type FirstMessages = { readonly [K in keyof typeof en]: string };
