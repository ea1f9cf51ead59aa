// A recurrent network that learns: plain RNN, GRU or LSTM, in one direction or in both, in plain JavaScript.
// It is the network of model/core.py without batches: embedding -> layers of recurrent cells, letter by letter ->
// last state of each direction -> linear -> softmax. Read it from top to bottom:
//
//   1. numbers      the few operations on matrices that a network needs
//   2. cells        what a unit does at a letter, and how a gradient goes back through it
//   3. the network  weights, forward, backward (through time), one step of Adam
//
//   const network = new Network({cell: 'gru', vocabulary: 28, embedding: 16, units: 32, both: false, labels: 2});
//   const run = network.forward([5, 3, 9]);   // run.probabilities: one for each label
//   network.backward(run, 1);                 // the gradients of -log run.probabilities[1]
//   network.step(0.003, 1);                   // all weights go a little against them
//
// Names, shapes, order of the gates and equations are those of nn.RNN, nn.GRU and nn.LSTM in PyTorch, and the
// tests compare all gradients with its. V letters in the vocabulary, E numbers in the row of a letter, H units,
// G gates, T letters in a text, D directions, C labels; a matrix (rows, columns) lies row by row in one array.

// ---------------------------------------------------------------------------------------------- 1. numbers

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/**
 * Makes a generator of random numbers ("mulberry32", Ettinger 2017).
 * @param {number} seed - the same seed gives the same numbers
 * @returns {() => number} at each call another number, from 0 to below 1
 */
function randomNumbers(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws from the normal distribution of mean 0 and variance 1 (Box and Muller 1958). */
function normalNumbers(random) {
  return () => {
    const distance = Math.sqrt(-2 * Math.log(1 - random()));
    return distance * Math.cos(2 * Math.PI * random());
  };
}

/** Draws from -most to most, each number as likely as any other. */
function uniformNumbers(random, most) {
  return () => most * (2 * random() - 1);
}

// A matrix is {shape: [rows, columns], rows, gradient}. The next three functions are all that it does. `input` and
// its gradient may be a part of a longer array, which begins at `at`.

/** Views of the rows of a matrix: a place in one long array takes longer to find. */
function rowsOf(values, columns) {
  const rows = [];
  for (let at = 0; at < values.length; at += columns) {
    rows.push(values.subarray(at, at + columns));
  }
  return rows;
}

/** output += matrix * input. Four rows at a time, because then no sum waits for another: twice as fast. */
function multiply({rows, shape}, input, at, output) {
  const columns = shape[1];
  let r = 0;
  for (; r + 3 < rows.length; r += 4) {
    const row0 = rows[r];
    const row1 = rows[r + 1];
    const row2 = rows[r + 2];
    const row3 = rows[r + 3];
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let c = 0; c < columns; c += 1) {
      const x = input[at + c];
      sum0 += row0[c] * x;
      sum1 += row1[c] * x;
      sum2 += row2[c] * x;
      sum3 += row3[c] * x;
    }
    output[r] += sum0;
    output[r + 1] += sum1;
    output[r + 2] += sum2;
    output[r + 3] += sum3;
  }
  for (; r < rows.length; r += 1) {
    for (let c = 0; c < columns; c += 1) output[r] += rows[r][c] * input[at + c];
  }
}

/** input's gradient += transposed matrix * output's gradient, four rows at a time as well. */
function multiplyBack({rows, shape}, dOutput, dInput, at) {
  const columns = shape[1];
  let r = 0;
  for (; r + 3 < rows.length; r += 4) {
    const row0 = rows[r];
    const row1 = rows[r + 1];
    const row2 = rows[r + 2];
    const row3 = rows[r + 3];
    const d0 = dOutput[r];
    const d1 = dOutput[r + 1];
    const d2 = dOutput[r + 2];
    const d3 = dOutput[r + 3];
    for (let c = 0; c < columns; c += 1) {
      dInput[at + c] += row0[c] * d0 + row1[c] * d1 + row2[c] * d2 + row3[c] * d3;
    }
  }
  for (; r < rows.length; r += 1) {
    for (let c = 0; c < columns; c += 1) dInput[at + c] += rows[r][c] * dOutput[r];
  }
}

