// From probabilities to what is said of a text: model/answers/decisions.py.

import {total} from './readers.js';

/**
 * What is said of one text: `label`, the most likely one; `either`, two too close to tell apart;
 * `side`, the labels of one half of a scale; `given`, those that have it as a given name; `none`;
 * `text`, it is not a name; or `unsure`, with the best guess.
 * @typedef {{kind: 'label' | 'either' | 'side' | 'given' | 'none' | 'text' | 'unsure', labels: string[],
 *   probability: number, source: 'network' | 'data'}} Verdict
 */

/** @returns {Verdict} */
export function verdictOf(kind, labels, probability) {
  return {
    kind,
    labels,
    probability,
    source: 'network',
  };
}

const IN_WORDS = {
  given: 'given name',
  none: 'none of these',
  text: 'not a name',
  unsure: 'unsure',
};

/** The answer in words, as a table has it. */
export function inWords({kind, labels}) {
  return IN_WORDS[kind] ?? labels.join(' or ');
}

/** A verdict with what programs need: why it is open, and what its probability is of. */
export function contractOf(verdict) {
  const {kind, labels} = verdict;
  return {
    ...verdict,
    probability_of: labels.join(' or ') || inWords(verdict),
    open: ['label', 'side'].includes(kind) ? '' : kind,
  };
}

/** The indices of some numbers, the largest first; of equal ones the first. */
export function descending(numbers) {
  return [...numbers.keys()].sort((a, b) => numbers[b] - numbers[a]);
}

/**
 * The verdict on a text.
 * @param {number[]} all the probabilities of its labels and, at the end, of none, which sum to 1
 * @param {string[]} labels
 * @param {{unsureBelow: number, eitherBelow: number, together: number, onAScale: boolean}}
 *   thresholds
 * @returns {Verdict}
 */
export function decide(all, labels, thresholds) {
  const {unsureBelow, onAScale} = thresholds;
  const joint = all.slice(0, -1);
  const none = all.at(-1);
  const [first, next] = descending(joint);
  const best = joint[first];
  const second = joint[next];
  const isLikely = best >= unsureBelow;
  if (none > best && none >= unsureBelow) return verdictOf('none', [], none);
  if (onAScale && !isLikely) {
    const side = likelierSide(joint, labels);
    if (side.probability >= unsureBelow) return side;
  }
  if (!onAScale && isClose(best, second, none, thresholds)) {
    return verdictOf('either', [labels[first], labels[next]], best + second);
  }
  const kind = isLikely ? 'label' : 'unsure';
  return verdictOf(kind, [labels[first]], best);
}

/** Whether the two most likely labels are named together. */
function isClose(best, second, none, {eitherBelow, together}) {
  const differLittle = best - second < eitherBelow;
  return differLittle && second >= none && best + second >= together;
}

/**
 * The likelier half of a scale; a label in the middle is in neither half.
 * @returns {Verdict}
 */
function likelierSide(joint, labels) {
  const half = joint.length >> 1;
  const low = total(joint.slice(0, half));
  const high = total(joint.slice(-half));
  if (low >= high) return verdictOf('side', labels.slice(0, half), low);
  return verdictOf('side', labels.slice(-half), high);
}

/**
 * The end of the scale that a side is named after, with its probability.
 * @param {Verdict} verdict
 * @param {string[]} labels
 * @returns {{label: string, probability: number} | null} null if the verdict is not a side
 */
export function endOfSide({kind, labels: ofSide, probability}, labels) {
  if (kind !== 'side') return null;
  const [lowest] = labels;
  const isLow = ofSide[0] === lowest;
  return {label: isLow ? lowest : labels.at(-1), probability};
}
