// What a reading holds, for Look inside: a reply of Python (tabs/reading.py) or of the worker (worker.js) in,
// the same with its numbers ready to be looked up out.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.
//
// A reading, as both send it. T letters or words, H units, L layers, D directions, G gates (of a GRU: reset,
// update, candidate), E values in a vector, C labels, n of them without "None of these". In one row:
//   text; units (T), what is read; ids (T), their numbers; more: whether it goes on; labels (C); size: H
//   cell: 'gru', 'rnn' or 'lstm'; states (L, D, T, H): after each letter, both directions in the text's order
//   given, memory (L, D, T, G, H): what letter and old state add to each gate, biases included
//   embedding (P, T, E): vectors of the groups around each letter (their sizes: `ngrams`), of its groups of
//     scripts (`scripts`), of itself, and their sum; by_kind (T): whether groups see only its kind
//   added (2 or 4, n): what last states, their mean, their maximum and the bias add to scores
//   logits, alone (1 or 2, n): score and answer of the network, and of the classifier of groups beside it
//   score (n): calibrated, its softmax is the answer; temperature: what it was divided by
//   groups (S, T, n): what the group of each size (`sizes`, then one of scripts) around each letter adds to the scores
//   share: of the network in the scores, 1 where nothing stands beside it
//   update (L, D, T): the mean update gate of a GRU
//   shares (T, C): the answer if the text ended after each letter
//   reply: what /predict returns for the text; letters: what each character adds, {contributions, lengths, label,
//     unknown}; both of the shipped model alone
// What the stage asks for at each key has neither embedding, given, memory, added nor scores.
// From Python some are thousandths, as 16-bit integers in base64.

import {range, ranked} from '../drawing.js';

/** The words for letters, texts and labels of what reads: reading.js puts them in. */
export const words = {};

/** What stands between two pieces of a text. */
export const gap = () => (words.piece === 'word' ? ' ' : '');

/** Thousandths as numbers, which may be numbers already. */
export function unpack(thousandths) {
  if (typeof thousandths !== 'string') return thousandths ?? [];
  const bytes = Uint8Array.from(atob(thousandths), (character) => character.charCodeAt(0));
  return Float32Array.from(new Int16Array(bytes.buffer), (n) => n / 1000);
}

/**
 * Adds to a reading its sizes and functions that look a number up.
 * @param {object} reply - a reading, or {problem}, which stays as it is
 * @param {{layers: number, ordered: boolean}} source - of the network: its layers, and whether its labels are a scale
 * @param {() => number} layer - the one whose states are shown
 * @returns {object} the reading with T, H, D, P, E, n and
 *   last (C): the answer to the whole text; answer: the index of its label; explained: of
 *   the likeliest label but none; most: what the colours of vectors end at
 *   vector(p, t): the values of row p at letter t (E)
 *   state(d, t, u), before(d, t, u): of a unit after a letter and before it, in the order of reading; 0 outside
 *   gates(d, t, u): what flows through the cell of a GRU, by the names that reading.html has
 */
export function decode(reply, {layers, ordered}, layer) {
  if (reply.problem) return reply;
  for (const key of ['embedding', 'given', 'memory', 'states', 'groups']) {
    reply[key] = unpack(reply[key]);
  }
  const {embedding, states, given, memory, size: H} = reply;
  const T = reply.units.length;
  const D = states.length / (T * H * layers);
  const P = reply.ngrams ? reply.ngrams.length + reply.scripts.length + 2 : 1;
  const E = embedding.length / (P * T);
  const last = reply.shares[T - 1];
  const largest = embedding.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const place = (d, t) => (layer() * D + d) * T + t; // among the letters of all layers and directions
  const vector = (p, t) => {
    const start = (p * T + t) * E;
    return embedding.subarray(start, start + E);
  };
  const state = (d, t, u) => {
    const isOutside = t < 0 || t >= T;
    return isOutside ? 0 : states[place(d, t) * H + u];
  };
  const before = (d, t, u) => {
    const way = d ? 1 : -1;
    return state(d, t + way, u);
  };
  const gates = (d, t, u) => {
    const first = 3 * place(d, t) * H + u;
    const ofGates = (values) => [values[first], values[first + H], values[first + 2 * H]];
    const old = before(d, t, u);
    return flowOf(ofGates(given), ofGates(memory), old, state(d, t, u));
  };
  return {
    ...reply,
    ordered,
    T,
    H,
    D,
    P,
    E,
    gate: (d, t) => reply.update[layer() * D + d][t],
    last,
    answer: ranked(last)[0],
    explained: ranked(last.slice(0, reply.n ?? last.length))[0],
    most: 0.6 * largest,
    vector,
    state,
    before,
    gates,
  };
}

/** The numbers in the cell of a GRU: x from the letter, m from memory, the old state and the new one, h. */
function flowOf([x0, x1, x2], [m0, m1, m2], old, h) {
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const r = sigmoid(x0 + m0);
  const z = sigmoid(x1 + m1);
  const used = r * m2;
  const n = Math.tanh(x2 + used);
  const rest = 1 - z;
  return {
    x0,
    x1,
    x2,
    m0,
    m1,
    m2,
    r,
    z,
    n,
    old,
    h,
    used,
    rest,
    keep: z * old,
    write: rest * n,
  };
}

/** What the groups of each size around each letter add to a label, (S, T). */
export function groupsOf({groups, n, T}, label) {
  const nOfSizes = groups.length / n / T;
  return range(nOfSizes).map((row) => range(T).map((t) => groups[(row * T + t) * n + label]));
}

/** How far a unit moves at each letter, (T). */
export function movesOf({T, state, before}, d, u) {
  return range(T).map((t) => Math.abs(state(d, t, u) - before(d, t, u)));
}

/** The unit of a direction that moves most at a letter. */
export function busiestUnit(reading, d) {
  const [busiest] = ranked(range(reading.H).map((u) => Math.max(...movesOf(reading, d, u))));
  return busiest;
}

/**
 * The labels that matter, n at most, likeliest first: the answer and what led before; on a scale all, in its order.
 * @param {object} reading
 * @param {number} n
 * @param {(share: number, place: number) => boolean} matters - of the most that a label had, and its place by that
 */
export function leadingLabels({labels, ordered, shares, last, answer}, n, matters) {
  const all = range(labels.length);
  if (ordered) return all;
  const most = all.map((i) => Math.max(...shares.map((row) => row[i])));
  most[answer] = 1;
  const matter = ranked(most).filter((i, place) => matters(most[i], place));
  return matter.slice(0, n).sort((one, other) => last[other] - last[one]);
}
