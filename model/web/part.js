// Which part of a full name is the surname: model/tasks/part.py, in the same steps.
//
//   const finder = new PartFinder(tables, reader, surnames, givenNames);
//   finder.part('Gabriel García Márquez');   // {text: 'García', isCertain: true, other: 'Márquez'}

// By the first letter of a text
const HAN = /^\P{L}*\p{Script=Han}/u;
const HAN_OR_HANGUL = /^\P{L}*[\p{Script=Han}\p{Script=Hangul}]/u;
const UNSPACED = /^\P{L}*[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** @typedef {{text: string, isCertain: boolean, other: string}} Part */

/** @returns {Part} */
export function partOf(text, other = '', isCertain = true) {
  return {
    text,
    isCertain,
    other,
  };
}

/** Whether a word of two letters or more is in capitals. */
function isInCapitals(word) {
  const hasCapital = /\p{Lu}/u.test(word);
  const hasSmall = /[\p{Lowercase}\p{Lt}]/u.test(word);
  return hasCapital && !hasSmall && word.length > 1;
}

/** A word with a capital at its start alone. */
function capitalized([first, ...rest]) {
  return first.toUpperCase() + rest.join('');
}

/** Finds the surname in names, by the names of the data. */
export class PartFinder {
  /**
   * @param {object} tables `surname_tables` of model/storage/browser.py
   * @param {Reader} reader
   * @param {(text: string) => string[]} surnames the labels that have a surname
   * @param {(text: string) => string[]} givenNames those that have a given name
   */
  constructor(tables, reader, surnames, givenNames) {
    Object.assign(this, tables); // unit, familyFirst, beforeGiven, fewest
    this.reader = reader;
    this.surnames = surnames;
    this.givenNames = givenNames;
  }

  /** @param {string} typed @returns {Part} the surname, all of it unless it is a full name */
  part(typed) {
    const name = typed.replace(this.familyFirst, '$2 $1').trim();
    if (this.isSurname(name)) return partOf(name);
    const words = name.split(' ');
    const [first] = words;
    const unspaced = words.filter((word) => UNSPACED.test(word));
    if (unspaced.length === words.length) {
      return partOf(this.inFront(words));
    }
    if (unspaced.length) return partOf(name);
    if (this.isEastern(words)) return partOf(first);
    const units = name.match(this.unit);
    return units.length > 1 ? this.ofUnits(units) : this.ofOneWord(name);
  }

  /** The surname at the start of a name in Han, kana or Hangul, or all of it. */
  inFront(words) {
    const [first] = words;
    if (words.length === 2) return first;
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
    const isGiven = this.givenNames(name).length > 0;
    if (isGiven || !HAN.test(name)) return true;
    const isJapanese = labels.includes('Japanese');
    const isUsual = family.length === 2 || !isJapanese;
    return isUsual && given.length === 2;
  }

  /** The first of two Spanish surnames that a word consists of, or the word. */
  ofOneWord(name) {
    const key = this.reader.key(name);
    const last = key.length - this.fewest;
    for (let end = this.fewest; end <= last; end += 1) {
      const names = [key.slice(0, end), key.slice(end)];
      const areTwo = names.every((one) => this.isSpanish(one));
      if (areTwo) return partOf(...names.map(capitalized));
    }
    return partOf(name);
  }

  /** Whether three words may be a surname before given names: "Ho Chi Minh". */
  isEastern(words) {
    const [first] = words;
    const last = words.at(-1);
    const parts = words.flatMap((word) => word.split('-'));
    const isOfEast = this.areOfEast(this.surnames(first));
    if (!isOfEast || parts.length < 3) return false;
    const families = this.surnames(last);
    const labels = families.length ? families : this.givenNames(last);
    if (labels.length) return this.areOfEast(labels);
    const isHyphened = last.includes('-');
    return isHyphened || !this.isGivenFirst(first);
  }

  /** Whether a first word is a given name: "Kim" is, in more than one language. */
  isGivenFirst(word) {
    const given = this.givenNames(word);
    const isOfEast = this.areOfEast(this.surnames(word));
    if (!isOfEast) return given.length > 0;
    return given.filter((label) => !this.isOfEast(label)).length > 1;
  }

  /** The first unit, the last, the last but one, or the one in capitals. */
  ofUnits(units) {
    const capitals = units.filter(isInCapitals);
    if (capitals.length === 1) return partOf(capitals[0]);
    const [first] = units;
    const [lastButOne, last] = units.slice(-2);
    const isFamily = this.isSurname(first);
    const isKnown = this.isSurname(last);
    const isGivenFirst = this.isGivenFirst(first);
    const isGivenLast = this.givenNames(last).length > 0;
    const comesFirst = isFamily + isGivenLast;
    const comesLast = isKnown + isGivenFirst;
    if (comesFirst > comesLast) return partOf(first);
    const isMaternal = !isKnown || this.isSpanish(last);
    const isPaternal = this.isSpanish(lastButOne);
    const areTwo = units.length > 2 && isPaternal && isMaternal;
    if (areTwo) return partOf(lastButOne, last);
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
    return labels.some((label) => this.isOfEast(label));
  }

  isOfEast(label) {
    return this.beforeGiven.includes(label);
  }
}
