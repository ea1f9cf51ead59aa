// How a text was read, a sentence each: notes_on of model/tabs/name.py and notes of
// model/tasks/names.py, but kana and Russian stay as typed.

const MOST_IGNORED = 20; // characters that a note lists
const SPACED = 1; // kinds of letters: of scripts with spaces between words
const UNSPACED = 2; // without
const HANGUL = 3;

/** The code of a character that cannot be seen, as U+200B. */
function codeOf(character) {
  const digits = character.codePointAt(0).toString(16).toUpperCase();
  return `U+${digits.padStart(4, '0')}`;
}

/**
 * @param {{text: string, units: string[], recognised: boolean, predictions: Array}} answer
 * @param {TextClassifier} classifier
 * @returns {string[]}
 */
function notesOn({text, units, recognised, predictions}, {words, surnames, reader, readings}) {
  const notes = [];
  const [[label]] = predictions;
  const latin = readings.get(reader.strip(text)); // of Han alone
  if (label === 'Japanese' && latin) notes.push(`In Latin letters: “${latin}”.`);
  if (surnames) notes.push(...surnameNotes(text, surnames, reader));
  else if (units.length > reader.most || [...text].length > reader.mostCharacters) {
    notes.push(`Only the first ${reader.most} ${words.units} are read.`);
  }
  const characters = [...new Set(text)];
  const hidden = words.symbols ? characters.filter((c) => c.match(reader.unread)) : [];
  if (hidden.length) {
    const codes = hidden.map(codeOf).sort();
    notes.push(`Invisible, and not read: ${codes.join(', ')}.`);
  }
  if (!recognised) notes.push(`None of these ${words.piece}s appeared in training.`);
  const isIgnored = (c) => !words.symbols && reader.strip(c) && !reader.read(c).length;
  const ignored = characters.filter(isIgnored).slice(0, MOST_IGNORED);
  if (ignored.length) {
    const seen = ignored.map((c) => (/[\p{C}\p{Z}]/u.test(c) ? codeOf(c) : c));
    notes.push(`Ignored: ${seen.join(' ')}`);
  }
  return notes;
}

/**
 * What was read of a full name, or that several words are.
 * @param {string} text
 * @param {object} tables `surname_tables` of model/storage/browser.py
 * @param {Reader} reader
 * @returns {string[]}
 */
function surnameNotes(text, tables, reader) {
  const parts = text.split(',').map((part) => reader.strip(part));
  const surname = surnameBeforeComma(parts) || surnameWithoutComma(text, parts, tables, reader);
  if (surname) return [tables.isRead.replaceAll('{}', () => surname)];
  const hasComma = parts.length > 1;
  return !hasComma && isSeveralWords(text, tables, reader) ? [tables.several] : [];
}

/** The kind of script of the first letter of a word. */
const scriptOf = (word, {scriptRuns}) => [...word].map((c) => lookUp(scriptRuns, c)).find(Boolean);

/** The part before a comma, if a part follows. */
function surnameBeforeComma([family, ...given]) {
  const isFollowed = given.length > 1 || given[0];
  return isFollowed ? family : '';
}

/** The first word, or the first letter of a short Korean name. */
function surnameWithoutComma(text, parts, tables, reader) {
  if (parts.length > 1) return '';
  const words = reader.split(text);
  const isEastAsian = (word) => [UNSPACED, HANGUL].includes(scriptOf(word, tables));
  if (words.length === 2 && words.every(isEastAsian)) return words[0];
  const [first, second, ...others] = text;
  const isKorean = scriptOf(text, tables) === HANGUL && others.length === 1;
  return isKorean && !tables.longKorean.includes(first + second) ? first : '';
}

/** Whether more than one word that is not a particle follows the particles. */
function isSeveralWords(text, tables, reader) {
  const words = reader.split(text).filter((word) => scriptOf(word, tables));
  const start = words.findIndex((word) => !tables.particles.includes(reader.fold(word)));
  const isSeveral = start >= 0 && words.length - start > 1;
  return isSeveral && words.every((word) => scriptOf(word, tables) === SPACED);
}
