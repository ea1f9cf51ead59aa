// The tab of one text: its answer and the stage at every key, whose letters are levers, and the nearest texts at a
// click. In: element, whose HTML is name.html, props (tabs/name.py) and the server's functions, those of
// tabs/reading.py on the page of app.py, and those of server.js on the page without a server. answer.js and stage.js
// draw what these return. No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {answered, common, linked, opened} from './address.js';
import {answer, examples, ofReply, sending} from './answer.js';
import {boxAt, type} from './boxes.js';
import {esc, percent} from './drawing.js';
import {
  browse,
  decoded,
  drawBeside,
  filled,
  SECTIONS,
  set,
  showParts,
  startOf,
  state,
} from './parts.js';
import {gap, words} from './reading_values.js';
import {ofTiles, Stage, tilesOf} from './stage.js';
import {$, latest} from './tab.js';

const NO_ANSWER = {problem: 'There is no answer: try again, or load the page again.'};
const EMPTY = {problem: `The likely ${props.words.labels} appear here while you type.`};

const {box} = props;
Object.assign(words, props.words);
const idOf = (name) => box.replace('name', name);
const part = (name) => $(`#${idOf(name)}`);
const field = boxAt(box);
const number = $('[type=number]'); // of labels that are shown
const every = $('.every');
const status = $('.nearest [role=status]');
const below = $('.opened');
const usual = Number(number.defaultValue);
const most = Number(number.max);
const isFramed = document.body.matches('.embed');

const stage = new Stage($('.stage'), {hasData: props.hasData, isLever: true});
drawBeside({layer: [markUnit], dir: [markUnit], unit: [markUnit]});
Object.assign(state, {source: {...props, ask}, layer: props.layers - 1});
const HINT = `Choose a ${words.piece} to take it out`;
const KEYS = props.alphabets.length ? '<span class="keys">; ↑ and ↓ try others</span>' : '';

let shown = null; // the answer on the page
let was = ''; // the answer before a lever was moved, as text

/** What a function of the server returns, or {problem}. */
async function ask(name, given) {
  const reply = await server[name](given).catch(() => null);
  return reply ?? NO_ANSWER;
}

// ---------------------------------------------------------------------------------- the answer

/** Show what there is to show of what is in the box; what is typed meanwhile is shown then. */
const view = latest(async () => {
  const text = field.value;
  const opened = !below.hidden;
  const value = decoded(text.trim() ? await ask('view', {text, opened}) : EMPTY);
  showAnswer(value);
  showReading(value, text);
  if (opened && value.problem) below.hidden = true;
  else if (opened) set(startOf(value));
});

function showAnswer(value) {
  shown = value;
  const {problem, reply, notes} = value;
  part('bars').innerHTML = answer({...props, problem, reply, notes, k: number.value});
  part('notes').innerHTML = sending(value);
  const moved = was && `${changed()}: ${inShort()}, was ${was} (dashed)`;
  $('.levers').innerHTML = `${moved ? esc(moved) : HINT + KEYS}.`;
}

/** The answer on the page in a few words. */
function inShort() {
  const {reply, problem} = shown;
  if (problem) return problem;
  return `${ofReply(reply, words).headline} ${percent(reply.verdict.probability)}`;
}

// ----------------------------------------------------------------------------------- the stage

function showReading(value, text) {
  const isOfBox = text === field.value;
  const isNone = value.problem || value.reply.verdict.kind === 'text';
  let {tiles} = stage.view;
  let reading = isNone ? null : ofTiles(value, tiles);
  if (!reading && !isOfBox) return; // of other letters than those that are shown
  if (!reading && !isNone) {
    tiles = tilesOf(value); // some of what was typed is not read
    reading = ofTiles(value, tiles);
  }
  stage.show({tiles, reading});
}

const textOf = (tiles) => {
  const read = tiles.filter(({isOut}) => !isOut);
  return read.map(({piece, after}) => piece + after).join('');
};

/** The tiles of a text, before it is known how it is read. */
function typedTiles(text) {
  const pieces = text.match(gap() ? /\S+\s*/g : /\P{M}\p{M}*/gu) ?? [];
  return pieces.map((typed) => {
    const piece = gap() ? typed.trim() : typed;
    return {piece, after: typed.slice(piece.length)};
  });
}

/** Show the letters that are in the box, and of what was read what still holds. */
function showLetters() {
  const {tiles, reading} = stage.view;
  if (textOf(tiles).trim() === field.value.trim()) return; // by a lever
  const typed = typedTiles(field.value);
  was = '';
  status?.replaceChildren();
  stage.show({
    tiles: typed,
    before: null,
    offers: [],
    reading: reading && ofTiles(reading, typed),
  });
}

// ------------------------------------------------------------------------- what opens below the stage

/** Open what explains a row of the stage, at a letter. */
async function open({row, i, dir = row === 'backward' ? 1 : 0, u}) {
  const place = below.querySelector('.parts');
  if (!place.innerHTML) place.innerHTML = filled(props.parts);
  below.hidden = false;
  await view();
  if (below.hidden) return;
  const {tiles, reading} = stage.view;
  set({
    dir,
    unit: u ?? state.unit,
    t: reading?.ofTile.get(tiles[i])?.last ?? state.t,
  });
  showParts(state, {shipped: true});
  below.dataset.shows = SECTIONS[row].join(' ');
  browse(SECTIONS[row].includes(6));
  below.scrollIntoView({block: 'nearest'});
}

function markUnit({dir, unit}) {
  stage.show({unit: {dir, u: unit}});
}

// ------------------------------------------------------------------------------------ the levers

