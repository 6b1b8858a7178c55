/** What a rule is about: single topics, or everything of a group. */
import type { Detector } from '../api/ops';
import { CheckField } from './fields';
import { GROUPS, type Group, groupOf, topicWord } from './notices';
import { t } from './state';

interface FieldProps {
  readonly known: readonly string[];
  readonly detectors: readonly Detector[];
  readonly value: readonly string[];
  readonly onValue: (value: readonly string[]) => void;
}

function GroupField({ group, known, detectors, value, onValue }: FieldProps & { group: Group }) {
  const everything = `${group}.*`;
  const all = value.includes(everything);
  const inside = known.filter((each) => groupOf(each) === group);
  const chosen = all ? inside.length : inside.filter((each) => value.includes(each)).length;
  const toggle = (topic: string, on: boolean) => onValue(on ? [...value, topic] : value.filter((each) => each !== topic));
  const toggleAll = (on: boolean) => {
    const others = value.filter((each) => groupOf(each) !== group);
    onValue(on ? [...others, everything] : others);
  };
  return (
    <details open={chosen > 0 || group === 'waybill'}>
      <summary>
        {t(`topics.${group}`)} <span class="muted num">{chosen > 0 && `${chosen}/${inside.length}`}</span>
      </summary>
      <div class="topics">
        {group !== 'other' && <CheckField label={t(`topic.${group}.*`)} value={all} onValue={toggleAll} />}
        {!all && inside.map((each) => <CheckField key={each} label={topicWord(each, detectors)} value={value.includes(each)} onValue={(on) => toggle(each, on)} />)}
      </div>
    </details>
  );
}

export function TopicsField(props: FieldProps) {
  return (
    <fieldset class="admin-more">
      <legend>{t('rules.topics')}</legend>
      {GROUPS.map((each) => (
        <GroupField key={each} group={each} {...props} />
      ))}
    </fieldset>
  );
}
