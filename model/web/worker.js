// The Web Worker of the tab Train, behind network.js and datasets.js in one script. It trains one or two networks
// on the same batches and answers questions about them, now and at the moments that it has kept.
//
//   request {id, method, given} -> reply {id, result} or {id, problem: 'one line'}; unasked {event: 'progress', …}
//
// Training is done in short slices, so that no question waits long.

const EMBEDDING = 16; // numbers in the row of a letter
const SLICE = 40; // milliseconds of training before messages are read
const REPORT = 200; // milliseconds between two events
const MEASURE = 2; // rows trained on for each that is measured: a seventh of the time, as backward costs two forward
const MOMENTS = 40, GROWTH = 1.35; // the step of a moment is so many times that of the one before
const RECENT = 50; // batches in a running mean
const STRONGEST = 6; // training texts for a unit
const ASKED = 200; // held-out texts in the class exercise

let data, settings, learners, moments; // a learner is {cell, network, mean, scores}, a moment {step, kept, scores}
let step, epoch, seconds, order, at, random; // where training stands: the rows of this epoch, and the next of them
let unmeasured, points, reported; // rows since the last measure; of the curves; when the last event was sent
let channel = null; // open while training: a message to oneself comes after those that wait, without a delay
let names = '';

const range = (n) => Array.from({length: n}, (_, i) => i), sum = (list) => list.reduce((a, b) => a + b, 0);
const best = (values) => values.indexOf(Math.max(...values));

function start(given) {
  stop();
  names = given.names ?? names;
  const {length, table, seed} = settings = given;
  data = {
    names: () => namesData(names, seed),
    order: () => orderData(length, seed),
    own: () => ownData(table, seed),
  }[given.data]();
  const {labels, training, heldOut} = data, {units, both} = given;
  learners = given.cells.map((cell) => {
    const sizes = {vocabulary: data.characters.length + FIRST_ID, embedding: EMBEDDING, units, labels: labels.length};
    return {cell, network: new Network({cell, both, ...sizes}, seed), mean: {loss: null, accuracy: null, n: 0}};
  });
  [step, epoch, seconds, order, at, random] = [0, 0, 0, [], 0, randomNumbers(seed)];
  [unmeasured, points, moments, reported] = [heldOut.length, [], [], 0];
  keepMoment();
  finish(measureAll());
  report();
  const counts = labels.map((_, label) => heldOut.filter((row) => row.label === label).length);
  return {
    labels,
    training: training.length,
    heldOut: heldOut.length,
    weights: learners.map(({network}) => network.copy().length),
    majority: Math.max(...counts) / heldOut.length,
    examples: [0.1, 0.45, 0.8].map((place) => heldOut[Math.floor(place * heldOut.length)].text),
  };
}

// ------------------------------------------------------------------------------------------------ training

function train() {
  if (channel) return;
  const work = batches();
  channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const begin = performance.now();
    do work.next(); while (performance.now() - begin < SLICE);
    const end = performance.now();
    seconds += (end - begin) / 1000;
    if (end - reported > REPORT) report();
    channel?.port2.postMessage(null);
  };
  channel.port2.postMessage(null);
}

function stop() {
  channel?.port1.close();
  channel = null;
}

function pause() {
  stop();
  finish(measureAll());
  report();
}

function one() {
  stop();
  learnBatch();
  pause();
}

function* batches() {
  for (;;) {
    learnBatch();
    yield;
    if (unmeasured > 0) yield* measureAll();
  }
}

function learnBatch() {
  if (at >= order.length) {
    order = shuffle([...data.training], random);
    epoch += 1;
    at = 0;
  }
  const batch = order.slice(at, at + settings.batch);
  at += batch.length;
  step += 1;
  unmeasured += batch.length;
  for (const {network, mean} of learners) {
    let loss = 0, right = 0;
    for (const {ids, label} of batch) {
      const run = network.forward(ids);
      loss -= Math.log(Math.max(run.probabilities[label], 1e-30));
      right += best(run.probabilities) === label;
      network.backward(run, label);
    }
    network.step(settings.rate, batch.length);
    mean.n = Math.min(mean.n + 1, RECENT);
    mean.loss += (loss / batch.length - mean.loss) / mean.n;
    mean.accuracy += (right / batch.length - mean.accuracy) / mean.n;
  }
  if (moments.length < MOMENTS && step >= moments.at(-1).step * GROWTH) keepMoment();
}

function keepMoment() {
  moments.push({step, kept: learners.map(({network}) => network.copy()), scores: []});
}

// Held-out accuracy, of all rows and of each label, a few rows at a time. `change` may change the ids of a row.
function* measure(network, broken, change = (row) => row.ids) {
  const [right, all] = [0, 1].map(() => data.labels.map(() => 0));
  for (const [i, row] of data.heldOut.entries()) {
    all[row.label] += 1;
    right[row.label] += best(network.forward(change(row), broken).probabilities) === row.label;
    if (i % 20 === 0) yield;
  }
  return {heldOut: sum(right) / sum(all), byLabel: right.map((n, label) => n / all[label])};
}

function* measureAll() {
  for (const learner of learners) {
    learner.scores = yield* measure(learner.network);
    learner.isNew = true;
  }
  unmeasured = -MEASURE * data.heldOut.length;
}

function finish(work) {
  let result = work.next();
  while (!result.done) result = work.next();
  return result.value;
}

