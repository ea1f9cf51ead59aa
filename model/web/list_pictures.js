// The HTML of the tab List: the questions about a table, its first rows, and the answers.

const {each, esc, percent, head} = window.draw;
const PREVIEWED = 5; // rows
const LONGEST_TITLE = 60; // characters
const RANK_TITLES = ['1st', '2nd', '3rd'];

const count = (n) => n.toLocaleString('en');
function brief(text) {
  const characters = [...text].slice(0, LONGEST_TITLE);
  return esc(characters.join(''));
}

/**
 * Which line has the headings: its number, or 0 for none, and what is said of it.
 * @param {Line[]} records the first ones
 * @param {string} texts what they are called
 * @returns {Array<[number, string]>}
 */
function headerOptions(records, texts) {
  const top = records.slice(0, TITLE_ROWS);
  const [first, ...others] = top.filter(({cells}) => cells.length);
  const options = [
    [first.line, `Yes: ${first.cells.join(', ')}`],
    [0, `No, it is one of the ${texts} to read`],
  ];
  for (const {line, cells} of others) {
    const title = cells.join(', ');
    options.push([line, `No, line ${line} is: ${title}`]);
  }
  return options;
}

/**
 * The options of a choice, each a value and its title, below one that is none.
 * @param {Array<[number, string]>} options
 * @returns {string}
 */
function optionsOf(options) {
  const all = [['', 'Choose …'], ...options];
  return each(all, ([value, title]) => {
    return `<option value="${value}">${brief(title)}</option>`;
  });
}

/**
 * The titles of the columns: their headings, or their numbers with the first cell.
 * @param {Line[]} records the first ones
 * @param {number | undefined} header the line of the headings, 0 for none
 * @returns {string[]}
 */
function titlesOf(records, header) {
  const headings = records.find(({line}) => line === header)?.cells;
  const first = records.slice(0, PREVIEWED);
  const rows = headings ? [headings] : first.map(({cells}) => cells);
  const widths = rows.map((cells) => cells.length);
  const width = Math.max(...widths);
  return Array.from({length: width}, (_, i) => {
    const number = `column ${i + 1}`;
    if (headings) return headings[i] || number;
    const cell = rows.map((cells) => cells[i]).find(Boolean);
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
  const below = records.filter(({line}) => line > header);
  const rows = each(below.slice(0, PREVIEWED), ({cells}) => {
    const row = each(titles, (_, i) => {
      const cell = brief(cells[i] ?? '');
      return `<td${mark(i)}>${cell}</td>`;
    });
    return `<tr>${row}</tr>`;
  });
  return `<table>
    <thead><tr>${heads}</tr></thead>
    <tbody>${rows}</tbody></table>`;
}

/** How many of the texts are answered. */
function progress(done, all) {
  return `<progress
    aria-label="Rows read"
    value="${done}"
    max="${all}"></progress> ${count(done)} of ${count(all)}`;
}

/**
 * The rows with their answers.
 * @param {ReturnType<typeof tableOf>} table
 * @param {object[]} answers of as many rows as are shown
 * @param {{words: {text: string}, hasNone: boolean, hasKnown: boolean}} props
 * @returns {string}
 */
function rowsOf(table, answers, props) {
  const added = behind(props, {
    answer: 'answer',
    predictions: RANK_TITLES,
    none: 'none',
    note: 'note',
    known: 'known',
  });
  const titles = ['#', props.words.text, ...added];
  const heads = each(titles.map(esc), head);
  const write = (prediction) => {
    if (!prediction) return '';
    const {label, probability} = prediction;
    return `${label} ${percent(probability)}`;
  };
  const rows = each(answers, (answered, i) => {
    const texts = cellsOf(answered, props, write, percent);
    const cells = each(texts, (text) => `<td>${esc(text)}</td>`);
    return `<tr class="${kindOf(answered)}">
      <td>${i + 1}</td>
      <th scope="row">${esc(table.rows[i].text)}</th>
      ${cells}</tr>`;
  });
  return `<table>
    <tr>${heads}</tr>
    ${rows}</table>`;
}

/** The class of a row, by which it has its colour. */
function kindOf({reply}) {
  const kind = reply?.verdict.kind;
  if (kind === 'none' || kind === 'given') return 'none';
  return kind === 'unsure' || kind === 'either' ? 'unsure' : '';
}
