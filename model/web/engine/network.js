// A recurrent network that learns: plain RNN, GRU or LSTM, in one direction or in both, in plain JavaScript.
// It is the network of model/core.py without batches: embedding -> layers of recurrent cells, letter by letter ->
// last state of each direction -> linear -> softmax. Read it from top to bottom:
//
//   1. numbers      random ones, and the few operations on matrices that a network needs
//   2. cells        what a unit does at a letter, and how a gradient goes back through it
//   3. the network  weights, forward, backward (through time), one step of Adam
//   4. a look in    what its numbers say, for the pages that draw them
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

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}

const slopeOfSigmoid = (y) => y * (1 - y); // its derivative where it is y
const slopeOfTanh = (y) => 1 - y * y;

/**
 * Makes a generator of random numbers ("mulberry32", Ettinger 2017).
 * @param {number} seed - the same seed gives the same numbers
 * @returns {() => number} at each call another number, from 0 to below 1
 */
export function randomNumbers(seed) {
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
export function rowsOf(values, columns) {
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
export function multiplyBack({rows}, dOutput, dInput) {
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

/** sums += factor * values */
export function add(sums, values, factor = 1) {
  for (let i = 0; i < sums.length; i += 1) {
    sums[i] += factor * values[i];
  }
}

/** All numbers of some arrays in one of the same kind. */
export function joined(arrays) {
  const [{constructor: Numbers}] = arrays;
  const all = new Numbers(arrays.reduce((n, values) => n + values.length, 0));
  let start = 0;
  for (const values of arrays) {
    all.set(values, start);
    start += values.length;
  }
  return all;
}

/** The scalar product of two vectors. */
function dot(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) {
    sum += one[i] * other[i];
  }
  return sum;
}

/** The Euclidean norm of a vector. */
function normOf(values) {
  return Math.sqrt(dot(values, values));
}

/** The softmax of scores. The largest is taken off first, or exp could overflow. */
export function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
}

/** output = matrix * input + bias, as nn.Linear. */
export class Linear {
  constructor(matrix, bias) {
    this.matrix = matrix;
    this.bias = bias;
  }

  forward(input) {
    const output = this.bias.values.slice();
    multiply(this.matrix, input, output);
    return output;
  }

  /** Adds the gradients of matrix, bias and input, given the input and the output's gradient. */
  backward(input, dOutput, dInput) {
    for (let r = 0; r < this.matrix.gradients.length; r += 1) {
      add(this.matrix.gradients[r], input, dOutput[r]);
    }
    add(this.bias.gradient, dOutput);
    multiplyBack(this.matrix, dOutput, dInput);
  }
}

// ------------------------------------------------------------------------------------------------ 2. cells

// A cell has two functions, which work on what is there at one letter, unit by unit. Each has H numbers:
//
//   x, m            sums: what the letter, and what memory, the old state, give to each gate; an array for each gate
//   gates           what `forward` makes of them, an array for each as well; `hold` fixes some: {update: 0} has every
//                   update gate at 0, whatever the sums are
//   old, state      the state before and after the letter; of an LSTM oldCarry and carry, too
//   dX, dM, …       a name with d is the gradient of what follows it: `backward` takes that of the new state, and leaves
//                   those of the sums, and in dOld what did not go through m

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
    backward({gates: [gate]}, dState, {dX: [dX], dM: [dM], dOld}) {
      for (let u = 0; u < gate.length; u += 1) {
        dX[u] = dState[u] * slopeOfTanh(gate[u]);
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
    backward({m, gates, old}, dState, {dX, dM, dOld}) {
      const [reset, update, candidate] = gates;
      const [, , mN] = m;
      const [dXr, dXz, dXn] = dX;
      const [dMr, dMz, dMn] = dM;
      for (let u = 0; u < old.length; u += 1) {
        const r = reset[u];
        const z = update[u];
        const n = candidate[u];
        const dN = dState[u] * (1 - z) * slopeOfTanh(n);
        dXr[u] = dN * mN[u] * slopeOfSigmoid(r);
        dXz[u] = dState[u] * (old[u] - n) * slopeOfSigmoid(z);
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
    backward({gates, carry, oldCarry}, dState, {dCarry, dX, dM, dOld}) {
      const [input, forget, candidate, output] = gates;
      const [dI, dF, dG, dO] = dX;
      for (let u = 0; u < carry.length; u += 1) {
        const i = input[u];
        const f = forget[u];
        const g = candidate[u];
        const o = output[u];
        const tanh = Math.tanh(carry[u]);
        const dC = dCarry[u] + dState[u] * o * slopeOfTanh(tanh);
        dI[u] = dC * g * slopeOfSigmoid(i);
        dF[u] = dC * oldCarry[u] * slopeOfSigmoid(f);
        dG[u] = dC * i * slopeOfTanh(g);
        dO[u] = dState[u] * tanh * slopeOfSigmoid(o);
        dCarry[u] = dC * f; // f near 1: the gradient of c goes back unchanged
        dOld[u] = 0;
      }
      for (const [gate, values] of dX.entries()) {
        dM[gate].set(values); // each gate sees the sum of both
      }
    },
  },
};

// ------------------------------------------------------------------------------------------ 3. the network

/** Whether two rows have the same numbers. */
function areSame(row, other = []) {
  return row.every((x, i) => x === other[i]);
}

/** A list with an item for each letter in the order in which direction d reads; the same turns it back. */
function inOrder(list, d) {
  return d ? list.toReversed() : list;
}

/** The state of each direction when it has read all, in one array (D * H). */
export function lastStates(directions) {
  const states = directions.map((letters, d) => {
    return inOrder(letters, d).at(-1).state;
  });
  return joined(states);
}

/** The states of all directions after each letter, (T, D * H). */
export function statesOf(directions) {
  const [forward] = directions;
  return forward.map((_, t) => {
    return joined(directions.map((letters) => letters[t].state));
  });
}

export class Network {
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
    this.config = config;
    this.Numbers = Numbers;
    this.H = units;
    this.D = both ? 2 : 1;
    this.cell = CELLS[cell];
    this.nothing = {
      state: new Numbers(units),
      carry: new Numbers(units),
    }; // before the first letter
    this.weights = {};
    this.steps = 0;

    const random = randomNumbers(seed);
    const normal = normalNumbers(random);
    this.embedding = this.weight('embedding.weight', [vocabulary, embedding], normal);
    this.embedding.rows[0].fill(0);
    const width = this.D * units; // of what a layer gives to the next
    const ofUnits = uniformNumbers(random, units ** -0.5);
    this.layers = [this.layer('l0', embedding, ofUnits)];
    for (let l = 1; l < layers; l += 1) {
      this.layers.push(this.layer(`l${l}`, width, ofUnits));
    }
    const ofLast = uniformNumbers(random, width ** -0.5);
    const matrix = this.weight('linear.weight', [labels, width], ofLast);
    const bias = this.weight('linear.bias', [labels], ofLast);
    this.linear = new Linear(matrix, bias);
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
    return ['', '_reverse'].slice(0, this.D).map((suffix) => {
      const weight = (kind, ...shape) => {
        return this.weight(`${cell}.${kind}_${name}${suffix}`, shape, draw);
      };
      const ofInput = weight('weight_ih', size, width);
      const ofMemory = weight('weight_hh', size, units);
      const inputBias = weight('bias_ih', size);
      const memoryBias = weight('bias_hh', size);
      return {
        input: new Linear(ofInput, inputBias),
        memory: new Linear(ofMemory, memoryBias),
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
   * @returns {object} {ids, layers, directions, last, probabilities}: what happened at each letter, layers[l][d][t],
   *   as readLetter returns it; `directions` are those of the last layer, `last` their last states, (D * H)
   */
  forward(ids, broken) {
    const layers = this.readLayers(
      ids.map((id) => this.embedding.rows[id]),
      broken,
    );
    const directions = layers.at(-1);
    const last = lastStates(directions);
    return {
      ids,
      layers,
      directions,
      last,
      probabilities: softmax(this.linear.forward(last)),
    };
  }

  /**
   * Reads a text in all layers.
   * @param {Float32Array[]} rows - of the embedding, (T, E), which the first layer reads; every other one reads the
   *   states of that below, (T, D * H)
   * @param {object} [broken] - as `forward` takes it
   * @param {object[][][]} [before] - what this returned for another text: what both have in common is not read again
   * @returns {object[][][]} layers[l][d][t]
   */
  readLayers(rows, broken, before = []) {
    const layers = [];
    for (const [l, weights] of this.layers.entries()) {
      const given = l ? statesOf(layers[l - 1]) : rows;
      const directions = weights.map((ofDirection, d) => {
        return this.readText(ofDirection, given, d, broken, before[l]?.[d]);
      });
      layers.push(directions);
    }
    return layers;
  }

  /** Reads a text in direction d of a layer, but for what it has in common with another one, `before`. */
  readText(weights, given, d, {hold = {}, silenced = []} = {}, before = []) {
    const known = inOrder(before, d);
    let isKnown = true; // all that was read so far
    let last = this.nothing;
    const letters = inOrder(given, d).map((row, i) => {
      const twin = known.find((letter) => areSame(letter.given, row));
      isKnown &&= areSame(row, known[i]?.given);
      last = isKnown ? known[i] : this.readLetter(weights, row, last, hold, twin?.x);
      for (const unit of silenced) {
        const u = unit - d * this.H; // nothing is set if it is of the other direction
        last.state[u] = 0;
        last.carry[u] = 0;
      }
      return last;
    });
    return inOrder(letters, d);
  }

  /**
   * Reads a letter.
   * @param {object} weights - of a direction of a layer
   * @param {Float32Array} given - its row
   * @param {object} before - what this returned for the letter read before
   * @param {object} hold - gates held at a value
   * @param {Float32Array[]} [x] - of another letter with this row: it would be the same
   * @returns {object} all that a cell works on, and the row: {given, x, m, gates, old, state, oldCarry, carry}
   */
  readLetter({input, memory}, given, before, hold, x) {
    const {H, Numbers} = this;
    const letter = {
      given,
      x: x ?? rowsOf(input.forward(given), H),
      m: rowsOf(memory.forward(before.state), H),
      gates: this.zeros(this.cell.gates, H),
      old: before.state,
      state: new Numbers(H),
      oldCarry: before.carry,
      carry: new Numbers(H),
    };
    this.cell.forward(letter, hold);
    return letter;
  }

  /**
   * Adds the gradients of the loss, -log of the label's probability, to those of the weights.
   * @param {object} run - what `forward` returned
   * @param {number} label
   * @returns {number[][]} for each direction the norms of the loss's gradients with respect to the state at each
   *   letter, (T): how much the loss depends on what was remembered there
   */
  backward({ids, layers, last, probabilities}, label) {
    const dScores = probabilities.slice();
    const dLast = new this.Numbers(last.length);
    dScores[label] -= 1; // softmax and logarithm together have this simple gradient
    this.linear.backward(last, dScores, dLast);
    const dStates = this.dStatesOf(dLast, ids.length);
    const dRows = this.backThroughLayers(layers, dStates);
    for (const [t, id] of ids.entries()) {
      add(this.embedding.gradients[id], dRows[t]);
    }
    return dStates.map((ofDirection) => ofDirection.map(normOf));
  }

  /** The gradients of all states of the last layer, (T, H) for each direction, given those of the last ones, (D * H). */
  dStatesOf(dLast, T) {
    return rowsOf(dLast, this.H).map((dState, d) => {
      const gradients = this.zeros(T, this.H);
      inOrder(gradients, d).at(-1).set(dState);
      return gradients;
    });
  }

  /**
   * Goes from the last layer to the first.
   * @param {object[][][]} layers - what readLayers returned
   * @param {Float32Array[][]} dStates - of the last layer, (T, H) for each direction, to which backThroughTime adds
   * @returns {Float32Array[]} the gradients of the rows that were read, (T, E)
   */
  backThroughLayers(layers, dStates) {
    let above = dStates;
    let dGiven = [];
    for (const [l, directions] of [...layers.entries()].reverse()) {
      const [{length}] = directions;
      const width = directions[0][0].given.length;
      dGiven = this.zeros(length, width); // the sum of both directions
      for (const [d, letters] of directions.entries()) {
        this.backThroughTime(this.layers[l][d], letters, d, above[d], dGiven);
      }
      const states = dGiven.map((row) => rowsOf(row, this.H)); // of the layer below
      above = directions.map((_, d) => {
        return states.map((ofLetter) => ofLetter[d]);
      });
    }
    return dGiven;
  }

  /**
   * Goes from the letter that was read last to the first, and adds the gradients of the weights.
   * @param {object} weights - of a direction of a layer
   * @param {object[]} letters - as readLetter returned them
   * @param {0 | 1} d - the direction
   * @param {Float32Array[]} dStates - (T, H), what comes from above; what comes from the letters after is added
   * @param {Float32Array[]} dGiven - the gradients of what was read are added to these
   */
  backThroughTime({input, memory}, letters, d, dStates, dGiven) {
    const {H, Numbers} = this;
    const size = this.cell.gates * H;
    const dInput = new Numbers(size);
    const dMemory = new Numbers(size);
    const dOld = new Numbers(H);
    const gradients = {
      dX: rowsOf(dInput, H),
      dM: rowsOf(dMemory, H),
      dOld,
      dCarry: new Numbers(H),
    };
    const places = inOrder([...letters.keys()], d);
    for (const t of places.reverse()) {
      const letter = letters[t];
      const dState = dStates[t];
      add(dState, dOld); // of the letter after
      this.cell.backward(letter, dState, gradients);
      input.backward(letter.given, dInput, dGiven[t]);
      memory.backward(letter.old, dMemory, dOld);
    }
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
    const arrays = Object.values(this.weights).map(({values}) => values);
    return joined(arrays);
  }

  /** Takes over the weights of a copy, and returns the network. */
  restore(copied) {
    let start = 0;
    for (const {values} of Object.values(this.weights)) {
      const end = start + values.length;
      values.set(copied.subarray(start, end));
      start = end;
    }
    return this;
  }
}

// ------------------------------------------------------------------------------------------- 4. a look in

/** What each n-th of an input adds to each output of a matrix, [n][rows]. */
export function addedBy({rows}, input, n) {
  const size = input.length / n;
  return rowsOf(input, size).map((values, p) =>
    rows.map((row) => {
      return dot(rowsOf(row, size)[p], values);
    }),
  );
}

/** How far the update gates of a GRU are shut at a letter, on average over its units. */
export function meanUpdate({gates: [, update]}) {
  return update.reduce((sum, z) => sum + z) / update.length;
}
