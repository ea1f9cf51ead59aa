// The page without a server: what Gradio does for the other page. alone.html has the elements,
// `scripts` the functions of its tabs, and server.js, in the same scope, what they ask for.

const PAUSE = 350; // milliseconds without a letter, after which letters are explained

const $ = (selector) => document.querySelector(selector);

// ---------------------------------------------------------------------------------------- the look

const query = new URLSearchParams(location.search);
const systemDark = matchMedia('(prefers-color-scheme: dark)');

function turnDark() {
  const theme = query.get('__theme');
  const isDark = theme ? theme === 'dark' : systemDark.matches;
  document.body.classList.toggle('dark', isDark);
}

systemDark.addEventListener('change', turnDark);
turnDark();
const isFramed = document.body.classList.toggle('embed', query.get('embed') === '1');

// ---------------------------------------------------------------------------------------- the tabs

const PARTS = {test: ['matrix', 'per-label']}; // elements with a script, where they are not the tab's
const tabs = [...document.querySelectorAll('[role=tab]')];
const opened = new Set();

/** Start the scripts of a tab, once. */
async function start(tab) {
  if (opened.has(tab)) return;
  opened.add(tab);
  const {props, cells, downloads} = await data;
  const showCell = (_, {row, column}) => {
    $('#behind').innerHTML = cells[`${row} ${column}`];
    page.showBelow('behind');
  };
  const watch = () => {}; // nothing is drawn again
  for (const id of PARTS[tab] ?? [tab]) {
    const element = document.getElementById(id);
    if (element) scripts[id]?.(element, props[id], server, showCell, watch);
  }
  if (tab === 'test' && downloads) $('#downloads').innerHTML = downloads;
}

function select(tab) {
  for (const other of tabs) {
    const panel = document.getElementById(other.getAttribute('aria-controls'));
    other.ariaSelected = String(other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    panel.hidden = other !== tab;
  }
  start(tab.dataset.tabId);
}

/** Go to the tab beside, unless an arrow turns the parts of the presenter's view. */
function turnTab(event) {
  const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!way || event.defaultPrevented) return;
  const place = tabs.indexOf(event.currentTarget) + way;
  const next = tabs.at(place % tabs.length);
  next.focus();
  next.click();
}

for (const tab of tabs) {
  tab.addEventListener('click', () => select(tab));
  tab.addEventListener('keydown', turnTab);
}

// ----------------------------------------------------------------------------------- the first tab

const field = page.find('name');
const [number, slider] = document.querySelectorAll('#k input');
const every = $('.every');
const most = Number(number.max);
const usual = Number(number.defaultValue);
let timer = null;
let asked = 0; // how often letters were asked for

function answer() {
  const value = classifier.shown(field.value, Number(number.value));
  $('#bars').innerHTML = draw.answer(value);
  $('#notes').innerHTML = draw.notes(value);
}

/** Explain the letters, unless another letter was typed meanwhile. */
async function explain() {
  if (isFramed) return;
  asked += 1;
  const mine = asked;
  const letters = await worker()('letters', {text: field.value});
  if (mine === asked) $('#letters').innerHTML = draw.letters(letters);
}

/** Show so many labels. */
function showLabels(k) {
  number.value = k;
  slider.value = k;
  every.textContent = k === most ? 'Show fewer' : 'Show all';
}

function listenToField() {
  field.addEventListener('input', () => {
    answer();
    clearTimeout(timer);
    timer = setTimeout(explain, PAUSE);
  });
  field.addEventListener('keydown', (event) => {
    const isSent = event.key === 'Enter' && !event.shiftKey;
    if (isSent) event.preventDefault();
  });
}

function listenToNumber() {
  number.addEventListener('blur', () => {
    number.value = slider.value;
  });
  for (const box of [number, slider]) {
    box.addEventListener('input', () => {
      if (!box.value) return; // it is being typed
      const k = Math.min(Math.max(box.value, 1), most);
      showLabels(Math.round(k));
      answer();
    });
  }
  every.addEventListener('click', () => {
    const showsAll = Number(number.value) === most;
    page.type('k', showsAll ? usual : most);
  });
  every.hidden = usual === most;
}

if (document.activeElement === field) field.select(); // what is typed now takes its place
window.classifier = await model;
const [text, k] = page.linked('name', field.value, usual, most);
field.value = text;
showLabels(k);
answer();
listenToField();
listenToNumber();
page.opened('name');
start('head');
explain();
$('#examples').innerHTML = draw.examples((await data).examples);