/** matrix's gradient += output's gradient * input, row by column. */
function learn({gradient, shape}, dOutput, input, at) {
  const [rows, columns] = shape;
  let place = 0;
  for (let r = 0; r < rows; r += 1) {
    const factor = dOutput[r];
    for (let c = 0; c < columns; c += 1) {
      gradient[place] += factor * input[at + c];
      place += 1;
    }
  }
}

/** sums += values */
function add(sums, values) {
  for (let i = 0; i < sums.length; i += 1) sums[i] += values[i];
}

/** target = as many numbers of source, from a place on */
function copy(target, source, from) {
  for (let i = 0; i < target.length; i += 1) target[i] = source[from + i];
}

/** All numbers of some arrays in one. */
function joined(arrays) {
  return Float32Array.from(arrays.flatMap((values) => [...values]));
}

/** The Euclidean length of a vector. */
function lengthOf(values) {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += values[i] ** 2;
  return Math.sqrt(squares);
}

/** Puts the softmax of scores in their place. The largest is taken off first, or exp could overflow. */
function softmax(scores) {
  const largest = Math.max(...scores);
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) {
    const power = Math.exp(scores[i] - largest);
    scores[i] = power;
    sum += power;
  }
  for (let i = 0; i < scores.length; i += 1) scores[i] /= sum;
  return scores;
}

/** What each of n equal parts of an input adds to each output of a matrix, [n][rows]. */
function addedBy(matrix, input, n) {
  const size = input.length / n;
  const added = [];
  for (let part = 0; part < n; part += 1) {
    const alone = input.map((x, i) => (Math.floor(i / size) === part ? x : 0));
    const output = new Float64Array(matrix.rows.length);
    multiply(matrix, alone, 0, output);
    added.push([...output]);
  }
  return added;
}

// ------------------------------------------------------------------------------------------------ 2. cells

// A cell has two functions. `forward(at, hold)` makes the gates and the new state of all units at one letter from
// two sums: x, what the letter gives to each gate, and m, what memory (the state before) gives. `backward(at)`
// takes the gradient of the new state, at.dState, and leaves those of x in dX, of m in dM and of the old state in
// dOld, as far as it did not go through m. All are arrays of H or G * H numbers, gate by gate.
// `hold` fixes gates: {update: 0} has every update gate at 0, whatever the sums say.

const GATES = {
  rnn: ['new'],
  gru: ['reset', 'update', 'new'],
  lstm: ['input', 'forget', 'new', 'output'],
};

