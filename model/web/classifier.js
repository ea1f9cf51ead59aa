// A trained model in plain JavaScript: text -> ids -> network -> probabilities -> answer. It is TextClassifier of
// model/classifier.py, whose numbers it repeats; the GRU is network.js's. Everything that depends on a language, on
// Unicode or on a task is data, which model/storage/browser.py writes: nothing in here is about one task.
//
//   const classifier = await TextClassifier.load(bytes);   // of what `python -m model export` packs
//   classifier.predict('Nakamura', 3);                     // what /predict returns
//   classifier.explain('Nakamura');                        // what each character adds

const UNKNOWN = 1; // the id of what is not in the vocabulary

class InputError extends Error {}

// Values by code point, in runs: [from, value, from, value, …], where a value holds until the next `from`.
function lookUp(runs, character) {
  const code = character.codePointAt(0);
  let [low, high] = [0, runs.length / 2 - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[2 * middle] <= code) low = middle; else high = middle - 1;
  }
  return runs[2 * low + 1];
}

// ----------------------------------------------------------------------------------------- 1. text to units, to ids

const replaceAll = (text, table) => [...text].map((character) => table[character] ?? character).join('');

class LetterReader {
  constructor(tables) { Object.assign(this, tables); }

  // What a part of a text becomes, with white space as it is: decompose_part of model/letters.py.
  readPart(text) {
    let read = text.replace(this.dropped, '');
    if (/^[\0-\x7f]*$/.test(read)) return this.keepCase ? read : read.toLowerCase();
    read = read.normalize('NFC');
    for (let i = 0; i < 2; i += 1) {
      read = replaceAll(read, this.plain).normalize('NFKC');
      if (!this.keepCase) read = [...read].map((c) => this.folded[c] ?? c.toLowerCase()).join('');
    }
    read = read.normalize('NFD').replace(this.stress, '');
    return this.symbols ? read : [...read].filter((c) => c < '\x80' || !lookUp(this.symbolRuns, c)).join('');
  }

  read(text) { return [...this.readPart(text).split(this.space).filter(Boolean).join(' ')]; }

  ids(units) { return units.slice(0, this.most).map((c) => this.idOf.get(c) ?? lookUp(this.unknownRuns, c)); }

  recognises(units) { return !this.symbols || this.ids(units).some((id) => id !== UNKNOWN); }

  // Each character as it was typed, and how many ids it became: read_each of model/explanation.py.
  pieces(text) {
    const characters = [...text], letters = [], forms = ['NFKC', 'NFKD'];
    let start = 0;
    for (let end = 1; end <= characters.length; end += 1) { // the shortest parts that are composed by themselves
      const [part, rest] = [characters.slice(start, end), characters.slice(end)].map((all) => all.join(''));
      const isApart = forms.every((form) => part.normalize(form) + rest.normalize(form) === (part + rest).normalize(form));
      if (!isApart) continue;
      letters.push(this.readPart(part), ...Array(end - start - 1).fill(''));
      start = end;
    }
    let atSpace = true;
    const squeezed = letters.map((read) => { // white space, as if they were one text
      let part = read.replace(new RegExp(this.space, 'gu'), ' ');
      if (atSpace) part = part.replace(/^ /, '');
      if (part) atSpace = part.endsWith(' ');
      return part;
    });
    const last = squeezed.findLastIndex(Boolean);
    if (last >= 0) squeezed[last] = squeezed[last].replace(/ $/, '');
    return characters.map((character, i) => [character, [...squeezed[i]].length]);
  }
}

class WordReader {
  constructor(tables) { Object.assign(this, tables); }

  // cut of model/words.py
  cut(text) {
    let read = [...text].slice(0, this.mostCharacters).join('').replace(/[–—]/g, '--').replace(this.dropped, '');
    if (this.symbols || !/^[\0-\x7f]*$/.test(read)) read = read.normalize('NFKC');
    if (!this.symbols) read = [...read].filter((c) => c < '\x80' || !lookUp(this.symbolRuns, c)).join('');
    read = replaceAll(read, this.ascii);
    if (!this.keepCase) read = [...read].map((c) => this.folded[c] ?? c.toLowerCase()).join('');
    return read.replace(this.spelling, (found) => this.spellings[found]).match(this.word) ?? [];
  }

