// The HTML of the tab List: the questions about a table, its first rows, and the answers.

const {each, esc, percent, head} = window.draw;
const PREVIEWED = 5; // rows
const LONGEST_TITLE = 60; // characters
const RANK_TITLES = ['1st', '2nd', '3rd'];

const count = (n) => n.toLocaleString('en');
const brief = (text) => esc([...text].slice(0, LONGEST_TITLE).join(''));

/**
 * Which line has the headings: its number, or 0 for none, and what is said of it.
 * @param {Line[]} records the first ones
 * @param {string} texts what they are called
 * @returns {Array<[number, string]>}
 */
function headerOptions(records, texts) {
  const lines = records.slice(0, TITLE_ROWS).filter(({cells}) => cells.length);
  const [first, ...others] = lines;
  const below = others.map(({line, cells}) => [line, `No, line ${line} is: ${cells.join(', ')}`]);
  return [
    [first.line, `Yes: ${first.cells.join(', ')}`],
    [0, `No, it is one of the ${texts} to read`],
    ...below,
  ];
}

/**
 * The options of a choice, each a value and its title, below one that is none.
 * @param {Array<[number, string]>} options
 * @returns {string}
 */
function optionsOf(options) {
  const option = ([value, title]) => `<option value="${value}">${brief(title)}</option>`;
  return each([['', 'Choose …'], ...options], option);
}

/**
 * The titles of the columns: their headings, or their numbers with the first cell.
 * @param {Line[]} records the first ones
 * @param {number | undefined} header the line of the headings, 0 for none
 * @returns {string[]}
 */
function titlesOf(records, header) {
  const headings = records.find(({line}) => line === header)?.cells;
  const rows = headings ? [headings] : records.slice(0, PREVIEWED).map(({cells}) => cells);
  const width = Math.max(...rows.map((cells) => cells.length));
  return Array.from({length: width}, (_, i) => {
    if (headings?.[i]) return headings[i];
    const cell = headings ? '' : rows.map((cells) => cells[i]).find(Boolean);
    const number = `column ${i + 1}`;
    return cell ? `${number} (${cell})` : number;
  });
}

/**
 * The first rows as a table, with the column that is read: all rows that may be a heading, or those
 * below the heading.
 * @param {Line[]} records
 * @param {string[]} titles
 * @param {{header?: number, column?: number}} choice
 * @returns {string}
 */
function preview(records, titles, {header = 0, column}) {
  const mark = (i) => (i === column ? ' class="chosen"' : '');
  const heads = each(titles, (text, i) => {
    const title = header ? text : `column ${i + 1}`;
    return `<th scope="col"${mark(i)}>${brief(title)}</th>`;
  });
  const shown = records.filter(({line}) => line > header).slice(0, PREVIEWED);
  const rows = each(shown, ({cells}) => {
    const row = each(titles, (_, i) => `<td${mark(i)}>${brief(cells[i] ?? '')}</td>`);
    return `<tr>${row}</tr>`;
  });
  return `<table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** How many of the texts are answered. */
function progress(done, all) {
  const bar = `<progress aria-label="Rows read" value="${done}" max="${all}"></progress>`;
  return `${bar} ${count(done)} of ${count(all)}`;
}

/**
 * The rows with their answers.
 * @param {ReturnType<typeof tableOf>} table
 * @param {object[]} answers of as many rows as are shown
 * @param {{words: {text: string}, hasNone: boolean, hasKnown: boolean}} props
 * @returns {string}
 */
function rowsOf(table, answers, props) {
  const titles = ['#', props.words.text, ...behind(props, RANK_TITLES, 'none', 'note', 'known')];
  const heads = each(titles, (title) => head(esc(title)));
  const write = (prediction) =>
    prediction ? `${prediction.label} ${percent(prediction.probability)}` : '';
  const rows = each(answers, (answered, i) => {
    const cells = each(cellsOf(answered, props, write, percent), (cell) => `<td>${esc(cell)}</td>`);
    return `<tr class="${kindOf(answered)}"><td>${i + 1}</td>
      <th scope="row">${esc(table.rows[i].text)}</th>${cells}</tr>`;
  });
  return `<table><tr>${heads}</tr>${rows}</table>`;
}

/** The class of a row, by which it has its colour. */
function kindOf({reply}) {
  if (reply?.verdict.kind === 'none') return 'none';
  return reply?.unsure ? 'unsure' : '';
}
