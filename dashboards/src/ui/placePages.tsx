/** Sites and devices, fetched when one of them is opened. */
export { DevicesPage } from './DevicesPage';
export { SitesPage } from './SitesPage';
