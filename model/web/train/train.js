// The tab Train: takes the settings, asks worker.js to train one or two networks, and shows what it reports by the
// functions of train_pictures.js. In: element, the props box and shared, and the server's function playground.
// Out: common.trained, {call, cells, box}, which Look inside asks, and the settings that differ, in the address.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {common, copy} from '../address.js';
import {compareGuess, textIn, type} from '../boxes.js';
import {esc, inPercent, optionsOf, range, ranked} from '../drawing.js';
import {recordsOf, textOf, titlesOf} from '../list/tables.js';
import {Game} from '../screen/game.js';
import {$, all, latest, put, setterOf} from '../tab.js';
import {workerOf} from '../workers.js';
import {downloadModel, pytorchCode} from './download.js';
import {
  accuracyChart,
  brokenFigures,
  downloadButtons,
  figures,
  gateSelects,
  HELD,
  likeliest,
  lossChart,
  rightByLabel,
  sharesRight,
  statesOf,
  taskOf,
  titleOf,
  WORDS,
  whole,
} from './train_pictures.js';

const PAUSE = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 0; // ms between two drawings
const SPOKEN = 15000; // ms between two sentences that are read out
let sources = {}; // of the worker, the names and the code in PyTorch
let call = null; // call(method, given) asks the worker
let ready = null; // a promise: the tab has been seen, and the worker runs
const state = {
  problem: '',
  isOn: false, // the visitor wants it to train
  started: null, // the settings of this training and the worker's reply to them, null until it is there
  now: null, // the worker's last report
  points: [], // of the curves
  moment: null, // the index of the moment that is looked back at, null for now
  looks: [], // the worker's replies on the visitor's text, one for each network
  costs: [], // its replies on what is broken
  timer: null, // of a table that is being typed
  drawn: 0, // when the pictures were, in ms
  spoken: 0, // when a sentence was, in ms
};
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
function setSettings(address) {
  const before = JSON.stringify(settings());
  for (const box of all('[name]')) {
    const text = address.get(box.name) ?? defaults[box.name];
    if (box.type === 'checkbox') box.checked = text === 'true';
    else box.value = text;
  }
  if (all('.more [name]').some(({name}) => address.has(name))) $('.more').open = true;
  showSettings();
  if (JSON.stringify(settings()) !== before) begin();
}

/** Replaces what is not a setting by the page's own, and shows the settings where other parts depend on them. */
function showSettings() {
  for (const box of all('[name]')) {
    if (!box.value || !box.validity.valid) box.value = defaults[box.name];
  }
  for (const box of all('[type=range][name]')) box.nextElementSibling.value = box.value;
  const {data} = settings();
  const {texts, label} = WORDS[data];
  put({texts, label});
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
    set({problem: 'The server gave no answer: reload the page.'});
    return;
  }
  call = workerOf(sources.worker, progress, 'Nothing can be trained here: try another browser.');
  await begin();
}

/** Does work on what is started, if anything is; it may be another one when the worker has replied. */
const latestOf = (work) => latest(() => state.started && work(state.started));

/** Starts again with the settings as they are, once there is a worker. */
const begin = latest(async () => {
  clearTimeout(state.timer);
  if (!call) return;
  offerColumns();
  const given = forWorker(settings());
  set({started: null, moment: null});
  forgetGuess();
  const reply = await call('start', {...given, names: sources.names});
  state.costs = [];
  const {problem = ''} = reply;
  set({problem});
  for (const part of all('.bench, .player, .part:not(.learn)')) part.hidden = Boolean(problem);
  if (problem) {
    set({isOn: false});
    return;
  }
  set({started: {...given, ...reply}});
  if (state.isOn) call('train');
  await breakIt();
  tell(state);
  if (common.trained) publish();
});

/** Shows on the button that it trains, or that it does not. */
function drawPlay({isOn}) {
  $('.play').dataset.do = isOn ? 'pause' : 'train';
  return {play: isOn ? '❚❚ Pause' : '▶ Train'};
}

/** Lets the worker train, learn one batch or pause. */
function run(action) {
  set({isOn: action === 'train'});
  call(action);
  if (state.costs.length) breakIt(); // those that are drawn are of the network before
}

