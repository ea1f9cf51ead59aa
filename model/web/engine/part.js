// Which part of a full name is the surname: model/tasks/part.py, in the same steps.
//
//   const finder = new PartFinder(rules, reader, wordOf);
//   finder.part('Gabriel García Márquez');   // {text: 'García', isCertain: true, other: 'Márquez'}

import {lookUp} from './readers.js';

/** @typedef {{text: string, isCertain: boolean, other: string}} Part */

/** The script of a character by `surname_rules`: '' of what is no letter, 'spaced' of those with spaces between words. */
export const scriptOf = (character, {scripts, scriptRuns}) =>
  scripts[lookUp(scriptRuns, character)];

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
  return first.toUpperCase() + rest.join('').toLowerCase();
}

/** Finds the surname in names, by the names of the data. */
export class PartFinder {
  /**
   * @param {object} rules `surname_rules` of model/storage/browser.py
   * @param {Reader} reader
   * @param {(text: string) => {surname: string[], given: string[], times: number,
   *   isCommon: boolean}} wordOf what the data have of a word
   */
  constructor(rules, reader, wordOf) {
    Object.assign(this, rules);
    this.reader = reader;
    this.wordOf = wordOf;
  }

  /** @param {string} name @returns {Part} the surname, all of it unless it is a full name */
  part(name) {
    const part = this.findPart(name);
    const isTwice = this.reader.key(part.other) === this.reader.key(part.text);
    return isTwice ? {...part, other: ''} : part;
  }

  findPart(name) {
    if (this.wordOf(name).surname.length) return partOf(name);
    const family = this.reader.strip(name.replace(this.familyFirst, '$2 $1'));
    if (family !== name) return this.twoOf(family.match(this.unit)) ?? partOf(family);
    const joined = name.match(this.joined);
    if (joined) return {...this.findPart(joined[1]), other: joined[2]};
    const words = name.split(' ');
    const unspaced = words.filter((word) => this.scripts.indexOf(this.scriptsOf(word)[0]) > 1);
    if (unspaced.length === words.length) {
      return partOf(this.inFront(words));
    }
    if (unspaced.length) return partOf(name);
    if (this.isEastern(words)) return partOf(words[0]);
    const last = words.at(-1);
    const isOne = last === capitalized(last);
    if (isOne && this.isEastern(words.slice(-2))) return partOf(words.at(-2));
    const units = name.match(this.unit);
    return units.length > 1 ? this.ofUnits(units) : this.ofOneWord(name);
  }

  /** The scripts of the letters. */
  scriptsOf(text) {
    return [...text].map((character) => scriptOf(character, this)).filter(Boolean);
  }

  /** Whether all letters of a text are Han. */
  isInHan(text) {
    const scripts = this.scriptsOf(text);
    return scripts.length > 0 && scripts.every((script) => script === 'Han');
  }

  /** The surname at the start of a name in Han, kana or Hangul, or all of it. */
  inFront(words) {
    const [first] = words;
    if (words.length === 2) return first;
    const text = words.join('');
    if (!['Han', 'Hangul'].includes(this.scriptsOf(text)[0])) return text;
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
    const labels = this.wordOf(family.join('')).surname;
    if (!labels.length || !given.length) return false;
    if (this.frequent.includes(family.join('')) && given.length <= 2) return true;
    const name = given.join('');
    const isGiven = this.wordOf(name).given.length > 0;
    if (isGiven || this.scriptsOf(name)[0] !== 'Han') return family.length + given.length > 2;
    const isUsual = family.length === 2 || !labels.includes('Japanese');
    return isUsual && given.length === 2;
  }

  /** The first of two Spanish surnames that a word consists of, or the word. */
  ofOneWord(name) {
    const key = this.reader.key(name);
    const {fewestLetters: fewest, mostLetters: most} = this;
    const last = Math.min(most, key.length - fewest);
    for (let end = Math.max(fewest, key.length - most); end <= last; end += 1) {
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
    const syllables = words.flatMap((word) => word.split('-'));
    if (syllables.length < 3 || !this.isOfEast(first)) return false;
    const {surname, given} = this.wordOf(last);
    const labels = surname.length ? surname : given;
    if (labels.length) return labels.some((label) => this.beforeGiven.includes(label));
    return last.includes('-') || this.wordOf(first).times < 0;
  }

  /** The unit in capitals, the first, the last but one, or the last. */
  ofUnits(all) {
    let units = all;
    const capitals = units.filter(isInCapitals);
    if (capitals.length === 1) {
      const [inCapitals] = capitals;
      if (!this.areInitials(inCapitals)) return partOf(inCapitals);
      units = units.filter((unit) => unit !== inCapitals);
    }
    const [first] = units;
    const last = units.at(-1);
    const keys = new Set(units.map((unit) => this.reader.key(unit)));
    if (keys.size === 1) return partOf(first);
    // Where one order is a custom, less is needed
    const custom = this.isOfEast(last) - this.isOfEast(first);
    const lead = this.wordOf(first).times - this.wordOf(last).times + custom;
    if (lead < this.reversed) return partOf(first);
    const two = this.twoOf(units);
    if (two) return two;
    const isCertain = lead > 0 || units.length === 1;
    const isFamily = this.wordOf(first).surname.length > 0;
    return partOf(last, !isCertain && isFamily ? first : '', isCertain);
  }

  /** Whether up to three capitals in front of a name are nobody's name. */
  areInitials(unit) {
    return unit.search(this.initials) === 0 && !this.wordOf(unit).isCommon;
  }

  /** The first of two Spanish surnames that end a name, null if there are none. */
  twoOf(units) {
    if (units.length < 2) return null;
    const [first, second] = units.slice(-2);
    const isUnknown = !this.wordOf(second).surname.length;
    const isPaternal = this.isSpanish(first) && this.wordOf(first).times <= 0;
    return isPaternal && (isUnknown || this.isSpanish(second)) ? partOf(first, second) : null;
  }

  isOfEast(text) {
    return this.wordOf(text).surname.some((label) => this.beforeGiven.includes(label));
  }

  isSpanish(text) {
    const names = [text, text.split(' ').at(-1)];
    return names.some((name) => this.wordOf(name).surname.includes('Spanish'));
  }
}
