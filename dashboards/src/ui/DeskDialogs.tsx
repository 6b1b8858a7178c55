/** What is written down at the desk: a question, a finding, a reply, an exception. */
import { useState } from 'preact/hooks';
import { CHANNELS, type Channel, DEPARTMENTS, type Department, EXCEPTION_KINDS, type ExceptionKind, type Query } from '../api/service';
import { SendDialog } from './SendDialog';
import * as desk from './desk';
import { AreaField, CheckField, ChoiceField, TextField, filled } from './fields';
import * as state from './state';
import { t } from './state';

interface DialogProps {
  readonly onDone: (sent: boolean) => void;
}

export function AskDialog({ asked, onDone }: DialogProps & { asked: string }) {
  const [number, setNumber] = useState(asked);
  const [asker, setAsker] = useState('');
  const [contact, setContact] = useState('');
  const [channel, setChannel] = useState<Channel>('phone');
  const [question, setQuestion] = useState('');
  const [urgent, setUrgent] = useState(false);
  const send = async () => {
    const kept = number.trim() === desk.answer.peek()?.asked ? desk.answer.peek()?.answer_id : undefined;
    const said = filled({ asker: asker.trim(), contact: contact.trim(), question: question.trim(), answer_id: kept });
    const made = await desk.serviceApi.ask({ channel, urgent, asked: number.trim(), ...said });
    await desk.loadQueue();
    void desk.openQuery(made);
  };
  return (
    <SendDialog title={t('query.ask.title')} why={t('query.ask.why')} action={t('query.ask.go')} complete={number.trim() !== ''} send={send} onDone={onDone}>
      <div class="pair">
        <TextField label={t('query.asked')} value={number} onValue={setNumber} />
        <ChoiceField label={t('query.channel')} value={channel} onValue={setChannel} choices={CHANNELS} words={(each) => t(`channel.${each}`)} />
        <TextField label={t('query.asker')} value={asker} onValue={setAsker} />
        <TextField label={t('query.contact')} value={contact} onValue={setContact} />
      </div>
      <AreaField label={t('query.question')} rows={2} value={question} onValue={setQuestion} />
      <CheckField label={t('query.urgentAsk')} value={urgent} onValue={setUrgent} />
    </SendDialog>
  );
}

export function RouteDialog({ one, onDone }: DialogProps & { one: Query }) {
  const others = DEPARTMENTS.filter((each) => each !== one.department);
  const [to, setTo] = useState<Department>(others[0] ?? 'dispatch');
  const [note, setNote] = useState('');
  return (
    <SendDialog
      title={t('query.routeTo')}
      why={t('query.routeWhy')}
      action={t('query.routeTo')}
      complete
      send={() => desk.serviceApi.act(one.id, 'route', { department: to, ...filled({ note: note.trim() }) })}
      onDone={onDone}
    >
      <ChoiceField label={t('query.routeTo')} value={to} onValue={setTo} choices={others} words={(each) => t(`department.${each}`)} />
      <AreaField label={t('form.note')} rows={2} value={note} onValue={setNote} />
    </SendDialog>
  );
}

const SOURCES = ['person', 'gps', 'node', 'carrier'] as const;

export function FindingDialog({ one, onDone }: DialogProps & { one: Query }) {
  const [finding, setFinding] = useState(one.finding);
  const [source, setSource] = useState<(typeof SOURCES)[number]>(SOURCES[0]);
  return (
    <SendDialog
      title={t('query.finding')}
      why={t('query.findingWhy')}
      action={t('form.save')}
      complete={finding.trim() !== ''}
      send={() => desk.serviceApi.act(one.id, 'answer', { finding: finding.trim(), source, ...filled({ answer_id: desk.answer.peek()?.answer_id ?? '' }) })}
      onDone={onDone}
    >
      <AreaField label={t('query.finding')} value={finding} onValue={setFinding} />
      <ChoiceField label={t('query.findingSource')} value={source} onValue={setSource} choices={SOURCES} words={(each) => t(`source.${each}`)} />
    </SendDialog>
  );
}

/** What the answer proposes, to be read over. */
function proposed(one: Query): string {
  const told = desk.answer.peek();
  if (!told) return one.reply;
  const kind = desk.replyKind.peek();
  return desk.replyOf(told, one.channel === 'sms' ? 'sms' : kind === 'sms' ? 'zh' : kind);
}

/** By which channel it goes out, and why where that is not the one it came by. */
function whyOf(one: Query): string {
  const way = one.way;
  if (!way || way.channel === one.channel) return t('query.replyWhy', { channel: t(`channel.${one.channel}`) });
  return t('query.replyOther', { channel: t(`channel.${way.channel}`), why: state.lang.value === 'zh' ? way.why_zh : way.why_en });
}

export function ReplyDialog({ one, onDone }: DialogProps & { one: Query }) {
  const [words, setWords] = useState(proposed(one));
  return (
    <SendDialog
      title={t('query.replyTitle', { asker: one.asker || t('query.somebody') })}
      why={whyOf(one)}
      action={t('query.reply.go')}
      complete={words.trim() !== ''}
      wide
      send={() => desk.serviceApi.act(one.id, 'reply', { reply: words.trim(), ...filled({ answer_id: desk.answer.peek()?.answer_id ?? '' }) })}
      onDone={onDone}
    >
      <AreaField label={t('query.replyText')} rows={6} value={words} onValue={setWords} />
    </SendDialog>
  );
}

const SEVERITIES = ['1', '2', '3', '4'] as const;
type Severity = (typeof SEVERITIES)[number];

/** Lost and damaged goods are of the first severity unless somebody says otherwise. */
const SEVERITY_OF: Readonly<Record<ExceptionKind, Severity>> = { lost: '1', damaged: '1', delay: '2', refused: '2', info_error: '3', other: '3' };

export function RaiseDialog({ waybill, trip, onDone }: DialogProps & { waybill?: string; trip?: string }) {
  const [kind, setKind] = useState<ExceptionKind>('delay');
  const [severity, setSeverity] = useState<Severity>('2');
  const [description, setDescription] = useState('');
  return (
    <SendDialog
      title={t('exception.raise.title')}
      why={t('exception.raise.why')}
      action={t('exception.raise.go')}
      complete={description.trim() !== ''}
      send={() => desk.serviceApi.raise({ kind, severity: Number(severity), description: description.trim(), ...filled({ waybill, trip }) })}
      onDone={onDone}
    >
      <div class="pair">
        <ChoiceField
          label={t('exception.kind')}
          value={kind}
          onValue={(next) => {
            setKind(next);
            setSeverity(SEVERITY_OF[next]);
          }}
          choices={EXCEPTION_KINDS}
          words={(each) => t(`exception.kind.${each}`)}
        />
        <ChoiceField label={t('exception.severity')} value={severity} onValue={setSeverity} choices={SEVERITIES} words={(each) => `${each} · ${t(`severity.${each}`)}`} />
      </div>
      <AreaField label={t('exception.description')} value={description} onValue={setDescription} />
    </SendDialog>
  );
}
