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

// The next three are all that a matrix does. What they read or add to may be a part of a long array, from `at` on.
// A matrix has its rows as views of their own, because a place in one long array takes longer to find.
const rowsOf = (values, columns) =>
  Array.from({length: values.length / columns}, (_, r) =>
    values.subarray(r * columns, (r + 1) * columns),
  );

// output += matrix * input. Four rows at a time, because then no sum waits for another: twice as fast.
function multiply({rows, shape: [, columns]}, input, at, output) {
  let r = 0;
  for (; r + 3 < rows.length; r += 4) {
    const p = rows[r],
      q = rows[r + 1],
      s = rows[r + 2],
      t = rows[r + 3];
    let a = 0,
      b = 0,
      c = 0,
      d = 0;
    for (let i = 0; i < columns; i += 1) {
      const x = input[at + i];
      a += p[i] * x;
      b += q[i] * x;
      c += s[i] * x;
      d += t[i] * x;
    }
    output[r] += a;
    output[r + 1] += b;
    output[r + 2] += c;
    output[r + 3] += d;
  }
  for (; r < rows.length; r += 1)
    for (let i = 0; i < columns; i += 1) output[r] += rows[r][i] * input[at + i];
}

// input's gradient += transposed matrix * output's gradient
function multiplyBack({rows, shape: [, columns]}, dOutput, dInput, at) {
  let r = 0;
  for (; r + 3 < rows.length; r += 4) {
    const p = rows[r],
      q = rows[r + 1],
      s = rows[r + 2],
      t = rows[r + 3];
    const a = dOutput[r],
      b = dOutput[r + 1],
      c = dOutput[r + 2],
      d = dOutput[r + 3];
    for (let i = 0; i < columns; i += 1)
      dInput[at + i] += p[i] * a + q[i] * b + s[i] * c + t[i] * d;
  }
  for (; r < rows.length; r += 1)
    for (let i = 0; i < columns; i += 1) dInput[at + i] += rows[r][i] * dOutput[r];
}

// matrix's gradient += output's gradient * input, row by column
function learn({gradient, shape: [rows, columns]}, outputGradient, input, at) {
  for (let r = 0, i = 0; r < rows; r += 1) {
    const factor = outputGradient[r];
    for (let c = 0; c < columns; c += 1, i += 1) gradient[i] += factor * input[at + c];
  }
}

function add(sums, values) {
  for (let i = 0; i < sums.length; i += 1) sums[i] += values[i];
}

const joined = (arrays) => Float32Array.from(arrays.flatMap((values) => [...values]));

// What each of `n` equal parts of an input adds to each output of a matrix, [n][rows]
const addedBy = (matrix, input, n) =>
  Array.from({length: n}, (_, part) => {
    const output = new Float64Array(matrix.rows.length);
    multiply(
      matrix,
      input.map((x, i) => ((((i * n) / input.length) | 0) === part ? x : 0)),
      0,
      output,
    );
    return [...output];
  });

function copy(target, source, from) {
  for (let i = 0; i < target.length; i += 1) target[i] = source[from + i];
}

