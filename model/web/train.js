// The tab Train: takes the settings, asks worker.js to train one or two networks, and shows what it reports by the
// functions of train_pictures.js. In: element, the props box and shared, and the server's function playground.
// Out: common.trained, {call, cells, box}, which How it reads asks, and the settings that differ, in the address.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {common, copy} from './address.js';
import {compareGuess, textIn, type} from './boxes.js';
import {downloadModel, pytorchCode} from './download.js';
import {optionsOf, range} from './drawing.js';
import {Game} from './game.js';
import {recordsOf, textOf, titlesOf} from './tables.js';
import {
  accuracyChart,
  brokenFigures,
  downloadButtons,
  figures,
  gateSelects,
  HELD,
  keptOf,
  keptTable,
  legend,
  likeliest,
  lossChart,
  rightByLabel,
  share,
  sharesRight,
  statesOf,
  stripedOf,
  taskOf,
  titleOf,
  WORDS,
  whole,
  widest,
} from './train_pictures.js';
import {workerOf} from './workers.js';

const $ = (place) => element.querySelector(place);
const all = (place) => [...element.querySelectorAll(place)];
const PAUSE = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 0; // ms between two drawings
const SPOKEN = 15000; // ms between two sentences that are read out
const MOST_POINTS = 300; // of a curve
let sources = {}; // of the worker, the names and the code in PyTorch
let call = null; // call(method, given) asks the worker
let ready = null; // a promise: the tab has been seen, and the worker runs
let started = null; // the settings of this training and the worker's reply to them, null until it is there
let now = null; // the worker's last report
let points = []; // of the curves
let looks = []; // the worker's replies on the visitor's text, one for each network
let stories = []; // the same of all moments
let costs = []; // its replies on what is broken
let moment = null; // the index of the moment that is looked back at, null for now
let timer = null; // of a table that is being typed
let drawn = 0; // when the pictures were, in ms
let spoken = 0; // when a sentence was, in ms
const game = new Game($('dialog'));

// ---------------------------------------------------------------------------------------------- settings

/** The texts of the boxes that have a name, {name: text}. */
function settings() {
  const texts = {};
  for (const box of all('[name]')) {
    texts[box.name] = box.type === 'checkbox' ? String(box.checked) : box.value;
  }
  return texts;
}

const defaults = settings();
const readsNames = () => props.shared && $('[name=data]').value === 'names';

/** The settings as the worker takes them. */
function forWorker({data, length, units, both, rate, batch, seed, cell, beside}) {
  return {
    data,
    length: +length,
    table: $('textarea').value,
    columns: all('.column').map((box) => +box.value),
    hasHeading: $('.heading').checked,
    cells: beside ? [cell, beside] : [cell],
    units: +units,
    both: both === 'true',
    rate: +rate,
    batch: +batch,
    seed: +seed,
  };
}

/** The settings that differ from the page's own, for the address. */
function changedSettings() {
  const changed = Object.entries(settings()).filter(([name, text]) => text !== defaults[name]);
  return Object.fromEntries(changed);
}

/** Takes over the settings of an address, a Map of texts, and starts again if they are others. */
function setSettings(state) {
  const before = JSON.stringify(settings());
  for (const box of all('[name]')) {
    const text = state.get(box.name) ?? defaults[box.name];
    if (box.type === 'checkbox') box.checked = text === 'true';
    else box.value = text;
  }
  if (all('.more [name]').some(({name}) => state.has(name))) $('.more').open = true;
  showSettings();
  if (JSON.stringify(settings()) !== before) begin();
}

/** Replaces what is not a setting by the page's own, and shows the settings where other parts depend on them. */
function showSettings() {
  for (const box of all('[name]')) {
    if (!box.value || !box.validity.valid) box.value = defaults[box.name];
  }
  for (const box of all('[type=range][name]')) box.nextElementSibling.value = box.value;
  const {texts, label} = WORDS[settings().data];
  for (const place of all('.texts')) place.textContent = texts;
  for (const place of all('.of-label')) place.textContent = label;
  $('.changed').textContent =
    settings().data === 'order' ? 'a and b swapped' : 'other first letters';
}

