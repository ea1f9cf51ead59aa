// What each id adds to the answer: integrated gradients from a baseline of zeros, as
// model/answers/explanation.py takes them. In come a ShippedNetwork and ids, out comes a number for each id.
// Letters as in shipped.js.

import {add, multiplyBack, rowsOf} from './network.js';
import {total} from './readers.js';
import {sumOf, times} from './shipped.js';

/**
 * What each id adds to the sum of the labels' logits.
 * @param {ShippedNetwork} network
 * @param {{ids: number[], parts: Float32Array[], votes: Float32Array[]}} run what the network's `run` returns
 * @param {Float32Array} weights (C) of the logits in that sum
 * @param {Array<[number, number]>} nodes places on the path, from 0 to 1, and their weights
 * @returns {Float32Array} (T)
 */
export function contributionsOf(network, {ids, parts, votes}, weights, nodes) {
  const added = new Float32Array(ids.length);
  const share = network.votes ? network.share : 1;
  if (network.votes) addByVotes(added, network, votes, times(1 - share, weights));
  addByGru(added, network, parts, times(share, weights), nodes);
  return added;
}

/** Add what the ids give through the votes of their n-grams. */
function addByVotes(added, network, parts, weights) {
  const scale = Math.sqrt(network.votes.windowsOf(added.length));
  const gradient = times(1 / scale, gradientOfVotes(network, weights));
  const gradients = Array(added.length).fill(gradient); // the same at each position
  for (const [i, part] of parts.entries()) {
    spread(added, rowsOf(part, gradient.length), network.votes.sizes[i], gradients);
  }
}

/** Add what the ids give through the rows that the GRU reads. */
function addByGru(added, network, parts, weights, nodes) {
  const T = added.length;
  const gradients = gradientsOnPath(network, sumOf(parts), T, weights, nodes);
  for (const [i, part] of parts.entries()) {
    const size = network.ngrams?.sizes[i] ?? 1; // the last part is the ids themselves
    spread(added, rowsOf(part, part.length / T), size, gradients);
  }
}

/**
 * Add what the row of each position gives, equally to the ids of its window.
 * @param {Float32Array} added (T)
 * @param {Float32Array[]} rows one for each position
 * @param {number} size of the windows
 * @param {Float32Array[]} gradients with respect to the rows
 */
function spread(added, rows, size, gradients) {
  for (const [t, row] of rows.entries()) {
    const first = t - (size >> 1);
    const from = Math.max(0, first);
    const end = Math.min(added.length, first + size);
    const gradient = gradients[t];
    const products = row.map((value, i) => value * gradient[i]);
    const given = total(products) / (end - from);
    for (let place = from; place < end; place += 1) {
      added[place] += given;
    }
  }
}

/** The gradient of the weighted logits with respect to the sum of the votes (V). */
function gradientOfVotes({votes, project}, weights) {
  if (!project) return weights.subarray(0, votes.width);
  const gradient = new Float32Array(votes.width);
  multiplyBack(project, weights, gradient);
  return gradient;
}

/** The weighted sum of the gradients on the path from zeros to the embedded ids, (T, E). */
function gradientsOnPath(network, embedded, T, weights, nodes) {
  const gradients = network.gru.zeros(T, embedded.length / T);
  for (const [place, nodeWeight] of nodes) {
    const run = network.read(times(place, embedded), T);
    const found = gradientOfScores(network, run, weights, T);
    for (const [t, row] of gradients.entries()) {
      add(row, found[t], nodeWeight);
    }
  }
  return gradients;
}

/**
 * The gradient of the weighted scores with respect to the rows that were read.
 * @param {ShippedNetwork} network
 * @param {{layers: object[], places: Int32Array | null}} run what `read` returned
 * @param {Float32Array} weights (C)
 * @param {number} T
 * @returns {Float32Array[]} (T, E)
 */
function gradientOfScores(network, run, weights, T) {
  const {linear, gru, D, H} = network;
  const {layers, places} = run;
  const dPooled = new Float32Array(linear.matrix.shape[1]);
  multiplyBack(linear.matrix, weights, dPooled);
  const [dLast, dMean, dMost] = rowsOf(dPooled, D * H);
  const dStates = gru.dStatesOf(dLast, T);
  if (places) {
    for (const [d, gradients] of dStates.entries()) {
      const part = (values) => rowsOf(values, H)[d];
      addByPool(gradients, part(dMean), part(dMost), part(places));
    }
  }
  return gru.backThroughLayers(layers, dStates);
}

/** Add what states of a direction (T, H) give through their mean and their maximum. */
function addByPool(gradients, dMean, dMost, places) {
  for (const row of gradients) {
    add(row, dMean, 1 / gradients.length);
  }
  for (const [u, t] of places.entries()) {
    gradients[t][u] += dMost[u];
  }
}