const CELLS = {
  // h = tanh(x + m): nothing decides what is kept, each letter overwrites all of the state
  rnn: {
    forward({H, x, m, gates, state}) {
      for (let u = 0; u < H; u += 1) {
        gates[u] = Math.tanh(x[u] + m[u]);
        state[u] = gates[u];
      }
    },
    backward({H, gates, dState, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        dX[u] = dState[u] * (1 - gates[u] ** 2); // the derivative of tanh
        dM[u] = dX[u];
        dOld[u] = 0; // all of it goes through m, and so through a matrix, at every letter
      }
    },
  },

  // r = σ(x + m), z = σ(x + m), n = tanh(x + r m), h = (1 - z) n + z old. Cho et al. 2014
  gru: {
    forward({H, x, m, gates, state, old}, hold) {
      for (let u = 0; u < H; u += 1) {
        const r = hold.reset ?? sigmoid(x[u] + m[u]);
        const z = hold.update ?? sigmoid(x[H + u] + m[H + u]);
        const n = Math.tanh(x[2 * H + u] + r * m[2 * H + u]);
        gates[u] = r;
        gates[H + u] = z;
        gates[2 * H + u] = n;
        state[u] = (1 - z) * n + z * old[u];
      }
    },
    backward({H, m, gates, old, dState, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        const r = gates[u];
        const z = gates[H + u];
        const n = gates[2 * H + u];
        const dN = dState[u] * (1 - z) * (1 - n ** 2);
        dX[u] = dN * m[2 * H + u] * r * (1 - r); // r (1 - r) is the derivative of σ
        dM[u] = dX[u];
        dX[H + u] = dState[u] * (old[u] - n) * z * (1 - z);
        dM[H + u] = dX[H + u];
        dX[2 * H + u] = dN;
        dM[2 * H + u] = dN * r;
        dOld[u] = dState[u] * z; // z near 1: the gradient goes back unchanged, through no matrix
      }
    },
  },

  // c = f old c + i g, h = o tanh(c): a second state, c, which gates alone change. Hochreiter, Schmidhuber 1997
  lstm: {
    forward({H, x, m, gates, state, carry, oldCarry}, hold) {
      for (let u = 0; u < H; u += 1) {
        const i = hold.input ?? sigmoid(x[u] + m[u]);
        const f = hold.forget ?? sigmoid(x[H + u] + m[H + u]);
        const g = Math.tanh(x[2 * H + u] + m[2 * H + u]);
        const o = hold.output ?? sigmoid(x[3 * H + u] + m[3 * H + u]);
        gates[u] = i;
        gates[H + u] = f;
        gates[2 * H + u] = g;
        gates[3 * H + u] = o;
        carry[u] = f * oldCarry[u] + i * g;
        state[u] = o * Math.tanh(carry[u]);
      }
    },
    backward({H, gates, carry, oldCarry, dState, dCarry, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        const i = gates[u];
        const f = gates[H + u];
        const g = gates[2 * H + u];
        const o = gates[3 * H + u];
        const tanh = Math.tanh(carry[u]);
        const dC = dCarry[u] + dState[u] * o * (1 - tanh ** 2);
        dX[u] = dC * g * i * (1 - i);
        dX[H + u] = dC * oldCarry[u] * f * (1 - f);
        dX[2 * H + u] = dC * i * (1 - g ** 2);
        dX[3 * H + u] = dState[u] * tanh * o * (1 - o);
        dCarry[u] = dC * f; // f near 1: the gradient of c goes back unchanged
        dOld[u] = 0;
      }
      dM.set(dX); // each gate sees the sum of both
    },
  },
};

// ------------------------------------------------------------------------------------------ 3. the network

class Network {
  /**
   * Draws the weights as PyTorch draws them.
   * @param {object} config - {cell: 'rnn' | 'gru' | 'lstm', vocabulary: V, embedding: E, units: H, both, labels: C,
   *   layers}; `both` reads the text from its end as well, `layers` is 1 if left out. Ids go from 1 to V - 1: row 0 of
   *   the embedding is padding's, and never used.
   * @param {number} seed
   * @param {Function} Numbers - Float32Array or Float64Array, for all numbers of the network
   */
  constructor(config, seed = 0, Numbers = Float32Array) {
    const {cell, vocabulary, embedding, units, both, labels, layers = 1} = config;
    const random = randomNumbers(seed);
    this.config = config;
    this.Numbers = Numbers;
    this.E = embedding;
    this.H = units;
    this.D = both ? 2 : 1;
    this.weights = {};
    this.steps = 0;

    this.embedding = this.weight(
      'embedding.weight',
      [vocabulary, embedding],
      normalNumbers(random),
    );
    this.embedding.values.fill(0, 0, embedding);
    const width = this.D * units; // of what a layer gives to the next
    const ofUnits = uniformNumbers(random, units ** -0.5);
    this.layers = [];
    for (let layer = 0; layer < layers; layer += 1) {
      this.layers.push(this.layer(`l${layer}`, layer ? width : embedding, ofUnits));
    }
    const ofLast = uniformNumbers(random, width ** -0.5);
    this.linear = this.weight('linear.weight', [labels, width], ofLast);
    this.bias = this.weight('linear.bias', [labels], ofLast);
    this.at = this.workspace();
  }