/** Takes an event of the worker, or a problem if it does not work. */
function progress({problem, ...now}) {
  if (problem) {
    set({problem});
    return;
  }
  set({now, points: [...(now.step ? state.points : []), ...now.curves]});
  if (!state.started) return;
  if (!now.running) {
    publish();
    breakIt();
  }
  if (!now.running || Date.now() - state.spoken > SPOKEN) tell(state);
  if (!now.running || Date.now() - state.drawn >= PAUSE) {
    set({drawn: Date.now()});
    look();
  }
}

/** Lets Look inside ask the networks. */
function publish() {
  const box = readsNames() ? props.box : 'text-to-train';
  common.trained = {call, cells: state.started.cells, box};
  document.dispatchEvent(new Event('trained'));
}

// ------------------------------------------------------------------------------------------------ drawings

/** What a start alone decides. */
function showStart({started}) {
  if (!started) return null;
  const [{text}] = started.examples;
  const box = $('.typed');
  if (box.placeholder !== text) box.value = text;
  box.placeholder = text;
  follow();
  return {
    task: taskOf(started),
    gates: gateSelects(started),
    downloads: downloadButtons(started),
    code: esc(pytorchCode(sources.code, started.config, started)),
  };
}

/** Asks each network at the chosen moment about the visitor's text; null if another training is started meanwhile. */
async function askEach(mine, method, given = () => ({})) {
  const text = $('.typed').value.trim() || mine.examples[0].text;
  const asked = mine.cells.map((cell, network) => {
    return call(method, {network, moment: state.moment, text, ...given(cell)});
  });
  const replies = await Promise.all(asked);
  return mine === state.started ? replies : null;
}

/** Asks about the visitor's text, and draws all that depends on it together with the costs that are asked for. */
async function lookWith(mine, asked) {
  const replies = await Promise.all([askEach(mine, 'look'), asked]);
  const [looks, costs = state.costs] = replies;
  if (!looks || !costs) return;
  const [{problem = ''}] = looks;
  set(problem ? {problem} : {problem, looks, costs});
}

const look = latestOf(lookWith);

/** The curves, and on them the step that is looked back at. */
function drawCurves({points, started, looks: [{step, now}]}) {
  const at = {
    last: points.at(-1).step,
    marked: step === now.step ? null : step,
    width: Math.max(280, $('.accuracy').clientWidth),
  };
  return {
    accuracy: accuracyChart(points, started, at),
    loss: lossChart(points, started, at),
  };
}

/** The slider and the field of a step. The label is of the figures, which come later than the visitor's hand. */
function drawSlider({now: {moments}, moment, looks: [{step, now}]}) {
  const title = step ? `step ${whole(step)}` : 'untrained';
  Object.assign($('.moment'), {
    max: moments.length,
    disabled: !now.step,
    value: moment ?? moments.length,
    ariaValueText: title,
  });
  const time = step && step === now.step ? `, pass ${now.epoch}, ${whole(now.seconds)} s` : '';
  const box = $('.number');
  if (document.activeElement !== box) box.value = step;
  const note = +box.value === step ? '' : `; kept are some steps from 0 to ${whole(now.step)}`;
  return {moment: title + time + note};
}

/** Goes to the step nearest to a number that is kept; what is not a number changes the label alone. */
function goTo(number) {
  const {now, moment} = state;
  const steps = [...now.moments, now.step];
  const [nearest] = ranked(steps.map((step) => -Math.abs(step - number)));
  const found = nearest in now.moments ? nearest : null;
  set({moment: number ? found : moment});
}

function drawFigures(shown) {
  return {
    figures: figures(shown),
    likely: likeliest(shown),
    broken: brokenFigures(shown),
    by: rightByLabel(shown),
  };
}

/** The states, unless they are out of sight while it trains, or would lose the focus. */
function drawStates(shown) {
  const box = $('.looks');
  const isBelow = box.getBoundingClientRect().top > innerHeight;
  const isKept = isBelow || box.contains(document.activeElement);
  return shown.now.running && isKept ? null : {looks: statesOf(shown)};
}