  read(text) { return this.cut(text).flatMap((word) => this.idOf.has(word) ? [word] : word.match(this.part)); }

  ids(units) { return units.slice(0, this.most).map((word) => this.idOf.get(word) ?? UNKNOWN); }

  recognises(units) { return units.some((word) => this.idOf.has(word) && /[a-z0-9]|[^\0-\x7f]/i.test(word)); }

  pieces(text) {
    const apart = (piece) => {
      const parts = this.symbols ? piece.split(this.apart) : [piece];
      return parts.flatMap((part) => this.read(part)).join('\n') === this.read(piece).join('\n') ? parts : [piece];
    };
    let left = this.most;
    return text.split(this.spaces).flatMap(apart).filter(Boolean).map((piece) => {
      const n = Math.min(this.read(piece).length, left);
      left -= n;
      return [piece, n];
    });
  }
}

// The lecture's: ASCII, and a character's id is its code.
class CharacterReader extends LetterReader {
  readPart(text) {
    if (/^[\0-\x7f]*$/.test(text)) return text;
    const kept = [...text.normalize('NFKC')].filter((c) => c < '\x80' || !lookUp(this.symbolRuns, c));
    return replaceAll(kept.join(''), this.ascii);
  }

  ids(units) { return units.map((c) => Math.max(c.codePointAt(0), UNKNOWN)); }

  recognises() { return true; }
}

const READERS = {letters: LetterReader, words: WordReader, characters: CharacterReader};

// ------------------------------------------------------------------------------------------------ 2. the network

// The rows of an n-gram table for the windows around each position: NgramEmbedding of model/ngrams.py.
class NgramTable {
  constructor({sizes, scriptSizes, buckets, multipliers, sizeMultiplier}, rows, width) {
    Object.assign(this, {sizes: [...sizes, ...scriptSizes], n: sizes.length, buckets, multipliers, sizeMultiplier, rows, width});
  }

  bucket(ids, t, size) {
    let hash = size * this.sizeMultiplier; // below 2 ** 53
    for (let place = 0, at = t - (size >> 1); place < size; place += 1, at += 1) {
      hash += (ids[at] ?? 0) * this.multipliers[place];
    }
    const high = Math.floor(hash / 2 ** 32), low = hash >>> 0; // hash ^ (hash >> 15), in two halves
    const mixed = [(high ^ (high >>> 15)) >>> 0, (low ^ ((high << 17) | (low >>> 15))) >>> 0];
    return (mixed[0] * 2 ** 32 + mixed[1]) % this.buckets;
  }

  // For each size what its windows add, (T * width). Longer ones read `ngramIds`, those of scripts `unknownIds`.
  parts(ids, {ngramIds, unknownIds}) {
    const [longer, scripts] = [ngramIds, unknownIds].map((of) => ids.map((id) => of[id]));
    return this.sizes.map((size, i) => {
      const read = i >= this.n ? scripts : size > 1 ? longer : ids, part = new Float32Array(ids.length * this.width);
      for (let t = 0; t < ids.length; t += 1) {
        const from = this.bucket(read, t, size) * this.width;
        part.set(this.rows.subarray(from, from + this.width), t * this.width);
      }
      return part;
    });
  }
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

// RNNClassifier of model/core.py with its calibration. E numbers in a row, T ids, D directions, H units, C outputs,
// the first K of which are labels; V votes of the linear classifier beside the GRU.
class ShippedNetwork {
  constructor({config, calibration, ngramIds, unknownIds}, weights) {
    Object.assign(this, {config, calibration, ngramIds, unknownIds, weights});
    const {vocabulary, embedding, units, layers, both, outputs, pool} = config;
    this.gru = new Network({cell: 'gru', vocabulary: 1, embedding, units, both, labels: 1, layers}, 0);
    for (const [name, {values}] of Object.entries(weights)) {
      if (!name.startsWith('gru.')) continue;
      this.gru.weights[name].values = values;
      this.gru.weights[name].gradient = null; // nothing is learnt
    }
    this.D = both ? 2 : 1;
    this.linear = {values: weights['linear.weight'].values, shape: [outputs, this.D * units * (pool ? 3 : 1)]};
    const table = (name, sizes, width) => sizes && new NgramTable(sizes, weights[`${name}.table.weight`].values, width);
    this.ngrams = table('ngram_embedding', config.ngrams, embedding);
    this.votes = table('linear_ngrams', config.linearNgrams, config.linearNgrams?.width);
    this.vocabulary = vocabulary;
  }

