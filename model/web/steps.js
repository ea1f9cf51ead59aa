// Every number of the tab How it reads: reading of model/tabs/reading.py, with arrays of numbers
// where it packs thousandths. reading_values.js describes the fields.

import {orProblem} from './inputs.js';
import {addedBy, joined, meanUpdate, rowsOf} from './network.js';
import {sumOf, times} from './shipped.js';

/**
 * @param {string} text
 * @param {TextClassifier} classifier
 * @returns {object | {problem: string}}
 */
export function readingOf(text, classifier) {
  const all = orProblem(() => classifier.read(text));
  if (all.problem) return all;
  const {network, labels, words, hasNone, mostSteps} = classifier;
  const {config, kinds, unknownIds} = network;
  const ids = all.ids.slice(0, mostSteps);
  const parts = network.embeddingParts(ids);
  const embedded = sumOf(parts);
  const run = network.read(embedded, ids.length);
  const letters = run.layers.flat(2);
  const numbersOf = (part) => {
    return joined(letters.flatMap((letter) => letter[part]));
  };
  const ofNone = `None of these ${labels.length} ${words.labels}`;
  const answers = hasNone ? [...labels, ofNone] : labels;
  const shares = ids.map((_, t) => {
    const beginning = ids.slice(0, t + 1);
    const joint = jointOf(network, network.outputsOf(beginning), beginning.length);
    return joint.slice(0, answers.length);
  });
  return {
    text,
    units: all.units.slice(0, mostSteps),
    ids,
    more: all.units.length > mostSteps,
    cell: 'gru',
    size: network.H,
    ngrams: config.ngrams,
    scripts: network.ngrams ? config.script_ngrams : [],
    by_kind: ids.map((id) => kinds.includes(unknownIds[id])),
    labels: answers,
    n: labels.length,
    embedding: joined([...parts, embedded]),
    given: numbersOf('x'),
    memory: numbersOf('m'),
    states: numbersOf('state'),
    update: run.layers.flat().map((ofDirection) => ofDirection.map(meanUpdate)),
    shares,
    reply: classifier.predict(text, labels.length),
    ...scoresOf(network, ids, run),
    letters: classifier.letters(text),
  };
}

/** What is read of several texts, and the states of a layer, (D, T, H) of each text. */
export function statesOver(texts, layer, classifier) {
  const {network, mostSteps} = classifier;
  const readings = texts.map((text) => classifier.read(text));
  const states = readings.flatMap((reading) => {
    const ids = reading.ids.slice(0, mostSteps);
    const {layers} = network.read(sumOf(network.embeddingParts(ids)), ids.length);
    return layers[layer].flat().map(({state}) => state);
  });
  return {
    units: readings.map(({units}) => units.slice(0, mostSteps)),
    states: joined(states),
  };
}

/** The probabilities of each label and of none for a text of `length` letters or words. */
export function jointOf(network, outputs, length) {
  const {labels, none} = network.probabilities(outputs, length);
  return [...times(1 - none, labels), none];
}

/** What the GRU and the linear classifier beside it give to the scores, and what each would answer. */
function scoresOf(network, ids, {pooled, scores}) {
  const {linear, bias, config, share, K} = network;
  const ofLabels = (values) => [...values.slice(0, K)];
  const votes = network.voteParts(ids);
  const halves = [scores];
  let factors = [1]; // so that the plain mean of the halves is the answer
  if (votes.length) {
    halves.push(network.count(votes));
    factors = [2 * share, 2 - 2 * share];
  }
  const logits = halves.map((half, i) => times(factors[i], half));
  const nParts = config.pool ? 3 : 1;
  const parts = addedBy(linear.matrix, pooled, nParts);
  parts.push(linear.bias.values);
  const calibrated = network.outputs(...halves);
  const temperature = network.temperatureOf(calibrated, ids.length);
  const [factor] = factors;
  const scale = (1 - share) / temperature / Math.sqrt(votes.length * ids.length);
  const groups = votes.flatMap((part) => rowsOf(part, network.votes.width));
  return {
    groups: groups.flatMap((row) => times(scale, ofLabels(network.votesOf(row)))),
    sizes: votes.length ? config.linear_ngrams : [],
    share: votes.length ? share : 1,
    added: parts.map((row) => times(factor, ofLabels(row))),
    logits: logits.map(ofLabels),
    alone: logits.map((half) => {
      const corrected = half.map((logit, i) => logit + bias[i]);
      return ofLabels(jointOf(network, corrected, ids.length));
    }),
    temperature,
    score: times(1 / temperature, ofLabels(calibrated)),
  };
}
