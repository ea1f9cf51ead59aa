// The tab of one text: its answer at every key, what its letters add once typing stops, the nearest texts at a
// click. In: element, whose HTML is name.html, props (tabs/name.py) and the server's functions answer, letters and
// nearest, which are Python's on the page of app.py, and those of server.js on the page without a server. answer.js
// and nearest.js draw what these return. No quoted word here may be a parameter of gr.HTML: Gradio would take it for
// an event of ours.

const PAUSE = 350; // milliseconds without a key, after which letters are explained
const NO_ANSWER = {problem: 'There is no answer: try again, or load the page again.'};

const {box, words} = props;
const idOf = (name) => box.replace('name', name);
const part = (name) => element.querySelector(`#${idOf(name)}`);
const field = page.find(box);
const number = element.querySelector('[type=number]'); // of labels that are shown
const every = element.querySelector('.every');
const status = element.querySelector('[role=status]');
const usual = Number(number.defaultValue);
const most = Number(number.max);
const isFramed = document.body.matches('.embed');

let shown = null; // the answer on the page
let isAsking = false; // for an answer
let isStale = false; // the answer that is waited for, because something was typed since
let timer = null;
let listed = new Set(); // the text whose nearest ones are listed, and these

/** What a function of the server returns, or {problem}. */
async function ask(name, given) {
  const reply = await server[name](given).catch(() => null);
  return reply ?? NO_ANSWER;
}

// ---------------------------------------------------------------------------------- the answer

/** Answer what is in the box; what is typed meanwhile is answered then. */
async function answer() {
  isStale = true;
  if (isAsking) return;
  isAsking = true;
  while (isStale) {
    isStale = false;
    show(await answerTo(field.value));
  }
  isAsking = false;
}

function answerTo(text) {
  const k = Number(number.value);
  if (text.trim()) return ask('answer', {text, k});
  return {problem: `The likely ${words.labels} appear here while you type.`};
}

function show(value) {
  shown = value;
  part('bars').innerHTML = draw.answer({...props, ...value});
  part('notes').innerHTML = draw.notes(value);
}

/** Explain the letters, unless something else was typed meanwhile. */
async function explain() {
  const text = field.value;
  if (isFramed || !shown) return;
  const letters = await ask('letters', text);
  if (text !== field.value) return;
  part('letters').innerHTML = draw.letters({...props, ...letters, reply: shown.reply});
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

/** List the nearest texts, unless something else was typed meanwhile. */
async function find() {
  const text = field.value;
  status.innerHTML = '<p>The network reads every change of one letter …</p>';
  const found = await ask('nearest', text);
  if (text !== field.value) return;
  const {problem, nearest = []} = found;
  const texts = nearest.map(({change}) => textAfter(change));
  listed = new Set([text, ...texts]);
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
  element.querySelector(selector)?.addEventListener('click', act);
}

onClick('.every', () => {
  const showsAll = Number(number.value) === most;
  page.type(idOf('k'), showsAll ? usual : most);
});
onClick('[data-ask]', find);
onClick('[data-game]', play);
onClick('[data-own]', trainOwn);
number.addEventListener('input', () => {
  showLabels(number.value);
  answer();
});
field.addEventListener('input', () => {
  answer();
  dim();
  clearTimeout(timer);
  timer = setTimeout(explain, PAUSE);
  if (!listed.has(field.value)) status?.replaceChildren();
});
field.addEventListener('keydown', (event) => {
  const isSent = event.key === 'Enter' && !event.shiftKey;
  if (!isSent) return;
  event.preventDefault();
  answer();
});

// ------------------------------------------------------------------------------------ the start

/** Answer the text of the link, or what was typed before this script was there. */
async function open() {
  const [text, k] = page.linked(box, field.defaultValue, usual, most);
  showLabels(k);
  if (field.value === field.defaultValue) field.value = text;
  const isFree = document.activeElement === document.body;
  if (isFree && !isFramed) field.focus({preventScroll: true});
  page.opened();
  const isAnswered = field.value === field.defaultValue && k === usual;
  if (isAnswered && props.opening?.reply) show(props.opening);
  else await answer();
  page.answered(box);
  explain();
}

part('examples').innerHTML = draw.examples(props);
open();
