// The records of a text, by the rules of model/data/records.py, which says what each is for.

const DELIMITERS = [';', '\t', ',', '|']; // of equal ones the first
const HEAD_LINES = 20; // which say what the delimiter is
const SAMPLE_ROWS = 200; // which say what the columns are
const MOST_LINES = 1000; // of a record
const MOST_AHEAD = 20_000; // lines of a text that are read in vain for the end of a quote
const LONG_CELL = 20; // lines of a long text in quotes
const LONGEST_CELL = 131_072; // characters, of a cell in quotes
const EMPTY = 'the line is empty';
const QUOTED = /"[^"]*(?:""[^"]*)*"/g;
const LINE_END = /[\r\n]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: str.splitlines ends lines at them, too
const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

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
  const first = lines.slice(0, MOST_LINES).join('');
  const unquoted = first.replace(QUOTED, '').split(LINE_BREAK);
  const head = unquoted.slice(0, HEAD_LINES).filter(Boolean);
  let best = ',';
  let highest = rankOf([]);
  for (const delimiter of DELIMITERS) {
    const counts = head.map((line) => line.split(delimiter).length - 1);
    const rank = rankOf(counts);
    if (isHigher(rank, highest)) {
      best = delimiter;
      highest = rank;
    }
  }
  return best;
}

/**
 * How well a delimiter parts lines.
 * @param {number[]} counts how often each line has it
 * @returns {{agreeing: number, inFirst: number, usual: number}} how many lines have it equally often,
 *   how often the first line has it, and how often those that agree
 */
function rankOf(counts) {
  const linesWith = (count) => {
    const same = counts.filter((other) => other === count);
    return same.length;
  };
  const present = counts.filter(Boolean);
  present.sort((a, b) => linesWith(b) - linesWith(a));
  const [usual = 0] = present;
  return {
    agreeing: usual && linesWith(usual),
    inFirst: counts[0] ?? 0,
    usual,
  };
}

function isHigher(rank, other) {
  if (rank.agreeing !== other.agreeing) return rank.agreeing > other.agreeing;
  if (rank.inFirst !== other.inFirst) return rank.inFirst > other.inFirst;
  return rank.usual > other.usual;
}

/**
 * @typedef {object} Line a record: the number of its first line, its cells, and what is wrong.
 * @property {number} line
 * @property {string[]} cells
 * @property {string} problem '' if nothing is
 */

/**
 * How lines become records: from index `start` on, at most `most` of them. Without a delimiter a
 * line is one cell. Cells may be `quoted`, and texts may be `short`, as names are.
 * @typedef {{delimiter: string, quoted?: boolean, short?: boolean, start?: number, most?: number}}
 *   Form
 */

/**
 * The records of some lines; the first one says how many columns there are.
 * @param {string[]} lines
 * @param {Form} form
 * @returns {Line[]}
 */
function recordsOf(lines, form) {
  const {start = 0, most = Infinity} = form;
  const records = [];
  let spare = MOST_AHEAD;
  let first = null;
  let at = start;
  while (at < lines.length && records.length < most) {
    const ahead = spare > 0 ? MOST_LINES : LONG_CELL;
    const record = recordAt(lines, at, ahead, first, form);
    spare -= record.inVain;
    const {cells} = record;
    let {problem} = record;
    if (!problem) {
      first ??= cells;
      problem = fitWidth(cells, first);
    }
    records.push({line: at + 1, cells, problem});
    at += record.taken;
  }
  return records;
}

/**
 * The record that begins at a line, as wide as it is.
 * @param {string[]} lines
 * @param {number} at
 * @param {number} ahead how many lines may be read
 * @param {string[] | null} first the cells of the first record
 * @param {Form} form
 * @returns {{cells: string[], problem: string, taken: number, inVain: number}} `taken`: its lines;
 *   `inVain`: lines that were read for the end of a quote that has none
 */
function recordAt(lines, at, ahead, first, {delimiter, quoted = true, short = true}) {
  const line = lines[at].replace(LINE_END, '');
  if (quoted && line.includes('"')) {
    const next = lines.slice(at, at + ahead);
    return recordInQuotes(next, delimiter, short, first);
  }
  const ofOneLine = {taken: 1, inVain: 0};
  const isEmpty = quoted ? !line : !line.trim();
  if (isEmpty) return {...ofOneLine, cells: [], problem: EMPTY};
  const cells = delimiter ? line.split(delimiter) : [line];
  return {...ofOneLine, cells, problem: ''};
}

/** The record that some lines begin with; if it is not CSV, the first line in one cell. */
function recordInQuotes(lines, delimiter, short, first) {
  const {cells, taken, problem} = quotedRecord(lines, delimiter);
  const read = lines.slice(0, taken);
  const fault = problem || joinsRecords(read, delimiter, short, first);
  const inVain = fault ? taken : 0;
  if (!fault) return {cells, problem: '', taken, inVain};
  const line = lines[0].replace(LINE_END, '');
  return {cells: [line], problem: fault, taken: 1, inVain};
}

const notCsv = (fault) => `not CSV (${fault}): fix the quotes`;

/** What is wrong with a record of several lines, each of which is as wide as the first record. */
function joinsRecords(lines, delimiter, short, first) {
  const isLong = lines.length > 1 && (short || lines.length > LONG_CELL);
  const isRecord = (line) => line.split(delimiter).length === first?.length;
  if (!isLong || !lines.every(isRecord)) return '';
  return notCsv(`a quote joins ${lines.length} lines`);
}

/**
 * The record that some lines begin with, as the csv module of Python reads it with strict=True.
 * @param {string[]} lines with their ends
 * @param {string} delimiter
 * @returns {{cells: string[], taken: number, problem: string}} `taken`: lines that were read
 */
function quotedRecord(lines, delimiter) {
  const reader = new CellReader(delimiter);
  for (const [i, line] of lines.entries()) {
    const fault = reader.readLine(line);
    if (fault) return {cells: [], taken: i + 1, problem: notCsv(fault)};
    if (reader.state !== 'quoted') {
      reader.endCell();
      return {cells: reader.cells, taken: i + 1, problem: ''};
    }
  }
  return {cells: [], taken: lines.length, problem: notCsv('a quote is never closed')};
}

/** Reads the cells of a record, a character at a time. */
class CellReader {
  constructor(delimiter) {
    this.delimiter = delimiter;
    this.cells = [];
    this.cell = '';
    this.state = 'start'; // of the cell: start, bare, quoted, closed
  }

  /** @param {string} line @returns {string} what is wrong with it, '' if nothing is */
  readLine(line) {
    for (const character of line) {
      if (this.cell.length > LONGEST_CELL) return 'a cell is too long';
      const isEnd = character === '\r' || character === '\n';
      if (isEnd && this.state !== 'quoted') return '';
      const fault = this.read(character);
      if (fault) return fault;
    }
    return '';
  }

  read(character) {
    const isQuote = character === '"';
    if (isQuote && this.state === 'quoted') {
      this.state = 'closed';
    } else if (this.state === 'quoted') {
      this.cell += character;
    } else if (isQuote && this.state === 'closed') {
      this.cell += character; // which was doubled
      this.state = 'quoted';
    } else if (character === this.delimiter) {
      this.endCell();
    } else if (this.state === 'closed') {
      return `'${this.delimiter}' expected after '"'`;
    } else if (isQuote && this.state === 'start') {
      this.state = 'quoted';
    } else {
      this.cell += character;
      this.state = 'bare';
    }
    return '';
  }

  endCell() {
    this.cells.push(this.cell);
    this.cell = '';
    this.state = 'start';
  }
}

/**
 * Make a record as wide as the first one where an empty last cell is the difference.
 * @param {string[]} cells
 * @param {string[]} first
 * @returns {string} what is wrong with its width, '' if nothing is
 */
function fitWidth(cells, first) {
  const missing = first.length - cells.length;
  if (missing === -1 && !cells.at(-1)) cells.pop();
  if (missing === 1 && !first.at(-1)) cells.push('');
  if (cells.length === first.length) return '';
  return `${cells.length} columns, and the first line has ${first.length}: fix the line`;
}
