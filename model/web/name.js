// The tab of one text: its answer at every key, what its letters add once typing stops, the nearest texts at a
// click. In: element, whose HTML is name.html, props (tabs/name.py) and the server's functions answer, letters and
// nearest, which are Python's on the page of app.py, and those of server.js on the page without a server. answer.js
// draws what these return. No quoted word here may be a parameter of gr.HTML: Gradio would take it for
// an event of ours.

import {answered, linked, opened} from './address.js';
import {answer, examples, letters, notes} from './answer.js';
import {boxAt, type} from './boxes.js';
import {each, esc, percent, textAfter} from './drawing.js';
import {$, latest} from './tab.js';

const PAUSE = 350; // milliseconds without a key, after which letters are explained
const NO_ANSWER = {problem: 'There is no answer: try again, or load the page again.'};

const {box, words} = props;
const idOf = (name) => box.replace('name', name);
const part = (name) => $(`#${idOf(name)}`);
const field = boxAt(box);
const number = $('[type=number]'); // of labels that are shown
const every = $('.every');
const status = $('[role=status]');
const usual = Number(number.defaultValue);
const most = Number(number.max);
const isFramed = document.body.matches('.embed');

let shown = null; // the answer on the page
let timer = null;
let listed = new Set(); // the text whose nearest ones are listed, and these

/** What a function of the server returns, or {problem}. */
async function ask(name, given) {
  const reply = await server[name](given).catch(() => null);
  return reply ?? NO_ANSWER;
}

// ---------------------------------------------------------------------------------- the answer

/** Answer what is in the box; what is typed meanwhile is answered then. */
const answerBox = latest(async () => show(await answerTo(field.value)));

function answerTo(text) {
  const k = Number(number.value);
  if (text.trim()) return ask('answer', {text, k});
  return {problem: `The likely ${words.labels} appear here while you type.`};
}

function show(value) {
  shown = value;
  part('bars').innerHTML = answer({...props, ...value});
  part('notes').innerHTML = notes(value);
}

/** Explain the letters, unless something else was typed meanwhile. */
async function explain() {
  const text = field.value;
  if (isFramed || !shown) return;
  const found = await ask('letters', text);
  if (text !== field.value) return;
  part('letters').innerHTML = letters({...props, ...found, reply: shown.reply});
}

/** Dim the letters of another text than that in the box. */
function dim() {
  const [drawing] = part('letters').children;
  drawing?.classList.toggle('old', drawing.dataset.of !== field.value);
}

/** Show so many labels. */
function showLabels(k) {
  number.value = k;
  if (every) every.textContent = Number(k) === most ? 'Show fewer' : 'Show all';
}

// --------------------------------------------------------------------------- one letter further

/** A change as a button that opens its text, with the letter marked. */
function changeButton(change) {
  const text = esc(textAfter(change));
  const [before, old, added, after] = change.map(esc);
  const letter = added ? `<ins>${added}</ins>` : `<del>${old}</del>`;
  return `<button
    class="copy"
    data-box="${box}"
    data-text="${text}">
    <bdi>${before}${letter}${after}</bdi></button>`;
}

function nearestText({label, probability, change}) {
  const name = esc(label);
  return `<li data-label="${name}">
    ${changeButton(change)}
    <span>
      <b>${name}</b>
      ${percent(probability)}</span></li>`;
}

/** The nearest texts, of each label one. */
function nearestTexts({text, nearest}) {
  const name = esc(text);
  if (!nearest.length) {
    return `<p>No change of one letter makes the network sure
      that <bdi>${name}</bdi> has another ${words.label}.</p>`;
  }
  return `<p>One letter from <bdi>${name}</bdi>, the network says:</p>
    <ol data-nearest="${name}">${each(nearest, nearestText)}</ol>`;
}

/** List the nearest texts, unless something else was typed meanwhile. */
async function find() {
  const text = field.value;
  status.innerHTML = '<p>The network reads every change of one letter …</p>';
  const found = await ask('nearest', text);
  if (text !== field.value) return;
  const {problem, nearest = []} = found;
  listed = new Set([text, ...nearest.map(({change}) => textAfter(change))]);
  status.innerHTML = problem ? `<p>${esc(problem)}</p>` : nearestTexts(found);
}

/** Open the tab Train with a table of the visitor's own. */
function trainOwn() {
  const state = {[box]: field.value, tab: 'train', data: 'own'};
  location.hash = new URLSearchParams(state);
}

function play() {
  document.querySelector(`#${idOf('head')} [data-play]`).click();
}

// ----------------------------------------------------------------------------------- the events

/** Have a button, if it is there, do something. */
function onClick(selector, act) {
  $(selector)?.addEventListener('click', act);
}

onClick('.every', () => {
  const showsAll = Number(number.value) === most;
  type(idOf('k'), showsAll ? usual : most);
});
onClick('[data-ask]', find);
onClick('[data-game]', play);
onClick('[data-own]', trainOwn);
number.addEventListener('input', () => {
  showLabels(number.value);
  answerBox();
});
field.addEventListener('input', () => {
  answerBox();
  dim();
  clearTimeout(timer);
  timer = setTimeout(explain, PAUSE);
  if (!listed.has(field.value)) status?.replaceChildren();
});
field.addEventListener('keydown', (event) => {
  const isSent = event.key === 'Enter' && !event.shiftKey;
  if (!isSent) return;
  event.preventDefault();
  answerBox();
});

// ------------------------------------------------------------------------------------ the start

/** Answer the text of the link, or what was typed before this script was there. */
async function open() {
  const [text, k] = linked(box, field.defaultValue, usual, most);
  showLabels(k);
  if (field.value === field.defaultValue) field.value = text;
  const isFree = document.activeElement === document.body;
  if (isFree && !isFramed) field.focus({preventScroll: true});
  opened();
  const isAnswered = field.value === field.defaultValue && k === usual;
  if (isAnswered && props.opening?.reply) show(props.opening);
  else await answerBox();
  answered(box);
  explain();
}

part('examples').innerHTML = examples(props);
open();
