// Which part of a full name is the surname: model/tasks/part.py, in the same steps.
//
//   const finder = new PartFinder(tables, reader, surnames, givenNames);
//   finder.part('Gabriel García Márquez');   // {text: 'García', isCertain: true, other: 'Márquez'}

// What names of scripts with spaces between words begin with, and those of the others
const SPACED = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}]/u;
const UNSPACED = /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HANGUL = /^\p{Script=Hangul}/u;
const HAN = /^\p{Script=Han}/u;

/** @typedef {{text: string, isCertain: boolean, other: string}} Part */

/** @returns {Part} */
const partOf = (text, other = '', isCertain = true) => ({text, isCertain, other});

const isInCapitals = (word) => /\p{Lu}/u.test(word) && !/[\p{Lowercase}\p{Lt}]/u.test(word);

/** A word with a capital at its start alone. */
const capitalized = ([first, ...rest]) => first.toUpperCase() + rest.join('');

/** Finds the surname in names, by the names of the data. */
class PartFinder {
  /**
   * @param {object} tables `surname_tables` of model/storage/browser.py
   * @param {Reader} reader
   * @param {(key: string) => string[]} surnames the labels that have a surname
   * @param {(key: string) => string[]} givenNames those that have a given name
   */
  constructor(tables, reader, surnames, givenNames) {
    Object.assign(this, tables, {reader, surnames, givenNames});
  }

  /** @param {string} name @returns {Part} the surname, all of it unless it is a full name */
  part(name) {
    const {reader} = this;
    const family = this.beforeComma(name);
    if (family) return {...this.part(family), isCertain: true};
    if (this.surnames(reader.key(name)).length) return partOf(name);
    const words = reader.split(name);
    const letters = words.map((word) => word.replace(/^\P{L}+/u, ''));
    const areAll = (script) => letters.every((word) => script.test(word));
    if (areAll(UNSPACED)) return partOf(this.inFront(words));
    if (!areAll(SPACED)) return partOf(name);
    const isEastern = this.isEastern(words);
    const units = this.units(words, isEastern);
    return units.length > 1 ? this.ofUnits(units, isEastern) : this.ofOneWord(name);
  }

  /** What a reader should know about the part of a name, '' for nothing. */
  note({text, isCertain, other}, name) {
    const fill = (note, ...parts) => note.replaceAll('{}', () => parts.shift());
    if (other) return fill(this.mayBe, text, other);
    if (!isCertain) return this.several;
    return text === name ? '' : fill(this.isRead, text);
  }

  /** What stands before the first comma, with particles that end the part behind it. */
  beforeComma(name) {
    const {commas, particles, reader} = this;
    const place = name.split('').findIndex((c) => commas.includes(c));
    if (place < 0) return '';
    const family = reader.split(name.slice(0, place));
    const given = reader.split(name.slice(place + 1));
    const isName = (word) => !particles.includes(word);
    const end = given.findLastIndex(isName) + 1;
    const moved = given.slice(end);
    return given.length ? [...moved, ...family].join(' ') : '';
  }

  /** Words with the particles before them. */
  units(words, isEastern) {
    const {particles, closing, reader} = this;
    const starts = [...words.keys()].filter((i) => {
      if (i === 0 || (isEastern && i === 1)) return true;
      const before = reader.fold(words[i - 1]);
      return !particles.includes(before) && !closing.includes(words[i]);
    });
    return starts.map((start, n) => words.slice(start, starts[n + 1]).join(' '));
  }

  /** The surname at the start of a name in Han, kana or Hangul, or all of it. */
  inFront(words) {
    if (words.length === 2) return words[0];
    const text = words.join('');
    const letters = [...text];
    const start = (length) => letters.slice(0, length).join('');
    if (HANGUL.test(text)) {
      const isLong = this.longKorean.includes(start(2));
      const length = isLong ? 2 : 1;
      const rest = letters.length - length;
      const isFull = letters.length > 2 && rest <= 2;
      return isFull ? start(length) : text;
    }
    if (!HAN.test(text)) return text;
    const found = [2, 1, 3].find((length) => {
      const given = letters.slice(length);
      return this.isGiven(start(length), given);
    });
    return found ? start(found) : text;
  }

