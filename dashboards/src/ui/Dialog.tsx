/** A modal that the browser itself traps the focus in. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { CloseIcon } from './frameIcons';
import { t } from './state';

export interface Props {
  readonly title: string;
  /** Absent: the dialog cannot be closed without an answer. */
  readonly onClose?: () => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, children, ...rest }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  // Before the next key arrives: effects proper wait for a frame.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // Else the browser picks the close button, and typing goes nowhere.
    dialog?.querySelector<HTMLElement>('input, .form .button.primary')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class={rest.class}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      // A browser may close it without asking, when Escape is pressed twice.
      onClose={() => element.current && onClose?.()}
      onClick={(event) => {
        if (event.target === element.current) onClose?.();
      }}
    >
      <div class="dialog-head">
        <h2>{title}</h2>
        {onClose && (
          <button type="button" class="tool square" aria-label={t('card.close')} onClick={onClose}>
            <CloseIcon />
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}
