// A table that a visitor pastes or opens: CSV as in RFC 4180, with commas, semicolons or tabs. Which column has what,
// and whether the first row is a heading, the visitor says. app.py reads more forms and encodings.

export const MOST_ROWS = 10_000;
const MOST_COLUMNS = 200;
const MOST_BYTES = 2_000_000;
export const LIMITS = 'give up to 10,000 rows and 2 MB, in 200 columns';

/** One line for the visitor on what cannot be read. */
export class TableError extends Error {}

/**
 * The text of a file.
 * @param {File} file
 * @returns {Promise<string>}
 * @throws {TableError}
 */
export async function textOf(file) {
  const {name, size} = file;
  if (size > MOST_BYTES)
    throw new TableError(`${name} has ${(size / 1e6).toFixed(1)} MB: ${LIMITS}.`);
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    throw new TableError(`${name} is not text in UTF-8: save it as “CSV UTF-8”, or use app.py.`);
  }
}

/** What parts the columns: what the first row has most of outside quotes, '' if it has none. */
export function delimiterOf(text) {
  const unquoted = text.trimStart().replace(/"[^"]*"/g, '');
  const [first] = unquoted.split(/[\r\n]/, 1);
  let best = '';
  let most = 1;
  for (const delimiter of ',;\t') {
    const n = first.split(delimiter).length;
    if (n > most) [best, most] = [delimiter, n];
  }
  return best;
}

/**
 * The rows of a table, all as wide as the first one; blank lines are left out.
 * @param {string} text
 * @returns {Array<{line: number, cells: string[]}>} with the numbers of their first lines
 * @throws {TableError}
 */
export function recordsOf(text) {
  const delimiter = delimiterOf(text);
  const quoted = '"([^"]*(?:""[^"]*)*)"';
  const bare = `((?!")[^${delimiter}\\r\\n]*)`;
  const cell = new RegExp(`(?:${quoted}|${bare})([${delimiter}\\n]|\\r\\n?|$)`, 'y');
  const records = [];
  let cells = [];
  let line = 1; // of the row
  let next = 1;
  for (;;) {
    const match = cell.exec(text);
    if (!match)
      throw new TableError(`Line ${next} has a quote that is not closed or not doubled: fix it.`);
    const [whole, inQuotes, alone, end] = match;
    cells.push(inQuotes?.replaceAll('""', '"') ?? alone);
    next += whole.split(/\r\n?|\n/).length - 1;
    if (end && end === delimiter) continue;
    if (cells.join('').trim()) records.push({line, cells});
    if (!end) return fitted(records);
    cells = [];
    line = next;
  }
}

/** The same rows, as wide as the first one. */
function fitted(records) {
  if (!records.length) throw new TableError('There is nothing to read: give at least one row.');
  const width = records[0].cells.length;
  if (width > MOST_COLUMNS) throw new TableError(`The table has ${width} columns: ${LIMITS}.`);
  for (const {line, cells} of records) {
    while (cells.length < width) cells.push(''); // which Excel leaves out
    if (cells.length > width) {
      throw new TableError(
        `Line ${line} has ${cells.length} columns, and the first row ${width}: fix it.`,
      );
    }
  }
  return records;
}

/** The titles of the columns: their headings, or their numbers with the first cell. */
export function titlesOf([{cells}], hasHeading) {
  return cells.map((cell, i) => {
    const number = `column ${i + 1}`;
    const text = cell.trim();
    if (hasHeading) return text || number;
    return `${number} (${text})`;
  });
}
