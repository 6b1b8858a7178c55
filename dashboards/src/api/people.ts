/** Who is signed in and what they may do. */

/** `fleet.rights.Right`: what the console hides or shows by. */
export type Right =
  | 'look_vehicles'
  | 'look_trips'
  | 'look_places'
  | 'look_waybills'
  | 'look_accuracy'
  | 'look_devices'
  | 'look_alerts'
  | 'look_queries'
  | 'look_exceptions'
  | 'look_notices'
  | 'look_audit'
  | 'edit_nodes'
  | 'edit_places'
  | 'edit_trips'
  | 'edit_waybills'
  | 'edit_devices'
  | 'edit_rules'
  | 'edit_people'
  | 'scan'
  | 'answer'
  | 'assign_queries'
  | 'share'
  | 'work_alerts'
  | 'raise_exception'
  | 'work_exceptions'
  | 'reveal'
  | 'export';

export interface Me {
  readonly name: string;
  /** As people are called. */
  readonly shown: string;
  readonly role: string;
  readonly rights: readonly Right[];
  /** How much of each kind of fact. */
  readonly sees: Readonly<Record<string, string>>;
  readonly language?: 'zh' | 'en' | null;
}
