// A trained model in plain JavaScript: text -> ids -> network -> probabilities -> answer. It is
// TextClassifier of model/classifier.py, whose numbers it repeats; the GRU is network.js's. All that depends
// on a language, on Unicode or on a task is data, which model/storage/browser.py writes.
//
//   const classifier = await TextClassifier.load(bytes);   // of what `python -m model export` packs
//   classifier.predict('Nakamura', 3);                     // what /predict returns
//   classifier.explain('Nakamura');                        // what each character adds
//   // shown(text, k) and letters(text) are for answer.js to draw, reading(text) for reading.js

const UNKNOWN = 1; // the id of what is not in the vocabulary
const MOST_STEPS = 40; // letters or words to show the steps of, as in model/tabs/reading.py

class InputError extends Error {
  name = 'InputError';
}

function orProblem(make) {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return {problem: error.message};
  }
}

const named = (character) =>
  `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

// Values by code point, in runs: [from, value, from, value, …], where a value holds until the next `from`.
function lookUp(runs, character) {
  const code = character.codePointAt(0);
  let [low, high] = [0, runs.length / 2 - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[2 * middle] <= code) low = middle;
    else high = middle - 1;
  }
  return runs[2 * low + 1];
}

// --------------------------------------------------------------------------------- 1. text to units, to ids

const isAscii = (text) => /^[\0-\x7f]*$/.test(text);
const replaceAll = (text, table) =>
  [...text].map((character) => table[character] ?? character).join('');

class Reader {
  constructor(tables) {
    Object.assign(this, tables);
  }

  fold(text) {
    return [...text].map((c) => this.folded[c] ?? c.toLowerCase()).join('');
  }

  split(text) {
    return text.split(this.space).filter(Boolean);
  }

  withoutSymbols(text) {
    return [...text].filter((c) => c < '\x80' || !lookUp(this.symbolRuns, c)).join('');
  }
}

class LetterReader extends Reader {
  // Without regard to white space: decompose of model/letters.py.
  spell(text) {
    let read = text.replace(this.dropped, '');
    if (isAscii(read)) return this.keepCase ? read : read.toLowerCase();
    read = read.normalize('NFC');
    for (let i = 0; i < 2; i += 1) {
      read = replaceAll(read, this.plain).normalize('NFKC');
      if (!this.keepCase) read = this.fold(read);
    }
    read = read.normalize('NFD').replace(this.stress, '');
    return this.symbols ? read : this.withoutSymbols(read);
  }

  read(text) {
    return [...this.split(this.spell(text)).join(' ')];
  }

  ids(units) {
    return units.slice(0, this.most).map((c) => this.idOf.get(c) ?? lookUp(this.unknownRuns, c));
  }

  recognises(units) {
    return !this.symbols || this.ids(units).some((id) => id !== UNKNOWN);
  }

  // Each character as it was typed, with its marks, and how many ids it became: letter_pieces of
  // model/explanation.py.
  pieces(text) {
    const n = this.read(text).length;
    let beginning = '',
      end = 0;
    return text.match(/.\p{M}*/gsu).map((piece) => {
      const start = end;
      beginning += piece;
      end = Math.max(start, Math.min(this.read(`${beginning}x`).length - 1, n));
      return [piece, end - start];
    });
  }
}

class WordReader extends Reader {
  // cut of model/words.py
  cut(text) {
    let read = [...text].slice(0, this.mostCharacters).join('');
    read = read.replace(/[–—]/g, '--').replace(this.dropped, '');
    if (this.symbols || !isAscii(read)) read = read.normalize('NFKC');
    if (!this.symbols) read = this.withoutSymbols(read);
    read = replaceAll(read, this.ascii);
    if (!this.keepCase) read = this.fold(read);
    return read.replace(this.spelling, (found) => this.spellings[found]).match(this.word) ?? [];
  }

  read(text) {
    return this.cut(text).flatMap((word) => (this.idOf.has(word) ? [word] : word.match(this.part)));
  }

  ids(units) {
    return units.slice(0, this.most).map((word) => this.idOf.get(word) ?? UNKNOWN);
  }

  recognises(units) {
    return units.some((word) => this.idOf.has(word) && /[a-z0-9]|[^\0-\x7f]/i.test(word));
  }

  pieces(text) {
    const pieces = text.split(this.spaces).flatMap((piece) => {
      const n = this.read(piece).length,
        parts = this.symbols ? piece.split(this.apart) : [piece];
      const counts = parts.map((part) => this.read(part).length);
      const isApart = counts.reduce((sum, count) => sum + count) === n; // no mark belongs to two of the parts
      return isApart ? parts.map((part, i) => [part, counts[i]]) : [[piece, n]];
    });
    return pieces.filter(([piece]) => piece);
  }
}

// The lecture's: ASCII, and a character's id is its code.
class CharacterReader extends LetterReader {
  spell(text) {
    return isAscii(text)
      ? text
      : replaceAll(this.withoutSymbols(text.normalize('NFKC')), this.ascii);
  }

  ids(units) {
    return units.map((c) => Math.max(c.codePointAt(0), UNKNOWN));
  }
}

const READERS = {letters: LetterReader, words: WordReader, characters: CharacterReader};

// ------------------------------------------------------------------------------------------- 2. the network

// The rows of an n-gram table for the windows around each position: NgramEmbedding of model/ngrams.py.
class NgramTable {
  constructor(
    sizes,
    scriptSizes,
    {multipliers, sizeMultiplier},
    {values, shape: [buckets, width]},
  ) {
    Object.assign(this, {
      sizes: [...sizes, ...scriptSizes],
      n: sizes.length,
      multipliers,
      sizeMultiplier,
    });
    Object.assign(this, {values, buckets, width});
  }

  bucket(ids, t, size) {
    let hash = size * this.sizeMultiplier; // below 2 ** 53
    for (let place = 0, at = t - (size >> 1); place < size; place += 1, at += 1) {
      hash += (ids[at] ?? 0) * this.multipliers[place];
    }
    const high = Math.floor(hash / 2 ** 32),
      low = hash >>> 0; // hash ^ (hash >> 15), in two halves
    const mixed = (low ^ ((high << 17) | (low >>> 15))) >>> 0;
    return (((high ^ (high >>> 15)) >>> 0) * 2 ** 32 + mixed) % this.buckets;
  }

  // For each size what its windows add, (T * width). In those of scripts the unknown letter of
  // its kind stands for each letter, in longer ones for letters of `kinds`.
  parts(ids, {unknownIds, kinds}) {
    const scripts = ids.map((id) => unknownIds[id] ?? id);
    const longer = ids.map((id, t) => (kinds.includes(scripts[t]) ? scripts[t] : id));
    return this.sizes.map((size, i) => {
      const read = i >= this.n ? scripts : size > 1 ? longer : ids;
      return rowsAt(
        this.values,
        ids.map((_, t) => this.bucket(read, t, size)),
        this.width,
      );
    });
  }
}

function rowsAt(values, places, width) {
  // one after the other
  const rows = new Float32Array(places.length * width);
  places.forEach((place, t) =>
    rows.set(values.subarray(place * width, (place + 1) * width), t * width),
  );
  return rows;
}

function sumOf(parts) {
  const sum = Float32Array.from(parts[0]);
  for (const part of parts.slice(1)) add(sum, part);
  return sum;
}

const logSumExp = (values) => {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
};

// RNNClassifier of model/core.py with its calibration. E numbers in a row, T ids, D directions, H units, C
// outputs, the first K of which are labels; V votes of the linear classifier beside the GRU.
class ShippedNetwork {
  constructor({config, ...tables}, weights) {
    const {
      embedding_size: embedding,
      hidden_size: units,
      n_layers: layers,
      bidirectional: both,
    } = config;
    const {pool, n_labels: C, n_others: others, script_ngrams: scripts} = config;
    Object.assign(this, tables, {config, weights, pool, H: units, D: both ? 2 : 1, K: C - others});
    this.gru = new Network({cell: 'gru', vocabulary: 1, embedding, units, both, labels: 1, layers});
    for (const [name, weight] of Object.entries(weights)) {
      // none of which learns
      if (name.startsWith('gru.')) Object.assign(this.gru.weights[name], weight, {gradient: null});
    }
    const table = (name, sizes) =>
      sizes.length > 0 && new NgramTable(sizes, scripts, tables, weights[`${name}.table.weight`]);
    this.ngrams = table('ngram_embedding', config.ngrams);
    this.votes = table('linear_ngrams', config.linear_ngrams);
    this.linear = weights['linear.weight'];
    this.project = weights['linear_ngrams.project.weight']; // of the votes, where they have a rank
  }

  // What the GRU reads the sum of, each (T * E): the n-gram sizes, then the ids.
  embeddingParts(ids) {
    const {
      values,
      shape: [, E],
    } = this.weights['embedding.weight'];
    return [...(this.ngrams ? this.ngrams.parts(ids, this) : []), rowsAt(values, ids, E)];
  }

  voteParts(ids) {
    return this.votes ? this.votes.parts(ids, this) : [];
  }

  // Reads rows (T * E) and returns {layers, pooled, places, scores}: pooled are the last states and, where
  // the network pools, the mean and the maximum of all, (P * D * H); places the letters with the maximum.
  read(embedded, T) {
    const {H, D, pool} = this,
      {layers, last} = this.gru.readLayers(embedded, T);
    const pooled = new Float32Array((pool ? 3 : 1) * D * H),
      places = new Int32Array(D * H);
    pooled.set(last);
    if (pool) {
      pooled.fill(-Infinity, 2 * D * H);
      layers.at(-1).forEach(({states}, d) => {
        for (let i = 0; i < states.length; i += 1) {
          const unit = d * H + (i % H);
          pooled[D * H + unit] += states[i] / T;
          if (states[i] <= pooled[2 * D * H + unit]) continue;
          pooled[2 * D * H + unit] = states[i];
          places[unit] = (i / H) | 0;
        }
      });
    }
    const scores = Float32Array.from(this.weights['linear.bias'].values);
    multiply(this.linear, pooled, 0, scores);
    return {layers, pooled, places, scores};
  }

  // The linear classifier's logits (V): the sum of the votes as if their counts had length 1.
  count(parts, T) {
    const {width} = this.votes,
      sums = new Float32Array(width),
      scale = Math.sqrt(T * parts.length);
    for (const part of parts)
      for (let i = 0; i < part.length; i += 1) sums[i % width] += part[i] / scale;
    const logits = Float32Array.from(this.weights['linear_ngrams.bias'].values);
    if (this.project) multiply(this.project, sums, 0, logits);
    else add(logits, sums);
    return logits;
  }

  // All outputs (C), with the bias of the calibration; the mean of GRU and linear classifier as in `join`.
  outputs(scores, counted) {
    const {K, bias, share} = this;
    if (!counted) return scores.map((score, i) => score + bias[i]);
    const rest = 1 - share;
    const others = counted.length > K ? logSumExp(scores.subarray(K)) : 0;
    return scores.map((score, i) => {
      const shift = rest * (counted[K] - others);
      return bias[i] + (i < K ? share * score + rest * counted[i] : score + shift);
    });
  }

  outputsOf(ids) {
    const {scores} = this.read(sumOf(this.embeddingParts(ids)), ids.length),
      votes = this.voteParts(ids);
    return this.outputs(scores, votes.length ? this.count(votes, ids.length) : null);
  }

  // Calibrated probabilities of the labels, if the text has one of them, and that of none.
  probabilities(outputs) {
    const labels = softmax(outputs.slice(0, this.K).map((logit) => logit / this.temperature));
    const none = softmax(outputs.slice())
      .subarray(this.K)
      .reduce((sum, share) => sum + share, 0);
    return {labels, none};
  }

  // What each id adds to the sum of the labels' logits weighted by `weights` (C), (T): integrated gradients
  // from a baseline of zeros, as model/explanation.py takes them. `nodes` are [place, weight] from 0 to 1.
  contributions(ids, weights, nodes) {
    const T = ids.length,
      votes = this.voteParts(ids),
      added = new Float32Array(T);
    const share = votes.length ? this.share : 1;
    const scaled = weights.map((weight) => weight * share);
    const rest = weights.map((weight) => weight * (1 - share));
    const spread = (part, size, factors) => {
      // what a position adds, equally among the letters of its window
      const width = part.length / T;
      for (let t = 0; t < T; t += 1) {
        const from = Math.max(0, t - (size >> 1)),
          end = Math.min(T, t - (size >> 1) + size);
        let sum = 0;
        for (let i = t * width; i < (t + 1) * width; i += 1)
          sum += part[i] * factors[i % factors.length];
        for (let place = from; place < end; place += 1) added[place] += sum / (end - from);
      }
    };
    if (votes.length) {
      // linear: its gradient is the same all along the path
      const factors = new Float32Array(this.votes.width);
      const scale = Math.sqrt(T * votes.length);
      if (this.project) multiplyBack(this.project, rest, factors, 0);
      else factors.set(rest.subarray(0, factors.length));
      votes.forEach((part, i) =>
        spread(
          part,
          this.votes.sizes[i],
          factors.map((factor) => factor / scale),
        ),
      );
    }
    const parts = this.embeddingParts(ids),
      whole = sumOf(parts),
      gradients = whole.map(() => 0);
    for (const [place, weight] of nodes) {
      const gradient = this.gradient(
        this.read(
          whole.map((value) => place * value),
          T,
        ),
        scaled,
        T,
      );
      for (let i = 0; i < gradients.length; i += 1) gradients[i] += gradient[i] * weight;
    }
    parts.forEach((part, i) =>
      spread(part, this.ngrams ? (this.ngrams.sizes[i] ?? 1) : 1, gradients),
    );
    return added;
  }

  // The gradient of the weighted scores with respect to the rows that were read, (T * E).
  gradient({layers, places}, weights, T) {
    const {H, D, pool} = this,
      dPooled = new Float32Array((pool ? 3 : 1) * D * H);
    multiplyBack(this.linear, weights, dPooled, 0);
    const dStates = Array.from({length: D}, (_, d) => {
      const from = (kind, u) => dPooled[(kind * D + d) * H + u];
      const gradient = Float32Array.from({length: T * H}, (_, i) =>
        pool ? from(1, i % H) / T : 0,
      );
      for (let u = 0; u < H; u += 1) {
        gradient[(d ? 0 : T - 1) * H + u] += from(0, u);
        if (pool) gradient[places[d * H + u] * H + u] += from(2, u);
      }
      return gradient;
    });
    return this.gru.backThroughLayers({layers}, dStates).dEmbedded;
  }
}

// ----------------------------------------------------------------------------------------------- 3. answers

// Half-precision floats (IEEE 754): with the same bits a single-precision one is 2 ** 112 times too small.
function singles(halves) {
  const values = new Float32Array(halves.length),
    bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i += 1) {
    bits[i] = ((halves[i] & 0x8000) << 16) | ((halves[i] & 0x7fff) << 13);
    values[i] *= 2 ** 112;
  }
  return values;
}

// Whole numbers times the scale of their row, in a plain loop: calling a function for each takes half a second.
function scaled(numbers, scales) {
  const values = new Float32Array(numbers.length),
    width = numbers.length / scales.length;
  for (let row = 0, i = 0; row < scales.length; row += 1) {
    for (const end = i + width; i < end; i += 1) values[i] = numbers[i] * scales[row];
  }
  return values;
}

const bytesOf = (base64) =>
  Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
// Not by Blob.stream, which fails in Safari's engine in a worker of a page that was opened as a file.
const unzipped = (bytes) =>
  new Response(new Response(bytes).body.pipeThrough(new DecompressionStream('gzip')));

class TextClassifier {
  // The gzipped model: the length of its JSON in four bytes, the JSON, the weights.
  static async load(bytes) {
    const buffer = await unzipped(bytes).arrayBuffer(),
      length = new DataView(buffer).getUint32(0, true);
    const model = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))),
      weights = {};
    let at = 4 + length;
    const take = (Type, n) => new Type(buffer.slice(at, (at += n * Type.BYTES_PER_ELEMENT)));
    for (const {name, shape, kind} of model.weights) {
      const size = shape.reduce((product, n) => product * n, 1);
      const halves = () => singles(take(Uint16Array, kind === 'fp16' ? size : shape[0]));
      let values = kind === 'fp32' ? take(Float32Array, size) : halves();
      if (kind === 'int8') values = scaled(take(Int8Array, size), values);
      weights[name] = {shape, values, rows: size < 1e6 && rowsOf(values, shape.at(-1))}; // not of a table
    }
    return new TextClassifier(model, weights);
  }

  constructor({encoder, network, known, readings, ...model}, weights) {
    const map = (table) => new Map(Object.entries(table));
    this.reader = new READERS[encoder.kind]({...encoder, idOf: map(encoder.idOf)});
    for (const name of encoder.patterns) this.reader[name] = new RegExp(...encoder[name]);
    this.network = new ShippedNetwork(network, weights);
    this.hasNone = network.config.n_others > 0;
    Object.assign(this, model, {known: map(known), readings: map(readings)});
  }

  strip(text) {
    return text.replace(this.reader.edges, '');
  }

  // The units that the network reads; an InputError says in one line why a text cannot be read.
  read(text) {
    const {ask, symbols, needs_letter: needsLetter, max_characters: most} = this.words;
    const refuse = (problem) => {
      throw new InputError(`${problem}: type ${ask}.`);
    };
    const limit = (n, most, what) => {
      const [has, may] = [n, most].map((number) => number.toLocaleString('en'));
      if (n > most) refuse(`This text has ${has} ${what}, and ${ask} may have at most ${may}`);
    };
    if (typeof text !== 'string') refuse('A text is needed');
    const {length} = [...text];
    limit(length, most, 'characters');
    if (!this.strip(text)) refuse('The text is empty');
    if (
      /\p{M}{101}/u.test(text) ||
      [...text.normalize('NFKC')].length > 3 * Math.max(length, 100)
    ) {
      refuse('This text is mostly marks, or ligatures of many letters');
    }
    const units = this.reader.read(text),
      unseen = `${symbols ? '' : 'emoji and '}invisible characters`;
    const nothing = `There is nothing to read in this text, because ${unseen} are left out`;
    if (!units.length && !needsLetter) refuse(nothing);
    if (
      needsLetter &&
      !units.some((unit) => [...unit].every((c) => lookUp(this.reader.letterRuns, c)))
    ) {
      refuse('There is no letter in this text');
    }
    limit(units.length, 3 * most, 'letters and marks when taken apart');
    return units;
  }

  idsOf(units) {
    const ids = this.reader.ids(units);
    return ids.length ? ids : [UNKNOWN];
  }

  // All that there is to show about a text: Answer of model/classifier.py, without romanised and notes.
  answer(text, k) {
    const n = this.labels.length,
      count = k ?? Math.min(3, n);
    if (!Number.isInteger(count) || count < 1 || count > n) {
      throw new InputError(`k must be a whole number from 1 to ${n}, not ${k}.`);
    }
    const units = this.read(text),
      recognised = this.reader.recognises(units);
    const {labels, none} = this.network.probabilities(this.network.outputsOf(this.idsOf(units)));
    const joint = labels.map((share) => share * (1 - none));
    const order = [...joint.keys()].sort((a, b) => joint[b] - joint[a]);
    const verdict = this.decide(joint, none),
      [first, second] = order.map((i) => this.labels[i]);
    return {
      ...{text, units, recognised, unsure: verdict.unsure || !recognised, isNone: verdict.isNone},
      either: verdict.close && recognised ? [first, second] : null,
      side:
        verdict.side >= 0 && recognised ? [this.labels.at(-verdict.side), verdict.ofSide] : null,
      predictions: order.slice(0, count).map((i) => [this.labels[i], joint[i]]),
      none: this.hasNone ? none : null,
    };
  }

  // What /predict returns; `romanised` is null where a letter is not Latin.
  predict(text, k) {
    return this.reply(this.answer(text, k));
  }

  reply({text, unsure, either, side, none, predictions}) {
    const pair =
      (name) =>
      ([label, share]) => ({label, [name]: share});
    const found = Object.entries(this.known.get(this.key(text)) ?? {});
    const shares = found.map(([i, share]) => [this.labels[i], share]);
    shares.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    return {
      ...{
        text,
        romanised: this.inLatin(text),
        unsure,
        either,
        side: side && pair('probability')(side),
        none,
      },
      predictions: predictions.map(pair('probability')),
      known: shares.length ? shares.map(pair('share')) : null,
    };
  }

  // In ASCII and lower case, null where there is no table for that: normalise of model/core.py.
  inLatin(text) {
    const {reader} = this,
      composed = text.normalize('NFKC');
    if ([...composed].some((c) => lookUp(reader.foreignRuns, c))) return null;
    return reader
      .split(replaceAll(reader.withoutSymbols(composed), reader.latin).toLowerCase())
      .join(' ');
  }

  // What two spellings of one text have in common: TextKind.key of model/data/texts.py.
  key(text) {
    const {reader} = this;
    if (this.words.symbols) return reader.read(text).join('');
    const folded = () =>
      reader.fold(text.normalize('NFKC')).normalize('NFKC').replace(reader.stress, '');
    return (
      [...(this.inLatin(text) ?? folded())].filter((c) => lookUp(reader.wordRuns, c)).join('') ||
      text
    );
  }

  // Calibration.decide of model/storage/model.py, for one text.
  decide(joint, none) {
    const {unsureBelow, eitherBelow, together} = this.answers,
      {on_a_scale: onAScale} = this.words;
    const [best, second] = [...joint].sort((a, b) => b - a),
      half = joint.length >> 1;
    const isNone = none > best && none >= unsureBelow,
      isLow = !isNone && best < unsureBelow;
    const sum = (shares) => shares.reduce((total, share) => total + share, 0);
    const sides = half ? [sum(joint.slice(0, half)), sum(joint.slice(-half))] : [0, 0];
    const ofSide = Math.max(...sides),
      hasSide = onAScale && isLow && ofSide >= unsureBelow;
    const close =
      !onAScale && best - second < eitherBelow && second >= none && best + second >= together;
    const side = hasSide ? sides.indexOf(ofSide) : -1;
    return {isNone, unsure: (isLow && !hasSide) || close, close, side, ofSide};
  }

  // What each character or word adds to the logit of the best label: [[piece, value], …], and the start.
  explain(text) {
    const ids = this.idsOf(this.read(text)),
      outputs = this.network.outputsOf(ids),
      K = this.labels.length;
    const {on_a_scale: onAScale} = this.words,
      {temperature} = this.network;
    const best = onAScale ? K - 1 : outputs.indexOf(Math.max(...outputs.subarray(0, K)));
    const weights = outputs.map((_, i) =>
      onAScale && i < K ? (2 * i) / (K - 1) - 1 : Number(i === best),
    );
    const added = this.network.contributions(ids, weights, this.nodes);
    const values = added.map((value) => value / temperature);
    let at = 0;
    const sum = (n) => values.slice(at, (at += n)).reduce((total, value) => total + value, 0);
    const contributions = this.reader.pieces(text).map(([piece, n]) => [piece, sum(n)]);
    const end = outputs.reduce((total, output, i) => total + output * weights[i], 0) / temperature;
    return {
      text,
      label: this.labels[best],
      contributions,
      start: end - values.reduce((a, b) => a + b, 0),
    };
  }

  // The answer in the form that answer.js draws; k as in `predict`.
  shown(text, k) {
    const {
      words: {labels, units, on_a_scale: onAScale},
      answers: {note},
    } = this;
    if (!this.strip(`${text}`))
      return {problem: `The likely ${labels} appear here while you type.`};
    const answer = orProblem(() => this.answer(text, k)),
      caution = note && `Probabilities are ${note}.`;
    return answer.problem
      ? answer
      : {
          ...{
            reply: this.reply(answer),
            is_none: answer.isNone,
            notes: this.notes(answer),
            caution,
          },
          ...{
            words: {labels, units},
            scale: onAScale ? this.labels : null,
            size: this.labels.length,
          },
        };
  }

  // How a text was read, a sentence each: notes_on of model/tabs/name.py, but kana and Russian stay as typed.
  notes({text, units, recognised, predictions: [[label]]}) {
    const {words, surnames, reader} = this,
      characters = [...new Set(text)],
      found = [];
    const latin = label === 'Japanese' && this.readings.get(this.strip(text)); // readings are of Han alone
    if (latin) found.push(`In Latin letters: “${latin}”.`);
    if (surnames) found.push(...this.surnameNotes(text));
    else if (units.length > reader.most || [...text].length > reader.mostCharacters) {
      found.push(`Only the first ${reader.most} ${words.units} are read.`);
    }
    const hidden = words.symbols
      ? characters
          .filter((c) => c.match(reader.unread))
          .map(named)
          .sort()
      : [];
    if (hidden.length) found.push(`Invisible, and not read: ${hidden.join(', ')}.`);
    if (!recognised) found.push(`None of these ${words.piece}s appeared in training.`);
    const unread = (c) => !words.symbols && this.strip(c) && !reader.read(c).length;
    const ignored = characters.filter(unread).map((c) => (/[\p{C}\p{Z}]/u.test(c) ? named(c) : c));
    if (ignored.length) found.push(`Ignored: ${ignored.slice(0, 20).join(' ')}`);
    return found;
  }

  // notes of model/tasks/names.py
  surnameNotes(text) {
    const {particles, longKorean, scriptRuns, isRead, several} = this.surnames,
      [first, ...others] = text;
    const script = (word) => [...word].map((c) => lookUp(scriptRuns, c)).find(Boolean); // of its first letter
    const {reader} = this,
      words = reader.split(text);
    const [family, ...given] = text.split(',').map((part) => this.strip(part));
    const isShort =
      others.length === 2 && script(text) === 3 && !longKorean.includes(first + others[0]);
    const isPair = words.length === 2 && words.every((word) => [2, 3].includes(script(word)));
    const before = (given.length > 1 || given[0]) && family; // the comma
    const surname = given.length ? before : isPair ? words[0] : isShort && first;
    if (surname) return [isRead.split('{}').join(surname)];
    const isParticle = (word) => particles.includes(reader.fold(word)),
      read = words.filter(script);
    const start = read.findIndex((word) => !isParticle(word));
    const isUnclear = !given.length && start >= 0 && read.length - start > 1;
    return isUnclear && read.every((word) => script(word) === 1) ? [several] : [];
  }

  // What each letter or word adds in the form that answer.js draws; null where that would explain no answer.
  letters(text) {
    const {words, labels, reader} = this,
      answer = orProblem(() => this.answer(text));
    if (answer.problem) return null;
    if ([...text].length > words.max_explained) {
      return {
        problem: `Only ${words.texts} of up to ${words.max_explained} characters are explained.`,
      };
    }
    if (answer.isNone) return null;
    const {label, contributions, start} = this.explain(text);
    const pieces = words.on_a_scale ? [...new Set(contributions.map(([piece]) => piece))] : [];
    const ids = (piece) => reader.ids(reader.read(piece));
    const isUnknown = (piece) => ids(piece).length > 0 && ids(piece).every((id) => id === UNKNOWN);
    return {
      ...{label, contributions, start, piece: words.piece},
      ends: words.on_a_scale ? [labels[0], labels.at(-1)] : null,
      unknown: pieces.filter(isUnknown),
    };
  }

  // Every number of How it reads: reading of model/tabs/reading.py, with arrays where it packs numbers.
  reading(text) {
    const {network, labels} = this,
      {config, linear, weights, bias, temperature} = network;
    const whole = orProblem(() => this.read(text));
    if (whole.problem) return whole;
    const units = whole.slice(0, MOST_STEPS),
      ids = this.idsOf(units);
    const parts = network.embeddingParts(ids),
      embedded = sumOf(parts),
      votes = network.voteParts(ids);
    const n = labels.length,
      {layers, pooled, scores} = network.read(embedded, ids.length);
    const all = (key) => joined(layers.flat().map((direction) => direction[key]));
    const ofGru = votes.length ? 2 * network.share : 1; // so that the plain mean is the answer
    const times = (factor, values) => values.map((value) => factor * value);
    const halves = [scores, ...(votes.length ? [network.count(votes, ids.length)] : [])];
    const apart = halves.map((half, i) => times(i ? 2 - ofGru : ofGru, half));
    const joint = (outputs) => {
      const {labels: shares, none} = network.probabilities(outputs);
      return [...shares.map((share) => share * (1 - none)), none];
    };
    const corrected = (logits) => logits.map((logit, i) => logit + bias[i]);
    const added = [...addedBy(linear, pooled, config.pool ? 3 : 1), weights['linear.bias'].values];
    return {
      ...{
        text,
        units: units.length ? units : ['?'],
        ids,
        more: whole.length > MOST_STEPS,
        temperature,
      },
      ...{cell: 'gru', size: network.H, ngrams: config.ngrams},
      scripts: network.ngrams ? config.script_ngrams : [],
      by_kind: ids.map((id) => network.kinds.includes(network.unknownIds[id])),
      labels: this.hasNone ? [...labels, `None of these ${n} ${this.words.labels}`] : labels,
      embedding: joined([...parts, embedded]),
      ...{given: all('inputs'), memory: all('memory'), states: all('states')},
      shares: ids.map((_, t) =>
        joint(network.outputsOf(ids.slice(0, t + 1))).slice(0, n + this.hasNone),
      ),
      added: added.map((row) => [...times(ofGru, row.slice(0, n))]),
      logits: apart.map((logits) => [...logits.slice(0, n)]),
      alone: apart.map((logits) => joint(corrected(logits)).slice(0, n)),
      score: [...network.outputs(...halves).slice(0, n)].map((output) => output / temperature),
    };
  }
}
