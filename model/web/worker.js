// The Web Worker of the tab Train, in one script with the files that model/tabs/train.py lists. It trains one or
// two networks on the same batches, and answers questions about them as they are, or were at a moment kept.

let settings, data, networks, random; // what `start` makes
let step, epoch, seconds, order; // where the training is; the rows that are left in this epoch
let now, moments; // {cell, loss, accuracy, heldOut, byLabel, measured: heldOut if new} of each; what was kept
let channel = null,
  reported; // a message to ourselves, behind those of the page, starts the next slice

const TO_GUESS = 24; // held-out texts
const best = (values) => values.indexOf(Math.max(...values)),
  sum = (list) => list.reduce((a, b) => a + b);
const stop = () => {
  channel?.port1.close();
  channel = null;
};
const moment = () => ({
  step,
  kept: networks.map((network) => network.copy()),
  scores: now.map(() => ({})),
});

function* lessons() {
  // without an end; nothing between two yields takes long
  for (let left = data.heldOut.length / 2; ; left = 2 * data.heldOut.length) {
    // a seventh of the time
    for (; left > 0; left -= settings.batch) yield learnBatch();
    for (const [i, network] of networks.entries()) yield* measure(network, now[i]);
  }
}

function learnBatch() {
  if (!order.length) [order, epoch] = [shuffle(data.training, random), epoch + 1];
  const batch = order.splice(0, settings.batch);
  step += 1;
  for (const [i, network] of networks.entries()) {
    let loss = 0,
      right = 0;
    for (const {ids, label} of batch) {
      const run = network.forward(ids);
      loss -= Math.log(Math.max(run.probabilities[label], 1e-30));
      right += best(run.probabilities) === label;
      network.backward(run, label);
    }
    network.step(settings.rate, batch.length);
    now[i].loss += (loss / batch.length - now[i].loss) / Math.min(step, 50); // a running mean of 50 batches
    now[i].accuracy += (right / batch.length - now[i].accuracy) / Math.min(step, 50);
  }
  if (moments.length < 40 && step >= 1.35 * moments.at(-1).step) moments.push(moment());
}

// Adds the held-out accuracy to `scores`, of all rows and of each label. `change` may change what is read.
function* measure(network, scores, broken, change = (ids) => ids) {
  const [right, all] = [0, 1].map(() => data.labels.map(() => 0));
  for (const [i, {ids, label}] of data.heldOut.entries()) {
    all[label] += 1;
    right[label] += best(network.forward(change(ids), broken).probabilities) === label;
    if (i % 20 === 0) yield;
  }
  const heldOut = sum(right) / sum(all),
    byLabel = right.map((n, label) => n / all[label]);
  Object.assign(scores, {heldOut, byLabel, measured: heldOut});
}

function scoresOf({network: i, moment}, network) {
  const scores = (moments[moment]?.scores ?? now)[i];
  if (!scores.byLabel) [...measure(network, scores)];
  return {heldOut: scores.heldOut, byLabel: scores.byLabel};
}

function report() {
  const values = now.map(({loss, accuracy, measured}) => ({loss, accuracy, heldOut: measured}));
  const shown = {
    running: channel !== null,
    step,
    epoch,
    seconds,
    moments: moments.map((kept) => kept.step),
  };
  postMessage({event: 'progress', ...shown, networks: now, curves: [{step, seconds, values}]});
  for (const scores of now) scores.measured = null;
  reported = performance.now();
}

function lettersOf(text) {
  const all = unitsOf(text, data.isNames),
    units = all.slice(0, LETTERS);
  if (!all.length) throw Error('The text is empty: type a few letters.');
  return {
    units,
    ids: idsOf(units, data.characters),
    more: all.length > LETTERS,
    labels: data.labels,
  };
}