  // What the GRU reads the sum of, each (T * E): the n-gram sizes, then the ids.
  embeddingParts(ids) {
    const E = this.config.embedding, own = new Float32Array(ids.length * E), rows = this.weights['embedding.weight'].values;
    ids.forEach((id, t) => own.set(rows.subarray(id * E, (id + 1) * E), t * E));
    return [...this.ngrams?.parts(ids, this) ?? [], own];
  }

  voteParts(ids) { return this.votes?.parts(ids, this) ?? []; }

  // Reads rows (T * E) and returns {layers, pooled, places, scores}: pooled are the last states and, where the
  // network pools, the mean and the maximum of all, (P * D * H); places are the letters that have the maximum.
  read(embedded, T) {
    const {config: {units: H, pool, outputs}, D} = this, {layers, last} = this.gru.readLayers(embedded, T);
    const pooled = new Float32Array((pool ? 3 : 1) * D * H), places = new Int32Array(D * H);
    pooled.set(last);
    if (pool) {
      pooled.fill(-Infinity, 2 * D * H);
      layers.at(-1).forEach(({states}, d) => {
        for (let i = 0; i < states.length; i += 1) {
          const unit = d * H + i % H;
          pooled[D * H + unit] += states[i] / T;
          if (states[i] <= pooled[2 * D * H + unit]) continue;
          pooled[2 * D * H + unit] = states[i];
          places[unit] = i / H | 0;
        }
      });
    }
    const scores = Float32Array.from(this.weights['linear.bias'].values);
    multiply(this.linear, pooled, 0, scores);
    return {layers, pooled, places, scores};
  }

  // The linear classifier's logits (V): the sum of the votes as if their counts had length 1.
  count(parts, T) {
    const {width} = this.config.linearNgrams, sums = new Float32Array(width), scale = Math.sqrt(T * parts.length) || 1;
    for (const part of parts) for (let i = 0; i < part.length; i += 1) sums[i % width] += part[i] / scale;
    return this.project(sums, Float32Array.from(this.weights['linear_ngrams.bias'].values));
  }

  project(sums, logits) {
    const project = this.weights['linear_ngrams.project.weight'];
    if (project) multiply({...project, shape: [logits.length, sums.length]}, sums, 0, logits);
    else add(logits, sums);
    return logits;
  }

  // All outputs (C), with the bias of the calibration; the mean of GRU and linear classifier as `_join` has it.
  outputs(scores, counted) {
    const K = this.config.labels, outputs = Float32Array.from(scores);
    if (counted) {
      const shift = counted.length > K ? (counted[K] - logSumExp(scores.subarray(K))) / 2 : 0;
      for (let i = 0; i < outputs.length; i += 1) outputs[i] = i < K ? (scores[i] + counted[i]) / 2 : scores[i] + shift;
    }
    add(outputs, this.calibration.bias);
    return outputs;
  }

  outputsOf(ids) {
    const {scores} = this.read(sumOf(this.embeddingParts(ids)), ids.length), votes = this.voteParts(ids);
    return this.outputs(scores, votes.length ? this.count(votes, ids.length) : null);
  }