function lengthOf(values) {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += values[i] ** 2;
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
        const r = (gates[u] = hold.reset ?? sigmoid(x[u] + m[u]));
        const z = (gates[H + u] = hold.update ?? sigmoid(x[H + u] + m[H + u]));
        const n = (gates[2 * H + u] = Math.tanh(x[2 * H + u] + r * m[2 * H + u]));
        state[u] = (1 - z) * n + z * old[u];
      }
    },
    backward({H, m, gates, old, dState, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        const r = gates[u],
          z = gates[H + u],
          n = gates[2 * H + u];
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
        const i = (gates[u] = hold.input ?? sigmoid(x[u] + m[u]));
        const f = (gates[H + u] = hold.forget ?? sigmoid(x[H + u] + m[H + u]));
        const g = (gates[2 * H + u] = Math.tanh(x[2 * H + u] + m[2 * H + u]));
        const o = (gates[3 * H + u] = hold.output ?? sigmoid(x[3 * H + u] + m[3 * H + u]));
        carry[u] = f * oldCarry[u] + i * g;
        state[u] = o * Math.tanh(carry[u]);
      }
    },
    backward({H, gates, carry, oldCarry, dState, dCarry, dX, dM, dOld}) {
      for (let u = 0; u < H; u += 1) {
        const i = gates[u],
          f = gates[H + u],
          g = gates[2 * H + u],
          o = gates[3 * H + u];
        const tanh = Math.tanh(carry[u]),
          dC = dCarry[u] + dState[u] * o * (1 - tanh ** 2);
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
  // config: {cell: 'rnn' | 'gru' | 'lstm', vocabulary: V, embedding: E, units: H, both, labels: C, layers}; `both`
  // reads the text from its end as well, `layers` is 1 if left out. Ids go from 1 to V - 1; row 0 of the embedding
  // is padding's, and never used. The weights are drawn as PyTorch draws them.
  constructor(config, seed = 0, Numbers = Float32Array) {
    const {cell, vocabulary, embedding, units, both, labels, layers = 1} = config;
    const random = randomNumbers(seed),
      G = GATES[cell].length,
      D = both ? 2 : 1;
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const uniform = (most) => () => most * (2 * random() - 1);
    this.config = config;
    this.Numbers = Numbers;
    this.steps = 0;
    this.weights = {};
    const weight = (name, shape, draw) => {
      const size = shape.reduce((product, n) => product * n, 1),
        zeros = () => new Numbers(size);
      const values = Numbers.from({length: size}, draw); // mean and square are Adam's
      const learnt = {gradient: zeros(), mean: zeros(), square: zeros()},
        rows = rowsOf(values, shape.at(-1));
      return (this.weights[name] = {shape, values, rows, ...learnt});
    };
    this.embedding = weight('embedding.weight', [vocabulary, embedding], normal);
    this.embedding.values.fill(0, 0, embedding);
    this.layers = Array.from({length: layers}, (_, layer) =>
      ['', '_reverse'].slice(0, D).map((suffix) => {
        const of = (kind, ...shape) =>
          weight(`${cell}.${kind}_l${layer}${suffix}`, shape, uniform(units ** -0.5));
        return {
          inputWeight: of('weight_ih', G * units, layer ? D * units : embedding),
          memoryWeight: of('weight_hh', G * units, units),
          inputBias: of('bias_ih', G * units),
          memoryBias: of('bias_hh', G * units),
        };
      }),
    );
    this.linear = weight('linear.weight', [labels, D * units], uniform((D * units) ** -0.5));
    this.bias = weight('linear.bias', [labels], uniform((D * units) ** -0.5));
    this.at = {H: units}; // what a cell works on, at one letter at a time
    for (const name of ['x', 'm', 'gates', 'dX', 'dM']) this.at[name] = new Numbers(G * units);
    for (const name of ['state', 'old', 'carry', 'oldCarry', 'dState', 'dOld', 'dCarry']) {
      this.at[name] = new Numbers(units);
    }
  }

  // Reads a text and returns {ids, layers, directions, last, probabilities}. `last` (D * H) are the last states of
  // the last layer, forward and backward, and `directions` all that happened in it; see readText. `broken` is
  // {hold, silenced}: gates held at a value, and units, of D * H, whose state is always 0, in every layer.
  forward(ids, broken) {
    const {
      config: {embedding: E, labels},
      Numbers,
    } = this;
    const embedded = new Numbers(ids.length * E),
      probabilities = new Numbers(labels);
    ids.forEach((id, t) =>
      embedded.set(this.embedding.values.subarray(id * E, (id + 1) * E), t * E),
    );
    const {layers, last} = this.readLayers(embedded, ids.length, broken);
    multiply(this.linear, last, 0, probabilities);
    add(probabilities, this.bias.values);
    return {ids, layers, directions: layers.at(-1), last, probabilities: softmax(probabilities)};
  }

  // The first layer reads the rows of the letters (T * E), every other layer the states of that below (T * D * H).
  readLayers(embedded, T, {hold = {}, silenced = []} = {}) {
    const {
        config: {units: H},
        Numbers,
      } = this,
      D = this.layers[0].length,
      last = new Numbers(D * H);
    const silent = (d) =>
      silenced.map((unit) => unit - d * H).filter((unit) => unit >= 0 && unit < H);
    const layers = [];
    for (const directions of this.layers) {
      const below = layers.at(-1),
        given = below ? new Numbers(T * D * H) : embedded;
      if (below) {
        // at each letter the states of all directions
        const stateAt = (t, d, unit) => below[d].states[t * H + unit];
        for (let i = 0; i < given.length; i += 1)
          given[i] = stateAt((i / (D * H)) | 0, ((i / H) | 0) % D, i % H);
      }
      layers.push(
        directions.map((weights, d) => {
          const read = this.readText(weights, given, T, d === 1, hold, silent(d));
          last.set(this.at.state, d * H);
          return read;
        }),
      );
    }
    return {layers, last};
  }

  // One direction of a layer, letter by letter; before the first letter the state is 0. Returns in the order of the
  // text: inputs and memory (T * G * H), what letters and states give to each gate, gates (T * G * H), states (T * H)
  // and carries (T * H), the LSTM's second state.
  readText(weights, given, T, isBackward, hold, silent) {
    const {
        config: {cell, units: H},
        at,
        Numbers,
      } = this,
      size = at.x.length,
      width = weights.inputWeight.shape[1];
    const all = new Numbers(T * (3 * size + 2 * H)); // one array, because each takes time to make
    let end = 0;
    const part = (width) => all.subarray(end, (end += T * width));
    const [inputs, memory, gates] = [size, size, size].map(part),
      [states, carries] = [H, H].map(part);
    at.old.fill(0);
    at.oldCarry.fill(0);
    for (let step = 0; step < T; step += 1) {
      const t = isBackward ? T - 1 - step : step;
      at.x.set(weights.inputBias.values);
      multiply(weights.inputWeight, given, t * width, at.x);
      at.m.set(weights.memoryBias.values);
      multiply(weights.memoryWeight, at.old, 0, at.m);
      CELLS[cell].forward(at, hold);
      for (const unit of silent) at.state[unit] = at.carry[unit] = 0;
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

  // Adds the gradients of the loss, -log of the label's probability, for a run of `forward` to those of the
  // weights. Returns for each direction the length of its gradient with respect to the state at each letter, (T):
  // how much the loss would change if what was remembered there were another.
  backward(run, label) {
    const {
        config: {embedding: E, units: H},
        Numbers,
      } = this,
      T = run.ids.length;
    const dScores = Numbers.from(run.probabilities),
      dLast = new Numbers(run.last.length);
    dScores[label] -= 1; // softmax and logarithm together have this simple gradient
    learn(this.linear, dScores, run.last, 0);
    add(this.bias.gradient, dScores);
    multiplyBack(this.linear, dScores, dLast, 0);
    const dStates = run.directions.map((read, d) => {
      const gradient = new Numbers(T * H);
      gradient.set(dLast.subarray(d * H, (d + 1) * H), read.isBackward ? 0 : (T - 1) * H);
      return gradient;
    });
    const {dEmbedded, lengths} = this.backThroughLayers(run, dStates);
    for (let i = 0; i < dEmbedded.length; i += 1) {
      this.embedding.gradient[run.ids[(i / E) | 0] * E + (i % E)] += dEmbedded[i];
    }
    return lengths;
  }

  // From the last layer to the first. `dStates` are the gradients of the last layer's states, (T * H) a direction.
  backThroughLayers({layers}, dStates) {
    const {
        config: {units: H},
        Numbers,
      } = this,
      D = dStates.length;
    let lengths, dGiven;
    for (let layer = layers.length - 1; layer >= 0; layer -= 1) {
      dGiven = new Numbers(layers[layer][0].given.length);
      const back = (read, d) =>
        this.backThroughTime(this.layers[layer][d], read, dStates[d], dGiven);
      const found = layers[layer].map(back);
      lengths ??= found;
      if (layer) {
        // what the layer below gave to both directions of this one
        dStates = dStates.map((of, d) =>
          of.map((_, i) => dGiven[((i / H) | 0) * D * H + d * H + (i % H)]),
        );
      }
    }
    return {dEmbedded: dGiven, lengths};
  }

  // From the letter that was read last to the first. Adds the gradient of what the layer was given to `dGiven`.
  backThroughTime(weights, read, dStates, dGiven) {
    const {
        config: {cell, units: H},
        at,
        Numbers,
      } = this,
      T = dStates.length / H,
      size = at.x.length;
    const width = weights.inputWeight.shape[1],
      lengths = new Numbers(T);
    at.dOld.fill(0);
    at.dCarry.fill(0);
    for (let step = T - 1; step >= 0; step -= 1) {
      const t = read.isBackward ? T - 1 - step : step,
        before = read.isBackward ? t + 1 : t - 1;
      copy(at.m, read.memory, t * size);
      copy(at.gates, read.gates, t * size);
      copy(at.carry, read.carries, t * H);
      if (step > 0) copy(at.old, read.states, before * H);
      else at.old.fill(0);
      if (step > 0) copy(at.oldCarry, read.carries, before * H);
      else at.oldCarry.fill(0);
      copy(at.dState, dStates, t * H); // what comes from above, and then from the letter after
      add(at.dState, at.dOld);
      lengths[t] = lengthOf(at.dState);
      CELLS[cell].backward(at);
      if (weights.inputWeight.gradient) {
        // not where the weights stay as they are
        learn(weights.inputWeight, at.dX, read.given, t * width);
        learn(weights.memoryWeight, at.dM, at.old, 0);
        add(weights.inputBias.gradient, at.dX);
        add(weights.memoryBias.gradient, at.dM);
      }
      multiplyBack(weights.inputWeight, at.dX, dGiven, t * width);
      multiplyBack(weights.memoryWeight, at.dM, at.dOld, 0);
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
        values[i] -=
          (learningRate * (mean[i] / meanShare)) / (Math.sqrt(square[i] / squareShare) + 1e-8);
      }
      gradient.fill(0);
    }
    return length;
  }

  // Returns all weights in one array, which `restore` takes.
  copy() {
    return this.Numbers.from(Object.values(this.weights).flatMap(({values}) => [...values]));
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
