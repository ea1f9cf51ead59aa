// A table or list that a visitor pastes or opens. What is read without a question is what
// model/data/tables.py reads; where a heading does not say which column has the texts, the visitor
// is asked. Python also looks at the content of columns and reads other forms and encodings.

const MOST_ROWS = 10_000;
const MOST_COLUMNS = 200;
const MOST_BYTES = 2_000_000;
const LIMITS = 'give up to 10,000 rows and 2 MB, in 200 columns';
const CSV = 'CSV';
const LIST = 'list';
const UNQUOTED = 'text with tabs'; // and quotes that are characters like any other
const SEPARATOR = /^"?sep=([,;|\t])"?[\r\n]*$/i; // a first line for Excel
const JSON_START = /^(?:\[\s*(?:[[{"\]]|$)|\{\s*(?:["}]|$)|\{.*\}$)/;
const MARKDOWN = /^\|[^\r\n]*\r?\n[|: \t]*-[|: \t-]*(?:[\r\n]|$)/;
const LONE = /(?:(?<![^\n])|[,;|\t"])([À-ÖØ-öø-\u07ff])(?:(?![^\n])|[,;|\t"])/g; // in a cell

/** One line for the visitor on what cannot be read. */
class TableError extends Error {}

/**
 * What Python says of the task: the groups of headings, of which the first `sure` have the texts
 * and that at index `other` something else, the heading of labels, what stands for a missing
 * value, the columns of a table of the kind UNQUOTED, and how files that are not text begin.
 * @typedef {{groups: string[][], sure: number, other: number, label: string, text: string,
 *   short: boolean, missing: string, unquoted: string[], signatures: string[], written: string,
 *   many: number}} Hints
 */

/**
 * What a visitor gave; `text` is null if it is not UTF-8.
 * @typedef {{name: string, text: string | null, size?: number, isFile?: boolean}} Given
 */

/**
 * The text of a file.
 * @param {ArrayBuffer | Uint8Array} bytes
 * @returns {string | null} null if it is not UTF-8
 */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return null;
  }
}

// ------------------------------------------------------------------------------ what can be read

/**
 * Why a text cannot be read here at all, '' if it can.
 * @param {Given} given
 * @param {Hints} hints
 * @returns {string}
 */
function refusal(given, hints) {
  const {text, size = 0} = given;
  if (size > MOST_BYTES) {
    const megabytes = (size / 1e6).toFixed(1);
    return `has ${megabytes} MB: ${LIMITS}`;
  }
  if (text === null) {
    return 'is not a text in UTF-8, which is all that this page reads: save it as CSV UTF-8';
  }
  if (!text.trim()) return 'is empty: give at least one line';
  const isRefused = given.isFile && isOtherKind(text, given.name, hints);
  return isRefused ? 'is not a table that this page reads: save it as CSV UTF-8' : '';
}

/** Whether a file has JSON, Markdown, markup, or no text at all. */
function isOtherKind(text, name, {signatures}) {
  const start = text.slice(0, 10_000).trimStart();
  const lower = start.toLowerCase();
  const isSigned = signatures.some((sign) => start.startsWith(sign) || lower.startsWith(sign));
  if (isSigned || start.includes('\0')) return true;
  if (MARKDOWN.test(start) || /\.(?:jsonl|ndjson)$/i.test(name)) return true;
  const first = firstLine(linesOf(text));
  return JSON_START.test(first);
}

/** The first line that is not blank. */
function firstLine(lines) {
  const first = lines.find((line) => line.trim()) ?? '';
  return first.trim();
}

/**
 * A note where a file may be in another encoding: it has few letters beyond ASCII, and one of them
 * is of no language that is known, or stands alone in a cell.
 * @param {string} text
 * @param {Hints} hints
 * @returns {string}
 */
function encodingNote(text, hints) {
  const characters = [...new Set(text)];
  const signs = characters.filter((sign) => sign > '\x7f');
  if (signs.length >= hints.many) return '';
  const written = new RegExp(hints.written, 'u');
  const letters = signs.filter((sign) => /[\p{L}\p{M}]/u.test(sign));
  const odd = letters.filter((letter) => !written.test(letter));
  const lone = [...text.matchAll(LONE)].map(([, letter]) => letter);
  const [first] = [...odd, ...lone].sort();
  return first ? `read as UTF-8, with ${first}: another encoding may be meant` : '';
}

