/** What became of the messages: each with its attempts, and sent again where it was given up. */
import { useEffect, useState } from 'preact/hooks';
import type { Attempt, Notice, NoticeState } from '../api/ops';
import { formatNumber } from '../i18n/format';
import { Listed, Table } from './AdminParts';
import { Dialog } from './Dialog';
import { alertsApi, noticesApi, useAsked } from './admin';
import { SendDialog } from './SendDialog';
import { alertNews, may } from './app';
import { TextField } from './fields';
import { topicWord } from './notices';
import { useFresh } from './fresh';
import * as state from './state';
import { t, tValue } from './state';
import { minute, second } from './words';

const STATES: readonly NoticeState[] = ['waiting', 'sending', 'sent', 'failed', 'cancelled', 'gathered'];
const PILLS: Readonly<Record<NoticeState, string>> = { waiting: 'unknown', sending: 'unknown', sent: 'online', failed: 'offline', cancelled: 'unknown', gathered: 'unknown' };

async function ask(wish: Parameters<typeof noticesApi.list>[0]) {
  const [told, channels, detectors] = await Promise.all([noticesApi.list(wish), noticesApi.channels(), alertsApi.detectors()]);
  return { ...told, channels, detectors };
}
type Told = Awaited<ReturnType<typeof ask>>;

function titleOf(notice: Notice): string {
  const [zh, en] = [notice.title_zh, notice.title_en];
  return state.lang.value === 'zh' ? zh || en : en || zh;
}

function textOf(notice: Notice): string {
  const [zh, en] = [notice.text_zh, notice.text_en];
  return state.lang.value === 'zh' ? zh || en : en || zh;
}

/** "li.na" of "person:li.na". */
function recipientWord(notice: Notice): string {
  const [kind = '', ...rest] = notice.recipient.split(':');
  const named = rest.join(':');
  if (!named) return tValue('rules.to', kind);
  return kind === 'role' ? tValue('role', named) : named;
}

function Tried({ attempt }: { attempt: Attempt }) {
  return (
    <li>
      <time class="num muted">{second(attempt.at)}</time>
      <span>
        <span class={`pill pill-${attempt.ok ? 'online' : 'offline'}`}>{t(attempt.ok ? 'log.state.sent' : 'log.state.failed')}</span> {attempt.status ?? ''}{' '}
        {attempt.detail}
        {attempt.seconds !== null && <span class="muted num"> {t('unit.s', { n: formatNumber(attempt.seconds, state.lang.value, 1) })}</span>}
        {attempt.unknown && <span class="tag tag-provisional">{t('log.unknown')}</span>}
      </span>
    </li>
  );
}

function NoticeDialog({ id, onDone }: { id: string; onDone: (sent: boolean) => void }) {
  const asked = useAsked(() => noticesApi.one(id), id);
  const [why, setWhy] = useState<string | null>(null);
  const notice = asked.told;
  if (why !== null) {
    return (
      <SendDialog title={t('log.replay')} why={t('log.replay.why')} action={t('log.replay')} complete send={() => noticesApi.replay(id, why.trim())} onDone={onDone}>
        <TextField label={t('people.why')} value={why} onValue={setWhy} />
      </SendDialog>
    );
  }
  return (
    <Dialog title={notice ? titleOf(notice) : t('list.loading')} class="wide" onClose={() => onDone(false)}>
      <div class="form">
        {asked.problem && (
          <p class="bad" role="alert">
            {t('list.failed', { reason: asked.problem })}
          </p>
        )}
        {notice && (
          <>
            <p class="notice-text">{textOf(notice)}</p>
            <p class="muted">
              {[notice.channel, recipientWord(notice), notice.address, minute(notice.created_at)].filter(Boolean).join(' · ')}
            </p>
            <h3>{t('log.attempts')}</h3>
            <ol class="alert-life" data-testid="attempts">
              {notice.attempts?.map((each) => (
                <Tried key={each.at} attempt={each} />
              ))}
              {notice.attempts?.length === 0 && <li class="muted">–</li>}
            </ol>
          </>
        )}
        <div class="form-end">
          {notice && may('edit_rules') && (notice.state === 'failed' || notice.state === 'sent') && (
            <button type="button" class="button" onClick={() => setWhy('')}>
              {t('log.replay')}
            </button>
          )}
          <button type="button" class="button" onClick={() => onDone(false)}>
            {t('common.done')}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Row({ notice, told, onOpen }: { notice: Notice; told: Told; onOpen: () => void }) {
  return (
    <tr data-notice={notice.state}>
      <td class="num">{second(notice.created_at)}</td>
      <th scope="row">
        <button type="button" class="link" onClick={onOpen}>
          {titleOf(notice) || topicWord(notice.topic, told.detectors)}
        </button>
        <small class="muted num">{notice.subject}</small>
      </th>
      <td>
        {recipientWord(notice)}
        <small class="muted">{told.channels.find((each) => each.code === notice.channel)?.name ?? notice.channel}</small>
      </td>
      <td>
        <span class={`pill pill-${PILLS[notice.state]}`}>{t(`log.state.${notice.state}`)}</span>
        {notice.corrects && <span class="tag tag-corrected">{t('log.correction')}</span>}
        <small class="muted">
          {notice.tries > 1 && t('log.tries', { count: notice.tries })} {notice.due_at && `→ ${second(notice.due_at)}`}
        </small>
      </td>
      <td class="wraps">{textOf(notice)}</td>
    </tr>
  );
}

export function LogPart() {
  const [wanted, setWanted] = useState<NoticeState | ''>('');
  const [channel, setChannel] = useState('');
  const [subject, setSubject] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const asked = useAsked(() => ask({ state: wanted, channel, subject: subject.trim() }), `${wanted}/${channel}/${subject.trim()}`);
  useFresh('notices', alertNews.value, asked.load);
  useEffect(() => setOpen(null), [wanted, channel]);
  const close = (sent: boolean) => {
    setOpen(null);
    if (sent) void asked.load();
  };
  const counts = asked.told?.counts ?? {};
  return (
    <>
      <div class="admin-acts">
        <select aria-label={t('log.col.state')} title={t('log.week')} value={wanted} onChange={(event) => setWanted(event.currentTarget.value as NoticeState | '')}>
          <option value="">{t('log.any')}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {t(`log.state.${each}`)} ({counts[each] ?? 0})
            </option>
          ))}
        </select>
        <select aria-label={t('rules.part.channels')} value={channel} onChange={(event) => setChannel(event.currentTarget.value)}>
          <option value="">{t('log.anyChannel')}</option>
          {asked.told?.channels.map((each) => (
            <option key={each.code} value={each.code}>
              {each.name}
            </option>
          ))}
        </select>
        <input type="search" autocomplete="off" aria-label={t('log.subject')} placeholder={t('log.subject')} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />
      </div>
      <Listed asked={asked} isEmpty={(all) => all.notices.length === 0} none={t('log.none')}>
        {(all) => (
          <Table label={t('rules.part.log')} heads={[t('log.col.at'), t('log.col.about'), t('log.col.to'), t('log.col.state'), t('log.col.text')]}>
            {all.notices.map((each) => (
              <Row key={each.id} notice={each} told={all} onOpen={() => setOpen(each.id)} />
            ))}
          </Table>
        )}
      </Listed>
      {open && <NoticeDialog key={open} id={open} onDone={close} />}
    </>
  );
}
