// Which part of a full name is the surname: model/tasks/part.py, in the same steps.
//
//   const finder = new PartFinder(tables, reader, surnames, givenNames);
//   finder.part('Gabriel García Márquez');   // {text: 'García', isCertain: true, other: 'Márquez'}

// By the first letter of a text
const HAN = /^\P{L}*\p{Script=Han}/u;
const HAN_OR_HANGUL = /^\P{L}*[\p{Script=Han}\p{Script=Hangul}]/u;
const UNSPACED = /^\P{L}*[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const FEWEST = 4; // letters of each of two surnames that are written as one word

/** @typedef {{text: string, isCertain: boolean, other: string}} Part */

/** @returns {Part} */
function partOf(text, other = '', isCertain = true) {
  return {text, isCertain, other};
}

/** Whether a word of two letters or more is in capitals. */
function isInCapitals(word) {
  const hasCapital = /\p{Lu}/u.test(word);
  const hasSmall = /[\p{Lowercase}\p{Lt}]/u.test(word);
  return hasCapital && !hasSmall && word.length > 1;
}

/** A word with a capital at its start alone. */
const capitalized = ([first, ...rest]) => first.toUpperCase() + rest.join('');

/** Finds the surname in names, by the names of the data. */
class PartFinder {
  /**
   * @param {object} tables `surname_tables` of model/storage/browser.py
   * @param {Reader} reader
   * @param {(text: string) => string[]} surnames the labels that have a surname
   * @param {(text: string) => string[]} givenNames those that have a given name
   */
  constructor({unit, familyFirst, beforeGiven}, reader, surnames, givenNames) {
    Object.assign(this, {unit, familyFirst, beforeGiven});
    Object.assign(this, {reader, surnames, givenNames});
  }

  /** @param {string} typed @returns {Part} the surname, all of it unless it is a full name */
  part(typed) {
    const name = typed.replace(this.familyFirst, '$2 $1').trim();
    if (this.isSurname(name)) return partOf(name);
    const words = name.split(' ');
    const unspaced = words.filter((word) => UNSPACED.test(word));
    if (unspaced.length === words.length) return partOf(this.inFront(words));
    if (unspaced.length) return partOf(name);
    if (this.isEastern(words)) return partOf(words[0]);
    const units = name.match(this.unit);
    if (units.length > 1) return this.ofUnits(units);
    return this.ofOneWord(name);
  }

  /** The surname at the start of a name in Han, kana or Hangul, or all of it. */
  inFront(words) {
    if (words.length === 2) return words[0];
    const text = words.join('');
    if (!HAN_OR_HANGUL.test(text)) return text;
    const letters = [...text];
    for (const length of [2, 1, 3]) {
      const family = letters.slice(0, length);
      const given = letters.slice(length);
      if (this.isFollowed(family, given)) return family.join('');
    }
    return text;
  }

  /** Whether a surname is followed by a given name: else both may be one surname. */
  isFollowed(family, given) {
    const labels = this.surnames(family.join(''));
    const isFull = given.length && family.length + given.length > 2;
    if (!labels.length || !isFull) return false;
    const name = given.join('');
    if (!HAN.test(name) || this.givenNames(name).length) return true;
    const isUsual = family.length === 2 || !labels.includes('Japanese');
    return isUsual && given.length === 2;
  }

  /** The first of two Spanish surnames that a word consists of, or the word. */
  ofOneWord(name) {
    const key = this.reader.key(name);
    for (let end = FEWEST; end <= key.length - FEWEST; end += 1) {
      const first = key.slice(0, end);
      const second = key.slice(end);
      if (this.isSpanish(first) && this.isSpanish(second)) {
        return partOf(capitalized(first), capitalized(second));
      }
    }
    return partOf(name);
  }

  /** Whether three words may be a surname before given names: "Ho Chi Minh". */
  isEastern(words) {
    const [first] = words;
    const last = words.at(-1);
    const parts = words.join('-').split('-');
    const isOfEast = this.areOfEast(this.surnames(first));
    if (parts.length < 3 || !isOfEast) return false;
    const families = this.surnames(last);
    const labels = families.length ? families : this.givenNames(last);
    if (labels.length) return this.areOfEast(labels);
    return last.includes('-') || !this.isGivenFirst(first);
  }

  /** Whether a first word is a given name: "Kim" is, in more than one language. */
  isGivenFirst(word) {
    const given = this.givenNames(word);
    const isOfEast = this.areOfEast(this.surnames(word));
    if (!isOfEast) return given.length > 0;
    const others = given.filter((label) => !this.beforeGiven.includes(label));
    return others.length > 1;
  }

  /** The first unit, the last, the last but one, or the one in capitals. */
  ofUnits(units) {
    const capitals = units.filter(isInCapitals);
    if (capitals.length === 1) return partOf(capitals[0]);
    const [first] = units;
    const [lastButOne, last] = units.slice(-2);
    const isFamily = this.isSurname(first);
    const isKnown = this.isSurname(last);
    const isGivenLast = this.givenNames(last).length > 0;
    const comesFirst = isFamily + isGivenLast;
    const comesLast = isKnown + this.isGivenFirst(first);
    if (comesFirst > comesLast) return partOf(first);
    const isMaternal = !isKnown || this.isSpanish(last);
    const areTwo = this.isSpanish(lastButOne) && isMaternal;
    if (units.length > 2 && areTwo) return partOf(lastButOne, last);
    if (comesLast > comesFirst) return partOf(last);
    return partOf(last, isFamily ? first : '', false);
  }

  isSurname(text) {
    return this.surnames(text).length > 0;
  }

  isSpanish(text) {
    return this.surnames(text).includes('Spanish');
  }

  areOfEast(labels) {
    return labels.some((label) => this.beforeGiven.includes(label));
  }
}