  // Calibrated probabilities of the labels, if the text has one of them, and that of none.
  probabilities(ids) {
    const outputs = this.outputsOf(ids), K = this.config.labels;
    const labels = softmax(outputs.subarray(0, K).map((logit) => logit / this.calibration.temperature));
    const none = softmax(outputs.slice()).subarray(K).reduce((sum, share) => sum + share, 0);
    return {labels, none};
  }

  // What each id adds to the sum of the labels' logits weighted by `weights` (C), (T): integrated gradients from a
  // baseline of zeros, as model/explanation.py takes them. `nodes` are [place from 0 to 1, weight] of the integral.
  contributions(ids, weights, {nodes, tolerance, mostSections}) {
    const parts = this.embeddingParts(ids), whole = sumOf(parts), T = ids.length, E = this.config.embedding;
    const votes = this.voteParts(ids), half = votes.length ? 0.5 : 1, scaled = weights.map((weight) => half * weight);
    const at = (place) => this.read(whole.map((value) => place * value), T);
    const valueOf = (run) => run.scores.reduce((sum, score, i) => sum + score * scaled[i], 0);
    const gradients = new Float32Array(T * E), sections = [[0, 1]];
    const allowed = Math.max(tolerance * Math.abs(valueOf(at(1)) - valueOf(at(0))), 1e-3);
    for (let done = 1; sections.length; done += 1) {
      const [start, end] = sections.pop(), found = new Float32Array(T * E);
      for (const [place, weight] of nodes) {
        const gradient = this.gradient(at(start + place * (end - start)), scaled, T);
        for (let i = 0; i < found.length; i += 1) found[i] += gradient[i] * weight * (end - start);
      }
      const sum = found.reduce((sum, value, i) => sum + value * whole[i], 0);
      const error = Math.abs(sum - (valueOf(at(end)) - valueOf(at(start))));
      if (error <= allowed || done >= mostSections) add(gradients, found);
      else sections.push([start, (start + end) / 2], [(start + end) / 2, end]);
    }
    const added = new Float32Array(T);
    const spread = (values, size) => values.forEach((value, t) => { // equally among the letters of its window
      const places = Array.from({length: size}, (_, i) => t - (size >> 1) + i).filter((place) => place >= 0 && place < T);
      for (const place of places) added[place] += value / places.length;
    });
    const perLetter = (part, width, factor) => Array.from({length: T}, (_, t) => {
      let sum = 0;
      for (let i = t * width; i < (t + 1) * width; i += 1) sum += part[i] * factor(i);
      return sum;
    });
    parts.forEach((part, i) => spread(perLetter(part, E, (at) => gradients[at]), this.ngrams?.sizes[i] ?? 1));
    if (votes.length) { // linear: its gradient is the same all along the path
      const {width} = this.config.linearNgrams, scale = Math.sqrt(T * votes.length), factors = new Float32Array(width);
      const project = this.weights['linear_ngrams.project.weight'];
      for (let i = 0; i < width; i += 1) {
        if (!project) factors[i] = scaled[i] ?? 0;
        else for (let v = 0; v < scaled.length && v < project.values.length / width; v += 1) {
          factors[i] += scaled[v] * project.values[v * width + i];
        }
      }
      votes.forEach((part, i) => spread(perLetter(part, width, (at) => factors[at % width] / scale), this.votes.sizes[i]));
    }
    return added;
  }

