/** Who is signed in and what they may do. */
export type { MeOut as Me, Right } from './types.gen';
