// The tab of one text: its answer and the stage at every key, whose letters are levers, and the nearest texts at a
// click. In: element, whose HTML is name.html, props (tabs/name.py) and the server's functions, those of
// tabs/reading.py on the page of app.py, and those of server.js on the page without a server. answer.js and stage.js
// draw what these return; inside.js has what opens below. No quoted word here may be a parameter of gr.HTML: Gradio
// would take it for an event of ours.

import {answered, common, isOpen, linked, opened} from '../address.js';
import {boxAt, type} from '../boxes.js';
import {each, esc, inPercent, percent, ranked, totalOf} from '../drawing.js';
import {isLarge} from '../presenter.js';
import {$, all, latest} from '../tab.js';
import {answer, examples, sending} from './answer.js';
import {begin, goTo, isOpened, showInside, trained, wasOpen} from './inside.js';
import {gap, words} from './reading_values.js';
import {decoded, readBy, state} from './sections.js';
import {ofTiles, Stage, tilesOf} from './stage.js';
import {beliefOf} from './stage_rows.js';

const PATIENCE = 10_000; // milliseconds, that an answer may take
const NO_ANSWER = {problem: 'There is no answer: try again, or load the page again.'};
const LATE = {problem: 'There is no answer yet: the next key asks again.'};
const EMPTY = {problem: `The likely ${props.words.labels} appear here while you type.`};
const KEYS = props.alphabets.length ? '<span class="keys">; ↑ and ↓ try others</span>' : '';
const LEGEND = '<span class="marks"><i>▧</i> darker: more needed · <i>┄</i> dashed: before</span>';
const LEAST_NONE = 0.3; // of the first letter, where None is explained
const BESIDE = 14; // pixels, of a finger or pointer and what is said there
const ABOVE = 32;
const TO_TRY = 4; // letters to try in the place of one

const {box} = props;
Object.assign(words, props.words);
const idOf = (name) => box.replace('name', name);
const own = (name) => $(`#${idOf(name)}`);
const field = boxAt(box);
const number = $('[type=number]'); // of labels that are shown
const every = $('.every');
const status = $('.found');
const inside = $('.inside');
const column = $('.column');
const after = $('.after');
const drawn = all('.answers, .on-stage, .caption, .levers, .inside'); // from an answer
const usual = Number(number.defaultValue);
const most = Number(number.max);
const isFramed = document.body.matches('.embed');

const stage = new Stage($('.stage'), {hasData: props.hasData});
const shipped = {...props, ask};

let shown = null; // the answer on the page
let answeredText = null; // that it belongs to
let moved = null; // by levers: {label, columns, probability} of what was answered before
let isTouched = false; // whether a lever has been moved
let offers = []; // changes of one letter, as `nearest` replies

/** What a function of the server returns, or {problem}. */
async function ask(name, given) {
  const late = new Promise((end) => {
    setTimeout(end, PATIENCE, LATE);
  });
  const reply = await Promise.race([server[name](given).catch(() => null), late]);
  return reply ?? NO_ANSWER;
}

// ---------------------------------------------------------------------------------- the answer

/** Show what there is to show of what is in the box; what is typed meanwhile is shown then. */
const view = latest(async () => {
  const text = field.value;
  const value = text.trim() ? await ask('view', {text, opened: isOpened()}) : EMPTY;
  showAnswer(value);
  const isOther = state.source === trained && !value.problem;
  const reading = decoded(isOther ? await readBy(trained, text) : value);
  showReading(reading, text);
  showInside(stage.view.reading);
  showCaption();
  showLevers();
  answeredText = text;
  markOlder();
});

/** Mark what is drawn while it belongs to an older text than that in the box. */
function markOlder() {
  const isOlder = shown !== null && answeredText !== field.value;
  for (const place of drawn) place.ariaBusy = isOlder;
}

function showAnswer(value) {
  shown = value;
  const {problem, reply, notes} = value;
  own('bars').innerHTML = answer({...props, problem, reply, notes, k: number.value});
  own('notes').innerHTML = sending(value);
}

/** The probability of what was explained in another reading, of the network. */
const probabilityOf = (columns, {last}) => totalOf(columns.map((i) => last.at(i)));

/** What the rows of the stage show, and what its last column adds. */
function showCaption() {
  const {reading, tiles} = stage.view;
  const caption = $('.caption');
  if (!reading) {
    caption.innerHTML = '';
    return;
  }
  const above = `Above: the network’s answer if the ${words.text} ended there.`;
  const lines = [above, saysWithout(reading, tiles), saysData(reading), saysNone(reading), LEGEND];
  caption.innerHTML = lines.join(' ');
}

