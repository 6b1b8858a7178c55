/** Groups of vehicles: made, named, filled and ended here; the board filters by them. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { GroupOut } from '../api/types.gen';
import { SendDialog } from './SendDialog';
import { Empty, Failed, Loading } from './States';
import { api, may, worldEdits } from './app';
import { AreaField, TextField } from './fields';
import * as state from './state';
import { t } from './state';

/** A code as the API takes it. */
const CODE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

const pathOf = (code: string) => `/groups/${encodeURIComponent(code)}`;

/** One in a line, or parted by commas; each once. */
function platesIn(text: string): string[] {
  return [...new Set(text.split(/[\n,，;；]/).map((plate) => plate.trim()))].filter(Boolean);
}

interface FormProps {
  /** Null: a new one. */
  readonly group: GroupOut | null;
  readonly onDone: (sent: boolean) => void;
}

function GroupDialog({ group, onDone }: FormProps) {
  const [code, setCode] = useState(group?.code ?? '');
  const [zh, setZh] = useState(group?.name_zh ?? '');
  const [en, setEn] = useState(group?.name_en ?? '');
  const [plates, setPlates] = useState(group?.plates.join('\n') ?? '');
  const said = { name_zh: zh.trim(), name_en: en.trim(), plates: platesIn(plates) };
  const send = () =>
    group ? api.line.send('PUT', pathOf(group.code), said) : api.line.send('POST', '/groups', { code: code.trim(), ...said });
  return (
    <SendDialog
      title={group ? t('groups.edit', { name: state.nameOf(group) }) : t('groups.new')}
      action={t('groups.save')}
      complete={CODE.test(code.trim()) && said.name_zh !== '' && said.name_en !== ''}
      send={send}
      onDone={onDone}
    >
      {!group && <TextField label={t('groups.code')} value={code} onValue={setCode} hint="reefers" />}
      <TextField label={t('groups.name_zh')} value={zh} onValue={setZh} />
      <TextField label={t('groups.name_en')} value={en} onValue={setEn} />
      <AreaField label={t('groups.plates')} rows={6} value={plates} onValue={setPlates} />
      <p class="muted num">{t('groups.count', { count: said.plates.length })}</p>
    </SendDialog>
  );
}

function RemoveDialog({ group, onDone }: { group: GroupOut; onDone: (sent: boolean) => void }) {
  const name = state.nameOf(group);
  return (
    <SendDialog
      title={t('groups.remove', { name })}
      why={t('groups.remove.sure', { name })}
      action={t('groups.remove', { name })}
      complete
      send={() => api.line.send('DELETE', pathOf(group.code))}
      onDone={onDone}
    />
  );
}

function Line({ group, edit, remove }: { group: GroupOut; edit: () => void; remove: () => void }) {
  const name = state.nameOf(group);
  return (
    <li class="group-line">
      <a href={`#/?${new URLSearchParams({ group: group.code }).toString()}`} title={t('groups.show')}>
        {name}
      </a>
      <span class="muted num">{t('groups.count', { count: group.plates.length })}</span>
      {may('edit_devices') && (
        <>
          <button type="button" class="link-button" title={t('groups.edit', { name })} onClick={edit}>
            {t('groups.change')} <span class="unseen">{name}</span>
          </button>
          <button type="button" class="link-button" title={t('groups.remove', { name })} onClick={remove}>
            {t('groups.end')} <span class="unseen">{name}</span>
          </button>
        </>
      )}
    </li>
  );
}

/** The list as the API has it, asked again when anybody edited something. */
function useGroups() {
  const [list, setList] = useState<readonly GroupOut[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const load = async () => {
    try {
      setList(await api.line.get<GroupOut[]>('/groups'));
      setProblem(null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
    }
  };
  useEffect(() => void load(), [worldEdits.value]);
  return { list, problem, load };
}

type Act = { readonly kind: 'edit' | 'remove'; readonly group: GroupOut } | { readonly kind: 'new' };

export function GroupsPart() {
  const { list, problem, load } = useGroups();
  const [act, setAct] = useState<Act | null>(null);
  const done = (sent: boolean) => {
    setAct(null);
    if (sent) void load();
  };
  return (
    <section class="panel" data-testid="groups">
      <div class="panel-head">
        <h2>
          {t('groups.title')} <span class="muted num">{list?.length}</span>
        </h2>
        {may('edit_devices') && (
          <button type="button" class="button" onClick={() => setAct({ kind: 'new' })}>
            {t('groups.new')}
          </button>
        )}
      </div>
      {list === null && problem && <Failed words={t('groups.failed', { reason: problem })} small onRetry={() => void load()} />}
      {list === null && !problem && <Loading small lines={3} />}
      {list?.length === 0 && <Empty words={t('groups.none')} small />}
      <ul>
        {list?.map((group) => (
          <Line
            key={group.code}
            group={group}
            edit={() => setAct({ kind: 'edit', group })}
            remove={() => setAct({ kind: 'remove', group })}
          />
        ))}
      </ul>
      {act?.kind === 'new' && <GroupDialog group={null} onDone={done} />}
      {act?.kind === 'edit' && <GroupDialog group={act.group} onDone={done} />}
      {act?.kind === 'remove' && <RemoveDialog group={act.group} onDone={done} />}
    </section>
  );
}
