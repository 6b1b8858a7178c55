/** The desk's answer on the shared map: comes with the map, so that the desk waits for nothing of it. */
import { answer } from './desk';
import { useAnswerOnMap } from './waybillMap';

export function AnswerOnMap() {
  useAnswerOnMap(answer.value);
  return null;
}
