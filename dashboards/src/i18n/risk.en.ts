/** Words about a vehicle's trip that the first page needs; the trips' own pages bring theirs. */
export const riskEn = {
  'form.save': 'Save',
  'node.planned': 'Planned',
  'node.estimated': 'Estimated',
  'app.trips': 'Trips',
  'app.accuracy': 'Accuracy',
  'app.page.loading': 'Loading the page…',
  'app.page.failed': 'The page could not be loaded: {reason}',

  'risk.unknown': 'Unknown',
  'risk.on_time': 'On time',
  'risk.at_risk': 'At risk',
  'risk.late': 'Late',
  'risk.overdue': 'Overdue',
  'risk.early': 'Early',
  'delay.late': 'Late by {age}',
  'delay.early': 'Ahead by {age}',
  'delay.now': 'To the minute',

  'card.trip': 'Trip',
  'card.trip.next': 'Next: {site}',
  'card.trip.noEta': 'no estimate',
  'map.late': 'Halo: late or overdue',
  'map.lateShort': 'Late',
  'sort.late': 'Lateness',
  'search.trip': 'Trip',
} as const;
