// The tab List of the page without a server: what is pasted or opened, the questions about a table
// whose headings do not say all, the answers, and a CSV to keep.

const {each, esc, percent, head} = window.draw;
const {words, hints} = props;
const MOST_DRAWN = 1000; // rows
const PREVIEWED = 5; // rows
const LONGEST_TITLE = 60; // characters
const $ = (selector) => element.querySelector(selector);
const count = (n) => n.toLocaleString('en');
const brief = (text) => esc([...text].slice(0, LONGEST_TITLE).join(''));

let given = {name: 'The list', text: ''}; // what was pasted or opened
let source = null; // the same, opened
let choice = {}; // the line of the headings and the column of the texts, as far as they are known
let note = ''; // what to know of a choice that the visitor did not make
let opening = null; // a Promise of the text of a file
let lists = 0; // how many were to be read: the answers for an older one are dropped

/** Take away the results of the list before. */
function clear() {
  lists += 1;
  for (const part of ['#summary', '#rows', '#chart', '.problem']) $(part).replaceChildren();
}

/** Tell the visitor what is wrong with the list. */
function tell(error) {
  if (!(error instanceof TableError)) throw error;
  $('.problem').textContent = error.message;
}

/**
 * Open what is given, and ask what it does not say.
 * @param {{name: string, text: string | null, size?: number, isFile?: boolean}} next
 */
function take(next) {
  clear();
  given = next;
  source = null;
  choice = {};
  note = '';
  try {
    source = opened(given, hints);
    choice = {header: source.header, column: source.column};
    note = source.note ?? '';
  } catch (error) {
    tell(error);
  }
  ask();
}

/** Draw the first rows with the questions, unless it is a pasted list, which has none. */
function ask() {
  const isList = source?.form.kind === LIST && !source.isFile;
  $('.choice').hidden = !source || isList;
  if ($('.choice').hidden) return;
  const titles = titlesOf();
  fill('#header select', headerOptions(), choice.header);
  fill('#column select', [...titles.entries()], choice.column);
  $('#column').hidden = titles.length === 1;
  $('.found').textContent = foundIn(titles);
  $('.preview').innerHTML = preview(titles);
}

/** Which line has the headings: its number, or 0 for none, and what is said of it. */
function headerOptions() {
  const lines = source.head.slice(0, TITLE_ROWS).filter(({cells}) => cells.length);
  const [first, ...others] = lines;
  const titleOf = ({line, cells}) => [line, `No, line ${line} is: ${cells.join(', ')}`];
  return [
    [first.line, `Yes: ${first.cells.join(', ')}`],
    [0, `No, it is one of the ${words.texts} to read`],
    ...others.map(titleOf),
  ];
}

/**
 * Fill a choice; each option is a value and its title.
 * @param {string} selector
 * @param {Array<[number, string]>} options
 * @param {number | undefined} value
 */
function fill(selector, options, value = '') {
  const html = ([key, title]) => `<option value="${key}">${brief(title)}</option>`;
  $(selector).innerHTML = each([['', 'Choose …'], ...options], html);
  $(selector).value = value;
}

/** The rows that are shown: all that may be a heading, or those below the heading. */
function shownRows() {
  const below = source.head.filter(({line}) => line > (choice.header ?? 0));
  return below.slice(0, PREVIEWED);
}

/** The titles of the columns: their headings, or their numbers with the first cell. */
function titlesOf() {
  const header = source.head.find(({line}) => line === choice.header);
  const rows = header ? [header] : source.head.slice(0, PREVIEWED);
  const width = Math.max(...rows.map(({cells}) => cells.length));
  return Array.from({length: width}, (_, i) => {
    if (header?.cells[i]) return header.cells[i];
    const cell = header ? '' : rows.map(({cells}) => cells[i]).find(Boolean);
    return cell ? `column ${i + 1} (${cell})` : `column ${i + 1}`;
  });
}

/**
 * The first rows as a table, with the column that is read.
 * @param {string[]} titles
 * @returns {string} HTML
 */
function preview(titles) {
  const {header, column} = choice;
  const mark = (i) => (i === column ? ' class="chosen"' : '');
  const title = (text, i) => (header ? text : `column ${i + 1}`);
  const heads = each(
    titles,
    (text, i) => `<th scope="col"${mark(i)}>${brief(title(text, i))}</th>`,
  );
  const rows = each(shownRows(), ({cells}) => {
    const row = each(titles, (_, i) => `<td${mark(i)}>${brief(cells[i] ?? '')}</td>`);
    return `<tr>${row}</tr>`;
  });
  return `<table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** What is known of the table, in a line. */
function foundIn(titles) {
  const {header, column} = choice;
  if (header === undefined) return `${given.name}: is its first row a heading?`;
  if (column === undefined) return `${given.name}: which column has the ${words.texts}?`;
  const title = header ? titles[column] : column + 1;
  const heading = header ? 'with a heading' : 'no heading';
  const above = header ? source.head.filter(({line}) => line < header).length : 0;
  const leftOut = above ? `, ${above} row${above > 1 ? 's' : ''} above it left out` : '';
  const more = note && `; ${note}`;
  return `${given.name}: column ${title} of ${titles.length}, ${heading}${leftOut}${more}`;
}

/** Take the visitor's answers to the questions. */
function choose() {
  clear();
  const numberOf = ({value}) => (value === '' ? undefined : Number(value));
  choice = {header: numberOf($('#header select')), column: numberOf($('#column select'))};
  note = '';
  const width = titlesOf().length;
  if (width === 1) choice.column = 0;
  if (choice.column >= width) choice.column = undefined;
  ask();
}

/** The question that is open, '' if none is. */
function openQuestion() {
  if (choice.header === undefined) return 'header';
  return choice.column === undefined ? 'column' : '';
}

/** Read the list: ask for the answers, and show them unless another list was given meanwhile. */
async function read() {
  await opening;
  if (!source) take(given);
  if (!source) return;
  clear();
  const question = openQuestion();
  if (question) {
    const asked = {
      header: 'whether the first row is a heading',
      column: `which column has the ${words.texts}`,
    };
    $('.problem').textContent = `Say first ${asked[question]}.`;
    $(`#${question} select`).focus();
    return;
  }
  try {
    const table = tableOf(source, choice.header, choice.column);
    const added = addedNames(props);
    const taken = table.names.find((name) => added.includes(name));
    if (taken) {
      throw new TableError(`${given.name} has a column ${taken} already: rename or drop it.`);
    }
    await answer(table);
  } catch (error) {
    tell(error);
  }
}