  // The gradient of the weighted scores with respect to the rows that were read, (T * E).
  gradient({layers, places}, weights, T) {
    const {config: {units: H, pool}, D} = this, dPooled = new Float32Array((pool ? 3 : 1) * D * H);
    multiplyBack(this.linear, weights, dPooled, 0);
    const dStates = Array.from({length: D}, (_, d) => {
      const gradient = new Float32Array(T * H);
      for (let u = 0; u < H; u += 1) {
        const unit = d * H + u;
        gradient[(d ? 0 : T - 1) * H + u] += dPooled[unit];
        if (!pool) continue;
        for (let t = 0; t < T; t += 1) gradient[t * H + u] += dPooled[D * H + unit] / T;
        gradient[places[unit] * H + u] += dPooled[2 * D * H + unit];
      }
      return gradient;
    });
    return this.gru.backThroughLayers({layers}, dStates).dEmbedded;
  }
}

// --------------------------------------------------------------------------------------------------- 3. answers

// The number that a half-precision float (IEEE 754) stands for.
function halfFloat(bits) {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023], sign = bits & 0x8000 ? -1 : 1;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

class TextClassifier {
  // The gzipped model: the length of its JSON in four bytes, the JSON, the weights.
  static async load(bytes) {
    const unpacked = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')));
    const buffer = await unpacked.arrayBuffer(), length = new DataView(buffer).getUint32(0, true);
    const model = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), weights = {};
    let at = 4 + length;
    const take = (Type, n) => new Type(buffer.slice(at, at += n * Type.BYTES_PER_ELEMENT));
    const halves = (n) => Float32Array.from(take(Uint16Array, n), halfFloat);
    for (const {name, shape, kind} of model.weights) {
      const size = shape.reduce((product, n) => product * n, 1), width = size / shape[0];
      let values = kind === 'fp32' ? take(Float32Array, size) : halves(kind === 'fp16' ? size : shape[0]);
      if (kind === 'int8') { // whole numbers behind a scale for each row
        const scales = values, rows = take(Int8Array, size);
        values = Float32Array.from(rows, (value, i) => value * scales[i / width | 0]);
      }
      weights[name] = {shape, values};
    }
    return new TextClassifier(model, weights);
  }

  constructor({encoder, network, labels, words, known, answers, explaining}, weights) {
    const regular = ([pattern, flags]) => new RegExp(pattern, flags);
    const tables = {...encoder, idOf: new Map(Object.entries(encoder.idOf))};
    for (const name of encoder.patterns) tables[name] = regular(encoder[name]);
    this.reader = new READERS[encoder.kind](tables);
    this.network = new ShippedNetwork(network, weights);
    Object.assign(this, {labels, words, known, limits: answers, explaining, tables});
  }

  // The units that the network reads; an InputError says in one line why a text cannot be read.
  read(text) {
    const {words, limits} = this, refuse = (problem) => { throw new InputError(`${problem}: type ${words.ask}.`); };
    if (typeof text !== 'string') refuse('A text is needed');
    const length = [...text].length;
    if (length > words.most) {
      refuse(`This text has ${length.toLocaleString('en')} characters, and ${words.ask} may have at most ` +
        words.most.toLocaleString('en'));
    }
    if (!text.split(this.tables.space).some(Boolean)) refuse('The text is empty');
    if (/\p{M}{101}/u.test(text)) refuse('This text is mostly marks, or ligatures of many letters');
    const units = this.reader.read(text);
    if (!units.length && !words.needsLetter) refuse(limits.nothing);
    if (words.needsLetter && !units.some((unit) => [...unit].every((c) => lookUp(this.tables.letterRuns, c)))) {
      refuse('There is no letter in this text');
    }
    return units;
  }

  // All that there is to show about a text: Answer of model/classifier.py, without romanised and notes.
  answer(text, k = Math.min(3, this.labels.length)) {
    const units = this.read(text), ids = this.reader.ids(units), recognised = this.reader.recognises(units);
    const {labels, none} = this.network.probabilities(ids.length ? ids : [UNKNOWN]);
    const joint = labels.map((share) => share * (1 - none)), order = [...joint.keys()].sort((a, b) => joint[b] - joint[a]);
    const verdict = this.decide(joint, none), [first, second] = order.map((i) => this.labels[i]);
    return {
      text,
      unsure: verdict.unsure || !recognised,
      isNone: verdict.isNone,
      either: verdict.close && recognised ? [first, second] : null,
      side: verdict.side >= 0 && recognised ? [this.labels.at(-verdict.side), verdict.ofSide] : null,
      predictions: order.slice(0, k).map((i) => [this.labels[i], joint[i]]),
      none: this.network.config.outputs > this.labels.length ? none : null,
      units,
      recognised,
    };
  }

