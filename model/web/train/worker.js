// The Web Worker of the tab Train. It trains one or two networks on the same batches, and answers questions about
// them as they are, or were at a moment kept.
//
// In:  {id, method, given}: a method of METHODS and what it takes
// Out: {id, result} or {id, problem}, a line for the visitor; while it trains also
//      {event: 'progress', running, step, epoch, seconds, moments, curves}

import {descending} from '../engine/decisions.js';
import {addedBy, joined, meanUpdate, Network, randomNumbers} from '../engine/network.js';
import {total} from '../engine/readers.js';
import {DATA, FIRST_ID, idsOf, LETTERS, shuffle, unitsOf} from './datasets.js';

const SLICE = 10; // milliseconds of training at a time, so that no message waits long
const REPORTS = 200; // milliseconds between two
const SAMPLE = 200; // rows of each side that are measured while it trains
const RARER = 20; // the texts learnt so far to those between two measurements, once these are more than both samples
const SPACING = 1.2; // the steps of one moment kept to those of the moment before
const EXAMPLES = 3; // held-out texts whose labels are given away
const TO_GUESS = 20; // others, as far as there are so many
const CHOICES = 3; // of a question

// What `start` makes
let settings;
let data;
let networks;
let random;
// Where the training is
let step;
let epoch;
let seconds;
let order; // the rows that are left in this epoch
let learnt; // texts since the last measurement
let current; // its scores of each network: {seen, unseen, all}, as scoresOn returns them; `all` once they are asked for
let fresh; // points of the curves that are not reported yet
let moments; // kept at some steps: {step, kept: the weights of each network, scores: {all} of each}
let channel = null; // while it trains; a message to ourselves, behind those of the page, starts the next slice
let reported; // when, in ms

/** The index of the highest value. */
const best = (values) => values.indexOf(Math.max(...values));

/** Runs a generator to its end, and returns what it returns. */
function finish(work) {
  for (;;) {
    const {done, value} = work.next();
    if (done) return value;
  }
}

function stop() {
  channel?.port1.close();
  channel = null;
}

/** What is kept of the networks as they are; their scores are measured when somebody asks. */
function thisMoment() {
  return {
    step,
    kept: networks.map((network) => network.copy()),
    scores: networks.map(() => ({})),
  };
}

/** Trains and measures, without an end. Nothing between two yields takes long. */
function* lessons() {
  for (;;) {
    learnBatch();
    yield;
    const all = step * settings.batch;
    if (learnt >= Math.max(2 * SAMPLE, all / RARER)) yield* measureAll();
  }
}

export function learnBatch() {
  if (!order.length) {
    order = shuffle(data.training, random);
    epoch += 1;
  }
  const batch = order.splice(0, settings.batch);
  step += 1;
  learnt += batch.length;
  for (const network of networks) {
    for (const {ids, label} of batch) {
      network.backward(network.forward(ids), label);
    }
    network.step(settings.rate, batch.length);
  }
  if (step >= SPACING * moments.at(-1).step) moments.push(thisMoment());
}

/** Measures training and unseen texts alike, for a point of the curves. */
function* measureAll() {
  const scores = [];
  for (const network of networks) {
    const seen = yield* scoresOn(data.training.slice(0, SAMPLE), network);
    const unseen = yield* scoresOn(data.heldOut.slice(0, SAMPLE), network);
    scores.push({seen, unseen});
  }
  learnt = 0;
  current = scores;
  fresh.push({step, seconds, values: scores});
}

/**
 * The mean loss on some rows and how many are right, of all and of each label.
 * @param {object[]} rows
 * @param {Network} network
 * @param {object} [broken] - as Network.forward takes it
 * @param {(ids: number[]) => number[]} change - of what is read
 */
function* scoresOn(rows, network, broken, change = (ids) => ids) {
  const right = data.labels.map(() => 0);
  const all = data.labels.map(() => 0);
  let loss = 0;
  for (const [i, {ids, label}] of rows.entries()) {
    const {probabilities} = network.forward(change(ids), broken);
    loss -= Math.log(Math.max(probabilities[label], 1e-30));
    all[label] += 1;
    if (best(probabilities) === label) right[label] += 1;
    if (i % 20 === 0) yield;
  }
  return {
    rows: rows.length,
    loss: loss / rows.length,
    right: total(right) / rows.length,
    byLabel: right.map((n, label) => n / (all[label] || 1)),
  };
}

