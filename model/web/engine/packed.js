// A model as `pack` of model/storage/browser.py writes it: gzipped, the length of its JSON in four
// bytes, the JSON, the weights.

import {rowsOf} from './network.js';

/** @param {string} base64 @returns {Uint8Array} */
export function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Unpack gzipped bytes. Not by Blob.stream, which fails in Safari's engine in a worker of a page
 * that was opened as a file.
 * @param {Uint8Array} bytes
 * @returns {Response} whose arrayBuffer() or json() is the content
 */
export function unzipped(bytes) {
  return new Response(new Response(bytes).body.pipeThrough(new DecompressionStream('gzip')));
}

/**
 * Read a packed model.
 * @param {Uint8Array} bytes
 * @returns {Promise<{model: object, weights: Object<string, {shape: number[],
 *   values: Float32Array, rows: Float32Array[]}>}>} its JSON, and its weights by name;
 *   `rows` are views of the rows of a matrix, unless it is large
 */
export async function unpack(bytes) {
  const buffer = await unzipped(bytes).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const model = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  const take = (Type, n) => {
    const start = at;
    at += n * Type.BYTES_PER_ELEMENT;
    return new Type(buffer.slice(start, at));
  };
  const weights = {};
  for (const {name, shape, kind} of model.weights) {
    const size = shape.reduce((product, n) => product * n, 1);
    const values = valuesOf(kind, size, shape[0], take);
    const isLarge = size >= 1e6;
    const rows = isLarge ? [] : rowsOf(values, shape.at(-1));
    weights[name] = {shape, values, rows};
  }
  return {model, weights};
}

/**
 * The numbers of a weight.
 * @param {'fp32' | 'fp16' | 'int8'} kind
 * @param {number} size how many they are
 * @param {number} nRows of int8, whose scales stand before the numbers
 * @param {(Type: Function, n: number) => ArrayLike<number>} take the next numbers of the file
 * @returns {Float32Array}
 */
function valuesOf(kind, size, nRows, take) {
  if (kind === 'fp32') return take(Float32Array, size);
  if (kind === 'fp16') return singles(take(Uint16Array, size));
  const scales = singles(take(Uint16Array, nRows));
  const numbers = take(Int8Array, size);
  return scaled(numbers, scales);
}

/** Half-precision floats: with the same bits a single-precision one is 2 ** 112 times too small. */
function singles(halves) {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i += 1) {
    const sign = (halves[i] & 0x8000) << 16;
    const magnitude = (halves[i] & 0x7fff) << 13;
    bits[i] = sign | magnitude;
    values[i] *= 2 ** 112;
  }
  return values;
}

/** Whole numbers times the scale of their row; a call for each number would take half a second. */
function scaled(numbers, scales) {
  const values = new Float32Array(numbers.length);
  const width = numbers.length / scales.length;
  for (let row = 0; row < scales.length; row += 1) {
    const scale = scales[row];
    const end = (row + 1) * width;
    for (let i = row * width; i < end; i += 1) {
      values[i] = numbers[i] * scale;
    }
  }
  return values;
}