function report() {
  const values = learners.map(({mean: {loss, accuracy}, scores, isNew}) =>
    ({loss, accuracy, heldOut: isNew ? scores.heldOut : null}));
  const networks = learners.map(({cell, mean: {loss, accuracy}, scores}) => ({cell, loss, accuracy, ...scores}));
  for (const learner of learners) learner.isNew = false;
  postMessage({
    event: 'progress',
    running: channel !== null,
    ...{step, epoch, seconds, networks},
    moments: moments.map((moment) => moment.step),
    curves: [{step, seconds, values}],
  });
  reported = performance.now();
}

// ----------------------------------------------------------------------------------------------- questions

// Returns what `answer` makes of a network as it was at a moment.
function then({network: i, moment}, answer) {
  const {network} = learners[i], now = network.copy();
  network.restore(moments[moment]?.kept[i] ?? now);
  const result = answer(network);
  network.restore(now);
  return result;
}

function scoresThen({network: i, moment}) {
  const {scores} = moments[moment] ?? {scores: learners.map((learner) => learner.scores)};
  return scores[i] ??= then({network: i, moment}, (network) => finish(measure(network)));
}

function unitsRead(text) {
  const units = unitsOf(text, data.isNames);
  if (!units.length) throw Error(`The text is empty: type ${data.isNames ? 'a surname' : 'some letters'}.`);
  return {units: units.slice(0, LETTERS), more: units.length > LETTERS};
}

// A visitor's text. The gradient is that of the loss of its most likely label: how far back it would learn.
function look(given) {
  const {units} = unitsRead(given.text), ids = idsOf(units, data.characters);
  return then(given, (network) => {
    const run = network.forward(ids), label = best(run.probabilities), gradients = network.backward(run, label);
    for (const {gradient} of Object.values(network.weights)) gradient.fill(0); // nothing is learnt from it
    const states = run.directions.map((direction) => direction.states);
    return {units, labels: data.labels, probabilities: run.probabilities, states, gradients, label, ...scoresThen(given)};
  });
}

function broken(given) {
  const {hold = {}, silenced = [], shuffle: isShuffled} = given, mixed = randomNumbers(0);
  const change = ({ids}) => isShuffled ? shuffle([...ids], mixed) : ids;
  const before = scoresThen({network: given.network, moment: given.moment});
  const after = then(given, (network) => finish(measure(network, {hold, silenced}, change)));
  const byLabel = {before: before.byLabel, after: after.byLabel};
  return {before: before.heldOut, after: after.heldOut, byLabel};
}

function heldOut(given) {
  const rows = shuffle([...data.heldOut], randomNumbers(settings.seed)).slice(0, ASKED);
  return then(given, (network) => rows.map(({text, ids, label}) =>
    ({text, label, answer: best(network.forward(ids).probabilities)})));
}

// What `reading` of model/tabs/reading.py returns for a text.
function read(given) {
  const {units, more} = unitsRead(given.text), ids = idsOf(units, data.characters);
  const joined = (parts) => Float32Array.from(parts.flatMap((part) => [...part]));
  return then(given, (network) => {
    const {cell, embedding: E, units: size, labels} = network.config, {directions, last, probabilities} = network.forward(ids);
    const rows = ids.map((id) => network.embedding.values.subarray(id * E, (id + 1) * E));
    const bias = [...network.bias.values], weights = network.linear.values, from = range(last.length);
    const added = range(labels).map((label) => sum(from.map((u) => weights[label * last.length + u] * last[u])));
    const score = added.map((value, label) => value + bias[label]);
    const shares = ids.map((_, t) => [...network.forward(ids.slice(0, t + 1)).probabilities]);
    const [inputs, memory, states] = ['inputs', 'memory', 'states'].map((key) => joined(directions.map((d) => d[key])));
    return {
      ...{text: given.text, cell, units, ids, more, size, shares, score, memory, states, labels: data.labels},
      ...{ngrams: [], scripts: [], by_kind: ids.map(() => false), temperature: 1},
      embedding: joined([...rows, ...rows]), // a letter's own row and the sum, which are the same here
      given: inputs,
      pooled: last,
      added: [added, bias],
      logits: [score],
      alone: [[...probabilities]],
    };
  });
}

// For each unit the training texts that raise it most, and the letter at which it is highest.
function strongest(given) {
  return then(given, (network) => {
    const H = network.config.units, found = range(network.directions.length * H).map(() => []);
    for (const {units, ids} of data.training) {
      const {directions} = network.forward(ids);
      found.forEach((texts, unit) => {
        const {states} = directions[Math.floor(unit / H)], values = ids.map((_, t) => states[t * H + unit % H]);
        const t = best(values);
        if (texts.length === STRONGEST && values[t] <= texts.at(-1).value) return;
        texts.push({value: values[t], text: [units, t]});
        texts.sort((a, b) => b.value - a.value).splice(STRONGEST);
      });
    }
    return {layers: [found.map((texts) => texts.map(({text}) => text))]};
  });
}

function weights(given) {
  return then(given, ({config, weights}) => ({
    config,
    encoder: {characters: data.characters.join('')},
    labels: data.labels,
    weights: Object.fromEntries(Object.entries(weights).map(([name, {values, shape}]) =>
      [name, {values: values.slice(), shape}])),
  }));
}

const METHODS = {start, train, pause, one, look, broken, heldOut, read, strongest, weights};

onmessage = ({data: {id, method, given}}) => {
  try {
    postMessage({id, result: METHODS[method](given)});
  } catch (error) {
    postMessage({id, problem: error.message});
  }
};
