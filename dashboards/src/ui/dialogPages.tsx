/** What few need, and not at once: fetched when it is opened. */
export { Help } from './Dialogs';
export { SignIn } from './SignIn';
