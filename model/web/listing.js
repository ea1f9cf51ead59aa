// What the tab List makes of answers, as model/tabs/listing.py does: the cells of a row, and a CSV.

const RANKS = [0, 1, 2];
const FORMULA = /(?:^|(?<=[,;\t\r\n]))(?="*[=+\-@＝＋－＠])|^(?=[\t\r\n])/g; // where one may begin
const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

/**
 * What there is to say of an answer beside its predictions.
 * @param {{problem?: string, reply?: object}} answer
 * @returns {string}
 */
function noteOf({problem, reply}) {
  if (problem) return problem.replace(/: type .*/, '');
  if (reply.verdict.kind === 'none') return 'none of these';
  return reply.unsure ? 'unsure' : '';
}

/**
 * The cells or headings behind a row: none and what is known are there if the model has them.
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @returns {string[]}
 */
function behind({hasNone, hasKnown}, predictions, none, note, known) {
  const cells = [...predictions];
  if (hasNone) cells.push(none);
  cells.push(note);
  if (hasKnown) cells.push(known);
  return cells;
}

/** A share as text; one that would read as none at all is less than the least that is written. */
const atLeast = (share) => (share < 0.005 ? '<0.01' : share.toFixed(2));

/**
 * The cells of an answer.
 * @param {object} answer
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @param {(prediction?: object) => string | string[]} write makes one or two cells of a prediction
 * @param {(share: number) => string} number writes the share of none
 * @returns {string[]}
 */
function cellsOf(answer, shown, write, number) {
  const {predictions = [], none = null, known = null} = answer.reply ?? {};
  const ranks = RANKS.flatMap((rank) => write(predictions[rank]));
  const ofNone = none === null ? '' : number(none);
  const shares = known?.map(({label, share}) => `${label} ${atLeast(share)}`) ?? [];
  return behind(shown, ranks, ofNone, noteOf(answer), shares.join('; '));
}

/**
 * The headings that are added to a table.
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @returns {string[]}
 */
function addedNames(shown) {
  const ranks = RANKS.flatMap((rank) => [`label_${rank + 1}`, `probability_${rank + 1}`]);
  return behind(shown, ranks, 'none_probability', 'prediction_note', 'known');
}

const harmless = (cell) => cell.replace(FORMULA, "'");

/**
 * The CSV to keep: every column, then the cells of the answers; none starts a formula.
 * @param {ReturnType<typeof tableOf>} table
 * @param {object[]} answers one for each row
 * @param {{hasNone: boolean, hasKnown: boolean}} shown
 * @returns {string}
 */
function csvOf({names, header, rows, by}, answers, shown) {
  const last = names.length - 1;
  const delimiter = by === '\t' ? ',' : by;
  const quoted = (cell) => `"${cell.replaceAll('"', '""')}"`;
  const line = (cells) => `${cells.map(quoted).join(delimiter)}\n`;
  const probability = (share) => share.toFixed(4);
  const two = (prediction) =>
    prediction ? [prediction.label, probability(prediction.probability)] : ['', ''];
  const column = (cells, i) => (i < last ? (cells[i] ?? '') : cells.slice(i).join(by));
  const lines = rows.map(({cells}, i) => {
    const given = names.map((_, at) => harmless(column(cells, at)));
    const added = cellsOf(answers[i], shown, two, probability);
    return line([...given, ...added.map((cell) => (NUMBER.test(cell) ? cell : harmless(cell)))]);
  });
  const hasNames = header || names.length === 1;
  if (hasNames) lines.unshift(line([...names.map(harmless), ...addedNames(shown)]));
  return lines.join('');
}
