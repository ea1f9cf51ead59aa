// From probabilities to what is said of a text: model/answers/decisions.py.

import {total} from './readers.js';

/**
 * What is said of one text: `label`, the most likely one; `either`, two too close to tell apart;
 * `side`, the labels of one half of a scale; `given`, those that have it as a given name; `none`;
 * `text`, it is not a name; or `unsure`, with the best guess.
 * @typedef {{kind: 'label' | 'either' | 'side' | 'given' | 'none' | 'text' | 'unsure', labels: string[],
 *   probability: number, source: 'network' | 'data' | 'list', why: string}} Verdict
 */

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
 * What the verdict on a text follows from, Evidence of decisions.py.
 * @typedef {ReturnType<typeof evidenceOf>} Evidence
 * @param {number[]} joint the probabilities of its labels and, at the end, of none, which sum to 1
 * @param {string[]} labels
 * @param {object} thresholds unsureBelow, eitherBelow and onAScale, with the numbers of decisions.py
 */
export function evidenceOf(joint, labels, thresholds) {
  const order = descending(joint.slice(0, -1));
  const best = joint[order[0]];
  return {
    joint,
    labels,
    thresholds,
    order,
    best,
    isLikely: best >= thresholds.unsureBelow,
    doubt: '', // why it is not a single name
    given: null, // labels and peoples that have it as a given name, if it is hardly a surname
    isRead: true, // whether the network has seen any of its letters or words
    source: 'network',
  };
}

/** By what doubts a text is not a name. */
export const NO_NAME = ['text', 'placeholder', 'title'];

/** The likeliest label, of which the verdict is not sure. */
const bestGuess = ({labels, order, best, source}, why, kind = 'unsure') => {
  return [kind, [labels[order[0]]], best, source, why];
};

/** The rules for a verdict in the order of decisions.py: kind, labels, probability and, if it has its own, source and why. */
const RULES = {
  notAName: ({doubt}) => NO_NAME.includes(doubt) && ['text', [], 1, 'network', doubt],

  givenName({given, labels}) {
    const own = given?.filter((group) => labels.includes(group));
    return own && ['given', own, 1, 'data'];
  },

  doubtful: (evidence) => evidence.doubt && bestGuess(evidence, evidence.doubt),

  noneOfThese({joint, best, thresholds}) {
    const none = joint.at(-1);
    return none > best && none >= thresholds.unsureBelow && ['none', [], none];
  },

  unread: (evidence) => !evidence.isRead && bestGuess(evidence, 'unread'),

  side({joint, labels, isLikely, thresholds}) {
    const [ofSide, probability] = likelierSide(joint.slice(0, -1), labels);
    const isEnough = thresholds.onAScale && probability >= thresholds.unsureBelow;
    return isEnough && !isLikely && ['side', ofSide, probability];
  },

  either({joint, labels, order, best, thresholds}) {
    const [first, next] = order;
    const second = joint[next];
    const isTwo = !thresholds.onAScale && isClose(best, second, joint.at(-1), thresholds);
    return isTwo && ['either', [labels[first], labels[next]], best + second];
  },

  oneLabel: (e) => (e.isLikely ? bestGuess(e, '', 'label') : bestGuess(e, 'low')),
};

/** @returns {Verdict} by the first rule that applies */
export function decide(evidence) {
  const found = Object.values(RULES).map((rule) => rule(evidence));
  const [kind, labels, probability, source = evidence.source, why = ''] = found.find(Boolean);
  return {
    kind,
    labels,
    probability,
    source,
    why,
  };
}

/** What an unsure text may be, `candidates` of decisions.py: labels, null for none. */
export function candidatesOf({joint, labels, thresholds: {enough, mostNamed}}) {
  const likely = [];
  let sum = 0;
  for (const i of descending(joint).slice(0, mostNamed)) {
    if (sum < enough) likely.push(labels[i] ?? null);
    sum += joint[i];
  }
  return likely;
}

/** Whether the two most likely labels are named together. */
function isClose(best, second, none, {eitherBelow, together}) {
  const differLittle = best - second < eitherBelow;
  return differLittle && second >= none && best + second >= together;
}

/** The labels of the likelier half of a scale with their probability; a label in the middle is in neither half. */
function likelierSide(joint, labels) {
  const half = joint.length >> 1;
  const low = total(joint.slice(0, half));
  const high = total(joint.slice(-half));
  return low >= high ? [labels.slice(0, half), low] : [labels.slice(-half), high];
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