/** How a network does on what is unseen at the moment given: all of it, measured once; while it trains, now on a part. */
function scoresOf(given, network) {
  const ofMoment = moments[given.moment]?.scores ?? current;
  const scores = ofMoment[given.network];
  const isNew = channel && scores.unseen;
  if (!isNew) scores.all ??= finish(scoresOn(data.heldOut, network));
  return scores.all ?? scores.unseen;
}

function report() {
  postMessage({
    event: 'progress',
    running: channel !== null,
    step,
    epoch,
    seconds,
    moments: moments.map((moment) => moment.step),
    curves: fresh,
  });
  fresh = [];
  reported = performance.now();
}

/** Trains for a slice, reports if it is time, and asks for the next slice. */
function trainSlice(work) {
  const start = performance.now();
  do work.next();
  while (performance.now() - start < SLICE);
  seconds += (performance.now() - start) / 1000;
  if (performance.now() - reported > REPORTS) report();
  channel?.port2.postMessage(null);
}

/** A text of the visitor as the networks read it, and whether it goes on; an Error if it is empty. */
function lettersOf(text) {
  const allUnits = unitsOf(text, data.isNames);
  if (!allUnits.length) throw Error('The text is empty: type a few letters.');
  const units = allUnits.slice(0, LETTERS);
  return {
    units,
    ids: idsOf(units, data.characters),
    more: allUnits.length > LETTERS,
    labels: data.labels,
  };
}

/**
 * The gradients of the likeliest label's loss, since a visitor's text has no true label; as Network.backward returns
 * them. Nothing is learnt from them. With two labels those of the other's loss have the same ratios.
 */
function gradientsOf(network, run) {
  const gradients = network.backward(run, best(run.probabilities));
  for (const {gradient} of Object.values(network.weights)) gradient.fill(0);
  return gradients;
}