/** Answer the rows of a table, and show them. */
async function answer(table) {
  const list = lists;
  const texts = table.rows.filter(({problem}) => !problem).map(({text}) => text);
  const progress = (done) => {
    if (list !== lists) return;
    $('#rows').innerHTML = `<progress aria-label="Rows read" value="${done}"
      max="${texts.length}"></progress> ${count(done)} of ${count(texts.length)}`;
  };
  progress(0);
  const answers = await server.answers(texts, progress);
  if (list !== lists) return;
  $('#rows').replaceChildren();
  if (answers.problem) throw new TableError(answers.problem);
  const next = answers.values();
  const ofRows = table.rows.map((row) => (row.problem ? row : next.next().value));
  show(table, ofRows);
}

/**
 * Show the answers of a table, one for each row.
 * @param {ReturnType<typeof tableOf>} table
 * @param {object[]} answers
 */
function show(table, answers) {
  const n = answers.length;
  const bad = answers.filter(({problem}) => problem).length;
  const mark = '\ufeff'; // by it spreadsheets see UTF-8
  const csv = new Blob([mark, csvOf(table, answers, props)], {type: 'text/csv'});
  const address = URL.createObjectURL(csv);
  const faulty = bad ? `, ${count(bad)} of them with a problem` : '';
  const few = n > MOST_DRAWN ? ` The first ${count(MOST_DRAWN)} are below; the CSV has all.` : '';
  const noteOfChoice = note && ` ${note[0].toUpperCase()}${note.slice(1)}.`;
  $('#summary').innerHTML =
    `<p>${count(n)} row${n > 1 ? 's' : ''} read${faulty}.${esc(noteOfChoice)}${few}</p>
    <a class="download" download="predictions.csv" href="${address}">Download as CSV</a>`;
  $('#rows').innerHTML = rowsOf(table, answers.slice(0, MOST_DRAWN));
  $('#chart').innerHTML = draw.counts({
    title: `${words.labels} in the list`,
    counts: countsOf(answers),
  });
}

/** The rows with their answers, as HTML. */
function rowsOf(table, answers) {
  const ranks = ['1st', '2nd', '3rd'];
  const titles = ['#', words.text, ...behind(props, ranks, 'none', 'note', 'known')];
  const write = (prediction) =>
    prediction ? `${prediction.label} ${percent(prediction.probability)}` : '';
  const rows = each(answers, (answered, i) => {
    const cells = each(cellsOf(answered, props, write, percent), (cell) => `<td>${esc(cell)}</td>`);
    return `<tr class="${kindOf(answered)}"><td>${i + 1}</td>
      <th scope="row">${esc(table.rows[i].text)}</th>${cells}</tr>`;
  });
  return `<table><tr>${each(titles, (title) => head(esc(title)))}</tr>${rows}</table>`;
}

/** Which colour a row has. */
function kindOf({reply}) {
  if (reply?.verdict.kind === 'none') return 'none';
  return reply?.unsure ? 'unsure' : '';
}

/** How often each label was the answer, or a note in its place, most frequent first. */
function countsOf(answers) {
  const counts = new Map();
  for (const answered of answers.filter(({reply}) => reply)) {
    const name = noteOf(answered) || answered.reply.predictions[0].label;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const inAlphabet = ([a], [b]) => (a < b ? -1 : 1);
  return [...counts].sort(inAlphabet).sort(([, a], [, b]) => b - a);
}

element.addEventListener('input', async ({target: box}) => {
  if (box.closest('.choice')) {
    choose();
    return;
  }
  const [file] = box.files ?? [];
  $(file ? 'textarea' : '[type=file]').value = '';
  opening = file?.slice(0, MOST_BYTES).arrayBuffer().then(textOf);
  const text = file ? await opening : box.value;
  const {size} = file ?? new Blob([text]);
  take({name: file?.name ?? 'The list', text, size, isFile: Boolean(file)});
  if (text === '') $('.problem').textContent = ''; // until it is to be read
});
element.addEventListener('click', ({target}) => {
  if (target.matches('.primary')) read();
});
