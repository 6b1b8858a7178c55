/** Weekly stretches in which a rule holds. */
import type { RuleHours } from '../api/ops';
import { dayWord } from './notices';
import { t } from './state';

const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const HOUR = 60;
const DAY = 24 * HOUR;
/** Minutes after midnight: office hours. */
const USUAL: RuleHours = { days: [0, 1, 2, 3, 4], opens: 8 * HOUR, closes: 18 * HOUR };

/** "08:30"; hours that end on the next day are told by its clock. */
function clockOf(minutes: number): string {
  const within = minutes % DAY;
  return `${String(Math.floor(within / HOUR)).padStart(2, '0')}:${String(within % HOUR).padStart(2, '0')}`;
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * HOUR + minutes;
}

/** An end that is not after the begin is of the next day. */
function stretch(days: readonly number[], from: string, to: string): Pick<RuleHours, 'days' | 'opens' | 'closes'> {
  const opens = minutesOf(from);
  const closes = minutesOf(to);
  return { days, opens, closes: closes <= opens ? closes + DAY : closes };
}

function Stretch({ value, onValue }: { value: RuleHours; onValue: (value: RuleHours | null) => void }) {
  const [from, to] = [clockOf(value.opens), clockOf(value.closes)];
  const toggle = (day: number) => {
    const days = value.days.includes(day) ? value.days.filter((each) => each !== day) : [...value.days, day].toSorted((a, b) => a - b);
    if (days.length > 0) onValue({ ...value, days });
  };
  return (
    <div class="hours-row">
      <span class="segments" role="group" aria-label={t('rules.hours.days')}>
        {DAYS.map((day) => (
          <button key={day} type="button" role="checkbox" aria-checked={value.days.includes(day)} onClick={() => toggle(day)}>
            {dayWord(day)}
          </button>
        ))}
      </span>
      <input type="time" required aria-label={t('rules.hours.from')} value={from} onInput={(event) => onValue({ ...value, ...stretch(value.days, event.currentTarget.value, to) })} />
      <span class="muted">–</span>
      <input type="time" required aria-label={t('rules.hours.to')} value={to} onInput={(event) => onValue({ ...value, ...stretch(value.days, from, event.currentTarget.value) })} />
      <button type="button" class="codes-drop" aria-label={t('rules.remove')} onClick={() => onValue(null)}>
        ×
      </button>
    </div>
  );
}

export function HoursField({ value, onValue }: { value: readonly RuleHours[]; onValue: (value: readonly RuleHours[]) => void }) {
  const put = (place: number, next: RuleHours | null) => onValue(value.flatMap((each, at) => (at === place ? (next ?? []) : each)));
  return (
    <div class="codes" role="group" aria-label={t('rules.hours')}>
      <span class="muted">{t('rules.hours')}</span>
      {value.map((each, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- stretches have no names, and may be alike
        <Stretch key={place} value={each} onValue={(next) => put(place, next)} />
      ))}
      <button type="button" class="link" onClick={() => onValue([...value, USUAL])}>
        {t('rules.hours.add')}
      </button>
    </div>
  );
}
