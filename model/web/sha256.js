// SHA-256 (FIPS 180-4). crypto.subtle has it as well, but not on a plain http address.

const isPrime = (n, _, smaller) => !smaller.some((d) => d < n && n % d === 0);
const PRIMES = Array.from({length: 310}, (_, i) => i + 2).filter(isPrime); // the first 64
const fraction = (x) => ((x % 1) * 2 ** 32) | 0; // its first 32 bits
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

function sha256(bytes) {
  // A bit of 1, zeros, and the number of bits as 64 bits fill the last block of 64 bytes.
  const padded = new Uint8Array(((bytes.length + 72) >> 6) << 6);
  padded.set(bytes);
  padded[bytes.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, bytes.length / 2 ** 29);
  view.setUint32(padded.length - 4, bytes.length << 3);
  const sums = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const words = new Int32Array(64),
    turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let start = 0; start < padded.length; start += 64) {
    for (let i = 0; i < 64; i += 1) {
      const far = words[i - 15],
        near = words[i - 2];
      words[i] =
        i < 16
          ? view.getInt32(start + 4 * i)
          : words[i - 16] +
            words[i - 7] +
            (turn(far, 7) ^ turn(far, 18) ^ (far >>> 3)) +
            (turn(near, 17) ^ turn(near, 19) ^ (near >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = sums;
    for (let i = 0; i < 64; i += 1) {
      const chosen = g ^ (e & (f ^ g)),
        majority = (a & b) | (c & (a | b));
      const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + chosen + ROUNDS[i] + words[i];
      const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((sum, i) => {
      sums[i] += sum;
    });
  }
  return Array.from(sums, (sum) => (sum >>> 0).toString(16).padStart(8, '0')).join('');
}