/** The indices of the units in a list of numbers from 1 on: 3, 8-10 are 2, 7, 8, 9. */
function unitsIn(text) {
  const parts = [...text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)];
  return parts.flatMap(([, first, last = first]) => {
    const isIn = (unit) => first <= unit + 1 && unit + 1 <= last;
    return range(128).filter(isIn); // no network here has more
  });
}

/** What is held, silenced or shuffled, and what that costs; nothing while it trains, because each step changes that. */
const breakIt = latestOf(async (mine) => {
  const gates = all('[data-gate]').filter((box) => box.value);
  const silenced = unitsIn($('.silenced').value);
  const shuffle = $('.shuffle').checked;
  const isBroken = !state.isOn && (gates.length || silenced.length || shuffle);
  const given = (cell) => {
    const own = gates.filter(({dataset}) => dataset.gate in HELD[cell]);
    const hold = Object.fromEntries(own.map((box) => [box.dataset.gate, +box.value]));
    return {silenced, shuffle, hold};
  };
  await lookWith(mine, isBroken ? askEach(mine, 'broken', given) : []);
  compareGuess($('.breaks + .guess'), '');
});

/** What is left is compared with a guess once an entry is complete. */
async function compareRest() {
  await breakIt();
  compareGuess($('.breaks + .guess'), sharesRight(state.costs));
}

/** Lets a screen reader read out how much is right; rarely. */
function tell({looks, started}) {
  set({spoken: Date.now()});
  const right = looks.map(({scores}, i) => `${titleOf(started, i)} ${inPercent(scores.right)}`);
  const step = $('.back output').value;
  put({spoken: `${step}: ${right.join(', ')} of what is unseen is right`});
}

function drawProblem({problem}) {
  return {problem: esc(problem)};
}

const DRAWN_BY = {
  problem: [drawProblem],
  isOn: [drawPlay],
  started: [showStart],
  moment: [breakIt],
  looks: [drawCurves, drawSlider, drawFigures, drawStates],
  costs: [drawFigures],
};
const set = setterOf(state, DRAWN_BY);

// -------------------------------------------------------------------------------------- what a visitor does

async function save(network) {
  const {moment, started} = state;
  const trained = await call('weights', {network, moment});
  const {name, blob} = downloadModel(trained, started);
  const link = document.createElement('a');
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
}

/** Plays against the first network as it is at the chosen moment. */
const play = latestOf(async (mine) => {
  const questions = await call('questions', {network: 0, moment: state.moment});
  if (mine === state.started) game.start(questions, WORDS[mine.data]);
});

/** What was guessed at the last pause is no longer shown. */
const forgetGuess = () => compareGuess($('.bench .guess'), '');

async function pause() {
  set({isOn: false});
  await call('pause');
  await look();
  compareGuess($('.bench .guess'), sharesRight(state.looks.map((one) => one.scores)));
}

/** Puts a text here, and if it is a name in the other tabs. */
function typeHere(text) {
  $('.typed').value = text;
  if (readsNames()) type(props.box, text);
  look();
}

/** Takes the text of a file as if it had been pasted, or says what is wrong with it. */
async function openFile(file) {
  try {
    $('textarea').value = await textOf(file);
    begin();
  } catch (error) {
    set({problem: error.message});
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
    set({isOn: false});
    begin();
  } else if (action === 'copy') {
    copy(target, $('.code').textContent);
  } else if (action === 'game') {
    play();
  } else if (action === 'pause') {
    pause();
  } else if (action) {
    set({moment: null}); // what it learns next is shown
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
    clearTimeout(state.timer);
    set({timer: setTimeout(begin, 400)});
  }
  if (!state.started) return;
  if (box.matches('.typed')) typeHere(box.value);
  if (box.matches('.moment')) set({moment: box.value === box.max ? null : +box.value});
  if (box.matches('.number')) goTo(box.value);
  if (box.closest('.breaks')) breakIt();
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
function seen(changes) {
  const {isIntersecting} = changes.at(-1); // a busy browser tells of several at once
  if (!isIntersecting) {
    if (state.isOn) run('pause');
    return;
  }
  ready ??= open();
  if (state.started) {
    follow();
    look();
  }
}

new IntersectionObserver(seen).observe(element);
new ResizeObserver(look).observe(element);
