// How it reads: the steps of a network over one text, in order, for a class: of the shipped one, which Python computes
// (tabs/reading.py), or of the one just trained in the browser (worker.js). In: element, whose HTML is reading.html,
// props (tabs/reading.py) and the server's functions. The stage is the cursor, and parts.js has the parts below it; here
// is which text is read, and by whom, and Play.
//
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {common} from './address.js';
import {compareGuess, textIn, type} from './boxes.js';
import {ranked} from './drawing.js';
import {
  browse,
  decoded,
  drawBeside,
  filled,
  readBy,
  SECTIONS,
  set,
  showParts,
  startOf,
  state,
  UNASKED,
} from './parts.js';
import {batchTable, labelOptions, saysSoFar} from './reading_pictures.js';
import {words} from './reading_values.js';
import {ofTiles, Stage, tilesOf} from './stage.js';
import {$, all, put} from './tab.js';

const template = element.innerHTML.replace('{parts}', props.parts);
const STEP = 1100; // ms, of a letter that is played
const STEP_OF_WORD = 1500;

// What reads. ask(name, given) returns a reading, or the training texts that raise each unit most.
const shipped = {
  ...props.reads,
  ask: (name, given) =>
    server[name](given).catch(() => ({problem: 'The server gave no answer: try again.'})),
};
const trained = {
  layers: 1,
  ordered: false,
  words: {
    piece: 'letter',
    text: 'text',
    texts: 'texts',
    label: 'label',
  },
  ask(name, given) {
    if (!common.trained) return {problem: 'Nothing has been trained in this page yet.'};
    const network = Math.max(0, common.trained.cells.indexOf('gru'));
    return common.trained.call(name, {network, ...given});
  },
};

const SOURCES = {shipped, trained};

Object.assign(state, {
  source: shipped,
  text: '', // that is read
  isGuessing: false, // what the network says after the next letter
  isMoved: false, // the cursor, since the text was read
  timer: null, // while it plays
  follower: null, // a timer, while the tab is seen
});
let stage;

drawBeside({
  source: [fill, read],
  text: [read],
  reading: [showReading],
  layer: [drawStage],
  dir: [drawStage],
  unit: [drawStage],
  t: [drawStage, drawSoFar],
  isGuessing: [drawStage],
  timer: [drawPlay],
});

/** The id of the box where the text that is read is typed in another tab. */
const boxOf = () => (state.source === trained && common.trained?.box) || props.box;

// ------------------------------------------------------------------------------------------ what is read

/** Reads the text, unless text or source change meanwhile. */
async function read() {
  const {text, source} = state;
  const {classList} = $('.reading');
  classList.add('old'); // what is drawn is of another text
  const reply = await readBy(source, text);
  if (source !== state.source || text !== state.text) return;
  const reading = decoded(reply);
  $('.problem').textContent = reading.problem ?? '';
  classList.remove('old');
  classList.toggle('nothing', Boolean(reading.problem)); // no figures of another text
  stop();
  compareGuess($('.so-far .guess'), '');
  if (reading.problem) set({reading: null});
  else set({...startOf(reading), isMoved: false});
}

function showReading() {
  const {reading, source} = state;
  const isTrained = source === trained;
  showParts(state, {
    trains: props.trains,
    untrained: isTrained && !common.trained,
    shipped: !isTrained,
  });
  for (const button of all('[data-source]')) {
    button.ariaPressed = String(SOURCES[button.dataset.source] === source);
  }
  if (!reading) return null;
  const tiles = tilesOf(reading);
  stage.show({tiles, reading: ofTiles(reading, tiles)});
  return {options: labelOptions(reading)};
}

/** Other texts of the page beside this one, as the lecture packs them. */
async function drawBatch() {
  const {reading, source} = state;
  const replies = await Promise.all(props.batch.map((text) => readBy(source, text)));
  const rows = [reading, ...replies.filter(({problem}) => !problem).map(decoded)];
  rows.sort((one, other) => other.T - one.T);
  put({batch: batchTable(rows, reading)});
}

// -------------------------------------------------------------------------------------------- the cursor

function drawStage({t, dir, unit, isGuessing}) {
  const {tiles, reading: ofStage} = stage.view;
  const at = tiles.findIndex((tile) => t <= ofStage.ofTile.get(tile).last);
  stage.show({at, isGuessing, unit: {dir, u: unit}});
}

