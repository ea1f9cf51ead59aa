// Turns a network that was trained in the page into one file that TextClassifier loads, and into PyTorch code.
// As in train.js, no quoted word here may be the name of a parameter of gr.HTML.

const MUST_NOT =
  'It was made to watch a network learn. Do not use it to decide anything about a person.';

/**
 * A model.safetensors with its config.json in the metadata: the length of the header as 64 bits, the header, all numbers.
 * @param {object} trained - {config, encoder, labels, weights}, as METHODS.weights of worker.js returns them
 * @param {object} settings - {data, rate, batch, seed} of the training
 * @returns {{name: string, blob: Blob}} the file and what is in it; an Error for other cells than a GRU
 */
export function downloadModel({config, encoder, labels, weights}, settings) {
  if (config.cell !== 'gru') {
    throw new Error('Only a GRU can be downloaded: app.py opens no other cell.');
  }
  const model = {
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
  };
  const header = {__metadata__: {config: JSON.stringify(model)}};
  let start = 0;
  for (const [name, {shape, values}] of Object.entries(weights)) {
    const end = start + values.byteLength;
    header[name] = {dtype: 'F32', shape, data_offsets: [start, end]};
    start = end;
  }
  const bytes = new TextEncoder().encode(JSON.stringify(header));
  const padding = ' '.repeat(-bytes.length & 7); // aligns the numbers
  const length = BigInt(bytes.length + padding.length);
  const numbers = Object.values(weights).map(({values}) => values);
  const blob = new Blob([new BigUint64Array([length]), bytes, padding, ...numbers]);
  return {name: `gru-${settings.data}.safetensors`, blob};
}

// Parts of config.json, in the words of model/storage/config.py

function networkOf({vocabulary, embedding, units, both}, labels) {
  return {
    vocabulary_size: vocabulary,
    embedding_size: embedding,
    hidden_size: units,
    n_layers: 1,
    bidirectional: both,
    n_labels: labels.length,
  };
}

function encoderOf(encoder, {data}) {
  const kind = data === 'names' ? 'plain letters' : 'letters';
  return {
    kind,
    ...encoder,
    symbols: true,
  };
}

function trainingOf({data, seed, rate, batch}) {
  return {
    task: data === 'names' ? data : {must_not: MUST_NOT},
    seed,
    learning_rate: rate,
    batch_size: batch,
  };
}

/**
 * Fills in code.txt, the same network and its training in PyTorch.
 * @param {string} code - with {NAME} where something goes
 * @param {object} config - of the network
 * @param {object} settings - {rate, batch, …} of the training
 * @returns {string}
 */
export function pytorchCode(code, config, settings) {
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
