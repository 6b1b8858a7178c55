/** Keyboard help. */
import type { Key } from '../i18n';
import { Dialog } from './Dialog';
import * as state from './state';
import { t } from './state';

const SHORTCUTS: readonly (readonly [readonly string[], Key])[] = [
  [['j', 'k'], 'key.next'],
  [['Enter'], 'key.open'],
  [['f'], 'key.follow'],
  [['Esc'], 'key.close'],
  [['Enter', 'Delete', '←'], 'key.draw'],
  [['/'], 'key.filter'],
  [['Ctrl', 'K'], 'key.search'],
  [['c', 's'], 'key.copy'],
  [['l', 'r'], 'key.reply'],
  [['n'], 'key.ask'],
  [['?'], 'key.help'],
];

export function Help() {
  if (!state.helpOpen.value) return null;
  const close = () => {
    state.helpOpen.value = false;
  };
  return (
    <Dialog title={t('key.title')} onClose={close}>
      <dl class="shortcuts">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
