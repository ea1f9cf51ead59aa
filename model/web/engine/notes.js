// How a text was read, a sentence each: notes_on of model/tabs/name.py and the
// notes of model/tasks, but kana and Russian stay as typed.

import {scriptOf} from './part.js';

/** The code of a character that cannot be seen, as U+200B. */
function codeOf(character) {
  const four = character.codePointAt(0).toString(16).padStart(4, '0');
  return `U+${four.toUpperCase()}`;
}

/** How Japanese reads a name in Han. */
function latinNote({name, predictions}, {reader, readings}) {
  const [{label}] = predictions;
  if (label !== 'Japanese') return '';
  const latin = readings.get(reader.strip(name));
  return latin && `In Latin letters: “${latin}”.`;
}

function leftOutNote({leftOut}) {
  const quoted = leftOut.map((text) => `“${text}”`);
  return quoted.length && `Left out: ${quoted.join(', ')}.`;
}

/** Which part of a full name is read as the surname. */
export function partNote({part, name, verdict}, {surnames}) {
  const {text, isCertain, other} = part;
  if (verdict?.kind === 'text') return '';
  const isRead = `“${text}” is read as the surname`;
  if (other) return `${isRead}; “${other}” may be one, too.`;
  if (isCertain) return text === name ? '' : `${isRead}.`;
  return text === name ? surnames.severalWords : isRead + surnames.notAlways;
}

function lengthNote({text, units}, {reader, words}) {
  const isCut = units.length > reader.most || [...text].length > reader.mostCharacters;
  return isCut && `Only the first ${reader.most} ${words.units} are read.`;
}

function katakanaNote({name}, {surnames}) {
  const scripts = surnames && [...name].map((c) => scriptOf(c, surnames));
  return scripts?.includes('Katakana') && surnames.katakana;
}

function invisibleNote({text}, {reader, words}) {
  if (!words.symbols) return '';
  const codes = [...new Set(text.match(reader.unread))].map(codeOf).sort();
  return codes.length && `Invisible, and not read: ${codes.join(', ')}.`;
}

function strangeNote({recognised}, {words}) {
  return !recognised && `None of these ${words.piece}s appeared in training.`;
}

function ignoredNote({text}, {reader, words, mostIgnored}) {
  if (words.symbols) return ''; // where these are read, the note above has the rest
  const ignored = [...new Set(text)].filter((character) => {
    return reader.strip(character) && !reader.readUnits(character).length;
  });
  const seen = ignored.slice(0, mostIgnored).map(visible);
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
  katakanaNote,
  invisibleNote,
  strangeNote,
  ignoredNote,
];

/**
 * @param {{text: string, units: string[], recognised: boolean, predictions: Array}} answer
 * @param {TextClassifier} classifier
 * @returns {string[]}
 */
export function notesOn(answer, classifier) {
  return NOTES.map((note) => note(answer, classifier)).filter(Boolean);
}
