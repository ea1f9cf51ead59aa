// The page without a server: what Gradio does for the other page. alone.html has the elements,
// `window.scripts` the functions of its tabs, and server.js what they ask for.

import {showBelow} from '../boxes.js';
import {line} from './loading.js';
import {data, model, props, server} from './server.js';

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
document.body.classList.toggle('embed', query.get('embed') === '1');

// ---------------------------------------------------------------------------------------- the tabs

// The elements of a tab with a script, where there are several or its name is that of a box
const ELEMENTS = {name: ['ask'], test: ['matrix', 'per-label']};
const tabs = [...document.querySelectorAll('[role=tab]')];
const opened = new Set();

/** Start the scripts of a tab, once. */
async function start(tab) {
  if (opened.has(tab)) return;
  opened.add(tab);
  const ofElements = await props;
  const watch = () => {}; // nothing is drawn again
  for (const id of ELEMENTS[tab] ?? [tab]) {
    const element = document.getElementById(id);
    if (element) window.scripts[id]?.(element, ofElements[id], server, showCell, watch);
  }
  const {downloads} = await data;
  if (tab === 'test' && downloads) $('#downloads').innerHTML = downloads;
}

/** Show what is behind a cell of the matrix. */
async function showCell(_, {row, column}) {
  const {cells} = await data;
  $('#behind').innerHTML = cells[`${row} ${column}`];
  showBelow('behind');
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

/** Go to the tab beside, unless an arrow turns the sections of the presenter's view. */
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

// ---------------------------------------------------------------------------------------- the start

start('head');
start('name');
model.then(
  (classifier) => {
    window.classifier = classifier;
    line.remove();
  },
  () => {
    line.textContent = 'The page is incomplete: copy or load it again.';
  },
);
