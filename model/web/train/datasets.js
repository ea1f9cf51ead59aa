// The data of the tab Train: names, random strings or the visitor's own table become rows of two sides.
//
//   const data = DATA.order({length: 8, seed: 0});   // or DATA.names({names, seed}), DATA.own({table, seed})
//   data.training[0]   // {text: 'acdbeefh', units: ['a', 'c', …], ids: [2, 4, …], label: 0, isHeldOut: false}
//
// A row has the text as it was written, its letters as they are read, their ids, and the index of its label.

import {randomNumbers} from '../engine/network.js';
import {recordsOf} from '../list/tables.js';

const STRINGS = 3000; // of the data `order`
const ROWS = 5000; // at most, in one's own table
const LABELS = 30; // at most
export const LETTERS = 100; // at most, in a text
const FEWEST = 5; // different texts of a label; one of five is held out
const UNKNOWN_ID = 1; // of a letter that is not in the vocabulary; 0 is padding
export const FIRST_ID = 2;
const LATIN = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
};
const NOT_TWO_COLUMNS =
  'There are not two columns, text and label: put a tab, a comma or a semicolon between them.';

/**
 * The letters of a text as model/text/letters.py reads them: É is e and a mark. Names lose their marks.
 * @param {string} text
 * @param {boolean} isName
 * @returns {string[]}
 */
export function unitsOf(text, isName) {
  const typed = text
    .replace(/[‘’ʼʻ‛′＇´]/g, "'")
    .replace(/[‐‑‒–—−]/g, '-')
    .replace(/İ/g, 'I');
  const visible = typed.replace(/(?!\s)(?:[\p{Cc}\p{Cf}]|[\ufe00-\ufe0f])/gu, '');
  const lower = oneLine(visible).normalize('NFKC').toLowerCase();
  const folded = lower.replace(/ß/g, 'ss').replace(/ς/g, 'σ');
  const read = folded.normalize('NFD');
  if (!isName) return [...read];
  const plain = read.replace(/\p{M}/gu, '');
  const latin = plain.replace(/./gu, (letter) => LATIN[letter] ?? letter);
  return [...latin];
}

/** A text without blanks at its ends, and with one between its words. */
const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** The number of each letter in a vocabulary, 1 where it has none. */
export function idsOf(units, characters) {
  return units.map((unit) => {
    const place = characters.indexOf(unit);
    return place < 0 ? UNKNOWN_ID : place + FIRST_ID;
  });
}

/** A new list with the items of another in a random order. */
export function shuffle(list, random) {
  const drawn = list.map((item) => ({item, place: random()}));
  drawn.sort((one, other) => one.place - other.place);
  return drawn.map(({item}) => item);
}

/**
 * Holds out one of five different texts of each label. All rows of a text are on the same side.
 * @param {string[][]} pairs - [text, label]
 * @param {number} seed
 * @param {boolean} isNames
 * @returns {object} {labels, texts, isNames, characters, training, heldOut}: `texts` counts the different texts of
 *   each label, `characters` are the letters of the training rows
 */
function split(pairs, seed, isNames = false) {
  const labels = [...new Set(pairs.map(([, label]) => label))].sort();
  const texts = labels.map(() => 0);
  const sides = new Map(); // whether a text is held out
  const rows = [];
  for (const [text, name] of shuffle(pairs, randomNumbers(seed))) {
    const units = unitsOf(text, isNames);
    const key = units.join('');
    const label = labels.indexOf(name);
    if (!sides.has(key)) {
      sides.set(key, texts[label] % FEWEST === 0);
      texts[label] += 1;
    }
    rows.push({
      text,
      units,
      label,
      isHeldOut: sides.get(key),
    });
  }
  const training = rows.filter((row) => !row.isHeldOut);
  const heldOut = rows.filter((row) => row.isHeldOut);
  const characters = [...new Set(training.flatMap(({units}) => units))].sort();
  for (const row of rows) row.ids = idsOf(row.units, characters);
  return {
    labels,
    texts,
    isNames,
    characters,
    training,
    heldOut,
  };
}

/** What is wrong with row `i` of one's own table, undefined for nothing. */
function problemOf(text, label, i) {
  const n = unitsOf(text).length;
  if (!n || !label) return 'has no text or no label: add it, or leave the line out';
  if (n > LETTERS) return `has a text of ${n} letters, and ${LETTERS} are the most: shorten it`;
  if (i === ROWS) return `is row ${ROWS + 1}, and ${ROWS} are the most: leave some out`;
}

export const DATA = {
  /** Names, a line for each language: `Arabic: abbas, abboud …`. */
  names({names, seed}) {
    const pairs = [];
    for (const line of names.trim().split('\n')) {
      const [label, texts] = line.split(': ');
      for (const text of texts.split(', ')) pairs.push([text, label]);
    }
    return split(pairs, seed, true);
  },

  /** Strings with one a and one b, in the first half: how long must a cell remember which came first? */
  order({length, seed}) {
    const random = randomNumbers(seed);
    const places = [...Array(Math.max(5, Math.ceil(length / 2))).keys()];
    const pairs = [];
    const otherLetter = () => {
      return 'cdefgh'[Math.floor(random() * 6)];
    };
    while (pairs.length < STRINGS) {
      const letters = Array.from({length}, otherLetter);
      const [a, b] = shuffle(places, random);
      letters[a] = 'a';
      letters[b] = 'b';
      const label = a < b ? 'a first' : 'b first';
      pairs.push([letters.join(''), label]);
    }
    return split(pairs, seed);
  },

  /** Two columns of the visitor's own table, text and label. An Error has a line for the visitor. */
  own({table, columns: [ofTexts, ofLabels] = [0, 1], hasHeading = false, seed}) {
    const records = recordsOf(table);
    if (records[0].cells.length < 2) throw Error(NOT_TWO_COLUMNS);
    const rows = hasHeading ? records.slice(1) : records;
    const pairs = [];
    const lines = new Map(); // the first of each label
    for (const [i, {line, cells}] of rows.entries()) {
      const text = oneLine(cells[ofTexts]);
      const label = oneLine(cells[ofLabels]);
      const problem = problemOf(text, label, i);
      if (problem) throw Error(`Line ${line} ${problem}.`);
      pairs.push([text, label]);
      if (!lines.has(label)) lines.set(label, line);
      if (lines.size > LABELS) throw Error(`Line ${line} has label ${LABELS + 1}: leave it out.`);
    }
    if (lines.size < 2) {
      throw Error('Two labels are needed: paste a text and its label in each line.');
    }
    const data = split(pairs, seed);
    const few = data.labels.find((_, i) => data.texts[i] < FEWEST);
    if (few) {
      throw Error(`“${few}”, line ${lines.get(few)}, has fewer than ${FEWEST} different texts.`);
    }
    return data;
  },
};
