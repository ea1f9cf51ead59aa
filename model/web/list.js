// The tab List of the page without a server: what is pasted or opened, the questions about a table
// whose headings do not say all, the answers, and a CSV to keep.

const {words, hints} = props;
const MOST_DRAWN = 1000; // rows
const $ = (selector) => element.querySelector(selector);

let given = {name: 'The list', text: ''}; // what was pasted or opened
let source = null; // the same as `opened` of tables.js returns it, null if it cannot be read
let choice = {}; // the line of the headings and the column of the texts, as far as they are known
let note = ''; // what to know of a choice that the visitor did not make
let opening = null; // a Promise of the text of a file
let lists = 0; // how many were to be read: the answers for an older one are dropped

// ------------------------------------------------------------------------------- what is given

/** Take away the results of the list before. */
function clear() {
  lists += 1;
  const results = ['#summary', '#rows', '#chart', '.problem'];
  for (const selector of results) $(selector).replaceChildren();
}

/** Tell the visitor what is wrong with the list. */
function tell(error) {
  if (!(error instanceof TableError)) throw error;
  $('.problem').textContent = error.message;
}

/**
 * Open what is given, and ask what it does not say.
 * @param {Given} next
 */
function take(next) {
  clear();
  given = next;
  source = null;
  try {
    source = opened(given, hints);
    choice = {header: source.header, column: source.column};
    note = source.note;
  } catch (error) {
    tell(error);
  }
  ask();
}

// ------------------------------------------------------------------------------- the questions

/** Draw the first rows with the questions, unless it is a pasted list, which has none. */
function ask() {
  const isList = source?.form.kind === LIST && !source.isFile;
  const hasQuestions = Boolean(source) && !isList;
  $('.choice').hidden = !hasQuestions;
  if (!hasQuestions) return;
  const titles = titlesOf(source.head, choice.header);
  const columns = [...titles.entries()];
  const headers = headerOptions(source.head, words.texts);
  fill('#header select', headers, choice.header);
  fill('#column select', columns, choice.column);
  $('#column').hidden = titles.length === 1;
  $('.found').textContent = `${given.name}: ${whatIsKnown(titles)}`;
  $('.preview').innerHTML = preview(source.head, titles, choice);
}

function fill(selector, options, value = '') {
  const box = $(selector);
  box.innerHTML = optionsOf(options);
  box.value = value;
}

/** What is known of the table, or what is asked. */
function whatIsKnown(titles) {
  const {header, column} = choice;
  if (header === undefined) return 'is its first row a heading?';
  if (column === undefined) return `which column has the ${words.texts}?`;
  const title = header ? titles[column] : column + 1;
  const parts = [`column ${title} of ${titles.length}`];
  parts.push(header ? 'with a heading' : 'no heading');
  const above = source.head.filter(({line}) => line < header);
  if (above.length) parts.push(`${numberOfRows(above)} above it left out`);
  const known = parts.join(', ');
  return note ? `${known}; ${note}` : known;
}

function numberOfRows(rows) {
  const n = rows.length;
  return n === 1 ? '1 row' : `${count(n)} rows`;
}

/** Take the visitor's answers to the questions. */
function choose() {
  clear();
  const header = numberIn('#header select');
  const width = titlesOf(source.head, header).length;
  const chosen = width === 1 ? 0 : numberIn('#column select');
  const column = chosen < width ? chosen : undefined;
  choice = {header, column};
  note = '';
  ask();
}

function numberIn(selector) {
  const {value} = $(selector);
  return value === '' ? undefined : Number(value);
}

/** Point to a question that is open. */
function insist(question, asked) {
  $('.problem').textContent = `Say first ${asked}.`;
  $(`#${question} select`).focus();
}

// --------------------------------------------------------------------------------- the answers

/** Read the list: ask for the answers, and show them unless another list was given meanwhile. */
async function read() {
  await opening;
  if (!source) {
    take(given);
    return;
  }
  clear();
  const {header, column} = choice;
  if (header === undefined) {
    insist('header', 'whether the first row is a heading');
  } else if (column === undefined) {
    insist('column', `which column has the ${words.texts}`);
  } else {
    await answer(header, column).catch(tell);
  }
}

