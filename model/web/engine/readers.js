// Text to units, and units to ids: the encoders of model/text/letters.py, words.py and encoder.py. Units
// are letters or words in the form that the network reads. All that depends on a language, on
// Unicode or on a task is in rules, which model/storage/browser.py writes.
//
//   const reader = readerOf(rules);
//   const units = reader.readUnits('Müller');   // the letters or words
//   reader.ids(units);                     // a number for each
//   reader.pieces('Müller');               // [['M', 1], ['ü', 1], …]: what was typed, and its ids

/** @param {ArrayLike<number>} numbers @returns {number} */
export const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

const isAscii = (text) => /^[\0-\x7f]*$/.test(text);

/** The text with each character replaced by what `others` has for it, if anything. */
function replaceAll(text, others) {
  return [...text].map((character) => others[character] ?? character).join('');
}

/**
 * The value of a character in runs.
 * @param {number[]} runs [from, value, from, value, …]: a value holds until the next code point
 * @param {string} character
 * @returns {number}
 */
export function lookUp(runs, character) {
  const code = character.codePointAt(0);
  let low = 0;
  let high = runs.length / 2 - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[2 * middle] <= code) low = middle;
    else high = middle - 1;
  }
  return runs[2 * low + 1];
}

/** What readers share. Their fields are the rules, `encoder_rules` in model/storage/browser.py. */
class Reader {
  /** @param {object} rules with `idOf` as a Map and the patterns compiled */
  constructor(rules) {
    Object.assign(this, rules);
  }

  /** The text without regard to case. */
  fold(text) {
    const characters = [...text].map((c) => this.folded[c] ?? c.toLowerCase());
    return characters.join('');
  }

  /** The text without white space at its ends. */
  strip(text) {
    return text.replace(this.edges, '');
  }

  /** What a text has between white space. */
  split(text) {
    return text.split(this.space).filter(Boolean);
  }

  /** The text without emoji and other symbols. */
  withoutSymbols(text) {
    const read = [...text].filter((c) => c < '\x80' || !lookUp(this.symbolRuns, c));
    return read.join('');
  }

  /**
   * A text in ASCII and lower case: normalise of model/core.py.
   * @param {string} text
   * @returns {string | null} null where a letter is not Latin
   */
  inLatin(text) {
    const composed = text.normalize('NFKC');
    const isForeign = [...composed].some((c) => lookUp(this.foreignRuns, c));
    if (isForeign) return null;
    const latin = replaceAll(this.withoutSymbols(composed), this.latin);
    return this.split(latin.toLowerCase()).join(' ');
  }

  /**
   * A key that is equal for spellings of the same text: TextKind.key of model/data/texts.py.
   * @param {string} text
   * @returns {string}
   */
  key(text) {
    if (this.symbols) return this.readUnits(text).join('');
    const spelling = this.inLatin(text) ?? this.withoutStress(text);
    const letters = [...spelling].filter((c) => lookUp(this.wordRuns, c));
    return letters.join('') || text;
  }

  withoutStress(text) {
    const folded = this.fold(text.normalize('NFKC'));
    return folded.normalize('NFKC').replace(this.stress, '');
  }
}

/** Reads a letter at a time. */
class LetterReader extends Reader {
  /** The letters that a text is read as, with its white space: decompose of model/text/letters.py. */
  spell(text) {
    let read = text.replace(this.dropped, '');
    if (isAscii(read) && !read.includes('`')) return this.keepCase ? read : read.toLowerCase();
    read = read.normalize('NFC');
    for (let i = 0; i < 2; i += 1) {
      read = replaceAll(read, this.plain).normalize('NFKC');
      if (!this.keepCase) read = this.fold(read);
    }
    read = read.normalize('NFD').replace(this.stress, '');
    return this.symbols ? read : this.withoutSymbols(read);
  }

  /** @param {string} text @returns {string[]} units */
  readUnits(text) {
    return [...this.split(this.spell(text)).join(' ')];
  }

  /** @param {string[]} units @returns {number[]} */
  ids(units) {
    return units.slice(0, this.most).map((letter) => {
      return this.idOf.get(letter) ?? lookUp(this.unknownRuns, letter);
    });
  }

  /** Whether the network can judge a text of these units. */
  recognises(units) {
    if (!this.symbols) return true;
    return this.ids(units).some((id) => id !== this.unknown);
  }

