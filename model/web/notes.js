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
function notesOn(answer, classifier) {
  const {words, reader, surnames} = classifier;
  const {text, recognised} = answer;
  const notes = [
    latinNote(answer, classifier),
    surnames ? surnameNote(text, surnames, reader) : lengthNote(answer, classifier),
    words.symbols ? invisibleNote(text, reader) : '',
    recognised ? '' : `None of these ${words.piece}s appeared in training.`,
    words.symbols ? '' : ignoredNote(text, reader),
  ];
  return notes.filter(Boolean);
}

/** How Japanese reads a name in Han. */
function latinNote({text, predictions}, {reader, readings}) {
  if (predictions[0].label !== 'Japanese') return '';
  const name = reader.strip(text);
  const latin = readings.get(name);
  return latin && `In Latin letters: “${latin}”.`;
}

function lengthNote({text, units}, {reader, words}) {
  const {most} = reader;
  const characters = [...text].length;
  const isCut = units.length > most || characters > reader.mostCharacters;
  return isCut && `Only the first ${most} ${words.units} are read.`;
}

function invisibleNote(text, reader) {
  const hidden = new Set(text.match(reader.unread));
  const codes = [...hidden].map(codeOf).sort();
  return codes.length && `Invisible, and not read: ${codes.join(', ')}.`;
}

function ignoredNote(text, reader) {
  const isIgnored = (c) => reader.strip(c) && !reader.read(c).length;
  const ignored = [...new Set(text)].filter(isIgnored);
  const first = ignored.slice(0, MOST_IGNORED);
  const seen = first.map((c) => {
    const isHidden = /[\p{C}\p{Z}]/u.test(c);
    return isHidden ? codeOf(c) : c;
  });
  return seen.length && `Ignored: ${seen.join(' ')}`;
}

/**
 * What was read of a full name, or that several words are, '' for a surname.
 * @param {string} text
 * @param {object} tables `surname_tables` of model/storage/browser.py
 * @param {Reader} reader
 * @returns {string}
 */
function surnameNote(text, tables, reader) {
  const hasComma = text.includes(',');
  const surname = hasComma
    ? surnameBeforeComma(text, reader)
    : surnameInFront(text, tables, reader);
  if (surname) return tables.isRead.replaceAll('{}', () => surname);
  const isSeveral = !hasComma && isSeveralWords(text, tables, reader);
  return isSeveral ? tables.several : '';
}

/** The part before a comma, if a part follows. */
function surnameBeforeComma(text, reader) {
  const comma = text.indexOf(',');
  const surname = reader.strip(text.slice(0, comma));
  const given = reader.strip(text.slice(comma + 1));
  return given && surname;
}

/** The first of two words in an East Asian script, or the first letter of a short Korean name. */
function surnameInFront(text, tables, reader) {
  const words = reader.split(text);
  const isEastAsian = (word) => {
    const script = scriptOf(word, tables);
    return script === UNSPACED || script === HANGUL;
  };
  if (words.length === 2 && words.every(isEastAsian)) return words[0];
  const letters = [...text];
  const isKorean = letters.length === 3 && scriptOf(text, tables) === HANGUL;
  const isLong = tables.longKorean.some((surname) => text.startsWith(surname));
  return isKorean && !isLong ? letters[0] : '';
}

/** Whether more than one word that is not a particle follows the particles. */
function isSeveralWords(text, tables, reader) {
  const words = reader.split(text).filter((word) => scriptOf(word, tables));
  const isParticle = (word) => tables.particles.includes(reader.fold(word));
  const start = words.findIndex((word) => !isParticle(word));
  const isSeveral = start >= 0 && words.length - start > 1;
  return isSeveral && words.every((word) => scriptOf(word, tables) === SPACED);
}

/** The kind of script of the first letter of a word. */
function scriptOf(word, {scriptRuns}) {
  const kinds = [...word].map((c) => lookUp(scriptRuns, c));
  return kinds.find(Boolean);
}