  /** Whether what follows a surname in Han is a given name: else both may be a surname. */
  isGiven(family, given) {
    const labels = this.surnames(family);
    const length = [...family].length;
    const isFull = given.length && length + given.length > 2;
    if (!isFull || !labels.length) return false;
    const isChinese = this.chinese.includes(family) && !labels.includes('Japanese');
    const name = given.join('');
    if (!HAN.test(name) || this.givenNames(name).length) return true;
    return given.length === 2 && (length === 2 || isChinese);
  }

  /** The first of two surnames that a word consists of, or the word. */
  ofOneWord(name) {
    const letters = [...this.reader.key(name)];
    const found = [];
    for (let end = this.fewest; end <= letters.length - this.fewest; end += 1) {
      const first = letters.slice(0, end);
      const second = letters.slice(end);
      const labels = this.surnames(first.join(''));
      const others = this.surnames(second.join(''));
      const isBoth = (label) => labels.includes(label) && others.includes(label);
      if (this.twoSurnames.some(isBoth)) found.push([first, second]);
    }
    if (found.length !== 1) return partOf(name);
    const [halves] = found;
    return partOf(...halves.map(capitalized));
  }

  isOfEast(labels) {
    return labels.some((label) => this.beforeGiven.includes(label));
  }

  /** Whether three words may be a surname before given names: "Ho Chi Minh". */
  isEastern(words) {
    const keys = words.map((word) => this.reader.key(word));
    const hasThree = words.join('-').split('-').length > 2;
    if (!hasThree || !this.isOfEast(this.surnames(keys[0]))) return false;
    const families = this.surnames(keys.at(-1));
    const given = this.givenNames(keys.at(-1));
    if (families.length) return families.every((label) => this.beforeGiven.includes(label));
    if (given.length) return this.isOfEast(given);
    return words.at(-1).includes('-') || !this.western(this.givenNames(keys[0])).length;
  }

  /** Where else a surname of East Asia is a given name: "Kim", but not by one label. */
  western(given) {
    const labels = given.filter((label) => !this.beforeGiven.includes(label));
    return labels.length > 1 ? labels : [];
  }

  /** The first unit, the last, the last but one, or the one in capitals. */
  ofUnits(units, isEastern) {
    const capitals = units.filter((unit) => isInCapitals(unit) && [...unit].length > 1);
    if (capitals.length === 1) return partOf(capitals[0]);
    const keys = units.map((unit) => this.reader.key(unit));
    const families = keys.map((key) => this.surnames(key));
    const given = keys.map((key) => this.givenNames(key));
    if (this.isOfEast(families[0])) given[0] = this.western(given[0]);
    const count = (...lists) => lists.filter((labels) => labels.length).length;
    const comesFirst = count(families[0], given.at(-1));
    const comesLast = count(families.at(-1), given[0]);
    const [first] = units;
    const last = units.at(-1);
    if (isEastern || comesFirst > comesLast) return partOf(first);
    const isTwo = units.length > 2 && areTwo(families.at(-2), families.at(-1));
    if (isTwo) return partOf(units.at(-2), last);
    const mayBeFirst = count(families[0]) && (count(given.at(-1)) || !count(families.at(-1)));
    if (units.length === 2 && mayBeFirst) return partOf(last, first, false);
    return partOf(last, '', comesLast > comesFirst);
  }
}

/** Whether two units are surnames of one person, that of the father first. */
function areTwo(paternal, maternal) {
  const isSpanish = (labels) => labels.includes('Spanish');
  return isSpanish(paternal) && (!maternal.length || isSpanish(maternal));
}
