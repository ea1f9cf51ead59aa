// The CSV that the tab List makes of answers, as model/tabs/listing.py does.
// `shown` is {hasNone, hasKnown}: whether the model has none, and what is known of texts.

import {inWords} from '../engine/decisions.js';
import {LIMITS, MOST_ROWS, TableError} from './tables.js';

const RANKS = [0, 1, 2];
const FORMULA = /(?:^|(?<=[,;\t\r\n]))(?="*[=+\-@＝＋－＠])|^(?=[\t\r\n])/g; // where one may begin
const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

const NOTES = {data: 'by our data', list: 'by the list’s mix'}; // by an answer's source

/**
 * What there is to say of an answer beside its predictions.
 * @param {{problem?: string, reply?: object}} answer
 * @returns {string}
 */
export function noteOf({problem, reply}) {
  if (problem) return problem.replace(/: type .*/, '');
  return NOTES[reply.verdict.source] ?? '';
}

/** The cells or headings behind a row, in their order. */
function behind(shown, {answer, predictions, none, note, known}) {
  const cells = [answer, ...predictions];
  if (shown.hasNone) cells.push(none);
  cells.push(...note);
  if (shown.hasKnown) cells.push(known);
  return cells;
}

/**
 * The cells of an answer.
 * @param {object} answer
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @returns {string[]}
 */
function cellsOf(answer, shown) {
  const {verdict} = answer.reply ?? {};
  const isName = verdict && verdict.kind !== 'text';
  const {predictions = [], none = null, ...facts} = isName ? answer.reply : {};
  return behind(shown, {
    answer: verdict ? inWords(verdict) : '',
    predictions: RANKS.map((rank) => predictions[rank]).flatMap(labelAndProbability),
    none: none === null ? '' : fourDigits(none),
    note: [noteOf(answer), ...programCells(answer)],
    known: ofData(facts),
  });
}

/** What the data have of a text. */
function ofData({known, peoples = []}) {
  if (!known) return peoples.join('; ');
  const labels = known.map(({label, share}) => {
    return `${label} ${atLeast(share)}`;
  });
  return labels.join('; ');
}

/** A share as text; one that would read as none at all is less than the least that is written. */
function atLeast(share) {
  return share < 0.005 ? '<0.01' : share.toFixed(2);
}

/** The headings that are added to a table. */
function addedNames(shown) {
  const ranks = RANKS.flatMap((rank) => {
    const n = rank + 1;
    return [`label_${n}`, `probability_${n}`];
  });
  return behind(shown, {
    answer: 'answer',
    predictions: ranks,
    none: 'none_probability',
    note: ['prediction_note', 'open', 'answer_probability', 'probability_of', 'weights'],
    known: 'known',
  });
}

/**
 * A table with the names of its columns.
 * @param {ReturnType<typeof recordsOf>} records
 * @param {boolean} hasHeading
 * @param {string} delimiter
 * @param {{words: {text: string}, hasNone: boolean, hasKnown: boolean}} props
 * @throws {TableError}
 */
export function tableOf(records, hasHeading, delimiter, props) {
  const rows = hasHeading ? records.slice(1) : records;
  const [{cells}] = records;
  const isList = cells.length === 1;
  if (!rows.length) throw new TableError('There is no row below the heading: give at least one.');
  if (rows.length > MOST_ROWS) {
    const n = rows.length.toLocaleString('en');
    throw new TableError(`The table has ${n} rows: ${LIMITS}.`);
  }
  const numbered = cells.map((_, i) => (isList ? props.words.text : `column_${i + 1}`));
  const names = hasHeading ? cells : numbered;
  const added = addedNames(props);
  const taken = names.find((name) => added.includes(name));
  if (taken) throw new TableError(`The table has a column ${taken} already: rename or drop it.`);
  return {
    names,
    header: hasHeading || isList,
    rows,
    delimiter,
  };
}

/**
 * The CSV to keep: every column, then the cells of the answers; none starts a formula.
 * @param {ReturnType<typeof tableOf>} table
 * @param {object[]} answers one for each row
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @returns {string}
 */
export function csvOf({names, header, rows, delimiter}, answers, shown) {
  const by = delimiter === ';' ? ';' : ',';
  const lineOf = (given, added) => {
    return `${[...given.map(harmless), ...added].map(quoted).join(by)}\n`;
  };
  const lines = [];
  if (header) lines.push(lineOf(names, addedNames(shown)));
  for (const [i, {cells}] of rows.entries()) {
    lines.push(lineOf(cells, cellsOf(answers[i], shown).map(numberOrHarmless)));
  }
  return lines.join('');
}

/** Why an answer is open, its probability, of what that is, and the weights that gave it. */
function programCells({reply}) {
  if (!reply) return ['', '', '', ''];
  const {open, probability, probability_of: of} = reply.verdict;
  return [open, fourDigits(probability), of, reply.weights.slice(0, 12)];
}

const fourDigits = (share) => share.toFixed(4);

function labelAndProbability(prediction) {
  if (!prediction) return ['', ''];
  return [prediction.label, fourDigits(prediction.probability)];
}

/** A cell that no spreadsheet takes for a formula. */
const harmless = (cell) => cell.replace(FORMULA, "'");

/** The same of a cell of our own, in which a number may be below 0. */
function numberOrHarmless(cell) {
  return NUMBER.test(cell) ? cell : harmless(cell);
}

function quoted(cell) {
  return `"${cell.replaceAll('"', '""')}"`;
}
