// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, expect, test, vi } from 'vitest';
import { Problem } from '../src/api/problem';
import { Told } from '../src/ui/CardSection';
import { useAsk } from '../src/ui/useAsk';

const answers: (string | Problem)[] = [];
/** Longer than some renders take, shorter than a test waits. */
const GAP_MS = 300;
const asked = vi.fn<(key: string) => void>();

function Part({ name, word = 0 }: { name: string; word?: number }) {
  const told = useAsk(name, word, async () => {
    asked(name);
    const answer = answers.shift() ?? 'nothing more';
    if (answer instanceof Problem) throw answer;
    return answer;
  }, GAP_MS);
  return <Told asked={told}>{(words) => <p>{words}</p>}</Told>;
}

const place = document.body;
const show = (name: string, word = 0) => render(<Part name={name} word={word} />, place);
const shows = (text: string) => vi.waitFor(() => expect(place.textContent).toContain(text));

afterEach(() => {
  render(null, place);
  answers.length = 0;
  asked.mockClear();
});

test('grey lines stand where the answer will be', async () => {
  answers.push('first');
  show('a');
  expect(place.querySelector('.skeleton')).not.toBeNull();
  await shows('first');
  expect(place.querySelector('.skeleton')).toBeNull();
});

test('what was told stays beside what went wrong when it was asked again', async () => {
  answers.push('first', new Problem(500, 'the store is away'));
  show('b');
  await shows('first');
  show('b', 1);
  await shows('the store is away');
  expect(place.textContent).toContain('first');
  answers.push('second');
  place.querySelector<HTMLButtonElement>('[role=alert] button')?.click();
  await shows('second');
  expect(place.querySelector('[role=alert]')).toBeNull();
});

test('of another thing nothing of the one before is shown', async () => {
  answers.push('of c');
  show('c');
  await shows('of c');
  answers.push('of d');
  show('d');
  await shows('of d');
  expect(place.textContent).not.toContain('of c');
});

test('many words in one breath are one question', async () => {
  answers.push('first', 'second');
  show('e');
  await shows('first');
  for (const word of [1, 2, 3, 4]) show('e', word);
  await shows('second');
  expect(asked).toHaveBeenCalledTimes(2);
});