/** What stands under the letters. */
function saysWithout({letters, reply}, tiles) {
  if (!letters) return '';
  if (letters.problem) return esc(letters.problem);
  const {label, without} = letters;
  const numbers = without?.filter((p) => p !== null);
  if (!numbers?.length) return '';
  const isOwn = !isOfHeadline(label, reply);
  const own = isOwn ? ', the network’s own answer,' : '';
  const each = `Under each ${words.piece}: the probability of <b>${esc(label)}</b>${own} <b>without it</b>.`;
  const together = ` No ${words.piece} alone decides.`;
  return each + (tiles.length > 2 && Math.min(...numbers) > 0.5 ? together : '');
}

/** What a grey band is that fills much of the first letter. */
function saysNone({n, shares}) {
  if (!(shares[0][n] >= LEAST_NONE)) return '';
  return `<b>None</b>: ${words.texts} from outside these ${n} ${words.labels}.`;
}

/** Whether the headline is of what is explained, or of a scale's half that it is in. */
function isOfHeadline(label, {verdict: {kind, labels}, predictions}) {
  if (kind === 'none') return label === 'none of these';
  const [first = predictions[0].label] = labels;
  return label.split(' or ').includes(kind === 'given' ? predictions[0].label : first);
}

/** What leads from the bands to the headline. */
function saysData(reading) {
  if (!props.hasData || !beliefOf(reading)) return '';
  const {reply, units} = reading;
  const {part: read, known, bearers, peoples, verdict} = reply;
  const isMoved = !bearers || /[^\P{L}\p{sc=Han}]/u.test(units.join('')); // as believed_of of answering.py has it
  if (read)
    return `Last column: the answer to ${esc(read)}${isMoved ? ', moved by the whole name' : ''}.`;
  if (peoples.length && verdict.kind === 'none') {
    return `Last column: with our data, which have it among ${esc(peoples.join(', '))} names.`;
  }
  const [first] = known ?? [];
  if (!first || !bearers) return 'Last column: with our data.';
  return `Last column: with our data, in which ${people(first.share)} with this name are <b>${esc(first.label)}</b>.`;
}

/** A share of people in words. */
function people(share) {
  if (share > 0.95) return 'nearly all people';
  return `${Math.max(1, Math.round(10 * share))} of 10 people`;
}

// ----------------------------------------------------------------------------------- the stage

function showReading(value, text) {
  const isOfBox = text === field.value;
  const isFixed = value.reply?.verdict.kind === 'text'; // it is not a name
  const isNone = value.problem || isFixed;
  let {tiles} = stage.view;
  let reading = isNone ? null : ofTiles(value, tiles);
  if (!reading && !isOfBox) return; // of other letters than those that are shown
  if (!reading && !isNone) {
    tiles = tilesOf(value); // some of what was typed is not read
    reading = ofTiles(value, tiles);
  }
  stage.show({tiles, reading, isFixed, invites: isTouched ? null : mostNeeded(reading)});
}

/** The tile without which the answer is another, null if there is none. */
function mostNeeded(reading) {
  const withoutOf = ([, {without}]) => without ?? 1; // null: there is no text without it
  const [least] = [...(reading?.ofTile ?? [])].sort((a, b) => withoutOf(a) - withoutOf(b));
  return least && withoutOf(least) < 0.5 ? least[0] : null;
}

// The game shows the bands of a name that was guessed, on a page with several models those of its own.
document.addEventListener('guessed', async ({detail: {place, text}}) => {
  const ofModel = place.closest('[role=tabpanel]') ?? document;
  if (!ofModel.contains(element)) return;
  const value = decoded(await server.view({text}));
  const tiles = tilesOf(value);
  new Stage(place, {}).show({tiles, reading: ofTiles(value, tiles)});
});

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
  moved = null;
  forgetOffers();
  stage.show({tiles: typed, before: null, reading: reading && ofTiles(reading, typed)});
}

/**
 * Show a column through all rows, and beside what points there what a band says; none: hide both.
 * @param {?Element} tile
 * @param {{band, isOfData, x, y}} [at] - as Stage.at has it, and where on the page; else the likeliest at the tile
 */