/** Answer the rows below a header, and show them. */
async function answer(header, column) {
  const list = lists;
  const table = tableOf(source, header, column);
  const added = addedNames(props);
  const taken = table.names.find((name) => added.includes(name));
  if (taken) {
    throw new TableError(`${given.name} has a column ${taken} already: rename or drop it.`);
  }
  const readable = table.rows.filter(({problem}) => !problem);
  const texts = readable.map(({text}) => text);
  const report = (done) => {
    if (list === lists) $('#rows').innerHTML = progress(done, texts.length);
  };
  report(0);
  const answers = await server.answers(texts, report);
  if (list !== lists) return;
  $('#rows').replaceChildren();
  if (answers.problem) throw new TableError(answers.problem);
  const rest = answers.values();
  const ofRows = table.rows.map((row) => {
    return row.problem ? row : rest.next().value;
  });
  show(table, ofRows);
}

/**
 * Show the answers of a table, one for each row.
 * @param {ReturnType<typeof tableOf>} table
 * @param {object[]} answers
 */
function show(table, answers) {
  const mark = '\ufeff'; // by it spreadsheets see UTF-8
  const content = csvOf(table, answers, props);
  const csv = new Blob([mark, content], {type: 'text/csv'});
  const address = URL.createObjectURL(csv);
  const first = answers.slice(0, MOST_DRAWN);
  const summary = esc(summaryOf(answers));
  $('#summary').innerHTML = `<p>${summary}</p>
    <a class="download" download="predictions.csv" href="${address}">Download as CSV</a>`;
  $('#rows').innerHTML = rowsOf(table, first, props);
  $('#chart').innerHTML = draw.counts({
    title: `${words.labels} in the list`,
    counts: countsOf(answers),
    labels: props.labels,
    ordered: props.ordered,
  });
}

/** What was read, in a few sentences. */
function summaryOf(answers) {
  const bad = answers.filter(({problem}) => problem).length;
  const rows = `${numberOfRows(answers)} read`;
  const problems = bad ? `, ${count(bad)} of them with a problem` : '';
  const sentences = [`${rows}${problems}.`];
  if (note) {
    const [first] = note;
    sentences.push(`${first.toUpperCase()}${note.slice(1)}.`);
  }
  if (answers.length > MOST_DRAWN) {
    sentences.push(`The first ${count(MOST_DRAWN)} are below; the CSV has all.`);
  }
  return sentences.join(' ');
}

/** How often each answer was given, in words, most frequent first. */
function countsOf(answers) {
  const readable = answers.filter(({reply}) => reply);
  const names = readable.map(({reply}) => inWords(reply.verdict));
  names.sort(); // of equally frequent ones the first in the alphabet
  const groups = Map.groupBy(names, (name) => name);
  const counts = [...groups].map(([name, same]) => [name, same.length]);
  return counts.sort(([, a], [, b]) => b - a);
}

// ---------------------------------------------------------------------------------- the events

element.addEventListener('input', ({target: box}) => {
  if (box.closest('.choice')) choose();
  else if (box.files) openFile(box.files[0]);
  else openPasted(box.value);
});

function openPasted(text) {
  $('[type=file]').value = '';
  const {size} = new Blob([text]);
  take({name: 'The list', text, size});
  if (!text) $('.problem').replaceChildren(); // until it is to be read
}

async function openFile(file) {
  $('textarea').value = '';
  const bytes = file.slice(0, MOST_BYTES).arrayBuffer();
  opening = bytes.then(textOf);
  const text = await opening;
  const {name, size} = file;
  take({name, text, size, isFile: true});
}

element.addEventListener('click', ({target}) => {
  if (target.matches('.primary')) read();
});

/** Take what was given before this script was there. */
function takeWhatIsThere() {
  const [file] = $('[type=file]').files;
  const {value} = $('textarea');
  if (file) openFile(file);
  else if (value) openPasted(value);
}

takeWhatIsThere();
