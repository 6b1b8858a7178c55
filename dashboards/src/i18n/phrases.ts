/** What is often said to drivers; in both languages, whichever the console speaks. */
export const PHRASES = {
  zh: ['请回电调度。', '延误原因是什么？', '请回复预计到达时间。', '前方拥堵，请绕行并回电。', '请就近休息，注意安全。', '到达后请先联系收货人。'],
  en: ['Please call dispatch.', 'Why the delay?', 'When will you arrive?', 'Jam ahead: take another way.', 'Take a rest, drive safely.', 'Call the consignee on arrival.'],
} as const;
