// Why a text cannot be read, in one line for whoever typed it: TextClassifier.read in Python.

import {lookUp} from './readers.js';

/** What is wrong with a text, and what to type instead. */
export class InputError extends Error {
  name = 'InputError';
}

/** @throws {InputError} if a text cannot be read, as far as it shows */
export function checkText(text, reader, words) {
  refuse(faultOfText(text, reader, words), words);
}

/** @throws {InputError} if the units that were read of a text cannot be used */
export function checkUnits(units, reader, words) {
  refuse(faultOfUnits(units, reader, words), words);
}

function refuse(fault, {ask}) {
  if (fault) throw new InputError(`${fault}: type ${ask}.`);
}

/** What is wrong with a text before it is read, '' if nothing is. */
function faultOfText(text, reader, words) {
  if (typeof text !== 'string') return 'A text is needed';
  const length = [...text].length;
  const isLong = tooMany(length, words.max_characters, 'characters', words);
  if (isLong) return isLong;
  const {refusals, units_per_character, max_marks} = words;
  if (!reader.strip(text)) return refusals.empty;
  if (/\p{Cs}/u.test(text)) return refusals.broken;
  const composed = [...text.normalize('NFKC')].length;
  const isLigatures = composed > units_per_character * Math.max(length, max_marks);
  const isMarks = new RegExp(`\\p{M}{${max_marks + 1}}`, 'u').test(text);
  return isMarks || isLigatures ? refusals.slow : '';
}

/** What is wrong with the units of a text, '' if nothing is. */
function faultOfUnits(units, reader, words) {
  const isLetters = (unit) => [...unit].every((c) => lookUp(reader.letterRuns, c));
  const {refusals, needs_letter, units_per_character, max_characters} = words;
  if (needs_letter && !units.some(isLetters)) return refusals.letterless;
  if (!units.length) return refusals.unread;
  const most = units_per_character * max_characters;
  return tooMany(units.length, most, 'letters and marks when taken apart', words);
}

/** The fault of a text that has more than it may have, '' if it does not. */
function tooMany(n, most, things, {refusals, ask}) {
  if (n <= most) return '';
  const has = n.toLocaleString('en');
  return filled(refusals.long, `${has} ${things}`, ask, most.toLocaleString('en'));
}

/** A sentence of Python, with these values in place of {}. */
function filled(sentence, ...values) {
  return sentence.replaceAll('{}', () => values.shift());
}

/**
 * What a function returns, or {problem} with the line of an InputError.
 * @template Result
 * @param {() => Result} make
 * @returns {Result | {problem: string}}
 */
export function orProblem(make) {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return {problem: error.message};
  }
}

/** What is said of a text that would take seconds to explain. */
export function tooLong(text, {max_explained: most, too_long: problem}) {
  const {length} = [...text];
  return length > most && problem;
}