/** What the levers have changed, in words. */
function changed() {
  const {tiles} = stage.view;
  const out = tiles.filter(({isOut}) => isOut).map(({piece}) => piece);
  const others = tiles.filter((tile) => !tile.isOut && (tile.old ?? tile.piece) !== tile.piece);
  const changes = others.map(({old, piece}) =>
    old ? `with ${piece} for ${old}` : `with ${piece}`,
  );
  if (out.length) changes.unshift(`without its ${out.join(', ')}`);
  return changes.join(', ') || 'As it was';
}

/** Type what the tiles are now that a lever has been moved. */
function retype(tiles, offers = []) {
  const {reading, before} = stage.view;
  was = inShort();
  common.isStep = true;
  if (!offers.length) status?.replaceChildren();
  stage.show({tiles, offers, before: reading ?? before, reading: null});
  type(box, textOf(tiles));
}

/** Take a tile out, unless nothing would be left, or put it back. */
function takeOut(i) {
  const {tiles} = stage.view;
  const tile = tiles[i];
  const others = tiles.filter((other) => other !== tile);
  if (!textOf(others).trim()) return;
  tile.isOut = !tile.isOut;
  retype(tiles);
}

/** The letters that may stand for one, itself first: those of its script, most frequent first. */
function lettersFor(letter) {
  const small = letter.toLowerCase();
  const isOfMany = /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}]/u.test(small);
  const alphabet = isOfMany ? '' : props.alphabets.find((letters) => letters.includes(small));
  return [small, ...[...(alphabet ?? '')].filter((other) => other !== small)];
}

function tryOther(i, way) {
  const {tiles} = stage.view;
  const tile = tiles[i];
  const letters = lettersFor(tile.old ?? tile.piece);
  if (letters.length < 2) return;
  tile.old ??= tile.piece;
  const place = letters.indexOf(tile.piece.toLowerCase()) + way;
  const letter = letters.at(place % letters.length);
  const isCapital = tile.old !== tile.old.toLowerCase();
  tile.piece = isCapital ? letter.toUpperCase() : letter;
  retype(tiles);
}

/** Make a change that is offered, of the letters as they were. */
function take({i, change: [, old, added]}) {
  const typed = stage.view.tiles.filter((tile) => tile.old !== '');
  for (const tile of typed) Object.assign(tile, {piece: tile.old ?? tile.piece, isOut: false});
  if (!old) typed.splice(i, 0, {piece: added, after: '', old});
  else if (added) Object.assign(typed[i], {piece: added, old});
  else typed[i].isOut = true;
  retype(typed, stage.view.offers);
}

/** Show so many labels. */
function showLabels(k) {
  number.value = k;
  if (every) every.textContent = Number(k) === most ? 'Show fewer' : 'Show all';
}

// --------------------------------------------------------------------------- one letter further

/** Offer the surest change of one letter to each other label, unless something else was typed meanwhile. */
async function find() {
  const text = field.value;
  status.textContent = 'The network reads every change of one letter …';
  const {problem, nearest = []} = await ask('nearest', text);
  if (text !== field.value) return;
  const offers = nearest.map((offer) => ({...offer, i: typedTiles(offer.change[0]).length}));
  const tiles = stage.view.tiles.filter(({isOut}) => !isOut);
  for (const tile of tiles) delete tile.old;
  stage.show({tiles, offers, before: null});
  const none = `No change of one letter makes the network sure of another ${words.label}.`;
  const some = `Changes of one letter after which the network is sure stand at the letters of ${text}.`;
  status.textContent = problem ?? (offers.length ? some : none);
}

/** Open the tab Train with a table of the visitor's own. */
function trainOwn() {
  location.hash = new URLSearchParams({[box]: field.value, tab: 'train', data: 'own'});
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
onClick('[data-own]', trainOwn);
number.addEventListener('input', () => {
  showLabels(number.value);
  if (shown) showAnswer(shown);
});
element.addEventListener('click', (event) => {
  const {target} = event;
  const letter = target.closest('.stage .letter');
  const offer = target.closest('[data-offer]');
  const opener = target.closest('.stage [data-open]');
  const place = target.closest('.opened [data-at]');
  if (letter) takeOut(+letter.dataset.i);
  else if (offer) take(stage.view.offers[offer.dataset.offer]);
  else if (opener) open({row: opener.dataset.open, i: opener.dataset.i});
  else if (target.matches('.stage canvas')) open(stage.at(event));
  else if (place) set({t: +place.dataset.at});
  else if (target.matches('.opened .close')) below.hidden = true;
});
$('.stage').addEventListener('keydown', (event) => {
  const {i} = event.target.dataset;
  const way = {ArrowUp: -1, ArrowDown: 1}[event.key];
  const isDelete = ['Delete', 'Backspace'].includes(event.key);
  if (!event.target.matches('.letter') || !(way || isDelete)) return;
  event.preventDefault();
  if (isDelete) takeOut(+i);
  else tryOther(+i, way);
});
for (const event of ['input', 'compositionend']) {
  field.addEventListener(event, ({isComposing}) => {
    if (isComposing) return;
    showLetters();
    view();
  });
}
field.addEventListener('keydown', (event) => {
  const isSent = event.key === 'Enter' && !event.shiftKey;
  if (!isSent) return;
  event.preventDefault();
  view();
});

// ------------------------------------------------------------------------------------ the start

/** Answer the text of the link, or what was typed before this script was there. */
async function start() {
  const [text, k] = linked(box, field.defaultValue, usual, most);
  showLabels(k);
  if (field.value === field.defaultValue) field.value = text;
  const isFree = document.activeElement === document.body;
  if (isFree && !isFramed) field.focus({preventScroll: true});
  opened();
  const isAnswered = field.value === field.defaultValue && k === usual;
  if (isAnswered && props.opening?.reply) showAnswer(props.opening);
  showLetters();
  await view();
  answered(box);
}

part('examples').innerHTML = examples(props);
start();
