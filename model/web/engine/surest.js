// For each label the surest change of one letter that leads to it: model/answers/nearest.py.

import {changesOf} from './changes.js';
import {decide, evidenceOf} from './decisions.js';
import {orProblem, tooLong} from './inputs.js';
import {lookUp} from './readers.js';

/** The letters of the script that a text begins with. */
function lettersFor(text, {alphabets, reader}) {
  const [first] = text.match(/\p{L}/u) ?? [];
  const kinds = reader.unknownRuns;
  if (!first || !kinds) return '';
  return alphabets[lookUp(kinds, first)] ?? '';
}

/**
 * For each label that the network says after a change the surest one, the surest of all first.
 * @param {string} text
 * @param {TextClassifier} classifier
 * @returns {object} what name.js draws
 */
export function nearestOf(text, classifier) {
  const answer = orProblem(() => classifier.answer(text));
  const problem = answer.problem ?? tooLong(text, classifier.words);
  if (problem) return {problem};
  const {name, ofNetwork} = answer;
  const letters = lettersFor(name, classifier);
  const changes = changesOf(name, letters, classifier.marked, classifier.reader.keepCase);
  const surest = new Map();
  for (const [changed, change] of changes) {
    const {kind, labels, probability} = verdictOn(changed, classifier);
    const [label] = labels;
    const most = surest.get(label)?.probability ?? 0;
    const isSurest = kind === 'label' && probability > most;
    if (isSurest) surest.set(label, {label, probability, change});
  }
  const [now] = ofNetwork.labels;
  if (ofNetwork.kind === 'label') surest.delete(now);
  const nearest = [...surest.values()];
  nearest.sort((one, other) => other.probability - one.probability);
  return {text, nearest};
}

/** What the network alone says of a text. */
function verdictOn(text, classifier) {
  const {joint} = classifier.run(classifier.takenApart(text).ids);
  return decide(evidenceOf(joint, classifier.labels, classifier.thresholds));
}
