// The address is the state of the page, `#name=Kim&k=3&tab=list`: behind #, so that no server sees a name. The key of a
// text is the id of its box. A tab is a new entry of the history; all else replaces the last.

import {boxAt, textIn, type} from './boxes.js';
import {enlarge, isLarge} from './presenter.js';

const space = document.querySelector('meta[name=space]'); // of the Hub, whose page is in a frame
const isStatic = space.dataset.sdk === 'static'; // the page without a server
const HUB = 'https://huggingface.co';
const PAUSE_TO_WRITE = 250; // milliseconds, because browsers refuse an address at every key

const link = stateInAddress(); // by which the page was opened
/** What one tab leaves here for another, and for the address. */
export const common = {
  state: link, // or the address that is followed
  extras: {}, // id of a tab → {settings(), what it adds to the address; set(state), what that has}
  trained: null, // what the tab Train has trained: {call, cells, box}
};
let hasOpened = false;
let isOpening = true; // by the link, or the address that is followed
let lastTab = '';
let timer = null;

function stateInAddress() {
  return new URLSearchParams(location.hash.slice(1));
}

// --------------------------------------------------------------------------------- tabs and boxes

function tabsThat(selector) {
  return [...document.querySelectorAll(`[role=tab]${selector}`)];
}

const isSeen = (element) => Boolean(element.offsetParent);

export function tabButton(id) {
  return tabsThat(`[data-tab-id="${CSS.escape(id)}"]`).find(isSeen);
}

/** Whether the page is as its address says. */
export const isOpen = () => !isOpening;

/** The ids of the open tabs: of the models, where there are several, and of a model. */
function openIds() {
  return tabsThat('[aria-selected=true]')
    .filter(isSeen)
    .map((tab) => tab.dataset.tabId);
}

/** The box whose text is in the address, else the first. */
function boxOf(state) {
  const ids = tabsThat('').map((tab) => tab.dataset.tabId);
  const names = ids.map((id) => id.replace(/^group/, 'name'));
  const boxes = names.filter((id) => /^name/.test(id));
  return [...state.keys()].find((key) => boxes.includes(key)) ?? boxes[0];
}

function pause(milliseconds) {
  return new Promise((resume) => {
    setTimeout(resume, milliseconds);
  });
}

/** Open a tab of a model, which may have to be drawn first. */
async function openTab(box, tab) {
  tabButton(box.replace('name', 'group'))?.click();
  const isDrawn = () => boxAt(box) && tabButton(box);
  for (let i = 0; i < 100; i += 1) {
    if (isDrawn()) break;
    await pause(20);
  }
  const button = tabButton(box.replace('name', tab ?? 'name')) ?? tabButton(box);
  button?.click();
}

// --------------------------------------------------------------------------- from page to address

/** The state of what is on the page, undefined while there is none. */
function stateOfPage() {
  const open = openIds();
  const group = open.find((id) => /^group/.test(id));
  const id = open.find((tab) => !/^group/.test(tab));
  const [, tab, suffix] = /^([a-z]+)(.*)$/.exec(id) ?? [];
  const box = `name${suffix}`;
  const isOther = group && group !== `group${suffix}`;
  if (isOther || !boxAt(box)) return undefined;
  const entries = Object.entries({
    [box]: textIn(box),
    k: textIn(`k${suffix}`),
    tab: tab === 'name' ? '' : tab,
    view: isLarge() ? 'large' : '',
    ...common.extras[id]?.settings(),
  });
  const filled = entries.filter(([key, value]) => value || key === box);
  return {state: new URLSearchParams(filled), id};
}

/** Write what is on the page into the address. */
function write() {
  const now = isOpening ? undefined : stateOfPage();
  if (!now) return;
  const {state, id} = now;
  const isNew = String(state) !== String(stateInAddress());
  if (isNew) go(id === lastTab ? 'replaceState' : 'pushState', state);
  lastTab = id;
}

/** The same after a while. */
function writeLater() {
  clearTimeout(timer);
  timer = setTimeout(isOpening ? writeLater : write, PAUSE_TO_WRITE);
}