  // What /predict returns; `romanised` is null where a letter is not Latin.
  predict(text, k) {
    const {unsure, either, side, none, predictions} = this.answer(text, k), {known} = this;
    const pair = (name) => ([label, share]) => ({label, [name]: share});
    const shares = Object.entries(known[this.key(text)] ?? {}).map(([i, share]) => [this.labels[i], share]);
    shares.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    return {
      ...{text, romanised: this.inLatin(text), unsure, either, side: side && pair('probability')(side), none},
      ...{predictions: predictions.map(pair('probability')), known: shares.length ? shares.map(pair('share')) : null},
    };
  }

  // In ASCII and lower case, null where there is no table for that: normalise of model/core.py.
  inLatin(text) {
    const {tables} = this, composed = text.normalize('NFKC');
    if ([...composed].some((c) => lookUp(tables.foreignRuns, c))) return null;
    const kept = [...composed].filter((c) => c < '\x80' || !lookUp(tables.symbolRuns, c));
    return kept.map((c) => tables.latin[c] ?? c).join('').toLowerCase().split(tables.space).filter(Boolean).join(' ');
  }

  // What two spellings of one text have in common: TextKind.key of model/data/texts.py.
  key(text) {
    const {tables} = this, latin = this.inLatin(text);
    if (this.reader.symbols) return this.reader.read(text).join('');
    const fold = (c) => tables.folded[c] ?? c.toLowerCase();
    const folded = latin ?? [...text.normalize('NFKC')].map(fold).join('').normalize('NFKC').replace(tables.stress, '');
    const kept = [...folded].filter((c) => lookUp(tables.wordRuns, c)).join('');
    return kept || text;
  }

  // Calibration.decide of model/storage/model.py, for one text.
  decide(joint, none) {
    const {unsureBelow, eitherBelow, together, onAScale} = this.limits;
    const [best, second] = [...joint].sort((a, b) => b - a), half = joint.length >> 1;
    const isNone = none > best && none >= unsureBelow, isLow = !isNone && best < unsureBelow;
    const sum = (shares) => shares.reduce((total, share) => total + share, 0);
    const sides = half ? [sum(joint.slice(0, half)), sum(joint.slice(-half))] : [0, 0];
    const ofSide = Math.max(...sides), hasSide = onAScale && isLow && ofSide >= unsureBelow;
    const close = best - second < (onAScale ? 0 : eitherBelow) && second >= none && best + second >= together;
    return {isNone, unsure: (isLow && !hasSide) || close, close, side: hasSide ? sides.indexOf(ofSide) : -1, ofSide};
  }

  // What each character or word adds to the logit of the best label: [[piece, value], …], and the start.
  explain(text) {
    const ids = this.reader.ids(this.read(text)), outputs = this.network.outputsOf(ids), K = this.labels.length;
    const {onAScale} = this.limits, {temperature} = this.network.calibration;
    const best = onAScale ? K - 1 : outputs.indexOf(Math.max(...outputs.subarray(0, K)));
    const weights = Float32Array.from(outputs, (_, i) => onAScale && i < K ? 2 * i / (K - 1) - 1 : Number(i === best));
    const values = this.network.contributions(ids, weights, this.explaining).map((value) => value / temperature);
    let at = 0;
    const sum = (n) => values.slice(at, at += n).reduce((total, value) => total + value, 0);
    const contributions = this.reader.pieces(text).map(([piece, n]) => [piece, sum(n)]);
    const end = outputs.reduce((total, output, i) => total + output * weights[i], 0) / temperature;
    return {text, label: this.labels[best], contributions, start: end - values.reduce((a, b) => a + b, 0)};
  }
}
