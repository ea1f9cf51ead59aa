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
 * For each label that the network says after a change the surest one, the surest of all first. Those of
 * the answer are left out, and a text that is not a name has none.
 * @param {string} text
 * @param {TextClassifier} classifier
 * @param {() => Promise<void>} [pause] is waited for before each change, and may throw to end the search
 * @returns {Promise<object>} what name.js draws
 */
export async function nearestOf(text, classifier, pause = () => {}) {
  const answer = orProblem(() => classifier.answer(text));
  const problem = answer.problem ?? tooLong(text, classifier.words);
  if (problem) return {problem};
  const {name, verdict, ofNetwork} = answer;
  if (verdict.kind === 'text') return {text, nearest: []};
  const letters = lettersFor(name, classifier);
  const changes = changesOf(name, letters, classifier.marked, classifier.reader.keepCase);
  const surest = new Map();
  for (const [changed, change] of changes) {
    await pause();
    const {kind, labels, probability} = verdictOn(changed, classifier);
    const [label] = labels;
    const most = surest.get(label)?.probability ?? 0;
    const isSurest = kind === 'label' && probability > most;
    if (isSurest) surest.set(label, {label, probability, change});
  }
  for (const {kind, labels} of [verdict, ofNetwork]) {
    const isAnswer = ['label', 'either'].includes(kind);
    for (const label of isAnswer ? labels : []) surest.delete(label);
  }
  const nearest = [...surest.values()];
  nearest.sort((one, other) => other.probability - one.probability);
  return {text, nearest};
}

/** What the network alone says of a text. */
function verdictOn(text, classifier) {
  const {joint} = classifier.runNetwork(classifier.takenApart(text).ids);
  return decide(evidenceOf(joint, classifier.labels, classifier.thresholds));
}
