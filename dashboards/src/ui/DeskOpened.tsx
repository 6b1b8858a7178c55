/** The dialog that the desk has open: fetched with the first of them. */
import { AskDialog, FindingDialog, RaiseDialog, ReplyDialog, RouteDialog } from './DeskDialogs';
import * as desk from './desk';
import * as state from './state';

function Opened({ which, onDone }: { which: state.DeskDialog; onDone: (sent: boolean) => void }) {
  const one = desk.query.value;
  const number = desk.answer.value?.waybill?.number;
  if (which === 'ask') return <AskDialog asked={desk.text.value} onDone={onDone} />;
  if (which === 'raise') return <RaiseDialog {...(number ? { waybill: number } : {})} onDone={onDone} />;
  if (!one) return null;
  if (which === 'route') return <RouteDialog one={one} onDone={onDone} />;
  return which === 'finding' ? <FindingDialog one={one} onDone={onDone} /> : <ReplyDialog one={one} onDone={onDone} />;
}

export function DeskOpened() {
  const which = state.deskDialog.value;
  if (!which) return null;
  return (
    <Opened
      which={which}
      onDone={(sent) => {
        state.deskDialog.value = null;
        if (sent) void desk.loadQueue();
      }}
    />
  );
}
