/** What is often said to drivers; in both languages, whichever the console speaks. */
export const PHRASES = {
  zh: ['请回电调度。', '延误原因是什么？', '请回复预计到达时间。', '前方拥堵，请绕行并回电。', '请就近休息，注意安全。', '到达后请先联系收货人。'],
  en: ['Please call dispatch.', 'What is the reason for the delay?', 'Please tell us when you will arrive.', 'Traffic ahead: please take another way and call.', 'Please take a rest nearby and drive safely.', 'Please call the consignee when you arrive.'],
} as const;
