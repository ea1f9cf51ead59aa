// A recurrent network that learns: plain RNN, GRU or LSTM, in one direction or in both, in plain JavaScript.
// It is the network of model/core.py without batches: embedding -> recurrent cell, letter by letter -> last
// state of each direction -> linear -> softmax. Read it from top to bottom:
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

// Returns a function of random numbers from 0 to 1, the same ones for the same seed ("mulberry32", Ettinger 2017).
function randomNumbers(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The next three take a weight of shape (rows, columns) and parts of longer arrays, which begin at `from` and `to`.

// output += matrix * input
function multiply(weight, input, from, output, to) {
  const {values, shape: [rows, columns]} = weight;
  for (let r = 0, i = 0; r < rows; r += 1) {
    let sum = 0;
    for (let c = 0; c < columns; c += 1, i += 1) sum += values[i] * input[from + c];
    output[to + r] += sum;
  }
}

// output += transposed matrix * input: what the gradient of a product is for its input
function multiplyBack(weight, input, from, output, to) {
  const {values, shape: [rows, columns]} = weight;
  for (let r = 0, i = 0; r < rows; r += 1) {
    const factor = input[from + r];
    for (let c = 0; c < columns; c += 1, i += 1) output[to + c] += values[i] * factor;
  }
}

// gradient of the matrix += outer product of the output's gradient and the input
function learn(weight, outputGradient, from, input, to) {
  const {gradient, shape: [rows, columns]} = weight;
  for (let r = 0, i = 0; r < rows; r += 1) {
    const factor = outputGradient[from + r];
    for (let c = 0; c < columns; c += 1, i += 1) gradient[i] += factor * input[to + c];
  }
}

function addTo(sums, values, from = 0) {
  for (let i = 0; i < sums.length; i += 1) sums[i] += values[from + i];
}

function lengthOf(values, from = 0, to = values.length) {
  let squares = 0;
  for (let i = from; i < to; i += 1) squares += values[i] ** 2;
  return Math.sqrt(squares);
}

// In the place of scores: their softmax. The largest is taken off first, or exp could overflow.
function softmax(scores) {
  const largest = Math.max(...scores);
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) sum += scores[i] = Math.exp(scores[i] - largest);
  for (let i = 0; i < scores.length; i += 1) scores[i] /= sum;
  return scores;
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
      for (let u = 0; u < H; u += 1) state[u] = gates[u] = Math.tanh(x[u] + m[u]);
    },
    backward({H, gates, dState, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        dX[u] = dM[u] = dState[u] * (1 - gates[u] ** 2); // the derivative of tanh
        dOld[u] = 0; // all of it goes through m, and so through a matrix, at every letter
      }
    },
  },

  // r = σ(x + m), z = σ(x + m), n = tanh(x + r m), h = (1 - z) n + z old. Cho et al. 2014
  gru: {
    forward({H, x, m, gates, state, old}, hold) {
      for (let u = 0; u < H; u += 1) {
        const r = gates[u] = hold.reset ?? sigmoid(x[u] + m[u]);
        const z = gates[H + u] = hold.update ?? sigmoid(x[H + u] + m[H + u]);
        const n = gates[2 * H + u] = Math.tanh(x[2 * H + u] + r * m[2 * H + u]);
        state[u] = (1 - z) * n + z * old[u];
      }
    },
    backward({H, m, gates, old, dState, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        const r = gates[u], z = gates[H + u], n = gates[2 * H + u];
        const dN = dState[u] * (1 - z) * (1 - n ** 2);
        dX[u] = dM[u] = dN * m[2 * H + u] * r * (1 - r); // r (1 - r) is the derivative of σ
        dX[H + u] = dM[H + u] = dState[u] * (old[u] - n) * z * (1 - z);
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
        const i = gates[u] = hold.input ?? sigmoid(x[u] + m[u]);
        const f = gates[H + u] = hold.forget ?? sigmoid(x[H + u] + m[H + u]);
        const g = gates[2 * H + u] = Math.tanh(x[2 * H + u] + m[2 * H + u]);
        const o = gates[3 * H + u] = hold.output ?? sigmoid(x[3 * H + u] + m[3 * H + u]);
        carry[u] = f * oldCarry[u] + i * g;
        state[u] = o * Math.tanh(carry[u]);
      }
    },
    backward({H, gates, carry, oldCarry, dState, dCarry, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        const i = gates[u], f = gates[H + u], g = gates[2 * H + u], o = gates[3 * H + u];
        const tanh = Math.tanh(carry[u]), dC = dCarry[u] + dState[u] * o * (1 - tanh ** 2);
        dX[u] = dM[u] = dC * g * i * (1 - i);
        dX[H + u] = dM[H + u] = dC * oldCarry[u] * f * (1 - f);
        dX[2 * H + u] = dM[2 * H + u] = dC * i * (1 - g ** 2);
        dX[3 * H + u] = dM[3 * H + u] = dState[u] * tanh * o * (1 - o);
        dCarry[u] = dC * f; // f near 1: the gradient of c goes back unchanged
        dOld[u] = 0;
      }
    },
  },
};

