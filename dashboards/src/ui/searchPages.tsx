/** The search over everything, fetched when somebody opens it. */
export { Search } from './Search';
