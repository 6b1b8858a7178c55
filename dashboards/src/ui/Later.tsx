/**
 * Pages that are fetched when somebody opens them, with their words in the language that is spoken.
 *
 * The frame waits for nothing of them; the desk waits for nothing of the map.
 */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Subject, bring } from '../i18n/subjects';
import { Failed, Loading } from './States';
import * as state from './state';
import { t } from './state';

type Pages = Readonly<Record<string, () => preact.JSX.Element | null>>;

interface Script {
  readonly load: () => Promise<Pages>;
  readonly words: readonly Subject[];
}

/** A script of pages that belong together, fetched once. */
export const SCRIPTS = {
  board: { load: () => import('./boardPages'), words: ['fleet', 'places'] },
  map: { load: () => import('./mapPages'), words: ['alarms', 'fleet', 'places', 'trips', 'card'] },
  card: { load: () => import('./cardPages'), words: ['alarms', 'fleet', 'places', 'trips', 'desk', 'waybills', 'ops', 'card'] },
  alarms: { load: () => import('./alarmPages'), words: ['alarms'] },
  dialogs: { load: () => import('./dialogPages'), words: ['fleet'] },
  search: { load: () => import('./searchPages'), words: ['fleet', 'places'] },
  places: { load: () => import('./placePages'), words: ['fleet', 'places', 'trips'] },
  trips: { load: () => import('./tripPages'), words: ['fleet', 'places', 'trips'] },
  desk: { load: () => import('./deskPages'), words: ['desk'] },
  replay: { load: () => import('./replayPages'), words: ['fleet', 'places', 'trips', 'replay', 'card', 'alarms'] },
  deskDialogs: { load: () => import('./deskDialogPages'), words: ['desk'] },
  waybills: { load: () => import('./waybillPages'), words: ['fleet', 'places', 'trips', 'desk', 'waybills'] },
  ops: { load: () => import('./opsPages'), words: ['alarms', 'fleet', 'places', 'trips', 'desk', 'waybills', 'ops'] },
  admin: { load: () => import('./adminPages'), words: ['fleet', 'places', 'trips', 'desk', 'waybills', 'ops'] },
} as const satisfies Readonly<Record<string, Script>>;
type ScriptName = keyof typeof SCRIPTS;

/** Which script a page is in. */
const PAGES = {
  Sidebar: 'board',
  MapPane: 'map',
  ImportDialog: 'map',
  AnswerOnMap: 'map',
  CardParts: 'card',
  Toasts: 'alarms',
  DeskOpened: 'deskDialogs',
  Help: 'dialogs',
  Preferences: 'dialogs',
  SignIn: 'dialogs',
  Search: 'search',
  SitesPage: 'places',
  DevicesPage: 'places',
  TripsPage: 'trips',
  TripPage: 'trips',
  AccuracyPage: 'trips',
  DeskQueue: 'desk',
  DeskDetail: 'desk',
  WaybillsPage: 'waybills',
  WaybillPage: 'waybills',
  ReplaySide: 'replay',
  ReplayDock: 'replay',
  AlertsPage: 'ops',
  ExceptionsPage: 'ops',
  RulesPage: 'admin',
  PeoplePage: 'admin',
} as const satisfies Readonly<Record<string, ScriptName>>;
export type PageName = keyof typeof PAGES;

const scripts = signal<Readonly<Partial<Record<ScriptName, Pages>>>>({});
const failures = signal<Readonly<Partial<Record<ScriptName, string>>>>({});
const underWay = new Set<ScriptName>();

async function fetchPages(name: ScriptName): Promise<void> {
  if (underWay.has(name)) return;
  underWay.add(name);
  const { load, words } = SCRIPTS[name];
  try {
    const [pages] = await Promise.all([load() as Promise<Pages>, bring(state.lang.peek(), words)]);
    scripts.value = { ...scripts.value, [name]: pages };
  } catch (error) {
    // the network, or a newer build
    failures.value = { ...failures.value, [name]: error instanceof Error ? error.message : String(error) };
  }
}

interface Props {
  readonly name: PageName;
  /** Not before this one has come: it is what the person asked for. */
  readonly after?: PageName | undefined;
  /** Nothing is shown while it comes. */
  readonly quiet?: boolean;
}

export function Later({ name, after, quiet = false }: Props) {
  const script = PAGES[name];
  const before = after && PAGES[after];
  const turn = !before || scripts.value[before] !== undefined || failures.value[before] !== undefined;
  useEffect(() => {
    if (turn) void fetchPages(script);
  }, [turn, script]);
  const Page = scripts.value[script]?.[name];
  if (Page) return <Page />;
  const reason = failures.value[script];
  if (reason) return <Failed words={t('app.page.failed', { reason })} onRetry={() => location.reload()} />;
  return quiet ? null : <Loading words={t('app.page.loading')} />;
}
