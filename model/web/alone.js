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
const number = page.find('k');
const every = $('.every');
const most = Number(number.max);
const usual = Number(number.defaultValue);
let timer = null;
let asked = 0; // how often letters were asked for

/** Answer, once there is a classifier. */
function answer() {
  const {classifier} = window;
  if (!classifier) return;
  const value = classifier.shown(field.value, Number(number.value));
  $('#bars').innerHTML = draw.answer(value);
  $('#notes').innerHTML = draw.notes(value);
}

/** Explain the letters, unless another letter was typed meanwhile. */
async function explain() {
  if (isFramed || !window.classifier) return;
  asked += 1;
  const mine = asked;
  const letters = await ask('letters', {text: field.value});
  if (mine === asked) $('#letters').innerHTML = draw.letters(letters);
}

/** Show so many labels. */
function showLabels(k) {
  number.value = k;
  every.textContent = Number(k) === most ? 'Show fewer' : 'Show all';
}

/** The text and the number of the link, unless something was typed before this script was there. */
function openLink() {
  const [text, k] = page.linked('name', field.defaultValue, usual, most);
  showLabels(k);
  if (field.value !== field.defaultValue) return;
  field.value = text;
  if (document.activeElement === field) field.select(); // what is typed now takes its place
}

field.addEventListener('input', () => {
  answer();
  clearTimeout(timer);
  timer = setTimeout(explain, PAUSE);
});
field.addEventListener('keydown', (event) => {
  const isSent = event.key === 'Enter' && !event.shiftKey;
  if (isSent) event.preventDefault();
});
number.addEventListener('input', () => {
  showLabels(number.value);
  answer();
});
every.addEventListener('click', () => {
  const showsAll = Number(number.value) === most;
  page.type('k', showsAll ? usual : most);
});
every.hidden = usual === most;

openLink();
data.then(({examples}) => {
  $('#examples').innerHTML = draw.examples(examples);
});
page.opened('name');
start('head');
start('nearest');
model.then(
  (classifier) => {
    window.classifier = classifier;
    line.remove();
    answer();
    explain();
  },
  () => {
    line.textContent = 'The page is incomplete: copy or load it again.';
  },
);
