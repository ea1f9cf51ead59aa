// How a text was read, a sentence each: notes_on of model/tabs/name.py and the
// notes of model/tasks, but kana and Russian stay as typed.

const MOST_IGNORED = 20; // characters that a note lists

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
  const {words, reader} = classifier;
  const {text, recognised, leftOut} = answer;
  const parts = leftOut.map((part) => `“${part}”`);
  const notes = [
    latinNote(answer, classifier),
    parts.length ? `Left out: ${parts.join(', ')}.` : '',
    partNote(answer, classifier),
    lengthNote(answer, classifier),
    words.symbols ? invisibleNote(text, reader) : '',
    recognised ? '' : `None of these ${words.piece}s appeared in training.`,
    words.symbols ? '' : ignoredNote(text, reader),
  ];
  return notes.filter(Boolean);
}

/** How Japanese reads a name in Han. */
function latinNote({read, predictions}, {reader, readings}) {
  if (predictions[0].label !== 'Japanese') return '';
  const name = reader.strip(read);
  const latin = readings.get(name);
  return latin && `In Latin letters: “${latin}”.`;
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
