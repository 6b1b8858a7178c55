/** What is answered about waybills, and the links to them, under the names the console uses. */
export type { AnswerOut as Answer, NewShareOut as NewShare, ShareIn as ShareSaid, ShareOut as Share, SharesOut as Shares } from './types.gen';
