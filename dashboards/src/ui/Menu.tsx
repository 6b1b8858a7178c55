/** A menu that shuts when something in it was chosen, or the attention goes elsewhere. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface Props {
  readonly label: ComponentChildren;
  /** For who does not see the label. */
  readonly name?: string;
  readonly current?: boolean;
  /** As a button with a picture. */
  readonly tool?: boolean;
  readonly children: ComponentChildren;
}

export function Menu({ label, name, current = false, tool = false, children }: Props) {
  const place = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  const shut = () => place.current?.removeAttribute('open');
  useEffect(() => {
    const elsewhere = (event: Event) => event.target instanceof Node && !place.current?.contains(event.target) && shut();
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('focusin', elsewhere);
    window.addEventListener('hashchange', shut);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('focusin', elsewhere);
      window.removeEventListener('hashchange', shut);
    };
  }, []);
  return (
    <details
      class="nav-menu"
      ref={place}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !place.current?.open) return;
        event.stopPropagation();
        shut();
        place.current.querySelector('summary')?.focus();
      }}
    >
      <summary class={tool ? 'tool square' : current ? 'page here' : 'page'} aria-label={name} title={name}>
        {label}
      </summary>
      <div class="menu">{open && children}</div>
    </details>
  );
}
