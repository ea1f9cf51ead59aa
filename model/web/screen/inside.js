// What opens below the stage, of the shipped network or of the one just trained in the browser (worker.js): Play, a unit in
// many texts, the memory, and the steps of the network in order, by sections.js. Here are the cursor, which is a column of
// the stage, and who reads. In: element, whose HTML is name.html, and props; name.js has the answer.
//
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {common} from '../address.js';
import {compareGuess} from '../boxes.js';
import {ranked} from '../drawing.js';
import {$, all, put} from '../tab.js';
import {batchTable, labelOptions, saysSoFar} from './reading_pictures.js';
import {words} from './reading_values.js';
import {
  browse,
  decoded,
  drawBeside,
  filled,
  readBy,
  set,
  showSections,
  startOf,
  state,
  UNASKED,
} from './sections.js';
import {Stage} from './stage.js';

const STEP = 1100; // ms, of a letter that is played
const STEP_OF_WORD = 1500;

const OF_TRAINED = {piece: 'letter', text: 'text', texts: 'texts', label: 'label'};
/** The network that Train has trained, as a source of sections.js. */
export const trained = {
  layers: 1,
  ordered: false,
  words: OF_TRAINED,
  ask(name, given) {
    const network = Math.max(0, common.trained.cells.indexOf('gru'));
    return common.trained.call(name, {network, ...given});
  },
};
let byModel = null; // the source that name.js gives
let above = null; // the stage on the first screen
let memory = null; // the one inside
const details = $('.inside');

Object.assign(state, {
  isGuessing: false, // what the network says after the next letter
  isMoved: false, // the cursor, since the text was read
  timer: null, // while it plays
});

export const isOpened = () => details.open;

drawBeside({
  reading: [showMemory],
  layer: [drawCursor],
  dir: [drawCursor],
  unit: [drawCursor],
  t: [drawCursor, drawSoFar],
  isGuessing: [drawCursor],
  timer: [drawPlay],
});

/** Begins with a source, beside a stage; `read` reads the text again. */
export function begin(source, stage, read) {
  byModel = source;
  above = stage;
  const choose = (other) => {
    stop();
    Object.assign(state, {...UNASKED, source: other, reading: null, unit: undefined});
    state.layer = other.layers - 1;
    Object.assign(words, byModel.words, other.words);
    details.querySelector('.within').replaceChildren();
  };
  choose(byModel);
  const reads = (other) => {
    choose(other);
    read();
  };
  details.addEventListener('click', ({target}) => {
    const {source: by} = target.closest('button')?.dataset ?? {};
    if (by) reads({shipped: byModel, trained}[by]);
  });
  details.addEventListener('toggle', () => {
    remember();
    if (!details.open) stop();
    read();
  });
  document.addEventListener('trained', () => {
    if (state.source === trained) reads(trained);
    else if (state.reading) apply(); // it is offered
  });
}

/** Whether it was open when the page was here last, which a browser may refuse to say. */
export function wasOpen() {
  try {
    return localStorage.getItem('inside') === 'open';
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem('inside', details.open ? 'open' : '');
  } catch {} // nothing is remembered
}

/** Shows a reading with all of its numbers; null: there is none. */
export function showInside(reading) {
  const place = details.querySelector('.within');
  place.classList.toggle('nothing', !reading);
  if (!details.open || !reading?.embedding.length) return;
  if (!place.innerHTML) fill(place);
  const isSame = state.reading?.text === reading.text && state.isMoved;
  const {t} = state;
  stop();
  compareGuess($('.so-far .guess'), '');
  set({...startOf(reading), ...(isSame && {t: Math.min(t, reading.T - 1)}), isMoved: isSame});
  browse();
}

/** Draws the sections in the words of the source. */
function fill(place) {
  place.innerHTML = filled(props.sections, {train: props.box.replace('name', 'train')});
  memory = new Stage($('.memory'), {isInside: true});
  $('.batches').addEventListener('toggle', drawBatch);
}

function apply() {
  showSections(state, {
    trained: props.trains && common.trained,
    shipped: state.source === byModel,
    idle: state.reading?.share === 0,
  });
  for (const button of all('[data-source]')) {
    button.ariaPressed = String(
      {shipped: byModel, trained}[button.dataset.source] === state.source,
    );
  }
}

function showMemory({reading}) {
  if (!reading) return null;
  apply();
  const {tiles, reading: ofStage} = above.view;
  memory.show({tiles: tiles.filter((tile) => ofStage?.ofTile.has(tile)), reading: ofStage});
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

function drawCursor({t, dir, unit, isGuessing}) {
  const {tiles, reading} = above.view;
  if (!reading) return;
  const at = tiles.findIndex((tile) => t <= reading.ofTile.get(tile)?.last);
  above.show({at: isOpened() ? at : -1, isGuessing: isGuessing && isOpened()});
  memory?.show({at, unit: {dir, u: unit}});
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

/** Moves the cursor to a tile, and watches a unit. */
export function goTo({i, dir, u}) {
  const {tiles, reading} = above.view;
  const place = reading?.ofTile.get(tiles[i]);
  if (!place || !state.reading) return;
  stop();
  if (u !== undefined) set({dir, unit: u});
  go(place.last);
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

details.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  const place = event.target.closest('[data-at]');
  if (button?.matches('.play')) {
    play();
  } else if (button?.dataset.step) {
    stop();
    go(state.t + Number(button.dataset.step));
  } else if (event.target.matches('.memory canvas')) {
    goTo(memory.at(event));
  } else if (place) {
    stop();
    go(+place.dataset.at);
  }
});

details.addEventListener('keydown', (event) => {
  const {key, target} = event;
  const places = {ArrowRight: state.t + 1, ArrowLeft: state.t - 1, Home: 0, End: Infinity};
  const to = places[key];
  if (to === undefined || target.matches('input, select, summary, .scroll')) return;
  event.preventDefault();
  stop();
  go(to);
});

details.addEventListener('input', ({target}) => {
  if (target.matches('.guesses')) {
    set({isGuessing: target.checked});
    if (target.checked) go(0);
  } else if (target.matches('.so-far select')) {
    stop();
    go(state.t + 1);
  }
});

new IntersectionObserver((changes) => {
  if (!changes.at(-1).isIntersecting) stop();
}).observe(details);