  // A weight that learns; its mean and its square are those of the gradient, for Adam.
  weight(name, shape, draw) {
    const {Numbers} = this;
    const size = shape.reduce((product, n) => product * n, 1);
    const values = Numbers.from({length: size}, draw);
    this.weights[name] = {
      shape,
      values,
      rows: rowsOf(values, shape.at(-1)),
      gradient: new Numbers(size),
      mean: new Numbers(size),
      square: new Numbers(size),
    };
    return this.weights[name];
  }

  // The weights of each direction of a layer that is given `width` numbers at each letter.
  layer(name, width, draw) {
    const {cell, units} = this.config;
    const size = GATES[cell].length * units;
    const suffixes = ['', '_reverse'].slice(0, this.D);
    return suffixes.map((suffix) => ({
      inputWeight: this.weight(`${cell}.weight_ih_${name}${suffix}`, [size, width], draw),
      memoryWeight: this.weight(`${cell}.weight_hh_${name}${suffix}`, [size, units], draw),
      inputBias: this.weight(`${cell}.bias_ih_${name}${suffix}`, [size], draw),
      memoryBias: this.weight(`${cell}.bias_hh_${name}${suffix}`, [size], draw),
    }));
  }

  // What a cell works on, at one letter at a time.
  workspace() {
    const {Numbers, H} = this;
    const at = {H};
    for (const name of ['x', 'm', 'gates', 'dX', 'dM']) {
      at[name] = new Numbers(GATES[this.config.cell].length * H);
    }
    for (const name of ['state', 'old', 'carry', 'oldCarry', 'dState', 'dOld', 'dCarry']) {
      at[name] = new Numbers(H);
    }
    return at;
  }

  /**
   * Reads a text.
   * @param {number[]} ids
   * @param {object} [broken] - {hold, silenced}: gates held at a value, and units, of D * H, whose state is always 0,
   *   in every layer
   * @returns {object} {ids, layers, directions, last, probabilities}: `last` (D * H) are the last states of the last
   *   layer, forward and backward, `directions` all that happened in it, as readText returns it
   */
  forward(ids, broken) {
    const {E, Numbers} = this;
    const embedded = new Numbers(ids.length * E);
    for (const [t, id] of ids.entries()) {
      embedded.set(this.embedding.values.subarray(id * E, (id + 1) * E), t * E);
    }
    const {layers, last} = this.readLayers(embedded, ids.length, broken);
    const scores = new Numbers(this.config.labels);
    multiply(this.linear, last, 0, scores);
    add(scores, this.bias.values);
    return {ids, layers, directions: layers.at(-1), last, probabilities: softmax(scores)};
  }

  // The first layer reads the rows of the letters (T * E), every other layer the states of that below (T * D * H).
  readLayers(embedded, T, {hold = {}, silenced = []} = {}) {
    const {H, D} = this;
    const last = new this.Numbers(D * H);
    const layers = [];
    let given = embedded;
    for (const weights of this.layers) {
      if (layers.length) given = this.sideBySide(layers.at(-1), T);
      const directions = weights.map((ofDirection, d) => {
        const silent = silenced.map((unit) => unit - d * H).filter((unit) => unit >= 0 && unit < H);
        const read = this.readText(ofDirection, given, T, d === 1, hold, silent);
        last.set(this.at.state, d * H);
        return read;
      });
      layers.push(directions);
    }
    return {layers, last};
  }

  // At each letter the states of all directions, (T * D * H).
  sideBySide(directions, T) {
    const {H, D} = this;
    const all = new this.Numbers(T * D * H);
    for (const [d, {states}] of directions.entries()) {
      for (let t = 0; t < T; t += 1) {
        all.set(states.subarray(t * H, (t + 1) * H), (t * D + d) * H);
      }
    }
    return all;
  }