// What the page may ask. `given` is {network: index, moment: index, null or nothing for now, …}; the second argument is
// that network with the weights of that moment.
const METHODS = {
  /** Makes data and networks for the settings, untrained. */
  start(given) {
    stop();
    settings = given;
    data = DATA[given.data](given);
    const {cells, units, both, seed} = given;
    const {labels, training, heldOut, characters} = data;
    const vocabulary = characters.length + FIRST_ID;
    const sizes = {
      both,
      vocabulary,
      embedding: 16,
      units,
      labels: labels.length,
    };
    networks = cells.map((cell) => new Network({cell, ...sizes}, seed, Float64Array)); // faster than 32
    random = randomNumbers(seed);
    step = 0;
    epoch = 0;
    seconds = 0;
    order = [];
    fresh = [];
    moments = [thisMoment()];
    finish(measureAll());
    report();
    const rowsOfLabel = labels.map((_, i) => heldOut.filter(({label}) => label === i).length);
    return {
      labels,
      training: training.length,
      heldOut: heldOut.length,
      majority: Math.max(...rowsOfLabel) / heldOut.length,
      config: networks[0].config,
      weights: moments[0].kept.map((weights) => weights.length),
      // Of several labels, because the first of each is held out
      examples: heldOut.slice(0, EXAMPLES).map(({text, label}) => ({text, label: labels[label]})),
    };
  },

  train() {
    if (channel) return;
    const work = lessons();
    const own = new MessageChannel();
    channel = own;
    own.port1.onmessage = () => {
      if (channel === own) trainSlice(work); // or it was stopped with a message on its way
    };
    own.port2.postMessage(null);
  },

  pause() {
    stop();
    if (learnt) finish(measureAll());
    report();
  },

  /** Learns one batch. */
  one() {
    learnBatch();
    METHODS.pause();
  },

  /** A text's states, probabilities, and gradients: how far back it would learn; of which step, and where it is now. */
  look(given, network) {
    const {units, ids, labels} = lettersOf(given.text);
    const run = network.forward(ids);
    const {probabilities, directions} = run;
    return {
      units,
      labels,
      probabilities,
      states: directions.map((letters) => letters.map(({state}) => state)),
      gradients: gradientsOf(network, run),
      scores: scoresOf(given, network),
      step: moments[given.moment]?.step ?? step,
      now: {step, epoch, seconds},
    };
  },

  /** The scores on all that is unseen, with gates held, units silenced or letters shuffled. */
  broken(given, network) {
    const seeded = randomNumbers(0);
    const change = (ids) => (given.shuffle ? shuffle(ids, seeded) : ids);
    return finish(scoresOn(data.heldOut, network, given, change));
  },

  /** Questions about held-out texts, as `question` of model/tabs/guess.py returns them. */
  questions(_, network) {
    const {labels, heldOut} = data;
    const examples = heldOut.slice(0, EXAMPLES);
    const rows = [...heldOut.slice(EXAMPLES), ...examples].slice(0, TO_GUESS);
    return rows.map(({text, ids, label}) => {
      const {probabilities} = network.forward(ids);
      const likely = descending(probabilities);
      const choices = [...new Set([label, ...likely])].slice(0, CHOICES);
      return {
        text,
        label: labels[label],
        answer: labels[likely[0]],
        probability: probabilities[likely[0]],
        choices: choices.sort((a, b) => a - b).map((i) => labels[i]),
      };
    });
  },

  /** What `view_of` of model/tabs/reading.py returns of the network; reading_values.js says what it is. */
  view({text}, network) {
    const {ids, units, more, labels} = lettersOf(text);
    const {directions, last} = network.forward(ids);
    const letters = directions.flat(); // the network has one layer
    const numbersOf = (part) => joined(letters.flatMap((letter) => letter[part]));
    const rows = ids.map((id) => network.embedding.rows[id]);
    const [fromLast] = addedBy(network.linear.matrix, last, 1);
    const bias = [...network.linear.bias.values];
    const score = fromLast.map((value, label) => value + bias[label]);
    const shares = ids.map((_, t) => [...network.forward(ids.slice(0, t + 1)).probabilities]);
    return {
      units,
      more,
      labels,
      ids,
      text,
      cell: network.config.cell,
      size: network.config.units,
      ngrams: [],
      scripts: [],
      by_kind: ids.map(() => false),
      embedding: joined([...rows, ...rows]), // letters alone, and their sums with nothing
      given: numbersOf('x'),
      memory: numbersOf('m'),
      states: numbersOf('state'),
      update: network.config.cell === 'gru' && directions.map((steps) => steps.map(meanUpdate)),
      n: labels.length,
      groups: [],
      share: 1,
      added: [fromLast, bias],
      temperature: 1,
      shares,
      score,
      logits: [score],
      alone: [shares.at(-1)],
    };
  },

  /** Texts to watch a unit over. */
  pool: () => ({texts: data.training.map(({text}) => text)}),

  /** What is read of several texts, and the states after each letter, (D, T, H) of each text. */
  states({texts}, network) {
    const rows = texts.map(lettersOf);
    const letters = rows.flatMap(({ids}) => network.forward(ids).directions.flat());
    return {
      units: rows.map(({units}) => units),
      states: joined(letters.map(({state}) => state)),
    };
  },

  /** All that a model folder needs; see download.js. */
  weights(_, {config, weights}) {
    const singles = {};
    for (const [name, {shape, values}] of Object.entries(weights)) {
      singles[name] = {shape, values: Float32Array.from(values)};
    }
    return {
      config,
      encoder: {characters: data.characters.join('')},
      labels: data.labels,
      weights: singles,
    };
  },
};

globalThis.onmessage = ({data: {id, method, given}}) => {
  const network = networks?.[given.network];
  const kept = moments?.[given.moment]?.kept[given.network];
  const newest = kept && network.copy();
  if (kept) network.restore(kept);
  try {
    postMessage({id, result: METHODS[method](given, network)});
  } catch (error) {
    postMessage({id, problem: error.message});
  }
  if (kept) network.restore(newest);
};
