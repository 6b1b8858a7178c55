// @vitest-environment happy-dom
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session, snapshots } from '../src/ui/app';
import { Shown } from '../src/ui/States';
import * as state from '../src/ui/state';

const page = document.body;
const LIVE = { phase: 'live', heardAt: 1, retryAt: null } as const;
const CUT = { phase: 'reconnecting', heardAt: 1, retryAt: null } as const;
const retry = vi.fn<() => void>();

async function show(told: readonly string[] | null, problem: string | null): Promise<void> {
  await act(() =>
    render(
      <Shown told={told} problem={problem} onRetry={retry}>
        {(list) => <ul>{list.join(' ')}</ul>}
      </Shown>,
      page,
    ),
  );
}

beforeEach(() => {
  state.lang.value = 'en';
  session.status.value = LIVE;
  retry.mockClear();
});
afterEach(() => render(null, page));

test('what is awaited is told to who hears, and drawn in grey', async () => {
  await show(null, null);
  expect(page.querySelector('[role=status]')?.textContent).toBe('Loading…');
  expect(page.querySelectorAll('.skeleton i')).toHaveLength(6);
});

test('what could not be had says why, and is asked for again by a button', async () => {
  await show(null, 'The database does not answer.');
  expect(page.querySelector('[role=alert]')?.textContent).toContain('The database does not answer.');
  page.querySelector('button')?.click();
  expect(retry).toHaveBeenCalledOnce();
});

test('while the stream is cut it is the connection, and what is back is asked for once by itself', async () => {
  session.status.value = CUT;
  await show(null, 'whatever');
  expect(page.textContent).toContain('The server cannot be reached');
  expect(page.textContent).not.toContain('whatever');
  expect(retry).not.toHaveBeenCalled();
  await act(() => {
    session.status.value = LIVE;
    snapshots.value++;
  });
  expect(retry).toHaveBeenCalledOnce();
});

test('what is old is shown, and says so', async () => {
  await show(['a', 'b'], 'busy');
  expect(page.querySelector('ul')?.textContent).toBe('a b');
  expect(page.querySelector('[role=alert]')?.textContent).toContain('Not refreshed: busy');
});

test('what is well is shown and nothing else', async () => {
  await show(['a'], null);
  expect(page.textContent).toBe('a');
});
