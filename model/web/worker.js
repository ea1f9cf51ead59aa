// The Web Worker of the tab Train, in one script with the files that model/tabs/train.py lists. It trains one or
// two networks on the same batches, and answers questions about them as they are, or were at a moment kept.
//
// In:  {id, method, given}: a method of METHODS and what it takes
// Out: {id, result} or {id, problem}, a line for the visitor; while it trains also
//      {event: 'progress', running, step, epoch, seconds, moments, networks, curves}

const SLICE = 10; // milliseconds of training at a time, so that no message waits long
const REPORTS = 200; // milliseconds between two
const MEAN_OF = 50; // batches that loss and accuracy are means of
const MOMENTS = 40; // at most kept
const SPACING = 1.35; // the steps of one moment kept to those of the moment before
const TO_GUESS = 24; // held-out texts
const STRONGEST = 6; // training texts of a unit

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
let current; // the scores of each network: {cell, loss, accuracy, heldOut, byLabel, measured: heldOut if not reported}
let moments; // kept at some steps: {step, kept: the weights of each network, scores: {heldOut, byLabel} of each}
let channel = null; // while it trains; a message to ourselves, behind those of the page, starts the next slice
let reported; // when, in ms

/** The index of the highest value. */
const best = (values) => values.indexOf(Math.max(...values));

const sum = (list) => list.reduce((total, value) => total + value);

/** Runs a generator to its end. */
function finish(work) {
  let isDone = false;
  while (!isDone) isDone = work.next().done;
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
  let left = data.heldOut.length / 2; // texts to learn before the next measurement
  for (;;) {
    for (; left > 0; left -= settings.batch) {
      learnBatch();
      yield;
    }
    for (const [i, network] of networks.entries()) yield* measure(network, current[i]);
    left = 2 * data.heldOut.length; // each takes as long as three to measure: a seventh of the time is for that
  }
}

function learnBatch() {
  if (!order.length) {
    order = shuffle(data.training, random);
    epoch += 1;
  }
  const batch = order.splice(0, settings.batch);
  step += 1;
  for (const [i, network] of networks.entries()) learnWith(network, current[i], batch);
  const isDue = step >= SPACING * moments.at(-1).step;
  if (isDue && moments.length < MOMENTS) moments.push(thisMoment());
}

/** Lets a network learn a batch, and takes loss and accuracy into the means of its scores. */
function learnWith(network, scores, batch) {
  let loss = 0;
  let right = 0;
  for (const {ids, label} of batch) {
    const run = network.forward(ids);
    loss -= Math.log(Math.max(run.probabilities[label], 1e-30));
    if (best(run.probabilities) === label) right += 1;
    network.backward(run, label);
  }
  network.step(settings.rate, batch.length);
  const n = Math.min(step, MEAN_OF);
  scores.loss += (loss / batch.length - scores.loss) / n;
  scores.accuracy += (right / batch.length - scores.accuracy) / n;
}

/**
 * Adds the held-out accuracy to scores, of all rows and of each label.
 * @param {Network} network
 * @param {object} scores
 * @param {object} [broken] - as Network.forward takes it
 * @param {(ids: number[]) => number[]} change - of what is read
 */
function* measure(network, scores, broken, change = (ids) => ids) {
  const right = data.labels.map(() => 0);
  const all = data.labels.map(() => 0);
  for (const [i, {ids, label}] of data.heldOut.entries()) {
    const {probabilities} = network.forward(change(ids), broken);
    all[label] += 1;
    if (best(probabilities) === label) right[label] += 1;
    if (i % 20 === 0) yield;
  }
  scores.heldOut = sum(right) / sum(all);
  scores.byLabel = right.map((n, label) => n / all[label]);
  scores.measured = scores.heldOut;
}

/** The held-out accuracy of a network at the moment given, measured at the first question only. */
function scoresOf(given, network) {
  const ofMoment = moments[given.moment]?.scores ?? current;
  const scores = ofMoment[given.network];
  if (!scores.byLabel) finish(measure(network, scores));
  const {heldOut, byLabel} = scores;
  return {heldOut, byLabel};
}