  /**
   * Each character as it was typed, with its marks, and how many ids it became: letter_pieces of
   * model/encoder.py.
   * @param {string} text
   * @returns {Array<[string, number]>}
   */
  pieces(text) {
    const most = this.readUnits(text).length;
    const pieces = [];
    let beginning = '';
    let end = 0;
    for (const [piece] of text.matchAll(/.\p{M}*/gsu)) {
      beginning += piece;
      const start = end;
      const before = this.readUnits(`${beginning}x`).length - 1;
      end = Math.max(start, Math.min(before, most));
      pieces.push([piece, end - start]);
    }
    return pieces;
  }
}

/** Reads a word at a time. */
class WordReader extends Reader {
  /** The words of a text: cut of model/text/words.py. */
  cut(text) {
    const first = [...text].slice(0, this.mostCharacters);
    const dashed = first.join('').replace(/[–—]/g, '--');
    let read = dashed.replace(this.dropped, '');
    if (this.symbols || !isAscii(read)) read = read.normalize('NFKC');
    if (!this.symbols) read = this.withoutSymbols(read);
    read = replaceAll(read, this.ascii);
    if (!this.keepCase) read = this.fold(read);
    read = read.replace(this.spelling, (spelling) => this.spellings[spelling]);
    return read.match(this.word) ?? [];
  }

  /** @param {string} text @returns {string[]} units: words, and segments or pieces of those not known */
  readUnits(text) {
    return this.cut(text).flatMap((word) => {
      if (this.idOf.has(word)) return word;
      const segments = word.match(this.part);
      return this.inPieces ? segments.flatMap((segment) => this.longestPieces(segment)) : segments;
    });
  }

  /** A segment of a word, or its longest pieces if they are all known. */
  longestPieces(segment) {
    if (this.idOf.has(segment)) return [segment];
    const letters = [...segment];
    const pieces = [];
    let start = 0;
    while (start < letters.length) {
      const mark = start ? '-' : '';
      let end = Math.min(start + this.longestPiece, letters.length);
      const piece = () => mark + letters.slice(start, end).join('');
      while (end > start + 1 && !this.idOf.has(piece())) end -= 1;
      if (!this.idOf.has(piece())) return [segment];
      pieces.push(piece());
      start = end;
    }
    return pieces;
  }

  /** @param {string[]} units @returns {number[]} */
  ids(units) {
    const first = units.slice(0, this.most);
    return first.map((word) => this.idOf.get(word) ?? this.unknown);
  }

  /** Whether the network can judge a text of these units. */
  recognises(units) {
    const known = units.filter((word) => this.idOf.has(word));
    return known.some((word) => this.ofWords.test(word));
  }

  /**
   * Each word or gap as it was typed, and how many ids it became.
   * @param {string} text
   * @returns {Array<[string, number]>}
   */
  pieces(text) {
    const typed = text.split(this.spaces).filter(Boolean);
    return typed.flatMap((piece) => this.apartIfSo(piece)).filter(([piece]) => piece);
  }

  /** The segments of a piece, unless a mark belongs to two of them: then it is one. */
  apartIfSo(piece) {
    const n = this.readUnits(piece).length;
    const segments = this.symbols ? piece.split(this.apart) : [piece];
    const counts = segments.map((segment) => this.readUnits(segment).length);
    if (total(counts) !== n) return [[piece, n]];
    return segments.map((segment, i) => [segment, counts[i]]);
  }
}

/** The lecture's: a letter at a time, in ASCII; the id of a character is its code. */
class CharacterReader extends LetterReader {
  spell(text) {
    if (isAscii(text)) return text;
    return replaceAll(this.withoutSymbols(text.normalize('NFKC')), this.ascii);
  }

  ids(units) {
    return units.map((c) => Math.max(c.codePointAt(0), this.unknown));
  }
}

const READERS = {
  letters: LetterReader,
  words: WordReader,
  characters: CharacterReader,
};

/**
 * The reader of a model.
 * @param {{kind: string, idOf: Object<string, number>, patterns: string[]}} rules `patterns`: the
 *   names of those rules that are a regular expression and its flags
 * @returns {Reader}
 */
export function readerOf({kind, idOf, patterns, ...rules}) {
  for (const name of patterns) rules[name] = new RegExp(...rules[name]);
  rules.idOf = new Map(Object.entries(idOf));
  return new READERS[kind](rules);
}
