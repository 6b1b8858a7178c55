/** Words of alerts wherever one is: the card on the map, the toasts, the count. */
export const alarmsEn = {
  'alarms.title': 'Alerts',
  'alarms.all': 'View all',
  'alarms.none': 'Nothing severe',
  'alarms.close': 'Fold the alerts away',
  'alarms.open': 'Show the alerts',
  'alarms.more': '+{count} of the same',
  'alarms.others': 'and {count} more severe alerts',
  'alarms.show': 'Open',
  'alarms.replay': 'Replay',
  'alarms.dismiss': 'Dismiss',
  'alarms.toasts': 'New severe alerts',
  'alarms.sound.on': 'Sound for new severe alerts is on',
  'alarms.sound.off': 'Sound for new severe alerts is off',
} as const;