function report() {
  const values = current.map(({loss, accuracy, measured}) => ({loss, accuracy, heldOut: measured}));
  postMessage({
    event: 'progress',
    running: channel !== null,
    step,
    epoch,
    seconds,
    moments: moments.map((moment) => moment.step),
    networks: current,
    curves: [{step, seconds, values}],
  });
  for (const scores of current) scores.measured = null;
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

// What the page may ask. `given` is {network: index, moment: index, or null for now, …}; the second argument is
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
    const sizes = {both, vocabulary, embedding: 16, units, labels: labels.length};
    networks = cells.map((cell) => new Network({cell, ...sizes}, seed, Float64Array)); // faster than 32
    current = cells.map((cell) => ({cell, loss: null, accuracy: null}));
    random = randomNumbers(seed);
    step = 0;
    epoch = 0;
    seconds = 0;
    order = [];
    moments = [thisMoment()];
    METHODS.pause(); // which measures and reports
    const rowsOfLabel = labels.map((_, i) => heldOut.filter(({label}) => label === i).length);
    return {
      labels,
      training: training.length,
      heldOut: heldOut.length,
      majority: Math.max(...rowsOfLabel) / heldOut.length,
      config: networks[0].config,
      weights: moments[0].kept.map((weights) => weights.length),
      examples: heldOut.slice(0, 3).map(({text}) => text),
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
    for (const [i, network] of networks.entries()) finish(measure(network, current[i]));
    report();
  },

  /** Learns one batch. */
  one() {
    learnBatch();
    METHODS.pause();
  },

  /** A text's states, probabilities, and gradients of the likeliest label's loss: how far back that would learn. */
  look(given, network) {
    const {units, ids, labels} = lettersOf(given.text);
    const run = network.forward(ids);
    const {probabilities, directions} = run;
    const gradients = network.backward(run, best(probabilities));
    for (const {gradient} of Object.values(network.weights)) gradient.fill(0); // nothing is learnt from it
    return {
      units,
      labels,
      probabilities,
      states: directions.map(({states}) => states),
      gradients,
      ...scoresOf(given, network),
    };
  },

  /** The accuracy before and after gates are held, units silenced or letters shuffled. */
  broken(given, network) {
    const before = scoresOf(given, network);
    const after = {};
    const seeded = randomNumbers(0);
    const change = (ids) => (given.shuffle ? shuffle(ids, seeded) : ids);
    finish(measure(network, after, given, change));
    return {
      before: before.heldOut,
      after: after.heldOut,
      byLabel: {before: before.byLabel, after: after.byLabel},
    };
  },

  /** Held-out texts for the visitor to guess, with label and answer. */
  heldOut(_, network) {
    return data.heldOut.slice(0, TO_GUESS).map(({text, ids, label}) => ({
      text,
      label,
      answer: best(network.forward(ids).probabilities),
    }));
  },

  /** What `reading` of model/tabs/reading.py returns; reading_values.js says what it is. */
  read({text}, network) {
    const {ids, units, more, labels} = lettersOf(text);
    const {directions, last} = network.forward(ids);
    const letters = directions[0].given; // the network has one layer
    const numbersOf = (key) => joined(directions.flatMap((direction) => direction[key]));
    const [fromLast] = addedBy(network.linear, last, 1);
    const bias = [...network.bias.values];
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
      embedding: joined([...letters, ...letters]), // letters alone, and their sums with nothing
      given: numbersOf('inputs'),
      memory: numbersOf('memory'),
      states: numbersOf('states'),
      added: [fromLast, bias],
      temperature: 1,
      shares,
      score,
      logits: [score],
      alone: [shares.at(-1)],
    };
  },

  /** For each unit the training texts that raise it most, and the letter that does: [units, index]. */
  strongest(_, network) {
    const {H} = network;
    const peaks = Array.from({length: network.D * H}, () => []); // of each unit
    for (const {units, ids} of data.training) {
      for (const [d, {states}] of network.forward(ids).directions.entries()) {
        for (let unit = 0; unit < H; unit += 1) {
          const values = states.map((state) => state[unit]);
          const t = best(values);
          peaks[d * H + unit].push({highest: values[t], place: [units, t]});
        }
      }
    }
    const places = peaks.map((ofUnit) => {
      ofUnit.sort((one, other) => other.highest - one.highest);
      return ofUnit.slice(0, STRONGEST).map(({place}) => place);
    });
    return {layers: [places]};
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
