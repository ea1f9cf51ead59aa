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
const utf8 = (text) => new TextEncoder().encode(text);
const concatenated = (parts) => Uint8Array.from(parts.flatMap((part) => Array.from(part)));
const halves = (number) => [number & 65535, number >>> 16];
const shorts = (numbers) => new Uint8Array(Uint16Array.from(numbers).buffer); // lowest byte first

// Returns {name, blob} of the zip for what the worker's `weights` returned. Raises an Error for other cells.
function downloadModel({config, encoder, labels, weights}, settings) {
  const {cell, vocabulary, embedding, units, both, layers = 1} = config,
    {data, rate, batch, seed} = settings;
  if (cell !== 'gru') throw new Error('Only a GRU can be downloaded: app.py opens no other cell.');
  const folder = `gru-${data}`,
    tensors = safetensors(weights),
    model = {
      format_version: 4,
      network: {
        vocabulary_size: vocabulary,
        embedding_size: embedding,
        hidden_size: units,
        n_layers: layers,
        bidirectional: both,
        n_labels: labels.length,
      },
      encoder: {kind: data === 'names' ? 'plain letters' : 'letters', ...encoder, symbols: true},
      labels,
      other_labels: [],
      calibration: {bias: labels.map(() => 0), unsure_below: 0, rows: 0}, // neutral
      training: {
        task: data === 'names' ? data : {must_not: MUST_NOT, symbols: true},
        seed,
        learning_rate: rate,
        batch_size: batch,
      },
      files: {'model.safetensors': sha256(tensors)},
    };
  const escaped = labels.map((text) => text.replace(/[\\`*_{}[\]<>#|~!&]/g, '\\$&'));
  const card = `# A GRU that was trained in a browser\n\n${MUST_NOT}\n
- It was trained on ${TRAINED_ON[data]}
- Its answers: ${escaped.join(', ')}. It was not scored, and its probabilities are not calibrated.
- ${units} units, ${both ? 'both ways' : 'one way'}; Adam at ${rate}, batches of ${batch}, seed ${seed}.\n
Unzip it in a clone of the code and run \`python app.py --model ${folder}\`.\n`;
  const json = utf8(JSON.stringify(model, null, 1));
  const parts = zipped(folder, {
    'README.md': utf8(card),
    'config.json': json,
    'model.safetensors': tensors,
  });
  return {name: `${folder}.zip`, blob: new Blob(parts, {type: 'application/zip'})};
}

// The format of safetensors: the length of the header as 64 bits, the header, all numbers.
function safetensors(weights) {
  const header = {},
    numbers = [];
  let end = 0;
  for (const [name, {shape, values}] of Object.entries(weights)) {
    header[name] = {dtype: 'F32', shape, data_offsets: [end, (end += 4 * values.length)]};
    numbers.push(new Uint8Array(values.slice().buffer));
  }
  const text = JSON.stringify(header),
    length = (text.length + 7) & ~7; // aligns the numbers
  return concatenated([shorts([...halves(length), 0, 0]), utf8(text.padEnd(length)), ...numbers]);
}

// The parts of a zip without compression: each file behind its header, then the directory and its place.
function zipped(folder, files) {
  const parts = [],
    directory = [];
  let at = 0;
  for (const [file, bytes] of Object.entries(files)) {
    const name = utf8(`${folder}/${file}`),
      size = halves(bytes.length);
    // Version 1.0, no flags, no compression, 1 January 1980, checksum, size twice, no extra field
    const about = [10, 0, 0, 0, 33, ...halves(crc32(bytes)), ...size, ...size, name.length, 0];
    parts.push(shorts([0x4b50, 0x0403, ...about]), name, bytes);
    directory.push(shorts([0x4b50, 0x0201, 10, ...about, 0, 0, 0, 0, 0, ...halves(at)]), name);
    at += 30 + name.length + bytes.length;
  }
  const n = directory.length / 2,
    listed = concatenated(directory);
  return [
    ...parts,
    listed,
    shorts([0x4b50, 0x0605, 0, 0, n, n, ...halves(listed.length), ...halves(at), 0]),
  ];
}

function crc32(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 && 0xedb88320);
  }
  return ~sum;
}

// Fills in code.txt, the same network and its training in PyTorch.
const pytorchCode = (code, {cell, both, ...sizes}, settings) =>
  code.replace(
    /\{(\w+)\}/g,
    (_, name) =>
      ({
        ...settings,
        ...sizes,
        cell,
        CELL: cell.toUpperCase(),
        both: both ? 'True' : 'False',
        states: sizes.units * (both ? 2 : 1),
        last: cell === 'lstm' ? 'last[0]' : 'last',
      })[name],
  );