/** @param {'replaceState' | 'pushState'} how @param {URLSearchParams} state */
function go(how, state) {
  history[how](null, '', `${location.pathname}${location.search}#${state}`);
  if (space.content && isStatic && parent !== window) tellHub();
}

/** Have the Hub's page around a static Space follow, without __sign and __theme, which it added. */
function tellHub() {
  const query = [...new URLSearchParams(location.search)];
  const own = query.filter(([key]) => !key.startsWith('__'));
  const queryString = own.length ? `?${new URLSearchParams(own)}` : '';
  parent.postMessage({queryString, hash: location.hash}, HUB);
}

/** The address of what is on the page: of a Space, that of the Hub. */
export function addressOfPage() {
  write();
  return space.content ? `${HUB}/spaces/${space.content}${location.hash}` : location.href;
}

/**
 * Copy a text, or the link of what is on the page.
 * @param {HTMLButtonElement} button
 * @param {string} [text]
 */
export async function copy(button, text) {
  const copied = text ?? addressOfPage();
  try {
    await navigator.clipboard.writeText(copied);
  } catch {
    prompt('Copy this:', copied);
  }
  button.textContent = 'Copied';
  await pause(2000);
  button.textContent = text ? 'Copy' : 'Copy link';
}

// --------------------------------------------------------------------------- from address to page

/**
 * What a box and the number of labels have by the address.
 * @returns {[string, number]} `text` and `k` if it has none
 */
export function linked(box, text, k, most) {
  const {state} = common;
  const n = Number(state.get('k'));
  const isNumber = n >= 1 && n <= most;
  const isHere = boxOf(state) === box;
  const number = isHere && isNumber ? Math.round(n) : k;
  return [state.get(box) ?? text, number];
}

/** Open the tab of the link, once there is a box: it may be that of another one. */
export async function opened() {
  if (hasOpened) return;
  hasOpened = true;
  const box = boxOf(link);
  if (link.size) await openTab(box, link.get('tab'));
  lastTab = openIds().pop();
  const field = boxAt(box);
  if (link.size && field && document.activeElement === field) {
    if (isLarge()) field.blur();
    else field.select();
  }
  isOpening = false;
}

/** Show the page once the text of the link is answered. */
export function answered(box) {
  if (boxOf(link) === box) show();
}

/** Follow the address after back, forward, or a change by hand. */
async function follow() {
  while (isOpening) await pause(20);
  isOpening = true;
  const state = stateInAddress();
  common.state = state;
  const box = boxOf(state);
  const k = box.replace('name', 'k');
  go('replaceState', state);
  enlarge(state.get('view') === 'large');
  await openTab(box, state.get('tab'));
  lastTab = openIds().pop();
  const [text, n] = linked(box, textIn(box), textIn(k), boxAt(k)?.max);
  if (text !== textIn(box)) type(box, text);
  type(k, n);
  const tab = box.replace('name', state.get('tab') ?? 'name');
  (common.extras[tab] ?? common.extras[box])?.set(state);
  isOpening = false;
}

addEventListener('popstate', follow);
document.addEventListener('click', write, true); // before a tab leaves what was typed
document.addEventListener('click', writeLater);
document.addEventListener('input', writeLater);
new MutationObserver(() => {
  if (isOpening) return;
  requestAnimationFrame(write);
  writeLater(); // where the tab had to be drawn first
}).observe(document, {subtree: true, attributeFilter: ['aria-selected']});

// --------------------------------------------------------------------------------------- the start

const hidden = new CSSStyleSheet();

function show() {
  hidden.disabled = true;
}

if (link.size) {
  go('replaceState', link);
  enlarge(link.get('view') === 'large');
}
// The page of Gradio is seen once its text is answered, unless that takes long: before, its parts move.
if (!isStatic) {
  hidden.replaceSync('gradio-app { opacity: 0 }');
  document.adoptedStyleSheets.push(hidden);
  setTimeout(show, 8000);
}
