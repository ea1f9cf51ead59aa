// How a text was read, a sentence each: notes_on of model/tabs/name.py and the
// notes of model/tasks, but kana and Russian stay as typed.

const MOST_IGNORED = 20; // characters that a note lists

/** The code of a character that cannot be seen, as U+200B. */
function codeOf(character) {
  const digits = character.codePointAt(0).toString(16);
  const four = digits.padStart(4, '0');
  return `U+${four.toUpperCase()}`;
}

/** How Japanese reads a name in Han. */
function latinNote({read, predictions}, {reader, readings}) {
  const [{label}] = predictions;
  if (label !== 'Japanese') return '';
  const name = reader.strip(read);
  const latin = readings.get(name);
  return latin && `In Latin letters: “${latin}”.`;
}

function leftOutNote({leftOut}) {
  const parts = leftOut.map((part) => `“${part}”`);
  return parts.length && `Left out: ${parts.join(', ')}.`;
}

/** Which part of a full name is read as the surname. */
function partNote({part, read}, {surnames}) {
  const {text, isCertain, other} = part;
  const isRead = `“${text}” is read as the surname`;
  if (other) return `${isRead}; “${other}” may be one, too.`;
  if (!isCertain) return surnames.several;
  return text === read ? '' : `${isRead}.`;
}

function lengthNote({text, units}, {reader, words}) {
  const {most} = reader;
  const characters = [...text].length;
  const isCut = units.length > most || characters > reader.mostCharacters;
  return isCut && `Only the first ${most} ${words.units} are read.`;
}

function invisibleNote({text}, {reader, words}) {
  if (!words.symbols) return '';
  const hidden = new Set(text.match(reader.unread));
  const codes = [...hidden].map(codeOf).sort();
  return codes.length && `Invisible, and not read: ${codes.join(', ')}.`;
}

function strangeNote({recognised}, {words}) {
  return !recognised && `None of these ${words.piece}s appeared in training.`;
}

function ignoredNote({text}, {reader, words}) {
  if (words.symbols) return ''; // where these are read, the note above has the rest
  const characters = [...new Set(text)];
  const ignored = characters.filter((character) => {
    const units = reader.read(character);
    return reader.strip(character) && !units.length;
  });
  const first = ignored.slice(0, MOST_IGNORED);
  const seen = first.map(visible);
  return seen.length && `Ignored: ${seen.join(' ')}`;
}

/** A character, or the code of one that cannot be seen. */
function visible(character) {
  const isHidden = /[\p{C}\p{Z}]/u.test(character);
  return isHidden ? codeOf(character) : character;
}

const NOTES = [
  latinNote,
  leftOutNote,
  partNote,
  lengthNote,
  invisibleNote,
  strangeNote,
  ignoredNote,
];

/**
 * @param {{text: string, units: string[], recognised: boolean, predictions: Array}} answer
 * @param {TextClassifier} classifier
 * @returns {string[]}
 */
function notesOn(answer, classifier) {
  const notes = NOTES.map((note) => note(answer, classifier));
  return notes.filter(Boolean);
}
