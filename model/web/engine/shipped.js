// A trained network that answers: ids -> outputs -> probabilities. It is TextNetwork of
// model/network.py with its calibration; network.js has the GRU.
//
// T ids in a text, E numbers in the row of an id, D directions, H units, C outputs, of which the
// first K are labels; V votes of the linear classifier beside the GRU. A matrix lies row by row in
// one array.

import {add, joined, Linear, lastStates, Network, rowsOf, softmax, statesOf} from './network.js';
import {total} from './readers.js';

/** The rows of an n-gram matrix for the windows around each position: NgramEmbedding in Python. */
class NgramRows {
  /**
   * @param {number[]} sizes of the windows
   * @param {number[]} scriptSizes of windows in which each letter stands for its script
   * @param {number} marks beside a text, 0 or 1, around which there are windows, too
   * @param {{multipliers: number[], sizeMultiplier: number}} hashing
   * @param {{values: Float32Array, shape: number[]}} weight (buckets, width)
   */
  constructor(sizes, scriptSizes, marks, {multipliers, sizeMultiplier}, {values, shape}) {
    this.sizes = [...sizes, ...scriptSizes];
    this.nOfLetters = sizes.length;
    this.marks = marks;
    this.multipliers = multipliers;
    this.sizeMultiplier = sizeMultiplier;
    this.values = values;
    this.buckets = shape[0];
    this.width = shape[1];
  }

  /** The row for the window of `size` ids around position `t`. */
  bucket(ids, t, size) {
    const first = t - (size >> 1);
    let hash = size * this.sizeMultiplier; // below 2 ** 53
    for (let place = 0; place < size; place += 1) {
      hash += (ids[first + place] ?? 0) * this.multipliers[place];
    }
    // hash ^ (hash >> 15), in two halves
    const high = Math.floor(hash / 2 ** 32);
    const low = hash >>> 0;
    const mixedHigh = (high ^ (high >>> 15)) >>> 0;
    const mixedLow = (low ^ ((high << 17) | (low >>> 15))) >>> 0;
    return (mixedHigh * 2 ** 32 + mixedLow) % this.buckets;
  }

  /** The number of windows of a text with so many ids. */
  windowsOf(length) {
    return (length + 2 * this.marks) * this.sizes.length;
  }

  /** The rows for the windows of `size` around each id; the ends have their mark's. */
  rows(ids, size) {
    const {values, width, marks} = this;
    const row = (t) => {
      const start = this.bucket(ids, t, size) * width;
      return values.subarray(start, start + width);
    };
    const rows = ids.map((_, t) => row(t));
    if (marks) {
      rows[0] = sumOf([rows[0], row(-1)]);
      rows.push(sumOf([rows.pop(), row(ids.length)]));
    }
    return joined(rows);
  }

  /**
   * What the windows of each size add. In those of scripts the unknown letter of its kind stands
   * for each letter, in longer ones for letters of `kinds`.
   * @param {number[]} ids
   * @param {{unknownIds: number[], kinds: number[]}} network
   * @returns {Float32Array[]} (T * width) for each size
   */
  addends(ids, {unknownIds, kinds}) {
    const scripts = ids.map((id) => unknownIds[id] ?? id);
    const longer = ids.map((id, t) => {
      const script = scripts[t];
      return kinds.includes(script) ? script : id;
    });
    return this.sizes.map((size, i) => {
      let read = size > 1 ? longer : ids;
      if (i >= this.nOfLetters) read = scripts;
      return this.rows(read, size);
    });
  }
}

/** Some rows of a matrix, one after the other. */
function rowsAt(values, places, width) {
  const rows = places.map((place) => {
    const start = place * width;
    return values.subarray(start, start + width);
  });
  return joined(rows);
}

export function times(factor, values) {
  return values.map((value) => factor * value);
}

/** @param {Float32Array[]} addends of one length @returns {Float32Array} their sum */
export function sumOf(addends) {
  const sum = Float32Array.from(addends[0]);
  for (const addend of addends.slice(1)) {
    add(sum, addend);
  }
  return sum;
}

/** The mean and the maximum of all states of a layer. */
function meanAndMost(layer) {
  const states = statesOf(layer);
  const most = states[0].map((_, i) => Math.max(...states.map((row) => row[i])));
  return [times(1 / states.length, sumOf(states)), most];
}

function logSumExp(values) {
  const most = Math.max(...values);
  const powers = [...values].map((value) => Math.exp(value - most));
  return most + Math.log(total(powers));
}

export class ShippedNetwork {
  /**
   * @param {{config: object, multipliers: number[], sizeMultiplier: number, bias: number[],
   *   temperature: number, lengthPower: number, leadPower: number, share: number,
   *   unknownIds: number[], kinds: number[]}} own
   * @param {Object<string, {shape: number[], values: Float32Array, rows: Float32Array[]}>} weights
   *   by their names in PyTorch
   */
  constructor({config, ...own}, weights) {
    Object.assign(this, own, {config, weights});
    this.H = config.hidden_size;
    this.D = config.bidirectional ? 2 : 1;
    this.K = config.n_labels - config.n_others;
    this.gru = gruOf(config, weights);
    this.linear = new Linear(weights['linear.weight'], weights['linear.bias']);
    this.project = weights['linear_ngrams.project.weight']; // of the votes, where they have a rank
    const rowsOfNgrams = (name, sizes, marks) => {
      if (!sizes.length) return null;
      const weight = weights[`${name}.table.weight`];
      return new NgramRows(sizes, config.script_ngrams, marks, own, weight);
    };
    this.ngrams = rowsOfNgrams('ngram_embedding', config.ngrams, 0);
    this.votes = rowsOfNgrams('linear_ngrams', config.linear_ngrams, Number(config.marks_ends));
  }