/** Offers the columns of the visitor's own table, the first two at first. */
function offerColumns() {
  let titles = [];
  try {
    titles = titlesOf(recordsOf($('textarea').value), $('.heading').checked);
  } catch {} // what is wrong the worker says
  for (const [i, box] of all('.column').entries()) {
    const chosen = box.value || i;
    box.innerHTML = optionsOf(titles);
    box.value = chosen < titles.length ? chosen : i;
  }
}

// ------------------------------------------------------------------------------------- talk with the worker

/** Starts the worker, when the tab is seen first: nothing is fetched later. */
async function open() {
  sources = await server.playground({}).catch(() => ({}));
  if (!sources.worker) {
    $('.problem').textContent = 'The server gave no answer: reload the page.';
    return;
  }
  const cannot = 'Nothing can be trained here: try another browser.';
  call = workerOf(sources.worker, progress, cannot);
  await begin();
}

/** A function that does some work, one after another: whatever is asked meanwhile is done once more, not each time. */
function latest(work) {
  let isStale = false;
  let running = null;
  async function loop() {
    try {
      while (isStale) {
        isStale = false;
        await work();
      }
    } finally {
      running = null;
    }
  }
  return () => {
    isStale = true;
    running ??= loop();
    return running;
  };
}

/** The same for work on what is started, if anything is; it may be another one when the worker has replied. */
const latestOf = (work) => latest(() => started && work(started));

/** Starts again with the settings as they are, once there is a worker. */
const begin = latest(async () => {
  clearTimeout(timer);
  if (!call) return;
  offerColumns();
  const given = forWorker(settings());
  started = null;
  forgetGuess();
  goTo(null);
  const reply = await call('start', {...given, names: sources.names});
  const {problem} = reply;
  $('.problem').textContent = problem ?? '';
  for (const part of all('.bench, .player, .part:not(.learn)')) part.hidden = Boolean(problem);
  if (problem) {
    turn(false);
    return;
  }
  started = {...given, ...reply};
  showStart();
  if (isOn()) call('train');
  await look();
  tell();
  showRest();
  if (common.trained) publish();
});

/** Whether the visitor wants it to train. */
const isOn = () => $('.play').dataset.do === 'pause';

/** Shows on the button that it trains, or that it does not. */
function turn(on) {
  const button = $('.play');
  button.textContent = on ? '❚❚ Pause' : '▶ Train';
  button.dataset.do = on ? 'pause' : 'train';
}

/** Lets the worker train, learn one batch or pause. */
function run(action) {
  turn(action === 'train');
  call(action);
}

/** Takes an event of the worker, or a problem if it does not work. */
function progress({problem, ...event}) {
  if (problem) {
    $('.problem').textContent = problem;
    return;
  }
  now = event;
  if (!now.step) points = [];
  points.push(...now.curves);
  if (points.length > MOST_POINTS) {
    points = points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
  }
  if (!started) return;
  if (!now.running) {
    publish();
    showRest();
  }
  if (!now.running || Date.now() - spoken > SPOKEN) tell();
  if (!now.running || Date.now() - drawn >= PAUSE) {
    drawn = Date.now();
    look();
  }
}

/** Lets How it reads ask the networks. */
function publish() {
  const box = readsNames() ? props.box : 'text-to-train';
  common.trained = {call, cells: started.cells, box};
  document.dispatchEvent(new Event('trained'));
}

// ------------------------------------------------------------------------------------------------ drawings

/** What a start alone decides. */
function showStart() {
  const [{text}] = started.examples;
  if ($('.typed').placeholder !== text) $('.typed').value = text;
  $('.typed').placeholder = text;
  follow();
  $('.task').innerHTML = taskOf(started);
  $('.gates-of').innerHTML = gateSelects(started);
  $('.legend').innerHTML = legend(started);
  for (const place of all('.striped')) place.textContent = stripedOf(started);
  $('.downloads-of').innerHTML = downloadButtons(started);
  $('.code').textContent = pytorchCode(sources.code, started.config, started);
}

const typed = () => $('.typed').value.trim() || started.examples[0].text;

/** Asks each network at the chosen moment about the visitor's text, and draws all that depends on it. */
const look = latestOf(async (mine) => {
  const given = {moment, text: typed()};
  const asked = mine.cells.map((_, network) => call('look', {network, ...given}));
  const replies = await Promise.all(asked);
  if (mine !== started) return;
  const {problem} = replies[0];
  $('.problem').textContent = problem ?? '';
  if (problem) return;
  looks = replies;
  drawCurves();
  drawFigures();
  drawStates();
  if (!now.running) drawStory();
});

