/** Filters by hub, customer, route, carrier, group and driver: what is chosen as pills, the rest behind one button. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { FACETS, type FacetName } from '../live/facets';
import { fold } from '../live/list';
import { type TermCount, countTerms } from '../live/sift';
import { fleet, session } from './app';
import { index, sifted, termName } from './board';
import * as filters from './filters';
import { ChevronIcon, CloseIcon } from './icons';
import * as state from './state';
import { t } from './state';

/** Values in the menu at once: who looks for more types. */
const MOST = 100;

function Pill({ name, code }: { name: FacetName; code: string }) {
  const words = { facet: t(`facet.${name}`), value: termName(name, code) };
  return (
    <button
      type="button"
      class="pick"
      title={t('facet.remove', words)}
      aria-label={t('facet.remove', words)}
      onClick={() => filters.togglePick(name, code)}
      data-testid={`pill-${name}`}
    >
      <span>{t('facet.pill', words)}</span>
      <CloseIcon />
    </button>
  );
}

function termsOf(name: FacetName, text: string): { readonly terms: TermCount[]; readonly more: number } {
  void session.version.value;
  const chosen = new Set(filters.picks.value[name]);
  const wanted = fold(text);
  const matches = ({ code, name_zh, name_en }: TermCount) => fold(`${code} ${name_zh} ${name_en}`).includes(wanted);
  const found = countTerms(fleet, index.value.index, sifted.value, name).filter(
    (term) => (term.count > 0 || chosen.has(term.code)) && matches(term),
  );
  return { terms: found.slice(0, MOST), more: Math.max(0, found.length - MOST) };
}

function Term({ name, term }: { name: FacetName; term: TermCount }) {
  return (
    <label class="term">
      <input
        type="checkbox"
        checked={filters.picks.value[name].includes(term.code)}
        onChange={() => filters.togglePick(name, term.code)}
      />
      <span>{state.nameOf(term)}</span>
      <span class="muted num">{term.count}</span>
    </label>
  );
}

function Terms({ name }: { name: FacetName }) {
  const [text, setText] = useState('');
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.focus(), [name]);
  const { terms, more } = termsOf(name, text);
  const label = t('facet.find', { facet: t(`facet.${name}`) });
  return (
    <div class="terms">
      <input
        ref={box}
        type="search"
        value={text}
        placeholder={label}
        aria-label={label}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <fieldset>
        <legend class="unseen">{t(`facet.${name}`)}</legend>
        {terms.map((term) => (
          <Term key={term.code} name={name} term={term} />
        ))}
      </fieldset>
      {terms.length === 0 && <p class="muted">{t('facet.none')}</p>}
      {more > 0 && <p class="muted">{t('facet.more', { count: more })}</p>}
    </div>
  );
}

/** A menu that shuts with Escape, or when the attention goes elsewhere. */
function FacetMenu({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState<FacetName>('hub');
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const elsewhere = (event: Event) => {
      const target = event.target;
      if (target instanceof Node && !place.current?.parentElement?.contains(target)) onClose();
    };
    document.addEventListener('pointerdown', elsewhere);
    return () => document.removeEventListener('pointerdown', elsewhere);
  }, []);
  return (
    <div
      class="facet-menu"
      id="facet-menu"
      ref={place}
      role="dialog"
      aria-label={t('filters.label')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="facet-names">
        {FACETS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === name}
            onClick={() => setName(each)}
            data-testid={`facet-${each}`}
          >
            {t(`facet.${each}`)}
            {filters.picks.value[each].length > 0 && <b class="num">{filters.picks.value[each].length}</b>}
          </button>
        ))}
      </div>
      <Terms key={name} name={name} />
    </div>
  );
}

/** The button that opens the menu, in the row of the list's tools. */
export function FilterButton() {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const count = FACETS.reduce((sum, name) => sum + filters.picks.value[name].length, 0);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div class="filter-add">
      <button
        ref={button}
        type="button"
        class={count > 0 ? 'button on' : 'button'}
        aria-expanded={open}
        aria-controls="facet-menu"
        onClick={() => setOpen(!open)}
        data-testid="filter-add"
      >
        {t('facet.add')} {count > 0 ? <b class="num">{count}</b> : <ChevronIcon />}
      </button>
      {open && <FacetMenu onClose={close} />}
    </div>
  );
}

/** What is chosen, each to be taken back alone, or all at once. */
export function FilterBar() {
  const chosen = FACETS.flatMap((name) => filters.picks.value[name].map((code) => [name, code] as const));
  if (chosen.length === 0 && filters.chips.value.size === 0) return null;
  return (
    <div class="filter-bar" role="group" aria-label={t('filters.label')}>
      {chosen.map(([name, code]) => (
        <Pill key={`${name} ${code}`} name={name} code={code} />
      ))}
      <button type="button" class="link-button" onClick={filters.clear}>
        {t('fleet.clear')}
      </button>
    </div>
  );
}