  // The part of a direction in what sideBySide makes, (T * H).
  partOf(all, d, T) {
    const {H, D} = this;
    const part = new this.Numbers(T * H);
    for (let t = 0; t < T; t += 1) {
      const start = (t * D + d) * H;
      part.set(all.subarray(start, start + H), t * H);
    }
    return part;
  }

  // One direction of a layer, letter by letter; before the first letter the state is 0. Returns in the order of the
  // text: inputs and memory (T * G * H), what letters and states give to each gate, gates (T * G * H), states (T * H)
  // and carries (T * H), the LSTM's second state.
  readText(weights, given, T, isBackward, hold, silent) {
    const {H, at, Numbers} = this;
    const {forward} = CELLS[this.config.cell];
    const size = at.x.length;
    const width = weights.inputWeight.shape[1];
    const inputs = new Numbers(T * size);
    const memory = new Numbers(T * size);
    const gates = new Numbers(T * size);
    const states = new Numbers(T * H);
    const carries = new Numbers(T * H);
    at.old.fill(0);
    at.oldCarry.fill(0);
    for (let step = 0; step < T; step += 1) {
      const t = isBackward ? T - 1 - step : step;
      at.x.set(weights.inputBias.values);
      multiply(weights.inputWeight, given, t * width, at.x);
      at.m.set(weights.memoryBias.values);
      multiply(weights.memoryWeight, at.old, 0, at.m);
      forward(at, hold);
      for (const unit of silent) {
        at.state[unit] = 0;
        at.carry[unit] = 0;
      }
      inputs.set(at.x, t * size);
      memory.set(at.m, t * size);
      gates.set(at.gates, t * size);
      states.set(at.state, t * H);
      carries.set(at.carry, t * H);
      at.old.set(at.state);
      at.oldCarry.set(at.carry);
    }
    return {given, isBackward, inputs, memory, gates, states, carries};
  }

  /**
   * Adds the gradients of the loss, -log of the label's probability, to those of the weights.
   * @param {object} run - what `forward` returned
   * @param {number} label
   * @returns {Float32Array[]} for each direction the length of the loss's gradient with respect to the state at each
   *   letter, (T): how much the loss would change if what was remembered there were another
   */
  backward(run, label) {
    const {E, H, Numbers} = this;
    const T = run.ids.length;
    const dScores = Numbers.from(run.probabilities);
    const dLast = new Numbers(run.last.length);
    dScores[label] -= 1; // softmax and logarithm together have this simple gradient
    learn(this.linear, dScores, run.last, 0);
    add(this.bias.gradient, dScores);
    multiplyBack(this.linear, dScores, dLast, 0);
    const dStates = run.directions.map(({isBackward}, d) => {
      const gradient = new Numbers(T * H);
      const lastRead = isBackward ? 0 : T - 1;
      gradient.set(dLast.subarray(d * H, (d + 1) * H), lastRead * H);
      return gradient;
    });
    const {dEmbedded, lengths} = this.backThroughLayers(run, dStates);
    for (const [t, id] of run.ids.entries()) {
      for (let i = 0; i < E; i += 1) this.embedding.gradient[id * E + i] += dEmbedded[t * E + i];
    }
    return lengths;
  }

  // From the last layer to the first. `dStates` are the gradients of the last layer's states, (T * H) a direction.
  // Returns the gradient of the rows of the letters (T * E), and the lengths that backThroughTime found at the top.
  backThroughLayers({layers}, dStates) {
    const T = dStates[0].length / this.H;
    const top = layers.length - 1;
    let above = dStates;
    let lengths = null;
    let dGiven = null;
    for (let layer = top; layer >= 0; layer -= 1) {
      // What the layer below gave to both directions has the sum of their gradients.
      if (layer < top) above = above.map((_, d) => this.partOf(dGiven, d, T));
      dGiven = new this.Numbers(layers[layer][0].given.length);
      const found = layers[layer].map((read, d) =>
        this.backThroughTime(this.layers[layer][d], read, above[d], dGiven),
      );
      lengths ??= found;
    }
    return {dEmbedded: dGiven, lengths};
  }

