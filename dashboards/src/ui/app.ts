/** The parts of the running console, connected once; panels import them from here. */
import { batch, computed, effect, signal } from '@preact/signals';
import { Api, Problem } from '../api/http';
import type { Me, Right } from '../api/people';
import { SessionApi } from '../api/peopleHttp';
import type { ConsoleInfo, Node, Party, Site } from '../api/shapes';
import type { Names } from '../live/sift';
import type { AlertNews } from '../live/messages';
import { Session } from '../live/session';
import * as state from './state';

const skew = signal(0);
export const info = signal<ConsoleInfo | null>(null);
export const sites = signal<readonly Site[]>([]);
const partyList = signal<readonly Party[]>([]);
export const parties = computed(() => partyList.value);
/** Why the first load failed; null while all is well. */
export const failure = signal<string | null>(null);

export const api = new Api(new URL('api/v1', document.baseURI).href, {
  token: state.storedToken,
  away: () => state.t('shown.offline'),
  refused: () => {
    state.signInWanted.value = true;
  },
  skew: (ms) => {
    skew.value = ms;
  },
});

/** Grows when devices, vehicles, sites or fences were edited by anybody. */
export const worldEdits = signal(0);
/** What the live stream told last of nodes. */
export const heardNodes = signal<readonly Node[]>([]);
/** Grows when the live stream told of an alert. */
export const alertNews = signal(0);
/** What the live stream told last of alerts. */
export const heardAlerts = signal<readonly AlertNews[]>([]);
/** Grows when the live stream began anew, so that node lists are asked for again. */
export const snapshots = signal(0);

export const session = new Session({
  url: () => api.liveUrl,
  token: state.storedToken,
  skew: () => skew.peek(),
  onWorld: () => {
    void loadWorld();
    worldEdits.value++;
  },
  onNodes: (nodes) => {
    heardNodes.value = nodes;
  },
  onAlerts: (alerts) => {
    alertNews.value += alerts.length;
    heardAlerts.value = alerts;
  },
  onSnapshot: () => {
    snapshots.value++;
  },
});

export const fleet = session.fleet;

/** Names of companies in the viewer's language. */
export const partyNames = computed<Names>(
  () =>
    new Map(
      partyList.value.map((each) => [each.code, state.lang.value === 'zh' ? each.name_zh : each.name_en]),
    ),
);

export function partyName(code: string | null | undefined): string {
  return code ? (partyNames.value.get(code) ?? code) : state.t('card.noParty');
}

const sessions = new SessionApi(api.line);
/** Who is signed in; null until the API has said so. */
export const me = signal<Me | null>(null);

/** It is settled who asks, or the API is away: before that no page asks for anything. */
export const settled = computed(() => me.value !== null || failure.value !== null);

/** Whether to offer something: the API decides, this only hides what it would refuse. */
export function may(right: Right): boolean {
  return me.value === null || me.value.rights.includes(right);
}

/** Nothing of a kind that the reader may not see. */
async function granted<T>(right: Right, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  return may(right) ? ask() : [];
}

async function loadWorld(): Promise<void> {
  const [nextSites, nextParties] = await Promise.all([granted('look_places', api.sites), granted('look_places', api.parties)]);
  batch(() => {
    sites.value = nextSites;
    partyList.value = nextParties;
  });
}

let listening = false;

/** The live stream is of vehicles: who may see none has none. */
function listen(): void {
  if (listening) session.retry();
  else void session.start();
  listening = true;
}

/** Ask the API for everything the live stream does not bring. */
export async function load(): Promise<void> {
  try {
    me.value = await sessions.me();
    state.signInWanted.value = false;
    const answer = await api.console();
    await loadWorld();
    batch(() => {
      info.value = answer;
      state.zone.value = answer.zone;
      failure.value = null;
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) return; // the sign-in is open; what is live waits for it
    failure.value = error.message;
  }
  if (may('look_vehicles')) listen();
}

/** A token was entered: try everything again. */
export function enterToken(token: string): void {
  state.storeToken(token);
  state.signInWanted.value = false;
  void load();
}

/** Raises: Problem, 401 when the name and the password do not belong together. */
export async function signIn(name: string, password: string): Promise<void> {
  state.forgetToken();
  const before = me.peek();
  const now = await sessions.signIn(name, password);
  if (before && before.name !== now.name) {
    state.remember('found', '[]');
    location.reload(); // nothing of one person stays for another
  } else await load();
}

/** The page begins anew, so that nothing of the person stays in it. */
export async function signOut(): Promise<void> {
  state.forgetToken();
  try {
    await sessions.signOut();
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // the session is over already, or the API is away
  }
  state.remember('found', '[]');
  location.reload();
}

effect(() => {
  if (session.status.value.phase === 'refused' && may('look_vehicles')) state.signInWanted.value = true;
});

/** Milliseconds between two tries; the live stream speaks ten times a second. */
const AGAIN_MS = 5000;
let triedAt = Number.NEGATIVE_INFINITY;

// After an outage the console may have started without its settings.
effect(() => {
  if (session.status.value.phase !== 'live' || failure.peek() === null || performance.now() - triedAt < AGAIN_MS) return;
  triedAt = performance.now();
  void load();
});

effect(() => {
  document.documentElement.lang = state.lang.value === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset['theme'] = state.theme.value;
});
