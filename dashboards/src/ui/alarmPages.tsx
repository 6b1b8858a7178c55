/** New severe alerts wherever the person is: watched for as soon as the page that somebody asked for is there. */
import { watchAlerts } from './alarms';

watchAlerts();

export { Toasts } from './Toasts';
