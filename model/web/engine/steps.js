// What the page shows of a text at a key: view_of of model/tabs/reading.py, with arrays of numbers where it packs
// thousandths. reading_values.js describes the fields.

import {descending} from './decisions.js';
import {orProblem} from './inputs.js';
import {addedBy, joined, meanUpdate, rowsOf} from './network.js';
import {notesOn} from './notes.js';
import {total} from './readers.js';
import {sumOf, times} from './shipped.js';

/**
 * The answer, the stage and, if they are `opened`, what is below it, of one reading. The network reads its
 * beginnings one after the other, of which the last one is mostly the text itself.
 * @param {string} text
 * @param {boolean} opened
 * @param {TextClassifier} classifier
 * @returns {object}
 * @throws {InputError}
 */
export function viewOf(text, opened, classifier) {
  const reading = classifier.readText(text);
  const {labels, words, hasNone, mostSteps} = classifier;
  const ids = reading.ids.slice(0, mostSteps);
  const runs = ids.map((_, t) => classifier.runNetwork(ids.slice(0, t + 1)));
  const last = runs.at(-1);
  const whole = reading.ids.length > mostSteps ? classifier.runNetwork(reading.ids) : last;
  const answer = classifier.conclude(classifier.judge(reading, whole), labels.length);
  const ofNone = `None of these ${labels.length} ${words.labels}`;
  const answers = hasNone ? [...labels, ofNone] : labels;
  return {
    reply: classifier.reply(answer),
    notes: notesOn(answer, classifier),
    text,
    units: reading.units.slice(0, mostSteps),
    more: reading.units.length > mostSteps,
    labels: answers,
    n: labels.length,
    shares: runs.map(({joint}) => joint.slice(0, answers.length)),
    letters: lettersOf(reading, whole, answer, classifier),
    ...networkOf(classifier.network, last),
    ...(opened && openedOf(classifier.network, last)),
  };
}

/** How probable the network's answer is without each letter or word, {problem} where that is not explained. */
function lettersOf(reading, run, answer, classifier) {
  if (answer.verdict.kind === 'text') return {};
  const explained = orProblem(() => classifier.explanationOf(reading, run, answer));
  if (explained.problem) return explained;
  const pieces = explained.contributions.map(([piece]) => piece);
  const unknown = classifier.words.on_a_scale
    ? [...new Set(pieces)].filter((piece) => classifier.isUnknown(piece))
    : [];
  return {...explained, unknown};
}

/** Numbers of each letter, in each direction of each layer. */
function numbersOf({layers}, name) {
  return joined(layers.flat(2).flatMap((letter) => letter[name]));
}

/** What the network does while it reads: its states, its gates, and what groups of letters add. */
function networkOf(network, run) {
  const {ids, votes, outputs, layers} = run;
  const {share, K, config} = network;
  const n = ids.length;
  const weight = (1 - share) / network.temperatureOf(outputs, n);
  const scale = weight / Math.sqrt(network.votes?.windowsOf(n));
  const groups = votes.flatMap((ofSize) => rowsOf(ofSize, network.votes.width));
  return {
    cell: 'gru',
    size: network.H,
    states: numbersOf(run, 'state'),
    update: layers.flat().map((ofDirection) => ofDirection.map(meanUpdate)),
    groups: groups.flatMap((row) => times(scale, [...network.votesOf(row).slice(0, K)])),
    sizes: votes.length ? config.linear_ngrams : [],
    share: votes.length ? share : 1,
  };
}

/** What is read of several texts, and the states of a layer, (D, T, H) of each text. */
export function statesOver(texts, layer, classifier) {
  const {network, mostSteps} = classifier;
  const readings = texts.map((text) => classifier.readText(text));
  const states = readings.map(({ids}) => {
    const {layers} = network.run(ids.slice(0, mostSteps));
    return numbersOf({layers: [layers[layer]]}, 'state');
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

/** The unit that speaks most for a label, beside all others: an index in both directions. */
function tellingUnit({linear, H, D, K}, pooled, label) {
  const rows = linear.matrix.rows.slice(0, K);
  const spoken = Array(D * H).fill(0);
  for (const [i, value] of pooled.entries()) {
    const mean = total(rows.map((row) => row[i])) / K;
    spoken[i % (D * H)] += (rows[label][i] - mean) * value;
  }
  return descending(spoken)[0];
}

/** What explains the rows of the stage, and what the GRU and the linear classifier would answer alone. */
function openedOf(network, run) {
  const {linear, bias, config, share, K, kinds, unknownIds} = network;
  const {ids, embeddings, counted, outputs, scores, pooled} = run;
  const ofLabels = (values) => [...values.slice(0, K)];
  // So that the plain mean of the halves is the answer
  const factors = counted ? [2 * share, 2 - 2 * share] : [1];
  const halves = factors.map((factor, i) => times(factor, [scores, counted][i]));
  const added = addedBy(linear.matrix, pooled, config.pool ? 3 : 1);
  const temperature = network.temperatureOf(outputs, ids.length);
  const score = times(1 / temperature, ofLabels(outputs));
  return {
    ids,
    ngrams: config.ngrams,
    scripts: network.ngrams ? config.script_ngrams : [],
    by_kind: ids.map((id) => kinds.includes(unknownIds[id])),
    embedding: joined([...embeddings, sumOf(embeddings)]),
    given: numbersOf(run, 'x'),
    memory: numbersOf(run, 'm'),
    added: [...added, linear.bias.values].map((row) => times(factors[0], ofLabels(row))),
    logits: halves.map(ofLabels),
    alone: halves.map((half) => {
      const corrected = half.map((logit, i) => logit + bias[i]);
      return ofLabels(jointOf(network, corrected, ids.length));
    }),
    temperature,
    score,
    tells: tellingUnit(network, pooled, descending(score)[0]),
  };
}