/** What the network would say if the text ended at the cursor. */
function drawSoFar({reading, t}) {
  const [answer] = ranked(reading.shares[t]);
  const says = $('.now-says');
  says.dataset.soFar = reading.labels[answer];
  $('.so-far select').disabled = t === reading.T - 1;
  return {says: saysSoFar(reading, t)};
}

/** Moves the cursor to a letter, or as far as there are letters. */
function go(to) {
  const {reading, t} = state;
  if (!reading) return;
  set({t: Math.min(Math.max(0, to), reading.T - 1), isMoved: true});
  if (state.t !== t) compareGuess($('.so-far .guess'), $('.now-says').dataset.soFar);
}

/** Moves the cursor to a tile. */
function goTo(i) {
  const {tiles, reading} = stage.view;
  stop();
  go(reading.ofTile.get(tiles[i]).last);
}

function drawPlay({timer}) {
  return {play: timer ? '❚❚ Pause' : '▶ Play'};
}

function stop() {
  clearInterval(state.timer);
  set({timer: null});
}

/** Goes through the text letter by letter, or stops that. */
function play() {
  const {timer, reading, t, isMoved} = state;
  if (timer || !reading) {
    stop();
    return;
  }
  const lastLetter = reading.T - 1;
  const step = () => {
    go(state.t + 1);
    if (state.t === lastLetter) stop();
  };
  const pause = words.piece === 'word' ? STEP_OF_WORD : STEP;
  set({timer: setInterval(step, pause)});
  if (t === lastLetter || !isMoved) go(0);
  else step();
}

/** Does what the data of a button say; one without any does nothing. */
function press(data) {
  if (data.source) {
    set({source: SOURCES[data.source]});
  } else if (data.step) {
    stop();
    go(state.t + Number(data.step));
  } else if (data.open) {
    const [section] = SECTIONS[data.open];
    $(`[data-section="${section}"]`).scrollIntoView();
  }
}

element.addEventListener('click', (event) => {
  const find = (selector) => event.target.closest(selector);
  const button = find('button');
  const place = find('[data-at]');
  const canvas = find('.stage canvas');
  if (button?.matches('.play')) {
    play();
  } else if (button?.dataset.i) {
    goTo(button.dataset.i);
  } else if (button) {
    press(button.dataset);
  } else if (canvas) {
    const {i, dir, u} = stage.at(event);
    if (u !== undefined) set({dir, unit: u});
    goTo(i);
  } else if (place) {
    stop();
    go(+place.dataset.at);
  }
});

element.addEventListener('keydown', (event) => {
  const {key, target} = event;
  const places = {
    ArrowRight: state.t + 1,
    ArrowLeft: state.t - 1,
    Home: 0,
    End: Infinity,
  };
  const to = places[key];
  if (to === undefined || target.matches('input, select, .scroll')) return;
  event.preventDefault();
  stop();
  go(to);
});

element.addEventListener('input', ({target: box}) => {
  if (box.matches('.typed')) {
    type(boxOf(), box.value);
    set({text: box.value});
  } else if (box.matches('.guesses')) {
    set({isGuessing: box.checked});
    if (box.checked) go(0);
  } else if (box.matches('.so-far select')) {
    stop();
    go(state.t + 1);
  }
});

// ---------------------------------------------------------------------------------- which network reads

/** Takes over what is typed in the other tab. */
function follow() {
  browse();
  const text = textIn(boxOf());
  if (text === state.text) return;
  $('.typed').value = text;
  set({text});
}

/** Fills the page in the words of the source. */
function fill({source, text}) {
  Object.assign(state, {...UNASKED, reading: null, unit: undefined, layer: source.layers - 1});
  Object.assign(words, shipped.words, source.words);
  element.innerHTML = filled(template, {
    id: props.box,
    train: props.box.replace('name', 'train'),
  });
  $('.typed').value = text;
  stage = new Stage($('.stage'), {hasData: source === shipped && props.hasData});
  $('.batches').addEventListener('toggle', drawBatch);
  showReading();
}

/** Reads with what the trained network has become. */
function readAgain() {
  if (state.source !== trained) return;
  set(UNASKED);
  read();
}

/** Follows the other tab while this one is seen. */
function seen(changes) {
  const {isIntersecting} = changes.at(-1); // a busy browser tells of several at once
  clearInterval(state.follower);
  if (!isIntersecting) {
    stop();
    return;
  }
  follow();
  set({follower: setInterval(follow, 300)});
}

fill(state);
document.addEventListener('trained', readAgain);
new IntersectionObserver(seen).observe(element);