  // From the letter that was read last to the first. Adds the gradient of what the layer was given to `dGiven`, and
  // returns the lengths of the gradients of the states, (T).
  backThroughTime(weights, read, dStates, dGiven) {
    const {H, at} = this;
    const {backward} = CELLS[this.config.cell];
    const T = dStates.length / H;
    const size = at.x.length;
    const width = weights.inputWeight.shape[1];
    const lengths = new this.Numbers(T);
    at.dOld.fill(0);
    at.dCarry.fill(0);
    for (let step = T - 1; step >= 0; step -= 1) {
      const t = read.isBackward ? T - 1 - step : step;
      copy(at.m, read.memory, t * size);
      copy(at.gates, read.gates, t * size);
      copy(at.carry, read.carries, t * H);
      if (step > 0) {
        const before = read.isBackward ? t + 1 : t - 1;
        copy(at.old, read.states, before * H);
        copy(at.oldCarry, read.carries, before * H);
      } else {
        at.old.fill(0);
        at.oldCarry.fill(0);
      }
      copy(at.dState, dStates, t * H); // what comes from above, and then from the letter after
      add(at.dState, at.dOld);
      lengths[t] = lengthOf(at.dState);
      backward(at);
      if (weights.inputWeight.gradient) this.learnAt(weights, read.given, t * width);
      multiplyBack(weights.inputWeight, at.dX, dGiven, t * width);
      multiplyBack(weights.memoryWeight, at.dM, at.dOld, 0);
    }
    return lengths;
  }

  // Adds the gradients of a direction's weights at one letter.
  learnAt(weights, given, place) {
    learn(weights.inputWeight, this.at.dX, given, place);
    learn(weights.memoryWeight, this.at.dM, this.at.old, 0);
    add(weights.inputBias.gradient, this.at.dX);
    add(weights.memoryBias.gradient, this.at.dM);
  }

  /**
   * Does one step of Adam (Kingma and Ba 2015) on the mean gradient of the last texts, and clears the gradients.
   * @param {number} learningRate
   * @param {number} batchSize - how many texts went through `backward` since the last step
   * @param {number} clip - a longer gradient is shortened to this: through many letters it may explode
   * @returns {number} the length of the gradient before that
   */
  step(learningRate, batchSize, clip = 1) {
    const weights = Object.values(this.weights);
    const length = Math.hypot(...weights.map(({gradient}) => lengthOf(gradient))) / batchSize;
    const scale = Math.min(1, clip / (length + 1e-6)) / batchSize;
    this.steps += 1;
    const meanShare = 1 - 0.9 ** this.steps;
    const squareShare = 1 - 0.999 ** this.steps;
    for (const {values, gradient, mean, square} of weights) {
      for (let i = 0; i < values.length; i += 1) {
        const slope = gradient[i] * scale;
        mean[i] += 0.1 * (slope - mean[i]);
        square[i] += 0.001 * (slope ** 2 - square[i]);
        const deviation = Math.sqrt(square[i] / squareShare) + 1e-8;
        values[i] -= (learningRate * (mean[i] / meanShare)) / deviation;
      }
      gradient.fill(0);
    }
    return length;
  }

  /** All weights in one array, which `restore` takes. */
  copy() {
    return this.Numbers.from(Object.values(this.weights).flatMap(({values}) => [...values]));
  }

  /** Takes the weights of a copy over, and returns the network. */
  restore(copied) {
    let at = 0;
    for (const {values} of Object.values(this.weights)) {
      values.set(copied.subarray(at, at + values.length));
      at += values.length;
    }
    return this;
  }
}
