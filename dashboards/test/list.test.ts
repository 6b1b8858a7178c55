import { expect, test } from 'vitest';
import { addRow, emptyFleet } from '../src/live/columns';
import { countStates, fold, held, neighbour, selectRows, visibleRange } from '../src/live/list';
import type { Risk } from '../src/live/messages';
import { State } from '../src/live/state';

const fleet = emptyFleet();
const VEHICLES = [
  ['沪A·12345', 'hx', State.Moving, 30],
  ['京B·20001', 'yc', State.Lost, 10],
  ['粤C·30002', 'hx', State.Stopped, 20],
  ['川D·40003', null, State.Silent, Number.NaN],
] as const;
for (const [plate, party, state, time] of VEHICLES) {
  const row = addRow(fleet, plate);
  fleet.party[row] = party;
  fleet.state[row] = state;
  fleet.time[row] = time;
}
const parties = new Map([['hx', '华夏速运'], ['yc', 'Yuancheng Logistics']]);
const all = { text: '', states: new Set<State>(), sort: 'plate' } as const;
const plates = (query: Parameters<typeof selectRows>[1]) =>
  selectRows(fleet, query, parties).map((row) => fleet.plate[row]);

test('plates are found without their dots, spaces and case', () => {
  expect(fold(' 沪A·1-2 3')).toBe('沪a123');
  expect(plates({ ...all, text: 'a123' })).toEqual(['沪A·12345']);
});

test('companies are found by name and by code', () => {
  expect(plates({ ...all, text: '华夏' })).toHaveLength(2);
  expect(plates({ ...all, text: 'yuancheng' })).toEqual(['京B·20001']);
});

test('states filter, several at once', () => {
  const states = new Set([State.Lost, State.Stopped]);
  expect(plates({ ...all, states })).toEqual(['京B·20001', '粤C·30002']);
});

test('what needs attention comes first', () => {
  const order = plates({ ...all, sort: 'state' });
  expect(order).toEqual(['京B·20001', '沪A·12345', '粤C·30002', '川D·40003']);
});

test('the newest fix comes first, the never heard last', () => {
  expect(plates({ ...all, sort: 'age' })).toEqual(['沪A·12345', '粤C·30002', '京B·20001', '川D·40003']);
});

test('every state is counted, also those that nobody is in', () => {
  expect(countStates(fleet).get(State.Stale)).toBe(0);
  expect([...countStates(fleet).values()].reduce((a, b) => a + b)).toBe(4);
});

test('while somebody points at the list nothing moves', () => {
  expect(held(['a', 'b', 'c'], ['d', 'c', 'a'])).toEqual(['a', 'c', 'd']);
  expect(held([], ['b', 'a'])).toEqual(['b', 'a']);
});

test('next and previous stop at the ends', () => {
  expect(neighbour(['a', 'b'], null, 1)).toBe('a');
  expect(neighbour(['a', 'b'], 'b', 1)).toBe('b');
  expect(neighbour(['a', 'b'], 'b', -1)).toBe('a');
  expect(neighbour([], null, 1)).toBeNull();
});

test('the window of a long list is small and complete', () => {
  expect(visibleRange(0, 580, 58, 10_000)).toEqual([0, 14]);
  expect(visibleRange(58_000, 580, 58, 10_000)).toEqual([996, 1014]);
  expect(visibleRange(58_000, 580, 58, 3)).toEqual([3, 3]);
});

test('by lateness: the most late first, the unknown after all that is known, and no trip after that', () => {
  const some = emptyFleet();
  const put = (plate: string, risk: Risk | null, delay: number) => {
    const row = addRow(some, plate);
    Object.assign(some.risk, { [row]: risk });
    some.delay[row] = delay;
  };
  put('none', null, Number.NaN);
  put('unknown', 'unknown', Number.NaN);
  put('ahead', 'on_time', -900);
  put('late', 'late', 2820);
  put('overdue', 'overdue', 7200);
  put('idle', null, Number.NaN);
  const rows = selectRows(some, { text: '', states: new Set(), sort: 'late' }, new Map());
  expect(rows.map((row) => some.plate[row])).toEqual(['overdue', 'late', 'ahead', 'unknown', 'idle', 'none']);
});

test('a vehicle is found by the trip it is on', () => {
  const some = emptyFleet();
  const row = addRow(some, 'A');
  Object.assign(some.trip, { [row]: 'TR-20417' });
  expect(selectRows(some, { text: 'tr20417', states: new Set(), sort: 'plate' }, new Map())).toEqual([row]);
});