/** Asks how all that was kept of the networks reads the text. */
const tellStory = latestOf(async (mine) => {
  const given = {text: typed()};
  const asked = mine.cells.map((_, network) => call('story', {network, ...given}));
  const replies = await Promise.all(asked);
  if (mine !== started || replies[0].problem) return;
  stories = replies;
  drawStory();
  drawSlider();
});

/** What is asked of the worker only while nothing trains. */
function showRest() {
  tellStory();
  breakIt();
}

/** The curves, and the slider that looks back at a moment on them. */
function drawCurves() {
  const last = points.at(-1).step;
  const marked = moment === null ? null : stepShown();
  const drawChart = (place, chartOf) => {
    const width = Math.max(280, $(place).clientWidth);
    $(place).innerHTML = chartOf(points, started, {last, marked, width});
  };
  drawChart('.accuracy', accuracyChart);
  drawChart('.loss', lossChart);
  drawSlider();
}

const stepShown = () => now.moments[moment] ?? now.step;

function drawSlider() {
  const step = stepShown();
  const title = step ? `step ${whole(step)}` : 'untrained';
  const slider = $('.moment');
  slider.max = now.moments.length;
  slider.disabled = !now.step;
  slider.value = moment ?? now.moments.length;
  slider.ariaValueText = title;
  const isNow = step && step === now.step;
  const time = isNow ? `, pass ${now.epoch}, ${whole(now.seconds)} s` : '';
  const isWidest = moment !== null && moment === widest(stories);
  const lead = `, where the ${titleOf(started, 0)}'s gradient leads most`;
  const why = isWidest ? lead : time;
  $('.back output').value = title + why;
}

function drawFigures() {
  $('.figures').innerHTML = figures(looks, started);
  $('.likely').innerHTML = likeliest(looks);
  $('.broken').innerHTML = brokenFigures(costs, looks, started);
  $('ol.by').innerHTML = rightByLabel(looks, started, costs);
}

/** Whether a box may be drawn: it is not out of sight while it trains, and would not lose the focus. */
function isFree(box) {
  const isBelow = box.getBoundingClientRect().top > innerHeight;
  return !now.running || !(isBelow || box.contains(document.activeElement));
}

function drawStates() {
  const box = $('.looks');
  if (isFree(box)) box.innerHTML = statesOf(looks, started);
}

/** What is kept of the first letter, at all moments and at the chosen one. */
function drawStory() {
  const [story] = stories;
  const [{units}] = looks;
  if (story?.[0].kept.length !== units.length) return; // it is on its way
  const place = moment ?? story.length - 1;
  $('.kept').innerHTML = keptOf(stories, units, place, started);
  $('.kept-now').innerHTML = keptTable(stories, units, place, started);
}

/** The indices of the units in a list of numbers from 1 on: 3, 8-10 are 2, 7, 8, 9. */
function unitsIn(text) {
  const parts = [...text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)];
  return parts.flatMap(([, first, last = first]) => {
    const isIn = (unit) => first <= unit + 1 && unit + 1 <= last;
    return range(128).filter(isIn); // no network here has more
  });
}

/** What is held, silenced or shuffled, and what that costs. */
const breakIt = latestOf(async (mine) => {
  const gates = all('[data-gate]').filter((box) => box.value);
  const silenced = unitsIn($('.silenced').value);
  const shuffle = $('.shuffle').checked;
  const isBroken = gates.length || silenced.length || shuffle;
  const cells = isBroken ? mine.cells : [];
  const asked = cells.map((cell, network) => {
    const own = gates.filter(({dataset}) => dataset.gate in HELD[cell]);
    const hold = Object.fromEntries(own.map((box) => [box.dataset.gate, +box.value]));
    return call('broken', {network, moment, silenced, shuffle, hold});
  });
  const replies = await Promise.all(asked);
  if (mine !== started) return;
  costs = replies;
  drawFigures();
  compareGuess(guessAtRest(), '');
});

const guessAtRest = () => $('.breaks + .guess');

