// The tab List of the page without a server: what is pasted or opened, the questions about a table, the answers, and
// a CSV to keep.

import {esc, inPercent, optionsOf} from '../drawing.js';
import {inWords} from '../engine/decisions.js';
import {mixOf} from '../engine/mix.js';
import {counts} from '../screen/answer.js';
import {rows} from '../screen/rows.js';
import {$} from '../tab.js';
import {count, preview, progress} from './list_pictures.js';
import {csvOf, noteOf, tableOf} from './listing.js';
import {delimiterOf, recordsOf, TableError, textOf, titlesOf} from './tables.js';

const {words, mostShown} = props;
const heading = $('#header input');
const column = $('#column select');

let records = []; // what was pasted or opened, as recordsOf of tables.js returns it
let hasQuestions = false; // a pasted list has none
let delimiter = ''; // of a table
let opening = null; // a Promise that they are there
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
 * Take a text, and ask what it does not say: it is a table if it is of a file or begins with cells of a spreadsheet.
 * @param {string | Promise<string>} given
 * @param {boolean} isFile
 */
async function take(given, isFile) {
  clear();
  const list = lists;
  records = [];
  hasQuestions = false;
  try {
    const text = await given;
    if (list !== lists) return;
    hasQuestions = isFile || /^[\r\n]*[^\r\n]*\t/.test(text);
    delimiter = delimiterOf(text);
    records = hasQuestions ? recordsOf(text) : linesOf(text);
    heading.checked = records[0]?.cells.length > 1;
    column.value = '';
  } catch (error) {
    if (list !== lists) return;
    hasQuestions = false;
    tell(error);
  }
  ask();
}

/** The lines of a pasted list as rows. */
function linesOf(text) {
  const filled = text.trim();
  const lines = filled ? filled.split(/\r\n?|\n/) : [];
  return lines.map((line) => ({cells: [line]}));
}

/** Draw the first rows with the questions. */
function ask() {
  $('.choice').hidden = !hasQuestions;
  if (!hasQuestions) return;
  const titles = titlesOf(records, heading.checked);
  const isList = titles.length === 1;
  const chosen = isList ? '0' : column.value;
  column.innerHTML = `<option value="">Choose …</option>${optionsOf(titles)}`;
  column.value = chosen;
  $('#column').hidden = isList;
  $('.preview').innerHTML = preview(records, titles, heading.checked, chosen);
}

// --------------------------------------------------------------------------------- the answers

/** Read the list: ask for the answers, and show them unless another list was given meanwhile. */
async function read() {
  await opening;
  if (!records.length) {
    $('.problem').textContent ||= 'The list is empty: give at least one line.';
  } else if (hasQuestions && !column.value) {
    $('.problem').textContent = `Say first which column has the ${words.texts}.`;
    column.focus();
  } else {
    clear();
    await answer(Number(column.value)).catch(tell);
  }
}

/** Answer the texts of a column, and show them. */
async function answer(place) {
  const list = lists;
  const table = tableOf(records, hasQuestions && heading.checked, delimiter, props);
  const texts = table.rows.map(({cells}) => cells[place]);
  const report = (done) => {
    if (list === lists) $('#rows').innerHTML = progress(done, texts.length);
  };
  report(0);
  const byMix = $('#mix input').checked;
  const cases = await server.judge(texts, report);
  if (list !== lists) return;
  if (cases.problem) throw new TableError(cases.problem);
  const mix = mixOf(cases, props.mix);
  const answers = await server.answers(texts, byMix ? mix.ratios : null);
  if (list !== lists) return;
  $('#rows').replaceChildren();
  show(table, texts, answers, mix, byMix);
}

/**
 * Show the answers of a table, one for each row.
 * @param {ReturnType<typeof tableOf>} table
 * @param {string[]} texts
 * @param {object[]} answers
 * @param {{shares?: number[], problem?: string}} mix of the list
 * @param {boolean} byMix whether the answers are by it
 */
function show(table, texts, answers, {shares, problem}, byMix) {
  const mark = '\ufeff'; // by it spreadsheets see UTF-8
  const csv = new Blob([mark, csvOf(table, answers, props)], {type: 'text/csv'});
  const address = URL.createObjectURL(csv);
  const moved = answers.filter(({reply}) => reply?.verdict.source === 'list').length;
  const changed = `${count(moved)} of ${count(answers.length)} read otherwise by the list’s mix.`;
  const summary = [summaryOf(answers), byMix ? (problem ?? changed) : ''].join(' ');
  $('#summary').innerHTML = `<p>${esc(summary)}</p>
    <a class="download" download="predictions.csv" href="${address}">Download as CSV</a>`;
  const shown = answers.slice(0, mostShown).map((answered, i) => ({
    text: texts[i],
    answer: answered.reply ? inWords(answered.reply.verdict) : '',
    note: noteOf(answered),
    reply: answered.reply,
  }));
  $('#rows').innerHTML = rows({...props, rows: shown});
  $('#chart').innerHTML = counts({
    title: `${words.labels} in the list`,
    counts: countsOf(answers),
    shares: shares && sharesInWords(shares),
    labels: props.labels,
    ordered: props.ordered,
  });
}

/** What was read, in a few sentences. */
function summaryOf(answers) {
  const bad = answers.filter(({problem}) => problem).length;
  const n = answers.length;
  const rows = n === 1 ? '1 row read' : `${count(n)} rows read`;
  const problems = bad ? `, ${count(bad)} of them with a problem` : '';
  const sentences = [`${rows}${problems}.`];
  if (n > mostShown) {
    sentences.push(`The first ${count(mostShown)} are below; the CSV has all.`);
  }
  return sentences.join(' ');
}

/** Labels and none with their shares, as a number and in words, the largest first. */
function sharesInWords(shares) {
  const names = [...props.labels, 'none of these'];
  const pairs = shares.map((share, i) => [names[i], share, inPercent(share, 0)]);
  return pairs.filter(([, share]) => share >= 0.01).sort(([, a], [, b]) => b - a);
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
  if (box.closest('.choice')) {
    clear();
    ask();
  } else if (box.closest('#mix')) {
    if ($('#summary').textContent) read();
  } else if (box.files) {
    openFile(box.files[0]);
  } else {
    openPasted(box.value);
  }
});

function openPasted(text) {
  $('[type=file]').value = '';
  opening = take(text, false);
}

function openFile(file) {
  $('textarea').value = '';
  opening = take(textOf(file), true);
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