// ------------------------------------------------------------------------------------------ 3. the network

class Network {
  // config: {cell: 'rnn' | 'gru' | 'lstm', vocabulary: V, embedding: E, units: H, both, labels: C}; `both` reads
  // the text from its end as well. Ids go from 1 to V - 1; row 0 of the embedding is padding's, and never used.
  // The weights are drawn as PyTorch draws them; Float64Array as `Numbers` is for comparisons.
  constructor(config, seed = 0, Numbers = Float32Array) {
    const {cell, vocabulary, embedding, units, both, labels} = config;
    const random = randomNumbers(seed), G = GATES[cell].length;
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const uniform = (most) => () => most * (2 * random() - 1);
    this.config = config;
    this.Numbers = Numbers;
    this.steps = 0;
    this.weights = {};
    const add = (name, shape, draw) => {
      const size = shape.reduce((product, n) => product * n, 1), zeros = () => new Numbers(size);
      const values = Numbers.from({length: size}, draw); // mean and square are Adam's
      return this.weights[name] = {shape, values, gradient: zeros(), mean: zeros(), square: zeros()};
    };
    this.embedding = add('embedding.weight', [vocabulary, embedding], normal);
    this.embedding.values.fill(0, 0, embedding);
    this.directions = (both ? ['', '_reverse'] : ['']).map((suffix) => {
      const of = (kind, ...shape) => add(`${cell}.${kind}_l0${suffix}`, shape, uniform(units ** -0.5));
      return {
        inputWeight: of('weight_ih', G * units, embedding),
        memoryWeight: of('weight_hh', G * units, units),
        inputBias: of('bias_ih', G * units),
        memoryBias: of('bias_hh', G * units),
      };
    });
    const states = this.directions.length * units;
    this.linear = add('linear.weight', [labels, states], uniform(states ** -0.5));
    this.bias = add('linear.bias', [labels], uniform(states ** -0.5));
  }

  // Reads a text and returns {ids, directions, last, probabilities}. `last` (D * H) are the last states, forward
  // and backward; a direction has, in the order of the text, inputs and memory (T * G * H), what letters and states
  // give to each gate, gates (T * G * H), states (T * H) and carries (T * H), the LSTM's second state.
  // `broken` is {hold, silenced}: gates held at a value, and units, of D * H, whose state is always 0.
  forward(ids, {hold = {}, silenced = []} = {}) {
    const {config: {units: H, labels}, Numbers} = this, T = ids.length;
    const last = new Numbers(this.directions.length * H);
    const directions = this.directions.map((weights, d) => {
      const silent = silenced.map((unit) => unit - d * H).filter((unit) => unit >= 0 && unit < H);
      const read = this.readText(weights, ids, d === 1, hold, silent);
      last.set(read.states.subarray((d ? 0 : T - 1) * H).subarray(0, H), d * H);
      return read;
    });
    const probabilities = new Numbers(labels);
    multiply(this.linear, last, 0, probabilities, 0);
    addTo(probabilities, this.bias.values);
    return {ids, directions, last, probabilities: softmax(probabilities)};
  }

  // One direction, letter by letter. Before the first letter the state is 0.
  readText(weights, ids, isBackward, hold, silent) {
    const {config: {cell, embedding: E, units: H}, Numbers} = this, T = ids.length, size = GATES[cell].length * H;
    const arrays = {inputs: size, memory: size, gates: size, states: H, carries: cell === 'lstm' ? H : 0};
    const read = {isBackward};
    for (const [name, width] of Object.entries(arrays)) read[name] = new Numbers(T * width);
    for (let step = 0; step < T; step += 1) {
      const t = isBackward ? T - 1 - step : step, at = this.at(read, t, T);
      at.x.set(weights.inputBias.values);
      multiply(weights.inputWeight, this.embedding.values, ids[t] * E, at.x, 0);
      at.m.set(weights.memoryBias.values);
      multiply(weights.memoryWeight, at.old, 0, at.m, 0);
      CELLS[cell].forward(at, hold);
      for (const unit of silent) at.state[unit] = at.carry[unit] = 0;
    }
    return read;
  }