  /** What the GRU reads the sum of, each (T * E): the n-gram sizes, then the ids. */
  embeddings(ids) {
    const {values, shape} = this.weights['embedding.weight'];
    const ngrams = this.ngrams ? this.ngrams.addends(ids, this) : [];
    return [...ngrams, rowsAt(values, ids, shape[1])];
  }

  /** What the linear classifier reads, (T * V) for each size of its n-grams. */
  votesIn(ids) {
    return this.votes ? this.votes.addends(ids, this) : [];
  }

  /**
   * Read embedded letters, but for what the text before had in common with this one.
   * @param {Float32Array} embedded (T * E)
   * @param {number} T
   * @returns {{layers: object[], pooled: Float32Array, scores: Float32Array}} `pooled`: the last states and, where
   *   the network pools, the mean and the maximum of all, (P * D * H)
   */
  read(embedded, T) {
    const rows = rowsOf(embedded, embedded.length / T);
    const layers = this.gru.readLayers(rows, {}, this.before);
    this.before = layers;
    const lastLayer = layers.at(-1);
    let pooled = lastStates(lastLayer);
    if (this.config.pool) pooled = joined([pooled, ...meanAndMost(lastLayer)]);
    return {layers, pooled, scores: this.linear.forward(pooled)};
  }

  /**
   * The logits of the linear classifier: the sum of the votes as if their counts had length 1.
   * @param {Float32Array[]} votes of `votesIn`
   * @param {number} length of the text in ids
   * @returns {Float32Array} (K, or K + 1 with none)
   */
  count(votes, length) {
    const rows = votes.flatMap((ofSize) => rowsOf(ofSize, this.votes.width));
    const sums = times(this.votes.windowsOf(length) ** -0.5, sumOf(rows));
    return sumOf([this.votesOf(sums), this.weights['linear_ngrams.bias'].values]);
  }

  /** What a row of votes, or a sum of some, says for each label. */
  votesOf(row) {
    if (!this.project) return row;
    return new Linear(this.project, {values: new Float32Array(this.project.rows.length)}).forward(
      row,
    );
  }

  /**
   * All outputs with the bias of the calibration; the mean of GRU and linear classifier as `join`.
   * @param {Float32Array} scores (C) of the GRU
   * @param {Float32Array} [counted] the logits of the linear classifier, if there is one
   * @returns {Float32Array} (C)
   */
  outputs(scores, counted) {
    const {K, bias, share} = this;
    if (!counted) return sumOf([scores, bias]);
    const rest = 1 - share;
    const others = counted.length > K ? logSumExp(scores.subarray(K)) : 0;
    const shift = rest * (counted[K] - others);
    return scores.map((score, i) => {
      const mean = i < K ? share * score + rest * counted[i] : score + shift;
      return bias[i] + mean;
    });
  }

  /**
   * @param {number[]} ids
   * @returns {object} what `read` does, the votes and, with the bias, the outputs (C)
   */
  run(ids) {
    const embeddings = this.embeddings(ids);
    const run = this.read(sumOf(embeddings), ids.length);
    const votes = this.votesIn(ids);
    const counted = votes.length ? this.count(votes, ids.length) : undefined;
    return {
      ...run,
      ids,
      embeddings,
      votes,
      counted,
      outputs: this.outputs(run.scores, counted),
    };
  }

  /**
   * What divides the logits of the labels.
   * @param {Float32Array} outputs (C)
   * @param {number} length of the text, in letters or words
   */
  temperatureOf(outputs, length) {
    const logits = outputs.slice(0, this.K);
    const mean = total(logits) / this.K;
    const lead = 1 + Math.max(...logits) - mean;
    const ofLength = length ** this.lengthPower;
    return this.temperature * ofLength * lead ** this.leadPower;
  }

  /**
   * Calibrated probabilities.
   * @param {Float32Array} outputs (C)
   * @param {number} length of the text, in letters or words
   * @returns {{labels: Float32Array, none: number}} those of the labels (K) if the text has one of
   *   them, and that of none
   */
  probabilities(outputs, length) {
    const temperature = this.temperatureOf(outputs, length);
    const logits = outputs.slice(0, this.K).map((logit) => logit / temperature);
    return {labels: softmax(logits), none: total(softmax(outputs).subarray(this.K))};
  }
}

/** The GRU of network.js with trained weights, none of which learns. */
function gruOf(config, weights) {
  const gru = new Network({
    cell: 'gru',
    vocabulary: 1,
    embedding: config.embedding_size,
    units: config.hidden_size,
    both: config.bidirectional,
    labels: 1,
    layers: config.n_layers,
  });
  const noGradients = {gradient: [], gradients: []};
  for (const name of Object.keys(weights)) {
    if (name.startsWith('gru.')) {
      Object.assign(gru.weights[name], weights[name], noGradients);
    }
  }
  return gru;
}
