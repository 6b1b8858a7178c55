/** A fence drawn anew or edited: the outline on the map, the terms in this form. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/http';
import type { Fence } from '../api/shapes';
import { formatAge } from '../i18n/format';
import { toGeometry } from '../map/draft';
import { type Draw, Fault, Place, TermFields, Text, zoneOf } from './FenceFields';
import { FenceOutline, isFit } from './FenceOutline';
import { session } from './app';
import { type FenceForm, blankForm, editOf, fieldOf, formOf, lacking } from './fenceForm';
import { draft, edited, reload, startEditing, stopDrawing, warnings } from './fencing';
import { CloseIcon } from './icons';
import { fencesApi } from './placesApi';
import * as state from './state';
import { t } from './state';
import { author, zoneWord } from './words';

/** Somebody saved a version since this one was taken up. */
function Faster({ fence, onMine }: { fence: Fence; onMine: () => void }) {
  const of = fence.properties;
  const age = formatAge((session.now.value - Date.parse(of.recorded_at)) / 1000, state.lang.value);
  return (
    <div class="note warn" role="alert" data-testid="conflict">
      <p>{t('form.conflict', { author: of.author, version: of.version, age })}</p>
      <button type="button" class="link" onClick={() => startEditing(fence)}>
        {t('form.takeTheirs')}
      </button>
      <button type="button" class="link" onClick={onMine}>
        {t('form.keepMine')}
      </button>
    </div>
  );
}

/** Keep the fence; null and a problem told when it was refused. */
async function keep(form: FenceForm, version: number | null): Promise<Fence | null> {
  const now = draft.peek();
  const geometry = now && toGeometry(now);
  if (!now || !geometry) return null;
  const edit = editOf(form, { geometry, radius: now.radius }, zoneOf(form), edited.peek());
  const saved = version === null ? await fencesApi.add(edit) : await fencesApi.edit(edit, version);
  author.keep(edit.author);
  warnings.value = { code: saved.fence.id, list: saved.warnings };
  return saved.fence;
}

function useSaving(form: FenceForm) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [faster, setFaster] = useState<Fence | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (version: number | null) => {
    setBusy(true);
    setProblem(null);
    try {
      const fence = await keep(form, version);
      if (!fence) return;
      stopDrawing();
      state.selectFence(fence.id);
      reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 409 && version !== null) setFaster(await fencesApi.one(form.code));
      else setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { problem, faster, busy, save };
}

function Editor() {
  const fence = edited.value;
  const [form, setForm] = useState(() => (fence ? formOf(fence, author.last()) : blankForm(author.last())));
  const [tried, setTried] = useState(false);
  const { problem, faster, busy, save } = useSaving(form);
  const missing = lacking(form);
  const field = fieldOf(problem?.field ?? null);
  const draw: Draw = {
    form,
    set: (change) => setForm({ ...form, ...change }),
    fault: (name) => (problem && field === name ? problem.message : tried && missing.has(name) ? t('form.required') : null),
  };
  const fit = draft.value !== null && isFit(draft.value);
  const submit = (version: number | null) => {
    setTried(true);
    if (fit && missing.size === 0) void save(version);
  };
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit(fence?.properties.version ?? null);
      }}
    >
      <FenceOutline fault={draw.fault('geometry') ?? draw.fault('radius')} />
      <Place draw={draw} />
      <TermFields draw={draw} />
      <label>
        {t('form.validFrom', { zone: zoneWord(zoneOf(form)) })}
        <input type="datetime-local" step="1" name="validFrom" title={t('form.now')} value={form.validFrom} onInput={(event) => draw.set({ validFrom: event.currentTarget.value })} />
        <span class="muted small">{t('form.now')}</span>
        <Fault text={draw.fault('validFrom')} />
      </label>
      <Text draw={draw} name="author" label={t('form.author')} />
      <Text draw={draw} name="reason" label={t('form.reason')} hint={t('form.reasonHint')} />
      {problem && !field && (
        <p class="bad" role="alert">
          {t('common.failed', { reason: problem.message })}
        </p>
      )}
      {faster && <Faster fence={faster} onMine={() => submit(faster.properties.version)} />}
      <div class="form-end sticky">
        <button type="button" class="button" onClick={stopDrawing}>
          {t('common.cancel')}
        </button>
        <button type="submit" class="button primary" disabled={busy || !fit} data-testid="save-fence">
          {t(busy ? 'form.saving' : fence ? 'form.saveVersion' : 'form.save')}
        </button>
      </div>
    </form>
  );
}

export function FenceEditor() {
  const fence = edited.value;
  const open = draft.value !== null;
  useEffect(() => {
    if (open) document.querySelector<HTMLElement>('.map canvas')?.focus({ preventScroll: true });
  }, [open]);
  if (!open) return null;
  const title = fence ? t('draw.title.edit', { code: fence.id }) : t('draw.title.new');
  return (
    <section class="card editor" aria-label={title} data-testid="fence-editor">
      <div class="card-head">
        <h2>{title}</h2>
        <button type="button" class="tool square" aria-label={t('card.close')} onClick={stopDrawing}>
          <CloseIcon />
        </button>
      </div>
      <Editor key={`${fence?.id}.${fence?.properties.version}`} />
    </section>
  );
}