  // What a cell is given at letter t: the parts of a direction's arrays that are this letter's, and the state
  // before it.
  at(read, t, T) {
    const {config: {units: H}} = this, size = read.gates.length / T, before = read.isBackward ? t + 1 : t - 1;
    const isFirst = before < 0 || before === T;
    const part = (values, width, t) => values.subarray(t * width, (t + 1) * width);
    const old = (values) => isFirst ? this.zeros ??= new this.Numbers(H) : part(values, H, before);
    return {
      H,
      x: part(read.inputs, size, t),
      m: part(read.memory, size, t),
      gates: part(read.gates, size, t),
      state: part(read.states, H, t),
      old: old(read.states),
      carry: part(read.carries, H, t),
      oldCarry: old(read.carries),
    };
  }

  // Adds the gradients of the loss, -log of the label's probability, for a run of `forward` to those of the
  // weights. Returns for each direction the length of its gradient with respect to the state at each letter, (T):
  // how much the loss would change if what was remembered there were another.
  backward(run, label) {
    const {config: {units: H}, Numbers} = this;
    const dScores = Numbers.from(run.probabilities), dLast = new Numbers(run.last.length);
    dScores[label] -= 1; // softmax and logarithm together have this simple gradient
    learn(this.linear, dScores, 0, run.last, 0);
    addTo(this.bias.gradient, dScores);
    multiplyBack(this.linear, dScores, 0, dLast, 0);
    return run.directions.map((read, d) => {
      return this.backThroughTime(this.directions[d], read, run.ids, dLast.slice(d * H, (d + 1) * H));
    });
  }

  // From the last letter that was read to the first. `dState` is the gradient of the state after a letter.
  backThroughTime(weights, read, ids, dState) {
    const {config: {embedding: E, units: H}, Numbers} = this, T = ids.length, size = read.gates.length / T;
    const [dX, dM, lengths] = [size, size, T].map((n) => new Numbers(n));
    const dCarry = new Numbers(H);
    let dOld = new Numbers(H);
    for (let step = T - 1; step >= 0; step -= 1) {
      const t = read.isBackward ? T - 1 - step : step, at = this.at(read, t, T);
      lengths[t] = lengthOf(dState);
      CELLS[this.config.cell].backward({...at, dState, dCarry, dX, dM, dOld});
      learn(weights.inputWeight, dX, 0, this.embedding.values, ids[t] * E);
      learn(weights.memoryWeight, dM, 0, at.old, 0);
      addTo(weights.inputBias.gradient, dX);
      addTo(weights.memoryBias.gradient, dM);
      multiplyBack(weights.inputWeight, dX, 0, this.embedding.gradient, ids[t] * E);
      multiplyBack(weights.memoryWeight, dM, 0, dOld, 0);
      [dState, dOld] = [dOld, dState];
    }
    return lengths;
  }

  // One step of Adam (Kingma and Ba 2015) on the mean gradient of the last `batchSize` texts. A gradient longer
  // than `clip` is shortened: through many letters it may explode. Returns its length before that.
  step(learningRate, batchSize, clip = 1) {
    const weights = Object.values(this.weights);
    const length = Math.hypot(...weights.map(({gradient}) => lengthOf(gradient))) / batchSize;
    const scale = Math.min(1, clip / (length + 1e-6)) / batchSize;
    this.steps += 1;
    const [meanShare, squareShare] = [0.9, 0.999].map((keep) => 1 - keep ** this.steps);
    for (const {values, gradient, mean, square} of weights) {
      for (let i = 0; i < values.length; i += 1) {
        const slope = gradient[i] * scale;
        mean[i] += 0.1 * (slope - mean[i]);
        square[i] += 0.001 * (slope ** 2 - square[i]);
        values[i] -= learningRate * (mean[i] / meanShare) / (Math.sqrt(square[i] / squareShare) + 1e-8);
      }
      gradient.fill(0);
    }
    return length;
  }

  // Returns all weights in one array, which `restore` takes.
  copy() {
    const parts = Object.values(this.weights).map(({values}) => values);
    const copied = new this.Numbers(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      copied.set(part, at);
      at += part.length;
    }
    return copied;
  }

  restore(copied) {
    let at = 0;
    for (const {values} of Object.values(this.weights)) {
      values.set(copied.subarray(at, at + values.length));
      at += values.length;
    }
    return this;
  }
}
