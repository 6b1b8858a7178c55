/** Devices: who is registered, who knocks, what could not be read. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Device, UnknownDevice } from '../api/shapes';
import { formatAge, formatNumber, formatTime } from '../i18n/format';
import { fold } from '../live/list';
import { Empty, Failed, Loading, Stale } from './States';
import { AdoptDialog } from './AdoptDialog';
import { DeadLetters } from './DeadLetters';
import { GroupsPart } from './GroupsPart';
import { api, session } from './app';
import * as state from './state';
import { t, tValue } from './state';

const devices = signal<readonly Device[] | null>(null);
const unknown = signal<readonly UnknownDevice[]>([]);
const problem = signal<string | null>(null);

/** Strangers knock at any time, and nothing in the live stream tells of them. */
const REFRESH_MS = 15_000;
/** Long tables are cut: the filter finds the rest. */
const MOST_ROWS = 200;

export async function loadDevices(): Promise<void> {
  try {
    const [known, strangers] = await Promise.all([api.devices(), api.unknownDevices()]);
    devices.value = known;
    unknown.value = strangers;
    problem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error.message;
  }
}

function LinkState({ device }: { device: Device }) {
  const word = device.online === null ? 'unknown' : device.online ? 'online' : 'offline';
  return (
    <>
      <span class={`pill pill-${word}`}>{t(`link.${word}`)}</span>
      {device.online === false && device.link_reason && (
        <span class="muted"> {tValue('reason', device.link_reason)}</span>
      )}
    </>
  );
}

/** Whether it may connect, and how often it tried what it may not. */
function Proof({ device }: { device: Device }) {
  const word = device.revoked_at ? 'revoked' : device.has_credential ? 'hasCredential' : 'noCredential';
  return (
    <>
      {t(`devices.${word}`)}
      {device.refused > 0 && (
        <span class="muted"> · {t('devices.refused', { count: formatNumber(device.refused, state.lang.value) })}</span>
      )}
    </>
  );
}

function Row({ device }: { device: Device }) {
  const time = (iso: string | null | undefined) =>
    iso ? formatTime(Date.parse(iso), session.now.peek(), state.zone.value, state.lang.value) : '–';
  return (
    <tr>
      <th scope="row">{device.code}</th>
      <td>
        {device.vehicle ? (
          <a href="#/" onClick={() => state.select(device.vehicle)}>
            {device.vehicle}
          </a>
        ) : (
          <span class="muted">{t('devices.unbound')}</span>
        )}
      </td>
      <td>
        <LinkState device={device} />
      </td>
      <td class="num">{time(device.link_time)}</td>
      <td>
        <Proof device={device} />
      </td>
      <td class="num">{time(device.created_at)}</td>
    </tr>
  );
}

function Registered({ list }: { list: readonly Device[] }) {
  const [text, setText] = useState('');
  const wanted = fold(text);
  const shown = list.filter((each) => fold(`${each.code} ${each.vehicle ?? ''}`).includes(wanted));
  return (
    <section class="panel wide-panel">
      <div class="panel-head">
        <h2>
          {t('devices.registered')} <span class="muted num">{formatNumber(list.length, state.lang.value)}</span>
        </h2>
        <input
          type="search"
          value={text}
          placeholder={t('devices.filter')}
          aria-label={t('devices.filter')}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {list.length === 0 ? (
        <Empty words={t('devices.none')} />
      ) : (
        <div class="table-box" tabIndex={0} role="region" aria-label={t('devices.registered')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('devices.code')}</th>
                <th scope="col">{t('devices.vehicle')}</th>
                <th scope="col">{t('devices.link')}</th>
                <th scope="col">{t('devices.since')}</th>
                <th scope="col">{t('devices.credential')}</th>
                <th scope="col">{t('devices.registeredAt')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, MOST_ROWS).map((each) => (
                <Row key={each.code} device={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Strangers({ adopt }: { adopt: (code: string) => void }) {
  const now = session.now.peek();
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>
          {t('devices.unknown')} <span class="muted num">{unknown.value.length}</span>
        </h2>
      </div>
      {unknown.value.length === 0 ? (
        <Empty words={t('devices.unknown.none')} small />
      ) : (
        <>
          <p class="muted panel-note">{t('devices.unknown.why')}</p>
          <ul class="strangers">
            {unknown.value.map((each) => {
              const age = (now - Date.parse(each.last_seen)) / 1000;
              return (
                <li key={each.code}>
                  <div>
                    <b>{each.code}</b>
                    <span class="muted num">
                      {t('devices.messages', { count: formatNumber(each.letters, state.lang.value) })} ·{' '}
                      {t('devices.lastSeen', { age: formatAge(age, state.lang.value) })}
                    </span>
                  </div>
                  <button type="button" class="button primary" onClick={() => adopt(each.code)}>
                    {t('devices.adopt')}
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </section>
  );
}

export function DevicesPage() {
  const [adopting, setAdopting] = useState<string | null>(null);
  useEffect(() => {
    void loadDevices();
    const timer = setInterval(() => void loadDevices(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (problem.value && devices.value === null) {
    return (
      <main class="devices">
        <Failed reason={problem.value} onRetry={() => void loadDevices()} />
      </main>
    );
  }
  return (
    <main class="devices" data-testid="devices">
      {devices.value === null ? (
        <Loading lines={8} />
      ) : (
        <>
          {problem.value && <Stale reason={problem.value} onRetry={() => void loadDevices()} />}
          <Registered list={devices.value} />
          <Strangers adopt={setAdopting} />
          <DeadLetters />
          <GroupsPart />
        </>
      )}
      {adopting && (
        <AdoptDialog
          code={adopting}
          onDone={() => {
            setAdopting(null);
            void loadDevices();
          }}
        />
      )}
    </main>
  );
}