const METHODS = {
  // what the page may ask; `network` is as it was at the moment given
  start(given) {
    stop();
    data = DATA[given.data](given);
    const {labels, training, heldOut, characters} = data,
      {cells, units, both, seed} = (settings = given);
    const sizes = {
      vocabulary: characters.length + FIRST_ID,
      embedding: 16,
      units,
      labels: labels.length,
    };
    networks = cells.map((cell) => new Network({cell, both, ...sizes}, seed, Float64Array)); // faster than 32
    now = cells.map((cell) => ({cell, loss: null, accuracy: null}));
    [step, epoch, seconds, order, random] = [0, 0, 0, [], randomNumbers(seed)];
    moments = [moment()];
    METHODS.pause();
    const most = Math.max(...labels.map((_, i) => heldOut.filter(({label}) => label === i).length));
    return {
      ...{
        labels,
        training: training.length,
        heldOut: heldOut.length,
        majority: most / heldOut.length,
      },
      config: networks[0].config,
      weights: moments[0].kept.map((weights) => weights.length),
      examples: heldOut.slice(0, 3).map(({text}) => text),
    };
  },

  train() {
    if (channel) return;
    const work = lessons();
    channel = new MessageChannel();
    channel.port1.onmessage = () => {
      const begin = performance.now();
      do work.next();
      while (performance.now() - begin < 10); // milliseconds, so that no message waits long
      seconds += (performance.now() - begin) / 1000;
      if (performance.now() - reported > 200) report();
      channel?.port2.postMessage(null);
    };
    channel.port2.postMessage(null);
  },

  pause() {
    stop();
    for (const [i, network] of networks.entries()) [...measure(network, now[i])];
    report();
  },

  one() {
    learnBatch();
    METHODS.pause();
  },

  look(given, network) {
    // the gradient of the likeliest label's loss: how far back that would learn
    const {units, ids, labels} = lettersOf(given.text),
      run = network.forward(ids),
      {probabilities} = run;
    const gradients = network.backward(run, best(probabilities));
    for (const {gradient} of Object.values(network.weights)) gradient.fill(0); // nothing is learnt from it
    const states = run.directions.map((direction) => direction.states);
    return {units, labels, probabilities, states, gradients, ...scoresOf(given, network)};
  },

  broken(given, network) {
    const before = scoresOf(given, network),
      after = {},
      seeded = randomNumbers(0);
    [...measure(network, after, given, (ids) => (given.shuffle ? shuffle(ids, seeded) : ids))];
    const byLabel = {before: before.byLabel, after: after.byLabel};
    return {before: before.heldOut, after: after.heldOut, byLabel};
  },

  heldOut: (_, network) =>
    data.heldOut.slice(0, TO_GUESS).map(({text, ids, label}) => ({
      text,
      label,
      answer: best(network.forward(ids).probabilities),
    })),

  read({text}, network) {
    // what `reading` of model/tabs/reading.py returns
    const {ids, ...found} = lettersOf(text),
      {
        config: {cell, units: size},
        linear,
        bias,
      } = network;
    const {
      layers: [read],
      directions,
      last,
    } = network.forward(ids);
    const all = (key) => joined(directions.map((direction) => direction[key]));
    const added = [...addedBy(linear, last, 1), [...bias.values]];
    const score = added[0].map((value, label) => value + added[1][label]);
    const shares = ids.map((_, t) => [...network.forward(ids.slice(0, t + 1)).probabilities]);
    return {
      ...{...found, ids, text, cell, size, ngrams: [], scripts: [], by_kind: ids.map(() => false)},
      embedding: joined([read[0].given, read[0].given]), // letters and sums
      ...{
        given: all('inputs'),
        memory: all('memory'),
        states: all('states'),
        added,
        temperature: 1,
      },
      ...{shares, score, logits: [score], alone: [shares.at(-1)]},
    };
  },

  strongest(_, network) {
    // for each unit six training texts that raise it most, and the letter that does
    const {units: H} = network.config,
      peaks = data.training.map(
        (
          {units, ids}, // of each unit
        ) =>
          network.forward(ids).directions.flatMap(({states}) =>
            Array.from({length: H}, (_, unit) => {
              const values = units.map((_, t) => states[t * H + unit]),
                t = best(values);
              return {highest: values[t], found: [units, t]};
            }),
          ),
      );
    const of = (unit) =>
      peaks
        .map((peak) => peak[unit])
        .sort((a, b) => b.highest - a.highest)
        .slice(0, 6);
    return {layers: [peaks[0].map((_, unit) => of(unit).map(({found}) => found))]};
  },

  weights(_, {config, weights}) {
    const single = ([name, {shape, values}]) => [name, {shape, values: Float32Array.from(values)}];
    const found = Object.fromEntries(Object.entries(weights).map(single));
    return {
      config,
      encoder: {characters: data.characters.join('')},
      labels: data.labels,
      weights: found,
    };
  },
};

onmessage = ({data: {id, method, given}}) => {
  const network = networks?.[given.network],
    current = network?.copy();
  try {
    network?.restore(moments[given.moment]?.kept[given.network] ?? current);
    postMessage({id, result: METHODS[method](given, network)});
  } catch (error) {
    postMessage({id, problem: error.message});
  }
  network?.restore(current);
};
