// The records of a text, by the rules of model/data/records.py, which says what each is for.

const DELIMITERS = [';', '\t', ',', '|']; // of equal ones the first
const HEAD_LINES = 20; // which say what the delimiter is
const SAMPLE_ROWS = 200; // which say what the columns are
const MOST_LINES = 1000; // of a record
const MOST_AHEAD = 100_000; // lines of a text that open quotes may look at in vain
const LONG_CELL = 20; // lines of a long text in quotes
const LONGEST_CELL = 131_072; // characters, of a cell in quotes
const EMPTY = 'the line is empty';
const QUOTED = /"[^"]*(?:""[^"]*)*"/g;
const LINE_END = /[\r\n]+$/;
const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/; // as str.splitlines has them

/**
 * The lines of a text with their ends, without blank ones at its end.
 * @param {string} text
 * @returns {string[]}
 */
function linesOf(text) {
  return text.replace(LINE_END, '').match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
}

/**
 * What parts the columns: what most of the first lines have equally often outside quotes.
 * @param {string[]} lines
 * @returns {string}
 */
function delimiterOf(lines) {
  const unquoted = lines.slice(0, MOST_LINES).join('').replace(QUOTED, '');
  const head = unquoted.split(LINE_BREAK).slice(0, HEAD_LINES).filter(Boolean);
  let best = ',';
  let highest = [0, 0, 0];
  for (const delimiter of DELIMITERS) {
    const rank = rankOf(head.map((line) => line.split(delimiter).length - 1));
    const at = rank.findIndex((part, i) => part !== highest[i]);
    if (at >= 0 && rank[at] > highest[at]) {
      best = delimiter;
      highest = rank;
    }
  }
  return best;
}

/**
 * How well a delimiter parts lines that have it so often: how many agree, how often it comes in
 * the first line, and in those that agree.
 * @param {number[]} counts
 * @returns {number[]}
 */
function rankOf(counts) {
  const timesOf = (count) => counts.filter((other) => other === count).length;
  let usual = 0;
  for (const count of counts) {
    if (count && (!usual || timesOf(count) > timesOf(usual))) usual = count;
  }
  return [usual ? timesOf(usual) : 0, counts[0] ?? 0, usual];
}

/**
 * @typedef {object} Line a record: the number of its first line, its cells, and what is wrong.
 * @property {number} line
 * @property {string[]} cells
 * @property {string} problem '' if nothing is
 */

/**
 * The records of some lines from index `start` on; the first one says how many columns there are.
 * @param {string[]} lines
 * @param {{delimiter: string, quoted?: boolean, short?: boolean, start?: number, most?: number}}
 *   how without a delimiter a line is one cell; `quoted`: cells may be; `short`: texts are; `most`
 *   records are returned
 * @returns {Line[]}
 */
function recordsOf(lines, {delimiter, quoted = true, short = true, start = 0, most = Infinity}) {
  const records = [];
  let ahead = MOST_AHEAD;
  let first = null;
  for (let at = start; at < lines.length && records.length < most; ) {
    const line = lines[at].replace(LINE_END, '');
    let cells = delimiter ? line.split(delimiter) : [line];
    let taken = 1;
    let problem = '';
    if (quoted && line.includes('"')) {
      const found = quotedRecord(lines.slice(at, at + Math.min(MOST_LINES, ahead)), delimiter);
      const joined = lines.slice(at, at + found.taken);
      const isLong = found.taken > 1 && (short || found.taken > LONG_CELL);
      const hasAll = (one) => one.split(delimiter).length === first?.length;
      problem = found.problem;
      if (problem) ahead = Math.max(1, ahead - found.taken);
      else if (isLong && joined.every(hasAll)) {
        problem = notCsv(`a quote joins ${found.taken} lines`);
      }
      if (problem) cells = [line];
      else ({cells, taken} = found);
    } else if (quoted ? !line : !line.trim()) {
      cells = [];
      problem = EMPTY;
    }
    if (!problem) {
      first ??= cells;
      problem = fitWidth(cells, first);
    }
    records.push({line: at + 1, cells, problem});
    at += taken;
  }
  return records;
}

const notCsv = (fault) => `not CSV (${fault}): fix the quotes`;

/**
 * The record that some lines begin with, as the csv module of Python reads it with strict=True.
 * @param {string[]} lines with their ends
 * @param {string} delimiter
 * @returns {{cells: string[], taken: number, problem: string}} `taken`: lines that were read
 */
function quotedRecord(lines, delimiter) {
  const cells = [];
  let cell = '';
  let state = 'start'; // of the cell: start, bare, quoted, closed
  const wrong = (fault, taken) => ({cells, taken, problem: notCsv(fault)});
  for (const [i, line] of lines.entries()) {
    for (const character of line) {
      if (cell.length > LONGEST_CELL) return wrong('a cell is too long', i + 1);
      if (state === 'quoted') {
        if (character === '"') state = 'closed';
        else cell += character;
      } else if (state === 'closed' && character === '"') {
        cell += character; // which was doubled
        state = 'quoted';
      } else if (character === delimiter) {
        cells.push(cell);
        cell = '';
        state = 'start';
      } else if (character === '\r' || character === '\n') break;
      else if (state === 'closed') return wrong(`'${delimiter}' expected after '"'`, i + 1);
      else if (state === 'start' && character === '"') state = 'quoted';
      else {
        cell += character;
        state = 'bare';
      }
    }
    if (state !== 'quoted') return {cells: [...cells, cell], taken: i + 1, problem: ''};
  }
  return wrong('a quote is never closed', lines.length);
}

/**
 * Make a record as wide as the first one where an empty last cell is the difference.
 * @param {string[]} cells
 * @param {string[]} first
 * @returns {string} what is wrong with its width, '' if nothing is
 */
function fitWidth(cells, first) {
  if (cells.length === first.length + 1 && !cells.at(-1)) cells.pop();
  else if (cells.length === first.length - 1 && !first.at(-1)) cells.push('');
  if (cells.length === first.length) return '';
  return `${cells.length} columns, and the first line has ${first.length}: fix the line`;
}
