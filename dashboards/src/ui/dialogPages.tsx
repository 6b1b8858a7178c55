/** What few need, and not at once: fetched when it is opened. */
export { Help } from './Dialogs';
export { Preferences } from './Preferences';
export { SignIn } from './SignIn';
