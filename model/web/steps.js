// Every number of the tab How it reads: reading of model/tabs/reading.py, with arrays of numbers
// where it packs thousandths. reading.js describes the fields.

const MOST_STEPS = 40; // letters or words to show the steps of, as in model/tabs/reading.py

const times = (factor, values) => values.map((value) => factor * value);

/**
 * @param {string} text
 * @param {TextClassifier} classifier
 * @returns {object | {problem: string}}
 */
function readingOf(text, classifier) {
  const all = orProblem(() => classifier.read(text));
  if (all.problem) return all;
  const {network, labels, words} = classifier;
  const units = all.slice(0, MOST_STEPS);
  const ids = classifier.idsOf(units);
  const parts = network.embeddingParts(ids);
  const embedded = sumOf(parts);
  const run = network.read(embedded, ids.length);
  const numbersOf = (key) => joined(run.layers.flat().map((direction) => direction[key]));
  const nAnswers = labels.length + classifier.hasNone;
  const none = classifier.hasNone ? [`None of these ${labels.length} ${words.labels}`] : [];
  return {
    text,
    units: units.length ? units : ['?'],
    ids,
    more: all.length > MOST_STEPS,
    temperature: network.temperature,
    cell: 'gru',
    size: network.H,
    ngrams: network.config.ngrams,
    scripts: network.ngrams ? network.config.script_ngrams : [],
    by_kind: ids.map((id) => network.kinds.includes(network.unknownIds[id])),
    labels: [...labels, ...none],
    embedding: joined([...parts, embedded]),
    given: numbersOf('inputs'),
    memory: numbersOf('memory'),
    states: numbersOf('states'),
    shares: ids.map((_, t) => jointOf(network, network.outputsOf(ids.slice(0, t + 1)), nAnswers)),
    ...scoresOf(network, ids, run),
  };
}

/** The first `n` of the probabilities of each label and of none. */
function jointOf(network, outputs, n) {
  const {labels, none} = network.probabilities(outputs);
  return [...times(1 - none, labels), none].slice(0, n);
}

/** What the GRU and the linear classifier beside it give to the scores, and what each would answer. */
function scoresOf(network, ids, {pooled, scores}) {
  const {linear, weights, bias, config, temperature} = network;
  const votes = network.voteParts(ids);
  const halves = [scores];
  if (votes.length) halves.push(network.count(votes, ids.length));
  const ofGru = votes.length ? 2 * network.share : 1; // so that the plain mean is the answer
  const logits = halves.map((half, i) => times(i ? 2 - ofGru : ofGru, half));
  const nLabels = network.K;
  const corrected = (half) => half.map((logit, i) => logit + bias[i]);
  const nParts = config.pool ? 3 : 1;
  const added = [...addedBy(linear, pooled, nParts), weights['linear.bias'].values];
  const calibrated = network.outputs(...halves).slice(0, nLabels);
  return {
    added: added.map((row) => [...times(ofGru, row.slice(0, nLabels))]),
    logits: logits.map((half) => [...half.slice(0, nLabels)]),
    alone: logits.map((half) => jointOf(network, corrected(half), nLabels)),
    score: [...calibrated].map((output) => output / temperature),
  };
}
