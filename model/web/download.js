// Turns a network that was trained in the page into a model folder in a zip, and into PyTorch code.
// As in train.js, no quoted word here may be the name of a parameter of gr.HTML.

const MUST_NOT =
  'It was made to watch a network learn. Do not use it to decide anything about a person.';
const TRAINED_ON = {
  names:
    'up to 400 surnames of each language, in plain letters, from the data of this project ' +
    '(CC BY 4.0). The language of a surname is not a nationality, an ethnicity or a mother tongue.',
  order: 'random strings: does a stand before b?',
  own: 'a table that its maker pasted into the page.',
};
// The signatures of the parts of a zip, and the version of the format, 1.0
const LOCAL = [0x4b50, 0x0403];
const CENTRAL = [0x4b50, 0x0201];
const END = [0x4b50, 0x0605];
const VERSION = 10;
const utf8 = (text) => new TextEncoder().encode(text);
const concatenated = (parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const halves = (number) => [number & 65535, number >>> 16];
const shorts = (numbers) => new Uint8Array(Uint16Array.from(numbers).buffer); // lowest byte first

/**
 * A model folder in a zip.
 * @param {object} trained - {config, encoder, labels, weights}, as METHODS.weights of worker.js returns them
 * @param {object} settings - {data, rate, batch, seed} of the training
 * @returns {{name: string, blob: Blob}} the file and what is in it; an Error for other cells than a GRU
 */
function downloadModel({config, encoder, labels, weights}, settings) {
  if (config.cell !== 'gru') {
    throw new Error('Only a GRU can be downloaded: app.py opens no other cell.');
  }
  const folder = `gru-${settings.data}`;
  const tensors = safetensors(weights);
  const model = {
    format_version: 4,
    network: networkOf(config, labels),
    encoder: encoderOf(encoder, settings),
    labels,
    other_labels: [],
    calibration: {
      bias: labels.map(() => 0), // neutral
      unsure_below: 0,
      rows: 0,
    },
    training: trainingOf(settings),
    files: {'model.safetensors': sha256(tensors)},
  };
  const parts = zipped(folder, {
    'README.md': utf8(cardOf(folder, labels, config, settings)),
    'config.json': utf8(JSON.stringify(model, null, 1)),
    'model.safetensors': tensors,
  });
  const blob = new Blob(parts, {type: 'application/zip'});
  return {name: `${folder}.zip`, blob};
}

// Parts of config.json, in the words of model/storage/config.py

function networkOf({vocabulary, embedding, units, layers = 1, both}, labels) {
  return {
    vocabulary_size: vocabulary,
    embedding_size: embedding,
    hidden_size: units,
    n_layers: layers,
    bidirectional: both,
    n_labels: labels.length,
  };
}

function encoderOf(encoder, {data}) {
  const kind = data === 'names' ? 'plain letters' : 'letters';
  return {kind, ...encoder, symbols: true};
}

function trainingOf({data, seed, rate, batch}) {
  return {
    task: data === 'names' ? data : {must_not: MUST_NOT, symbols: true},
    seed,
    learning_rate: rate,
    batch_size: batch,
  };
}

/** README.md of the folder. */
function cardOf(folder, labels, {units, both}, {data, rate, batch, seed}) {
  const escaped = labels.map((text) => text.replace(/[\\`*_{}[\]<>#|~!&]/g, '\\$&'));
  return `# A GRU that was trained in a browser\n\n${MUST_NOT}\n
- It was trained on ${TRAINED_ON[data]}
- Its answers: ${escaped.join(', ')}. It was not scored, and its probabilities are not calibrated.
- ${units} units, ${both ? 'both ways' : 'one way'}; Adam at ${rate}, batches of ${batch}, seed ${seed}.\n
Unzip it in a clone of the code and run \`python app.py --model ${folder}\`.\n`;
}

/**
 * The format of safetensors: the length of the header as 64 bits, the header, all numbers.
 * @param {Object<string, {shape: number[], values: Float32Array}>} weights
 * @returns {Uint8Array}
 */
function safetensors(weights) {
  const header = {};
  const numbers = [];
  let start = 0;
  for (const [name, {shape, values}] of Object.entries(weights)) {
    const end = start + 4 * values.length;
    header[name] = {dtype: 'F32', shape, data_offsets: [start, end]};
    numbers.push(new Uint8Array(values.slice().buffer));
    start = end;
  }
  const text = JSON.stringify(header);
  const length = 8 * Math.ceil(text.length / 8); // aligns the numbers
  const size = shorts([...halves(length), 0, 0]);
  const padded = utf8(text.padEnd(length));
  return concatenated([size, padded, ...numbers]);
}

/**
 * A zip without compression: each file behind its header, then the directory and its place.
 * @param {string} folder
 * @param {Object<string, Uint8Array>} files
 * @returns {Uint8Array[]} the parts of the zip, in order
 */
function zipped(folder, files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [file, bytes] of Object.entries(files)) {
    const name = utf8(`${folder}/${file}`);
    const about = aboutFile(name, bytes);
    const header = shorts([...LOCAL, ...about]);
    const noComment = [0, 0, 0, 0, 0]; // and no attributes
    const entry = shorts([...CENTRAL, VERSION, ...about, ...noComment, ...halves(at)]);
    directory.push(entry, name);
    parts.push(header, name, bytes);
    at += header.length + name.length + bytes.length;
  }
  const n = Object.keys(files).length;
  const listed = concatenated(directory);
  const size = halves(listed.length);
  const place = halves(at);
  const end = shorts([...END, 0, 0, n, n, ...size, ...place, 0]);
  return [...parts, listed, end];
}

/** What a header of a zip has of a file, in 16-bit numbers. */
function aboutFile(name, bytes) {
  const size = halves(bytes.length);
  const plain = [0, 0]; // no flags, no compression
  const date = [0, 33]; // 1 January 1980
  const noExtraField = 0;
  return [
    VERSION,
    ...plain,
    ...date,
    ...halves(crc32(bytes)),
    ...size, // compressed
    ...size,
    name.length,
    noExtraField,
  ];
}

/** The checksum of a zip. */
function crc32(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      const polynomial = sum & 1 ? 0xedb88320 : 0;
      sum = (sum >>> 1) ^ polynomial;
    }
  }
  return ~sum;
}

/**
 * Fills in code.txt, the same network and its training in PyTorch.
 * @param {string} code - with {NAME} where something goes
 * @param {object} config - of the network
 * @param {object} settings - {rate, batch, …} of the training
 * @returns {string}
 */
function pytorchCode(code, config, settings) {
  const {cell, both, units} = config;
  const words = {
    ...settings,
    ...config,
    CELL: cell.toUpperCase(),
    both: both ? 'True' : 'False',
    states: both ? 2 * units : units,
    last: cell === 'lstm' ? 'last[0]' : 'last',
  };
  return code.replace(/\{(\w+)\}/g, (_, name) => words[name]);
}
