// SHA-256 (FIPS 180-4), with the names of the standard. crypto.subtle has it as well, but not on a plain http address.

function firstPrimes(n) {
  const primes = [];
  for (let candidate = 2; primes.length < n; candidate += 1) {
    const isPrime = primes.every((prime) => candidate % prime);
    if (isPrime) primes.push(candidate);
  }
  return primes;
}
const fraction = (x) => ((x % 1) * 2 ** 32) | 0; // its first 32 bits
const rotated = (x, n) => (x >>> n) | (x << (32 - n));
const START = firstPrimes(8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = firstPrimes(64).map((prime) => fraction(Math.cbrt(prime)));

/**
 * @param {Uint8Array} bytes
 * @returns {string} 64 hexadecimal digits
 */
function sha256(bytes) {
  const view = paddedView(bytes);
  let state = START;
  for (let at = 0; at < view.byteLength; at += 64) {
    const words = scheduleOf(view, at);
    state = digested(state, words);
  }
  return state.map(hexadecimal).join('');
}

/** 32 bits as eight digits. */
function hexadecimal(bits) {
  const unsigned = bits >>> 0;
  return unsigned.toString(16).padStart(8, '0');
}

/** The bytes, a bit of 1, zeros, and the number of bits as 64 bits: whole blocks of 64 bytes. */
function paddedView(bytes) {
  const blocks = (bytes.length + 72) >> 6;
  const padded = new Uint8Array(64 * blocks);
  padded.set(bytes);
  padded[bytes.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, bytes.length / 2 ** 29);
  view.setUint32(padded.length - 4, bytes.length << 3);
  return view;
}

/** The 64 words that the 16 of a block become. */
function scheduleOf(view, at) {
  const words = new Int32Array(64);
  for (let i = 0; i < 16; i += 1) {
    const place = at + 4 * i;
    words[i] = view.getInt32(place);
  }
  for (let i = 16; i < 64; i += 1) {
    const far = words[i - 15];
    const near = words[i - 2];
    const sigma0 = rotated(far, 7) ^ rotated(far, 18) ^ (far >>> 3);
    const sigma1 = rotated(near, 17) ^ rotated(near, 19) ^ (near >>> 10);
    words[i] = words[i - 16] + words[i - 7] + sigma0 + sigma1;
  }
  return words;
}

/** The state after a block. */
function digested(state, words) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const chosen = g ^ (e & (f ^ g));
    const majority = (a & b) | (c & (a | b));
    const first = h + sum1 + chosen + ROUNDS[i] + words[i];
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sum0 + majority) | 0;
  }
  const sums = [a, b, c, d, e, f, g, h];
  return sums.map((sum, i) => (sum + state[i]) | 0);
}
