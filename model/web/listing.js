// What the tab List makes of answers, as model/tabs/listing.py does: the cells of a row, and a CSV.
// `shown` is {hasNone, hasKnown}: whether the model has none, and what is known of texts.

const RANKS = [0, 1, 2];
const FORMULA = /(?:^|(?<=[,;\t\r\n]))(?="*[=+\-@＝＋－＠])|^(?=[\t\r\n])/g; // where one may begin
const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

const IN_WORDS = {given: 'given name', none: 'none of these', unsure: 'unsure'};

/** The answer in words, as a table has it. */
const inWords = ({kind, labels}) => IN_WORDS[kind] ?? labels.join(' or ');

/**
 * What there is to say of an answer beside its predictions.
 * @param {{problem?: string, reply?: object}} answer
 * @returns {string}
 */
function noteOf({problem, reply}) {
  if (problem) return problem.replace(/: type .*/, '');
  return reply.verdict.source === 'data' ? 'by our data' : '';
}

/** The cells or headings behind a row, in their order. */
function behind({hasNone, hasKnown}, answer, predictions, none, note, known) {
  const cells = [answer, ...predictions];
  if (hasNone) cells.push(none);
  cells.push(note);
  if (hasKnown) cells.push(known);
  return cells;
}

/**
 * The cells of an answer.
 * @param {object} answer
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @param {(prediction?: object) => string | string[]} write makes one or two cells of a prediction
 * @param {(share: number) => string} number writes the share of none
 * @returns {string[]}
 */
function cellsOf(answer, shown, write, number) {
  const {verdict, predictions = [], none = null, known, people = ''} = answer.reply ?? {};
  const words = verdict ? inWords(verdict) : '';
  const ranks = RANKS.flatMap((rank) => write(predictions[rank]));
  const ofNone = none === null ? '' : number(none);
  const labels = [];
  for (const {label, share} of known ?? []) {
    labels.push(`${label} ${atLeast(share)}`);
  }
  const ofData = labels.join('; ') || people;
  return behind(shown, words, ranks, ofNone, noteOf(answer), ofData);
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
  return behind(shown, 'answer', ranks, 'none_probability', 'prediction_note', 'known');
}

/**
 * The CSV to keep: every column, then the cells of the answers; none starts a formula.
 * @param {ReturnType<typeof tableOf>} table
 * @param {object[]} answers one for each row
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @returns {string}
 */
function csvOf({names, header, rows, by}, answers, shown) {
  const delimiter = by === '\t' ? ',' : by;
  const lineOf = (given, added) => {
    const cells = [...given.map(harmless), ...added];
    const line = cells.map(quoted).join(delimiter);
    return `${line}\n`;
  };
  const lines = [];
  const hasNames = header || names.length === 1;
  if (hasNames) lines.push(lineOf(names, addedNames(shown)));
  for (const [i, {cells}] of rows.entries()) {
    const given = fitted(cells, names.length, by);
    const added = cellsOf(answers[i], shown, labelAndProbability, fourDigits);
    const written = added.map((cell) => (NUMBER.test(cell) ? cell : harmless(cell)));
    lines.push(lineOf(given, written));
  }
  return lines.join('');
}

const fourDigits = (share) => share.toFixed(4);

function labelAndProbability(prediction) {
  if (!prediction) return ['', ''];
  const {label, probability} = prediction;
  return [label, fourDigits(probability)];
}

/** As many cells as the table has columns; the last one has all that are too many. */
function fitted(cells, width, by) {
  const last = width - 1;
  const first = cells.slice(0, last);
  while (first.length < last) first.push('');
  const rest = cells.slice(last).join(by);
  return [...first, rest];
}

/** A cell that no spreadsheet takes for a formula. */
const harmless = (cell) => cell.replace(FORMULA, "'");

function quoted(cell) {
  const doubled = cell.replaceAll('"', '""');
  return `"${doubled}"`;
}
