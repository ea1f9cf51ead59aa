// What each id adds to the answer: integrated gradients from a baseline of zeros, as
// model/explanation.py takes them. In come a ShippedNetwork and ids, out comes a number for each id.
// Letters as in shipped.js.

/**
 * What each id adds to the sum of the labels' logits.
 * @param {ShippedNetwork} network
 * @param {number[]} ids
 * @param {Float32Array} weights (C) of the logits in that sum
 * @param {Array<[number, number]>} nodes places on the path, from 0 to 1, and their weights
 * @returns {Float32Array} (T)
 */
function contributionsOf(network, ids, weights, nodes) {
  const T = ids.length;
  const added = new Float32Array(T);
  const votes = network.voteParts(ids);
  const share = votes.length ? network.share : 1;
  if (votes.length) {
    const rest = weights.map((weight) => weight * (1 - share));
    const factors = gradientOfVotes(network, rest, Math.sqrt(T * votes.length));
    for (const [i, part] of votes.entries()) spread(added, part, network.votes.sizes[i], factors);
  }
  const ofGru = weights.map((weight) => weight * share);
  const parts = network.embeddingParts(ids);
  const gradients = gradientsOnPath(network, sumOf(parts), ofGru, T, nodes);
  for (const [i, part] of parts.entries()) {
    const size = network.ngrams?.sizes[i] ?? 1; // the last part is the ids themselves
    spread(added, part, size, gradients);
  }
  return added;
}

/**
 * Add what the row of each position gives, equally to the ids of its window.
 * @param {Float32Array} added (T)
 * @param {Float32Array} rows (T * width)
 * @param {number} size of the windows
 * @param {Float32Array} factors by which the rows are multiplied, (width) or (T * width)
 */
function spread(added, rows, size, factors) {
  const T = added.length;
  const width = rows.length / T;
  for (let t = 0; t < T; t += 1) {
    const first = t - (size >> 1);
    const from = Math.max(0, first);
    const end = Math.min(T, first + size);
    let sum = 0;
    for (let i = t * width; i < (t + 1) * width; i += 1) {
      sum += rows[i] * factors[i % factors.length];
    }
    for (let place = from; place < end; place += 1) added[place] += sum / (end - from);
  }
}

/** The gradient with respect to a vote (V), which is the same all along the path. */
function gradientOfVotes({votes, project}, weights, scale) {
  const gradient = new Float32Array(votes.width);
  if (project) multiplyBack(project, weights, gradient, 0);
  else gradient.set(weights.subarray(0, votes.width));
  return gradient.map((factor) => factor / scale);
}

/** The weighted sum of the gradients on the path from zeros to `embedded`, (T * E). */
function gradientsOnPath(network, embedded, weights, T, nodes) {
  const gradients = new Float32Array(embedded.length);
  for (const [place, nodeWeight] of nodes) {
    const onPath = embedded.map((value) => place * value);
    const gradient = gradientOfScores(network, network.read(onPath, T), weights, T);
    for (let i = 0; i < gradients.length; i += 1) gradients[i] += gradient[i] * nodeWeight;
  }
  return gradients;
}

/**
 * The gradient of the weighted scores with respect to the rows that were read.
 * @param {ShippedNetwork} network
 * @param {{layers: object[], places: Int32Array | null}} run what `read` returned
 * @param {Float32Array} weights (C)
 * @param {number} T
 * @returns {Float32Array} (T * E)
 */
function gradientOfScores({linear, gru, config, D, H}, {layers, places}, weights, T) {
  const dPooled = new Float32Array(linear.shape[1]);
  multiplyBack(linear, weights, dPooled, 0);
  const dStates = Array.from({length: D}, (_, d) => {
    const isBackward = d === 1;
    const of = (kind, unit) => dPooled[(kind * D + d) * H + unit]; // kind: last, mean, maximum
    const gradient = new Float32Array(T * H);
    for (let i = 0; config.pool && i < T * H; i += 1) gradient[i] = of(1, i % H) / T;
    for (let unit = 0; unit < H; unit += 1) {
      const last = isBackward ? 0 : T - 1;
      gradient[last * H + unit] += of(0, unit);
      if (config.pool) gradient[places[d * H + unit] * H + unit] += of(2, unit);
    }
    return gradient;
  });
  return gru.backThroughLayers({layers}, dStates).dEmbedded;
}
