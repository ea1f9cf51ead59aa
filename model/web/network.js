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
// G gates, T letters in a text, D directions, C labels.

// ---------------------------------------------------------------------------------------------- 1. numbers

const NEAREST = 5; // letters or words that are similar to one
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

// A matrix is {rows, gradients}: a view of each of its rows, and of the gradient of each. The functions below are all
// that it does.

/** Views of the rows of a matrix that lies row by row in one array. */
function rowsOf(values, columns) {
  const rows = [];
  for (let start = 0; start < values.length; start += columns) {
    rows.push(values.subarray(start, start + columns));
  }
  return rows;
}

/**
 * output += matrix * input. Four rows at a time, because then no sum waits for another: twice as fast. Where the last
 * four are fewer, the first of them stands in, and what it adds beyond the end of the output is lost.
 */
function multiply({rows}, input, output) {
  for (let r = 0; r < rows.length; r += 4) {
    const row0 = rows[r];
    const row1 = rows[r + 1] ?? row0;
    const row2 = rows[r + 2] ?? row0;
    const row3 = rows[r + 3] ?? row0;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let c = 0; c < row0.length; c += 1) {
      const x = input[c];
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
}

/** input's gradient += transposed matrix * output's gradient, four rows at a time as well. */
function multiplyBack({rows}, dOutput, dInput) {
  for (let r = 0; r < rows.length; r += 4) {
    const row0 = rows[r];
    const row1 = rows[r + 1] ?? row0;
    const row2 = rows[r + 2] ?? row0;
    const row3 = rows[r + 3] ?? row0;
    const d0 = dOutput[r];
    const d1 = dOutput[r + 1] ?? 0;
    const d2 = dOutput[r + 2] ?? 0;
    const d3 = dOutput[r + 3] ?? 0;
    for (let c = 0; c < row0.length; c += 1) {
      dInput[c] += row0[c] * d0 + row1[c] * d1 + row2[c] * d2 + row3[c] * d3;
    }
  }
}

/** matrix's gradient += output's gradient * input, row by column */
function learn({gradients}, dOutput, input) {
  for (let r = 0; r < gradients.length; r += 1) add(gradients[r], input, dOutput[r]);
}

/** sums += factor * values */
function add(sums, values, factor = 1) {
  for (let i = 0; i < sums.length; i += 1) sums[i] += factor * values[i];
}

/** All numbers of some arrays in one. */
function joined(arrays) {
  return Float32Array.from(arrays.flatMap((values) => [...values]));
}

/** The Euclidean norm of a vector. */
function normOf(values) {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += values[i] ** 2;
  return Math.sqrt(squares);
}

/**
 * The letters or words of the same kind with the most similar rows of an embedding, by the cosine.
 * @param {string[]} units
 * @param {Map<string, number>} idOf - the vocabulary
 * @param {number[][]} rows - by ids
 * @param {number[]} kinds - the same
 * @returns {string[][]} for each unit, none where it is not in the vocabulary
 */
function mostSimilar(units, idOf, rows, kinds = []) {
  const cosine = (one, other) => {
    const products = one.map((x, i) => x * other[i]);
    const product = products.reduce((sum, x) => sum + x, 0);
    return product / (normOf(one) * normOf(other));
  };
  return units.map((unit) => {
    const mine = rows[idOf.get(unit)];
    if (!mine) return [];
    const kind = kinds[idOf.get(unit)];
    const others = [...idOf].filter(([other, id]) => other !== unit && kinds[id] === kind);
    const similar = others.map(([other, id]) => ({other, alike: cosine(mine, rows[id])}));
    similar.sort((a, b) => b.alike - a.alike);
    return similar.slice(0, NEAREST).map(({other}) => other);
  });
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
  for (let start = 0; start < input.length; start += size) {
    const alone = input.map((x, i) => (i >= start && i < start + size ? x : 0));
    const output = new Float64Array(matrix.rows.length);
    multiply(matrix, alone, output);
    added.push([...output]);
  }
  return added;
}

// ------------------------------------------------------------------------------------------------ 2. cells

// A cell has two functions, which work on the units u at one letter. A name with d is the gradient of what follows it.
//
//   x, m            sums: what the letter, and what memory, the old state, give to each gate; an array for each gate
//   forward         makes of them the gates, an array for each as well, and the new state
//   hold            fixes gates: {update: 0} has every update gate at 0, whatever the sums are
//   backward        takes dState, of the new state, and leaves dX and dM, and in dOld what did not go through m

const CELLS = {
  // h = tanh(x + m): nothing decides what is kept, each letter overwrites all of the state
  rnn: {
    gates: 1,
    forward({x: [x], m: [m], gates: [gate], state}) {
      for (let u = 0; u < state.length; u += 1) {
        gate[u] = Math.tanh(x[u] + m[u]);
        state[u] = gate[u];
      }
    },
    backward({gates: [gate]}, {dState, dX: [dX], dM: [dM], dOld}) {
      for (let u = 0; u < gate.length; u += 1) {
        dX[u] = dState[u] * (1 - gate[u] ** 2); // the derivative of tanh
        dM[u] = dX[u];
        dOld[u] = 0; // all of it goes through m, and so through a matrix, at every letter
      }
    },
  },

  // r = σ(x + m), z = σ(x + m), n = tanh(x + r m), h = (1 - z) n + z old. Cho et al. 2014
  gru: {
    gates: 3,
    forward({x, m, gates, state, old}, hold) {
      const [xR, xZ, xN] = x;
      const [mR, mZ, mN] = m;
      const [reset, update, candidate] = gates;
      for (let u = 0; u < state.length; u += 1) {
        const r = hold.reset ?? sigmoid(xR[u] + mR[u]);
        const z = hold.update ?? sigmoid(xZ[u] + mZ[u]);
        const n = Math.tanh(xN[u] + r * mN[u]);
        state[u] = (1 - z) * n + z * old[u];
        reset[u] = r;
        update[u] = z;
        candidate[u] = n;
      }
    },
    backward({m, gates, old}, {dState, dX, dM, dOld}) {
      const [reset, update, candidate] = gates;
      const [, , mN] = m;
      const [dXr, dXz, dXn] = dX;
      const [dMr, dMz, dMn] = dM;
      for (let u = 0; u < old.length; u += 1) {
        const r = reset[u];
        const z = update[u];
        const n = candidate[u];
        const dN = dState[u] * (1 - z) * (1 - n ** 2);
        dXr[u] = dN * mN[u] * r * (1 - r); // r (1 - r) is the derivative of σ
        dXz[u] = dState[u] * (old[u] - n) * z * (1 - z);
        dXn[u] = dN;
        dMr[u] = dXr[u];
        dMz[u] = dXz[u];
        dMn[u] = dN * r;
        dOld[u] = dState[u] * z; // z near 1: the gradient goes back unchanged, through no matrix
      }
    },
  },

  // c = f old c + i g, h = o tanh(c): a second state, c, which gates alone change. Hochreiter, Schmidhuber 1997
  lstm: {
    gates: 4,
    forward({x, m, gates, state, carry, oldCarry}, hold) {
      const [xI, xF, xG, xO] = x;
      const [mI, mF, mG, mO] = m;
      const [input, forget, candidate, output] = gates;
      for (let u = 0; u < state.length; u += 1) {
        const i = hold.input ?? sigmoid(xI[u] + mI[u]);
        const f = hold.forget ?? sigmoid(xF[u] + mF[u]);
        const g = Math.tanh(xG[u] + mG[u]);
        const o = hold.output ?? sigmoid(xO[u] + mO[u]);
        carry[u] = f * oldCarry[u] + i * g;
        state[u] = o * Math.tanh(carry[u]);
        input[u] = i;
        forget[u] = f;
        candidate[u] = g;
        output[u] = o;
      }
    },
    backward({gates, carry, oldCarry}, {dState, dCarry, dX, dM, dOld}) {
      const [input, forget, candidate, output] = gates;
      const [dI, dF, dG, dO] = dX;
      for (let u = 0; u < carry.length; u += 1) {
        const i = input[u];
        const f = forget[u];
        const g = candidate[u];
        const o = output[u];
        const tanh = Math.tanh(carry[u]);
        const dC = dCarry[u] + dState[u] * o * (1 - tanh ** 2);
        dI[u] = dC * g * i * (1 - i);
        dF[u] = dC * oldCarry[u] * f * (1 - f);
        dG[u] = dC * i * (1 - g ** 2);
        dO[u] = dState[u] * tanh * o * (1 - o);
        dCarry[u] = dC * f; // f near 1: the gradient of c goes back unchanged
        dOld[u] = 0;
      }
      for (const [gate, values] of dX.entries()) dM[gate].set(values); // each gate sees the sum of both
    },
  },
};

// ------------------------------------------------------------------------------------------ 3. the network

/** The places of the letters in the order in which they are read. */
function placesIn({given, isBackward}) {
  const places = [...given.keys()];
  return isBackward ? places.reverse() : places;
}

const areSame = (row, other) => row.every((x, i) => x === other[i]);

/**
 * Takes from what was read of another text the part that this one begins with, too, in the order of reading.
 * @returns {number[]} the places that are left to read
 */
function placesAfter(read, before) {
  const places = placesIn(read);
  for (const other of placesIn(before)) {
    const [t] = places;
    const isSame = t !== undefined && areSame(read.given[t], before.given[other]);
    if (!isSame) break;
    for (const part of ['inputs', 'memory', 'gates', 'states', 'carries']) {
      read[part][t] = before[part][other];
    }
    places.shift();
  }
  return places;
}

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
    const ofUnits = uniformNumbers(random, units ** -0.5);
    this.config = config;
    this.Numbers = Numbers;
    this.H = units;
    this.D = both ? 2 : 1;
    this.cell = CELLS[cell];
    this.weights = {};
    this.steps = 0;

    const normal = normalNumbers(random);
    this.embedding = this.weight('embedding.weight', [vocabulary, embedding], normal);
    this.embedding.rows[0].fill(0);
    const width = this.D * units; // of what a layer gives to the next
    this.layers = [];
    for (let layer = 0; layer < layers; layer += 1) {
      this.layers.push(this.layer(`l${layer}`, layer ? width : embedding, ofUnits));
    }
    const ofLast = uniformNumbers(random, width ** -0.5);
    this.linear = this.weight('linear.weight', [labels, width], ofLast);
    this.bias = this.weight('linear.bias', [labels], ofLast);
  }

  /** Draws a weight that learns. Its `mean` and `square` are those of its gradient, for Adam. */
  weight(name, shape, draw) {
    const {Numbers} = this;
    const columns = shape.at(-1);
    const size = shape.reduce((product, n) => product * n, 1);
    const values = Numbers.from({length: size}, draw);
    const gradient = new Numbers(size);
    this.weights[name] = {
      shape,
      values,
      rows: rowsOf(values, columns),
      gradient,
      gradients: rowsOf(gradient, columns),
      mean: new Numbers(size),
      square: new Numbers(size),
    };
    return this.weights[name];
  }

  /** Draws the weights of each direction of a layer that is given `width` numbers at each letter. */
  layer(name, width, draw) {
    const {cell, units} = this.config;
    const size = this.cell.gates * units;
    const suffixes = ['', '_reverse'].slice(0, this.D);
    return suffixes.map((suffix) => {
      const weight = (kind, ...shape) =>
        this.weight(`${cell}.${kind}_${name}${suffix}`, shape, draw);
      return {
        inputWeight: weight('weight_ih', size, width),
        memoryWeight: weight('weight_hh', size, units),
        inputBias: weight('bias_ih', size),
        memoryBias: weight('bias_hh', size),
      };
    });
  }

  /** The rows of a matrix of zeros. */
  zeros(rows, columns) {
    return rowsOf(new this.Numbers(rows * columns), columns);
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
    const letters = ids.map((id) => this.embedding.rows[id]);
    const {layers, last} = this.readLayers(letters, broken);
    const scores = this.Numbers.from(this.bias.values);
    multiply(this.linear, last, scores);
    return {
      ids,
      layers,
      directions: layers.at(-1),
      last,
      probabilities: softmax(scores),
    };
  }

  /**
   * Reads a text in all layers.
   * @param {Float32Array[]} letters - the rows of the letters, (T, E), which the first layer reads; every other one
   *   reads the states of that below, (T, D * H)
   * @param {object} [broken] - as `forward` takes it
   * @param {object[][]} [before] - `layers` of another text: what both have in common is not read again
   * @returns {object} {layers, last}: for each layer what `readText` returns of each direction; the last states of the
   *   last layer, (D * H)
   */
  readLayers(letters, broken, before = []) {
    const {H, D} = this;
    const T = letters.length;
    const last = new this.Numbers(D * H);
    const layers = [];
    let given = letters;
    for (const [layer, weights] of this.layers.entries()) {
      const directions = weights.map((ofDirection, d) =>
        this.readText(ofDirection, given, d, broken, before[layer]?.[d]),
      );
      layers.push(directions);
      given = this.zeros(T, D * H);
      for (const [d, {states}] of directions.entries()) {
        const end = d ? 0 : T - 1; // where a direction has read all
        for (const [t, state] of states.entries()) given[t].set(state, d * H);
        last.set(states[end], d * H); // the last layer's stays
      }
    }
    return {layers, last};
  }

  /**
   * Reads a text in direction d of a layer, letter by letter; before the first letter the state is 0. What `before`,
   * another text, has in common with it is not read again.
   * @returns {object} in the order of the text, for each letter: inputs and memory (T, G * H), what letter and old state
   *   give to each gate, gates (T, G * H), states (T, H) and carries (T, H), the LSTM's second state
   */
  readText(weights, given, d, {hold = {}, silenced = []} = {}, before = {given: []}) {
    const T = given.length;
    const size = this.cell.gates * this.H;
    const read = {
      given,
      isBackward: d === 1,
      inputs: this.zeros(T, size),
      memory: this.zeros(T, size),
      gates: this.zeros(T, size),
      states: this.zeros(T, this.H),
      carries: this.zeros(T, this.H),
    };
    for (const t of placesAfter(read, before)) {
      const twin = before.given.findIndex((row) => areSame(given[t], row));
      if (twin < 0) {
        read.inputs[t].set(weights.inputBias.values);
        multiply(weights.inputWeight, given[t], read.inputs[t]);
      } else {
        read.inputs[t] = before.inputs[twin];
      }
      const at = this.cellAt(read, t);
      read.memory[t].set(weights.memoryBias.values);
      multiply(weights.memoryWeight, at.old, read.memory[t]);
      this.cell.forward(at, hold);
      for (const unit of silenced) {
        const u = unit - d * this.H; // outside the state if it is of the other direction: nothing is set
        at.state[u] = 0;
        at.carry[u] = 0;
      }
    }
    return read;
  }

  /** What a cell works on at letter t of what `readText` returns. */
  cellAt({isBackward, inputs, memory, gates, states, carries}, t) {
    const before = isBackward ? t + 1 : t - 1;
    return {
      x: rowsOf(inputs[t], this.H),
      m: rowsOf(memory[t], this.H),
      gates: rowsOf(gates[t], this.H),
      state: states[t],
      carry: carries[t],
      old: states[before] ?? new this.Numbers(this.H),
      oldCarry: carries[before] ?? new this.Numbers(this.H),
    };
  }

  /**
   * Adds the gradients of the loss, -log of the label's probability, to those of the weights.
   * @param {object} run - what `forward` returned
   * @param {number} label
   * @returns {Float32Array[]} for each direction the norms of the loss's gradients with respect to the state at each
   *   letter, (T): how much the loss depends on what was remembered there
   */
  backward(run, label) {
    const {H} = this;
    const T = run.ids.length;
    const dScores = this.Numbers.from(run.probabilities);
    const dLast = new this.Numbers(run.last.length);
    dScores[label] -= 1; // softmax and logarithm together have this simple gradient
    learn(this.linear, dScores, run.last);
    add(this.bias.gradient, dScores);
    multiplyBack(this.linear, dScores, dLast);
    const dStates = run.directions.map(({isBackward}, d) => {
      const gradients = this.zeros(T, H);
      const lastRead = isBackward ? 0 : T - 1;
      gradients[lastRead].set(dLast.subarray(d * H, (d + 1) * H));
      return gradients;
    });
    const {dLetters, norms} = this.backThroughLayers(run, dStates);
    for (const [t, id] of run.ids.entries()) add(this.embedding.gradients[id], dLetters[t]);
    return norms;
  }

  /**
   * Goes from the last layer to the first.
   * @param {object} run - what `forward` returned
   * @param {Float32Array[][]} dStates - of the last layer, (T, H) for each direction
   * @returns {object} {dLetters, norms}: the gradients of the rows of the letters, (T, E), and what backThroughTime
   *   returned in each direction of the last layer
   */
  backThroughLayers({layers}, dStates) {
    const {H} = this;
    let above = dStates;
    let norms = null;
    let dGiven = null;
    for (const [layer, directions] of [...layers.entries()].reverse()) {
      const [{given}] = directions;
      const weights = this.layers[layer];
      dGiven = this.zeros(given.length, given[0].length); // the sum of both directions
      const ofLayer = directions.map((read, d) =>
        this.backThroughTime(weights[d], read, above[d], dGiven),
      );
      norms ??= ofLayer;
      above = directions.map((_, d) => dGiven.map((row) => row.subarray(d * H, (d + 1) * H)));
    }
    return {dLetters: dGiven, norms};
  }

  /**
   * Goes from the letter that was read last to the first, and adds the gradients of the weights.
   * @param {object} weights - of a direction of a layer
   * @param {object} read - what `readText` returned of it
   * @param {Float32Array[]} dStates - (T, H), as far as they come from above
   * @param {Float32Array[]} dGiven - what the layer was given; its gradients are added to these
   * @returns {Float32Array} the norms of the gradients of the states, (T)
   */
  backThroughTime(weights, read, dStates, dGiven) {
    const {H, Numbers} = this;
    const {inputWeight, inputBias, memoryWeight, memoryBias} = weights;
    const norms = new Numbers(dStates.length);
    const dInputs = new Numbers(this.cell.gates * H);
    const dMemory = new Numbers(this.cell.gates * H);
    const dState = new Numbers(H);
    const dOld = new Numbers(H);
    const gradients = {
      dX: rowsOf(dInputs, H),
      dM: rowsOf(dMemory, H),
      dState,
      dOld,
      dCarry: new Numbers(H),
    };
    for (const t of placesIn(read).reverse()) {
      const at = this.cellAt(read, t);
      dState.set(dStates[t]); // what comes from above, and then from the letter after
      add(dState, dOld);
      norms[t] = normOf(dState);
      this.cell.backward(at, gradients);
      learn(inputWeight, dInputs, read.given[t]);
      learn(memoryWeight, dMemory, at.old);
      add(inputBias.gradient, dInputs);
      add(memoryBias.gradient, dMemory);
      multiplyBack(inputWeight, dInputs, dGiven[t]);
      multiplyBack(memoryWeight, dMemory, dOld);
    }
    return norms;
  }

  /**
   * Does one step of Adam (Kingma and Ba 2015) on the mean gradient of the last texts, and clears the gradients.
   * @param {number} learningRate
   * @param {number} batchSize - how many texts went through `backward` since the last step
   * @param {number} clip - a longer gradient is shortened to this: through many letters it may explode
   */
  step(learningRate, batchSize, clip = 1) {
    const weights = Object.values(this.weights);
    const norms = weights.map(({gradient}) => normOf(gradient));
    const norm = Math.hypot(...norms) / batchSize; // of all together
    const scale = Math.min(1, clip / (norm + 1e-6)) / batchSize;
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
  }

  /** All weights in one array, which `restore` takes. */
  copy() {
    return this.Numbers.from(Object.values(this.weights).flatMap(({values}) => [...values]));
  }

  /** Takes over the weights of a copy, and returns the network. */
  restore(copied) {
    let at = 0;
    for (const {values} of Object.values(this.weights)) {
      values.set(copied.subarray(at, at + values.length));
      at += values.length;
    }
    return this;
  }
}