function point(tile, {band, isOfData, x, y} = {}) {
  const {tiles, reading} = stage.view;
  const place = reading?.ofTile.get(tiles[tile?.dataset.i]);
  const isHidden = !place || stage.view.isGuessing;
  column.hidden = isHidden;
  after.hidden = isHidden;
  if (isHidden) return;
  const {left, top, width} = tile.getBoundingClientRect();
  const whole = column.parentNode.getBoundingClientRect();
  const shareOf = (length) => inPercent(length / whole.width, 2);
  column.style.cssText = `left: ${shareOf(left - whole.left)}; width: ${shareOf(width)}`;
  column.hidden = isOfData;
  const shares = (isOfData && beliefOf(reading)) || reading.shares[place.last];
  const [best] = ranked(shares);
  const {name, shareIn} = band ?? {name: reading.labels[best], shareIn: (of) => of[best]};
  const says = `${name} ${percent(shareIn(shares))}`;
  const beginning = textOf(tiles.slice(0, Number(tile.dataset.i) + 1)).trim();
  after.textContent = isOfData ? `with our data: ${says}` : `after ${beginning}: ${says}`;
  const right = (x ?? left + width) - whole.left;
  const isFar = right > whole.width / 2;
  const side = isFar ? (x ?? left) - whole.left - after.offsetWidth - BESIDE : right + BESIDE;
  after.style.left = `${Math.max(0, side)}px`;
  after.style.top = `${Math.max(0, (y ?? top) - whole.top - ABOVE)}px`;
}

// ------------------------------------------------------------------------------------ the levers

/** What the levers have changed, in words. */
function changed(tiles) {
  const out = tiles.filter(({isOut}) => isOut).map(({piece}) => piece);
  const others = tiles.filter((tile) => !tile.isOut && (tile.old ?? tile.piece) !== tile.piece);
  const changes = others.map(({old, piece}) =>
    old ? `with ${piece} for ${old}` : `with ${piece}`,
  );
  if (out.length) changes.unshift(`without ${out.join(', ')}`);
  return changes.join(', ');
}

/** Say what the levers have done, and offer the place of the letter that is out. */
function showLevers() {
  const {tiles, reading} = stage.view;
  const line = $('.levers');
  if (!reading || !moved) {
    const hint = `Choose a ${words.piece} to take it out${KEYS}.`;
    line.innerHTML = shown?.problem ? '' : hint;
    return;
  }
  const {label, columns, probability} = moved;
  const now = inPercent(probabilityOf(columns, reading), 0);
  const changes = changed(tiles);
  const whose = moved.isOwn || beliefOf(reading) ? ' for the network alone' : '';
  const was = inPercent(probability, 0);
  const says = changes ? `${changes}: ${label} ${now}${whose}, was ${was}.` : 'As it was.';
  const i = tiles.findIndex((tile) => tile.isOut || (tile.old ?? tile.piece) !== tile.piece);
  line.innerHTML = `${esc(says)} ${i < 0 ? '' : placeOf(i)}`;
}

/** What may stand in the place of a tile. */
function placeOf(i) {
  const {piece, old = piece, isOut} = stage.view.tiles[i];
  const button = (letter, text) =>
    `<button class="copy" data-place="${i}" data-letter="${esc(letter)}">${esc(text)}</button>`;
  const back = old ? button(old, isOut ? `put ${old} back` : `${old} again`) : '';
  const others = gap() ? [] : lettersFor(old || piece).slice(1, 1 + TO_TRY);
  const tries = others.length ? ` · try ${each(others, (letter) => button(letter, letter))}` : '';
  return back + (old ? tries : '');
}

/** Type what the tiles are now that a lever has been moved. */
function retype(tiles) {
  const {reading, before} = stage.view;
  const {label, columns} = reading?.letters ?? {};
  if (label && !moved) {
    const isOwn = beliefOf(reading) !== null; // the answer's is another
    moved = {label, columns, probability: probabilityOf(columns, reading), isOwn};
  }
  isTouched = true;
  point(null);
  stage.show({tiles, before: before ?? reading, reading: null, invites: null});
  type(box, textOf(tiles));
}

/** Take a tile out, unless nothing would be left, or put it back. */
function takeOut(i) {
  const {tiles} = stage.view;
  const tile = tiles[i];
  const others = tiles.filter((other) => other !== tile);
  if (!tile.isOut && !textOf(others).trim()) return;
  tile.isOut = !tile.isOut;
  retype(tiles);
}

/** Put a letter into the place of a tile. */
function putIn(i, letter) {
  const {tiles} = stage.view;
  const tile = tiles[i];
  tile.old ??= tile.piece;
  const isCapital = tile.old !== tile.old.toLowerCase();
  Object.assign(tile, {piece: isCapital ? letter.toUpperCase() : letter, isOut: false});
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
  const {piece, old = piece} = stage.view.tiles[i];
  const letters = lettersFor(old);
  if (letters.length < 2) return;
  const place = letters.indexOf(piece.toLowerCase()) + way;
  putIn(i, letters.at(place % letters.length));
}

