/**
 * Words that come with the pages that need them, one language at a time: a page in English waits for no Chinese.
 *
 * The frame's own come before anything is drawn.
 */
import { type Lang, type Messages, addWords } from '.';

type Words = Partial<Messages>;

const SUBJECTS = {
  frame: {
    en: async (): Promise<Words> => (await import('./en')).en,
    zh: async (): Promise<Words> => (await import('./zh')).zh,
  },
  alarms: {
    en: async (): Promise<Words> => (await import('./alarms.en')).alarmsEn,
    zh: async (): Promise<Words> => (await import('./alarms.zh')).alarmsZh,
  },
  fleet: {
    en: async (): Promise<Words> => (await import('./fleet.en')).fleetEn,
    zh: async (): Promise<Words> => (await import('./fleet.zh')).fleetZh,
  },
  places: {
    en: async (): Promise<Words> => (await import('./places.en')).placesEn,
    zh: async (): Promise<Words> => (await import('./places.zh')).placesZh,
  },
  trips: {
    en: async (): Promise<Words> => (await import('./trips.en')).tripsEn,
    zh: async (): Promise<Words> => (await import('./trips.zh')).tripsZh,
  },
  desk: {
    en: async (): Promise<Words> => (await import('./desk.en')).deskEn,
    zh: async (): Promise<Words> => (await import('./desk.zh')).deskZh,
  },
  card: {
    en: async (): Promise<Words> => (await import('./card.en')).cardEn,
    zh: async (): Promise<Words> => (await import('./card.zh')).cardZh,
  },
  replay: {
    en: async (): Promise<Words> => (await import('./replay.en')).replayEn,
    zh: async (): Promise<Words> => (await import('./replay.zh')).replayZh,
  },
  waybills: {
    en: async (): Promise<Words> => (await import('./waybills.en')).waybillsEn,
    zh: async (): Promise<Words> => (await import('./waybills.zh')).waybillsZh,
  },
  ops: {
    en: async (): Promise<Words> => (await import('./ops.en')).opsEn,
    zh: async (): Promise<Words> => (await import('./ops.zh')).opsZh,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Lang, () => Promise<Words>>>>>;

export type Subject = keyof typeof SUBJECTS;

const wanted = new Set<Subject>();
const brought = new Set<string>();

/** Fetch the words of some subjects.  Raises: whatever a failed import does. */
export async function bring(lang: Lang, subjects: readonly Subject[]): Promise<void> {
  await Promise.all(
    subjects.map(async (subject) => {
      wanted.add(subject);
      const mark = `${subject} ${lang}`;
      if (brought.has(mark)) return;
      addWords({ [lang]: await SUBJECTS[subject][lang]() });
      brought.add(mark);
    }),
  );
}

/** Everything that was brought so far, in another language: before it is spoken. */
export function bringAll(lang: Lang): Promise<void> {
  return bring(lang, [...wanted]);
}