/** What is left is compared with a guess once an entry is complete. */
async function compareRest() {
  await breakIt();
  compareGuess(guessAtRest(), sharesRight(costs));
}

/** Lets a screen reader read out how much is right; rarely. */
function tell() {
  spoken = Date.now();
  const right = looks.map(({scores}, i) => `${titleOf(started, i)} ${share(scores.right)}`);
  const step = $('.back output').value;
  $('.spoken').textContent = `${step}: ${right.join(', ')} of what is unseen is right`;
}

// -------------------------------------------------------------------------------------- what a visitor does

async function save(network) {
  const trained = await call('weights', {network, moment});
  const {name, blob} = downloadModel(trained, started);
  const link = document.createElement('a');
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
}

/** Looks at a moment kept, by its index, or at now. */
function goTo(index) {
  moment = index;
  if (!started) return;
  breakIt();
  look();
}

/** Plays against the first network as it is at the chosen moment. */
const play = latestOf(async (mine) => {
  const questions = await call('questions', {network: 0, moment});
  if (mine === started) game.start(questions, WORDS[mine.data]);
});

/** What was guessed at the last pause is no longer shown. */
const forgetGuess = () => compareGuess($('.bench .guess'), '');

/** Pauses, and of two networks goes back to where the first's gradient leads most. */
async function pause() {
  turn(false);
  await call('pause');
  await look();
  compareGuess($('.bench .guess'), sharesRight(looks.map((one) => one.scores)));
  await tellStory();
  const place = widest(stories);
  const isFree = moment === null && !isOn(); // nothing else was done meanwhile
  if (isFree && place !== null) goTo(place);
}

/** Puts a text here, and if it is a name in the other tabs. */
function typeHere(text) {
  $('.typed').value = text;
  if (readsNames()) type(props.box, text);
  look();
  if (!now.running) tellStory();
}

/** Takes the text of a file as if it had been pasted, or says what is wrong with it. */
async function openFile(file) {
  try {
    $('textarea').value = await textOf(file);
    begin();
  } catch (error) {
    $('.problem').textContent = error.message;
  }
}

/** Takes over what was typed in the other tabs. */
function follow() {
  if (readsNames()) $('.typed').value = textIn(props.box);
}

element.addEventListener('click', async ({target}) => {
  const {do: action, text, save: network} = target.closest('button')?.dataset ?? {};
  ready ??= open();
  await ready;
  if (action === 'again') {
    turn(false);
    begin();
  } else if (action === 'copy') {
    copy(target, $('.code').textContent);
  } else if (action === 'game') {
    play();
  } else if (action === 'pause') {
    pause();
  } else if (action) {
    goTo(null); // what it learns next is shown
    forgetGuess();
    run(action);
  } else if (network) {
    save(+network);
  } else if (text) {
    typeHere(text);
  }
});

element.addEventListener('input', ({target: box}) => {
  if (box.matches('[type=range][name]')) showSettings();
  if (box.matches('textarea')) {
    clearTimeout(timer);
    timer = setTimeout(begin, 400);
  }
  if (!started) return;
  if (box.matches('.typed')) typeHere(box.value);
  if (box.matches('.moment')) goTo(box.value === box.max ? null : +box.value);
  if (box.closest('.breaks')) breakIt();
});

/** A row of a picture of what is kept is a moment. */
element.addEventListener('pointerdown', ({target, offsetY}) => {
  if (!target.matches('.kept img')) return;
  const n = stories[0].length;
  const row = Math.floor((n * offsetY) / target.clientHeight);
  goTo(row < n - 1 ? row : null);
});

element.addEventListener('change', ({target: box}) => {
  if (box.closest('.breaks')) compareRest();
  if (box.type === 'file') openFile(box.files[0]);
  if (!box.name && !box.matches('.column, .heading')) return;
  showSettings();
  begin();
});

common.extras.train = {set: setSettings, settings: changedSettings};
setSettings(common.state);

/** Pauses in another tab; when the tab is seen, opens it or takes over what was typed meanwhile. */
function seen([{isIntersecting}]) {
  if (!isIntersecting) {
    if (isOn()) run('pause');
    return;
  }
  ready ??= open();
  if (started) {
    follow();
    look();
    if (!now.running) tellStory();
  }
}

new IntersectionObserver(seen).observe(element);
new ResizeObserver(look).observe(element);
