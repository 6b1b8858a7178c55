/** What the holder of a link is shown. */
export type { SharedMilestoneOut as Milestone, SharedOut as Shared, ToldPositionOut as Spot } from '../api/types.gen';