// ------------------------------------------------------------------------------------- its form

/**
 * How the lines of a text become records.
 * @param {string[]} lines
 * @param {Given} given
 * @param {Hints} hints
 * @param {Headings} known
 * @returns {Form & {kind: string}}
 */
function formOf(lines, given, hints, known) {
  const {name, isFile} = given;
  const {short} = hints;
  const separator = isFile && SEPARATOR.exec(lines[0]);
  if (separator) {
    return {
      kind: CSV,
      delimiter: separator[1],
      quoted: true,
      short,
      start: 1,
    };
  }
  const kind = isFile ? kindOfFile(lines, name, hints, known) : kindOfPasted(given.text);
  return {
    kind,
    delimiter: delimiterIn(kind, lines, name),
    quoted: kind === CSV,
    short,
    start: 0,
  };
}

function delimiterIn(kind, lines, name) {
  if (kind === LIST) return '';
  const hasTabs = kind === UNQUOTED || /\.tsv$/i.test(name);
  return hasTabs ? '\t' : delimiterOf(lines);
}

/** A pasted text is a table if it has a tab in its first line, as cells of a spreadsheet have. */
function kindOfPasted(text) {
  const filled = text.replace(/^[\r\n]+/, '');
  const [first] = filled.split('\n');
  return first.includes('\t') ? CSV : LIST;
}

function kindOfFile(lines, name, {unquoted}, known) {
  const first = firstLine(lines);
  const cells = first.split('\t');
  const hasColumns = unquoted.length > 0;
  if (hasColumns && unquoted.every((column) => cells.includes(column))) return UNQUOTED;
  const isTable = cells.length > 1 || /\.[ct]sv$/i.test(name);
  const mayBeList = hasColumns || /\.txt$/i.test(name);
  if (isTable || !mayBeList) return CSV;
  for (const delimiter of [',', ';', '|']) {
    const row = first.split(delimiter);
    if (row.length > 1 && hasHeading(row, known)) return CSV;
  }
  return LIST;
}

// -------------------------------------------------------------------- where headings and texts are

/**
 * Look at what is given, and decide what no reader could decide otherwise.
 * @param {Given} given
 * @param {Hints} hints
 * @returns {object} the `lines`, the `form` by which they become records, the first of these as
 *   `head`, and where the headings stand: `header`, the number of a line or 0 for none, and
 *   `column`, an index; both are undefined if the visitor has to say them. `note` is what to know of
 *   the choice.
 * @throws {TableError} with one line for the visitor, for what cannot be read
 */
function opened(given, hints) {
  const {name, isFile} = given;
  const problem = refusal(given, hints);
  if (problem) throw new TableError(`${name} ${problem}.`);
  const known = knownHeadings([...hints.groups, [hints.label]]);
  const lines = linesOf(given.text);
  const form = formOf(lines, given, hints, known);
  const all = recordsOf(lines, {...form, most: SAMPLE_ROWS});
  const head = withoutBlanks(all);
  if (!head.length) throw new TableError(`${name} is empty: give at least one line.`);
  const source = {
    ...given,
    lines,
    form,
    head,
    hints,
  };
  const isPastedList = form.kind === LIST && !isFile;
  if (isPastedList) return {...source, header: 0, column: 0, note: ''};
  const choice = certainChoice(all, head, known, hints);
  const notes = [choice.note];
  if (isFile) notes.unshift(encodingNote(given.text, hints));
  const note = notes.filter(Boolean).join('; ');
  return {...source, ...choice, note};
}

/**
 * The records without blank ones at either end.
 * @param {Line[]} records
 * @returns {Line[]}
 */
function withoutBlanks(records) {
  const isFilled = ({problem}) => problem !== EMPTY;
  const start = records.findIndex(isFilled);
  const end = records.findLastIndex(isFilled) + 1;
  return records.slice(start, end);
}

/**
 * Which line has the headings and which column the texts, where that is certain.
 * @param {Line[]} all the first records
 * @param {Line[]} filled the same without blank ones at either end
 * @param {Headings} known
 * @param {Hints} hints
 * @returns {{header?: number, column?: number, note?: string}}
 */