/** Make a change that is offered, of the letters as they were. */
function take({i, change: [, old, added]}) {
  const typed = stage.view.tiles.filter((tile) => tile.old !== '');
  for (const tile of typed) Object.assign(tile, {piece: tile.old ?? tile.piece, isOut: false});
  if (!old) typed.splice(i, 0, {piece: added, after: '', old});
  else if (added) Object.assign(typed[i], {piece: added, old});
  else typed[i].isOut = true;
  retype(typed);
}

/** Show so many labels. */
function showLabels(k) {
  number.value = k;
  if (every) every.textContent = Number(k) === most ? 'show fewer' : 'show all';
  element.classList.toggle('shows-all', Number(k) === most && most > usual);
}

// --------------------------------------------------------------------------- one letter further

function forgetOffers() {
  offers = [];
  status?.replaceChildren();
}

/** Offer the surest change of one letter to each other label, unless something else was typed meanwhile. */
async function find() {
  const text = field.value;
  status.textContent = 'The network reads every change of one letter …';
  const {problem, nearest = []} = await ask('nearest', text);
  if (text !== field.value) return;
  offers = nearest.map((offer) => ({...offer, i: typedTiles(offer.change[0]).length}));
  const tiles = stage.view.tiles.filter(({isOut}) => !isOut);
  for (const tile of tiles) delete tile.old;
  moved = null;
  stage.show({tiles, before: null});
  showLevers();
  const none = `No change of one letter makes the network sure of another ${words.label}.`;
  if (problem || !offers.length) status.textContent = problem ?? none;
  else status.innerHTML = each(offers, offered);
}

/** A change as a button: the text with the letter that is other. */
function offered({label, probability, change: [before, old, added, after]}, n) {
  const letter = added ? `<b>${esc(added)}</b>` : `<s>${esc(old)}</s>`;
  return `<button class="copy" data-offer="${n}"><bdi>${esc(before)}${letter}${esc(after)}</bdi> → ${esc(label)} ${inPercent(probability, 0)}</button> `;
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
onClick('[data-own]', () => {
  location.hash = new URLSearchParams({[box]: field.value, tab: 'train', data: 'own'});
});
number.addEventListener('input', () => {
  showLabels(number.value);
  if (shown) showAnswer(shown);
});
element.addEventListener('click', (event) => {
  const {target} = event;
  const letter = target.closest('.stage .letter');
  const offer = target.closest('[data-offer]');
  const place = target.closest('[data-place]');
  if (letter) takeOut(+letter.dataset.i);
  else if (offer) take(offers[offer.dataset.offer]);
  else if (place) putIn(+place.dataset.place, place.dataset.letter);
  else if (target.matches('.bands')) goTo(stage.at(event));
});
const onStage = $('.on-stage');
for (const event of ['pointermove', 'pointerdown']) {
  onStage.addEventListener(event, (pointed) => {
    const {target, clientX: x, clientY: y} = pointed;
    if (!target.matches('.bands')) return point(target.closest('.letter'));
    const at = {...stage.at(pointed), x, y};
    point($(`.stage .letter[data-i="${at.i}"]`), at);
  });
}
onStage.addEventListener('focusin', ({target}) => point(target.closest('.letter')));
for (const event of ['pointerleave', 'focusout'])
  onStage.addEventListener(event, () => point(null));
onStage.addEventListener('keydown', (event) => {
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
    markOlder();
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

/** Open what is inside as the address says: that of the tab How it reads, which it once was, too. */
function openAs(link) {
  if (link.get('inside') || link.get('tab') === 'reading') inside.open = true;
}

/** Answer the text of the link, or what was typed before this script was there. */
async function start() {
  const [text, k] = linked(box, field.defaultValue, usual, most);
  showLabels(k);
  if (field.value === field.defaultValue) field.value = text;
  const isFree = document.activeElement === document.body;
  if (isFree && !isFramed) field.focus({preventScroll: true});
  inside.open = isLarge() || wasOpen();
  openAs(common.state);
  own('examples').innerHTML = examples(props);
  opened();
  const isAnswered = field.value === field.defaultValue && k === usual;
  if (isAnswered && props.opening?.reply) showAnswer(props.opening);
  showLetters();
  begin(shipped, stage, view);
  await view();
  answered(box);
}

common.extras[box] = {settings: () => ({inside: inside.open ? 1 : ''}), set: openAs};
new MutationObserver(() => {
  if (isOpen() && isLarge()) inside.open = true;
}).observe(document.documentElement, {attributeFilter: ['class']});
start();