function certainChoice(all, filled, known, hints) {
  const [first, ...below] = filled;
  if (first.problem) return {};
  const isList = filled.every(({cells}) => cells.length < 2);
  if (isList) return choiceOfList(first, below, known, hints);
  const rows = all.map(({cells}) => cells);
  const row = headerRow(rows, known);
  if (row < 0) return {};
  const isBelowTitle = row > 0 && all[row].problem !== EMPTY;
  const {line, cells} = isBelowTitle ? all[row] : first;
  const sure = sureColumns(cells, known, hints);
  if (!sure.length) return {};
  const [column] = sure;
  const titles = cells.filter((_, i) => sure.includes(i));
  const note = severalNote(titles, cells[column]);
  return {header: line, column, note};
}

/** The indices of the columns whose heading says that they have the texts, the surest first. */
function sureColumns(cells, known, hints) {
  const groups = headingGroups(cells, known);
  const ofLabels = knownHeadings([[hints.label]]);
  const label = headingGroups(cells, ofLabels).indexOf(0);
  const all = [...cells.keys()];
  const columns = all.filter((i) => groups[i] < hints.sure && i !== label);
  return columns.sort((a, b) => groups[a] - groups[b]);
}

/** A note where several columns may be meant. */
function severalNote(titles, read) {
  if (titles.length < 2) return '';
  const last = titles.at(-1);
  const others = titles.slice(0, -1).join(', ');
  return `the columns ${others} and ${last} may be meant, and ${read} is read`;
}

/** The same for a file of one column. Numbers below a word may have it as their heading, or not. */
function choiceOfList(first, below, known, hints) {
  const [heading] = first.cells;
  const [group] = headingGroups([heading], known);
  if (group === hints.other) {
    const note = `the heading “${heading}” says that these are not ${hints.text}s to be read`;
    return {header: first.line, column: 0, note};
  }
  if (group !== undefined) return {header: first.line, column: 0};
  const cells = below.flatMap((record) => record.cells);
  const filled = cells.filter((cell) => cell.trim());
  const isNumbers = filled.length > 0 && filled.every((cell) => /\p{N}/u.test(cell));
  return isNumbers ? {} : {header: 0, column: 0};
}

// ------------------------------------------------------------------------------------- its rows

/**
 * The table, by the line of its headings and the column of its texts.
 * @param {ReturnType<typeof opened>} source
 * @param {number} header the number of the line of the headings, 0 for none
 * @param {number} column
 * @returns {{names: string[], header: boolean, by: string,
 *   rows: Array<{cells: string[], text: string, problem: string}>}} `by`: what parts its columns
 * @throws {TableError} with one line for the visitor
 */
function tableOf({name, lines, form, hints}, header, column) {
  const start = header ? header - 1 : form.start;
  const all = recordsOf(lines, {...form, start});
  const records = withoutBlanks(all);
  const top = records[0].cells;
  const width = top.length;
  const n = records.length;
  if (n > MOST_ROWS + 1 || width > MOST_COLUMNS) {
    throw new TableError(`${name} has ${n} rows of ${width} columns: ${LIMITS}.`);
  }
  if (header && n === 1) {
    throw new TableError(`${name} has a header and no row below it: give at least one.`);
  }
  const missing = new RegExp(`^(?:${hints.missing})$`);
  const mayBeMissing = form.kind !== UNQUOTED;
  const below = header ? records.slice(1) : records;
  const rows = below.map(({cells, problem}) => {
    const text = cells[column] ?? cells.join('');
    const cell = cells[column]?.trim() ?? '';
    const isMissing = mayBeMissing && missing.test(cell);
    return {
      cells,
      text,
      problem: problem || faultOf(cell, isMissing),
    };
  });
  return {
    names: header ? top : namesWithoutHeader(width, hints),
    header: header > 0,
    by: form.delimiter || ',',
    rows,
  };
}

function namesWithoutHeader(width, hints) {
  if (width === 1) return [hints.text];
  const names = [];
  for (let n = 1; n <= width; n += 1) names.push(`column_${n}`);
  return names;
}

/** Why the text in a cell cannot be read, '' if it can. */
function faultOf(cell, isMissing) {
  if (!cell) return 'The text is empty';
  if (!isMissing) return '';
  return `${cell} stands for a missing value: leave the row out, or write it differently`;
}
