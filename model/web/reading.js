// How it reads: the steps of a network over one text, of the shipped one, which Python computes (tabs/reading.py), or
// of the one just trained in the browser (worker.js). In: element, props (tabs/reading.py) and the server's functions
// read, strongest, pool, states and nearest. Nothing here is about one task. reading_values.js says what a reading is,
// reading_pictures.js and reading_units.js draw; here is what is chosen, what depends on each choice, and what a
// visitor does:
//
//   text, source      read() asks for a new reading, and draws everything
//   t, dir, unit      drawAtCursor()
//   layer             drawFields(), drawAtCursor(), and compare()
//   the two texts     compare(), until a visitor chooses them by followPair()
//   search, layer     browse()
//
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {common} from './address.js';
import {compareGuess, textIn, type} from './boxes.js';
import {
  brief,
  CELLS,
  DIRECTIONS,
  each,
  esc,
  glyph,
  headings,
  percent,
  plain,
  range,
  ranked,
  scroller,
  sign,
  textAfter,
} from './drawing.js';
import {
  batchTable,
  cellSays,
  excitingText,
  growingBars,
  hasRead,
  kind,
  labelOptions,
  letter,
  pairPictures,
  saysOfData,
  saysSoFar,
  scoreTables,
  shareLines,
  shareTable,
  stateFields,
  strip,
  textFrom,
  tint,
  vectorParts,
} from './reading_pictures.js';
import {
  answersOf,
  endingOf,
  lookOf,
  manyTexts,
  meansOf,
  searchOf,
  textsOfPool,
  textsToSee,
  unitButtons,
} from './reading_units.js';
import {beginningOf, busiestUnits, decode, leadingLabels, turnAt, words} from './reading_values.js';

const $ = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const template = element.innerHTML;
const NO_ANSWER = {problem: 'The server gave no answer: try again.'};
const STEP = 1100; // ms, of a letter that is played
const STEP_OF_WORD = 1500;
const NOT_TRAINED = {problem: 'Nothing has been trained in this page yet.'};

// What reads. ask(name, given) returns a reading, or the training texts that raise each unit most.
const shipped = {
  ...props.reads,
  ask: (name, given) => server[name](given).catch(() => NO_ANSWER),
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
    if (!common.trained) return NOT_TRAINED;
    const network = Math.max(0, common.trained.cells.indexOf('gru'));
    const ofText = typeof given === 'string' ? {text: given} : given;
    return common.trained.call(name, {network, moment: null, ...ofText});
  },
};

let source = shipped;
let text = ''; // that is read
let reading = null; // of it, null if there is none
let t = 0; // the letter at the cursor, an index
let dir = 0; // the direction that is watched: 0 forward, 1 backward
let unit = null; // the unit that is watched, an index; null until there is a reading
let layer = 0; // whose states are shown
let pair = []; // the readings that are compared
let isPairChosen = false; // by the visitor
let paired = null; // the reading whose text is the first of the two
let strongest = null; // a promise: the training texts that raise each unit most
let pool = null; // a promise: texts to search in
let search = null; // that was typed, null: the ending of the text
let look = null; // at many texts, of reading_units.js
let lookedFor = ''; // what this look was asked for with
let looking = null; // a promise that it is drawn
let marked; // the part of the cell that is pointed at, as [data-part] names it
let guideStep = 0;
let timer = null; // while it plays
let follower = null; // a timer, while the tab is seen

/** The id of the box where the text that is read is typed in another tab. */
const boxOf = () => (source === trained && common.trained?.box) || props.box;

// ------------------------------------------------------------------------------------------ what is read

/**
 * Asks for readings.
 * @param {() => string[]} texts - what there is to read, asked again when the replies are there
 * @returns {Promise<object[] | null>} null if texts or source have changed meanwhile
 */
async function readings(texts) {
  const asked = texts();
  const from = source;
  const asking = asked.map((one) => from.ask('read', one));
  const replies = await Promise.all(asking);
  const isSame = texts().join('\n') === asked.join('\n');
  if (from !== source || !isSame) return null;
  return replies.map((reply) => decode(reply, from, () => layer));
}

/** Reads the text, and draws what came of it. */
async function read() {
  $('.reading').classList.add('old'); // what is drawn is of another text
  const replies = await readings(() => [text]);
  if (!replies) return;
  $('.reading').classList.remove('old');
  const [reply] = replies;
  const {problem, more} = reply;
  const note = more ? `The first ${words.piece}s are shown.` : '';
  $('.problem').textContent = problem ?? note;
  $('.reading').classList.toggle('nothing', Boolean(problem)); // no figures of another text
  stop();
  compareGuess($('.so-far .guess'), '');
  reading = problem ? null : reply;
  if (!isPairChosen && reading) setPair([text, '']);
  showParts();
  if (!reading) return;
  $('.reading').classList.remove('fresh');
  t = Math.min(t, reading.T - 1);
  dir = Math.min(dir, reading.D - 1);
  const hasUnit = unit !== null && unit < reading.H;
  if (!hasUnit) [unit] = busiestUnits(reading, dir); // one that visibly changes
  const cursor = $('.cursor');
  cursor.innerHTML = headings(reading.units);
  cursor.ariaValueMax = reading.T;
  $('.so-far select').innerHTML = labelOptions(reading);
  $('.ids').innerHTML = batchTable([reading], reading);
  drawFields();
  $('.endings .table').innerHTML = shareTable(reading, leadingLabels(reading, 10));
  drawGrowing();
  drawScores();
  drawAtCursor();
}

/** Shows the parts of the page that apply to the reading, or to none, and their numbers. */
function showParts() {
  const {D, P, E, H, cell, temperature} = reading ?? {};
  const {scripts, by_kind: byKind, added, logits} = reading ?? {};
  const isTrained = source === trained;
  const applies = {
    trains: props.trains,
    names: words.texts === 'names',
    changes: hasChanges(),
    shortens: !hasChanges(),
    untrained: isTrained && !common.trained,
    shipped: !isTrained,
    both: D > 1,
    groups: P > 2,
    gru: cell === 'gru',
    other: reading && cell !== 'gru',
    scripts: scripts?.length,
    kinds: byKind?.some(Boolean),
    pools: added?.length > 2,
    beside: logits?.length > 1,
  };
  for (const item of all('[data-if]')) {
    item.hidden = !applies[item.dataset.if];
  }
  const name = isTrained ? 'trained' : 'shipped';
  for (const button of all('[data-source]')) {
    button.ariaPressed = String(button.dataset.source === name);
  }
  fillPlaces({
    E,
    H,
    temperature: temperature?.toFixed(2),
    cell: CELLS[cell],
    caution: esc(source.caution ?? ''),
  });
}

/** Puts each HTML of {name: HTML} into the places of that name; others stay as they are. */
function fillPlaces(htmls) {
  for (const place of all('[data-live]')) {
    place.innerHTML = htmls[place.dataset.live] ?? place.innerHTML;
  }
}

// -------------------------------------------------------------------------------------------- drawings

/** The whole way at the cursor, in short. */
function drawWay() {
  const {T, P, units, ids, score, labels, shares, vector} = reading;
  const near = range(T).slice(Math.max(0, t - 3), t + 4);
  const read = glyph(units[t]);
  const letters = each(near, (place) => letter(reading, place));
  const states = each(near, (place) => tint(reading, place, dir, unit));
  const state = plain(reading.state(dir, t, unit));
  const sum = P - 1; // of all parts of the vector
  const [first, second] = vector(sum, t);
  const scores = each(ranked(score).slice(0, 2), (i) => {
    return `<span>${sign(score[i], 1)} ${brief(labels[i])}</span>`;
  });
  const now = shares[t];
  const [answer] = ranked(now);
  fillPlaces({
    unit: read,
    letters: `<span>${letters}</span>${read} is number ${ids[t]}`,
    vector: `${strip(reading, sum, t)}${plain(first)} ${plain(second)} …`,
    steps: `<span>${states}</span>↻ unit ${unit + 1}: ${state}`,
    scores,
    answer: `<span>${brief(labels[answer])}</span>${percent(now[answer])}`,
  });
}

/** The bars and lines of the answer, whose shares at the cursor drawSoFar fills in. */
function drawGrowing() {
  const seen = $('.guesses').checked ? beginningOf(reading, t) : reading;
  const rows = leadingLabels(seen, 6);
  const box = $('.so-far .lines');
  const width = Math.max(280, box.clientWidth);
  const units = words.piece === 'word' ? 'words' : 'letters';
  $('.of-data').innerHTML = saysOfData(reading, {units});
  $('.so-far .bars').innerHTML = growingBars(reading, rows);
  box.innerHTML = shareLines(reading, rows, width);
}

/** What the network would say if the text ended at the cursor. */
function drawSoFar() {
  const shares = reading.shares[t];
  const [answer] = ranked(shares);
  const isTurn = turnAt(reading, t) !== undefined;
  const says = $('.now-says');
  says.dataset.soFar = reading.labels[answer];
  says.innerHTML = saysSoFar(reading, t);
  says.classList.toggle('turn', isTurn);
  $('.so-far select').disabled = t === reading.T - 1;
  for (const bar of all('.so-far [data-label]')) {
    const share = shares[bar.dataset.label];
    bar.style.setProperty('--share', share);
    bar.querySelector('.value').textContent = percent(share);
  }
}

function drawVectors() {
  $('.vector').innerHTML = strip(reading, reading.P - 1, t);
  $('.parts').innerHTML = vectorParts(reading, t);
}

function drawFields() {
  $('.fields').innerHTML = stateFields(reading);
  for (const box of all('.number')) box.max = reading.H;
}

function drawUnit() {
  for (const box of all('.number')) {
    if (document.activeElement !== box) box.value = unit + 1;
  }
  for (const choice of all('.direction')) choice.selectedIndex = dir;
  const buttons = each(busiestUnits(reading, dir).slice(0, 6), (u) => {
    return `<button data-unit="${u}">${u + 1}</button> `;
  });
  $('.busy').innerHTML = `Move most: ${buttons}`;
  const places = range(reading.T);
  const row = $('.tint');
  row.style.setProperty('--n', reading.T);
  row.innerHTML = each(places, (place) => tint(reading, place, dir, unit));
  if (reading.cell === 'gru') drawCell();
  drawMany();
  drawStrongest();
}

/** Looks at many texts once their part is seen, unless they are there. */
async function browse() {
  if (!reading || !isInView(7)) return;
  const from = source;
  pool ??= from.ask('pool', {});
  const reply = await pool;
  if (from !== source || !reading || reply.problem) return;
  const texts = textsOfPool(reply);
  const typed = search ?? endingOf(reading, texts);
  const wanted = JSON.stringify([typed, layer]);
  if (wanted === lookedFor) return;
  lookedFor = wanted;
  if (search === null) $('.search').value = typed;
  looking = lookAt(texts, typed);
}

/** Asks for the states of the texts that have what is searched, and of others, and draws them. */
async function lookAt(texts, typed) {
  const wanted = lookedFor;
  const searched = searchOf(typed);
  const {n, found, others} = textsToSee(texts, searched);
  const reply = await source.ask('states', {texts: [...found, ...others], layer});
  if (wanted !== lookedFor || !reading) return;
  look = reply.problem ? null : lookOf(reply, searched, found.length, reading);
  const none = searched.part && !n ? `No ${words.text} here has it.` : '';
  $('.unfound').textContent = reply.problem ?? none;
  const buttons = look ? unitButtons(look) : '';
  const title = `Units that answer best to ${esc(typed)} (${n} ${words.texts}):`;
  $('.answering').innerHTML = buttons && `${title} ${buttons}`;
  drawMany();
}

function drawMany() {
  $('.many').innerHTML = look ? manyTexts(look, dir, unit) : '';
  drawMeans(look ? meansOf(look, dir, unit) : '');
  for (const button of all('.answering button')) {
    const {unit: u, dir: d} = button.dataset;
    button.ariaPressed = String(+u === unit && +d === dir);
  }
}

/** The averages of the unit; what a guess was compared with is no longer there if they are others. */
function drawMeans(means) {
  if ($('.means').textContent === means) return;
  $('.means').textContent = means;
  $('.takes .guess output').textContent = '';
}

/** The numbers in the drawing of the cell and in the formulas, and what each gate does with them. */
function drawCell() {
  const flow = reading.gates(dir, t, unit);
  const letterRead = reading.units[t];
  const firstRead = dir ? reading.T - 1 : 0;
  const says = cellSays(flow, letterRead, t === firstRead);
  const title = `Unit ${unit + 1} at “${glyph(letterRead)}”`;
  $('.of-unit').innerHTML = `${title}, reading ${DIRECTIONS[dir]}`;
  for (const item of all('[data-says]')) {
    item.textContent = says[item.dataset.says];
  }
  for (const item of all('[data-wire]')) {
    const value = flow[item.dataset.wire];
    item.style.setProperty('--size', Math.min(1, Math.abs(value)));
    item.setAttribute('class', kind(value));
    if (!item.matches('path')) item.textContent = plain(value);
  }
}

/** Marks a part of the cell in map, drawing and formulas. */
function mark(part) {
  for (const item of all('[data-part]')) {
    item.classList.toggle('lit', item.matches(`[data-part~="${part}"]`));
  }
  marked = part;
}

/** Asks once for a source which training texts raise its units most, and shows those of this unit. */
async function drawStrongest() {
  if (!strongest) {
    $('.excites').textContent = 'Searching the training data …';
    strongest = source.ask('strongest', {});
  }
  const asked = strongest;
  const {problem, layers} = await asked;
  if (!reading || asked !== strongest) return; // emptied or of another source meanwhile
  $('.excites').innerHTML = problem ? esc(problem) : excitingTexts(layers[layer]);
}

function excitingTexts(ofUnits) {
  if (!ofUnits.length) {
    return 'Which training texts raise it most is not shown, because the model comes without them.';
  }
  const place = dir * reading.H + unit;
  const texts = each(ofUnits[place], excitingText);
  const title = `What raises it most in the training data, at the marked ${words.piece}:`;
  return `${title} <ul>${texts}</ul>`;
}

function drawScores() {
  const {n, labels, last} = reading;
  const rows = leadingLabels(reading, 7).filter((i) => i < n);
  const {parts, adjusted} = scoreTables(reading, rows);
  $('.scores-table').innerHTML = parts;
  $('.adjusted').innerHTML = adjusted;
  const hasNone = labels.length > n;
  const none = hasNone ? `The answer leaves ${percent(last[n])} to none of them.` : '';
  fillPlaces({none});
}

/** Whether a part can be seen. */
function isInView(number) {
  const {top, bottom} = $(`[data-section="${number}"]`).getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}

/** Compares the text with the nearest one that has another label, until the visitor chooses two. */
async function followPair() {
  const mine = reading;
  const isSeen = isInView(6) || $('.batch').closest('details').open;
  if (isPairChosen || !mine || mine === paired || !isSeen) return;
  paired = mine;
  $('.difference').textContent = `The network reads every change of one ${words.piece} …`;
  const other = await nearestTo(mine);
  if (mine !== paired || isPairChosen) return;
  const none = `No such change of one ${words.piece}: here its end is left out.`;
  setPair([mine.text, other ?? withoutEnd(mine)]);
  compare(other || !hasChanges() ? '' : none);
}

/** Whether a letter can be changed to get another label. */
const hasChanges = () => words.piece === 'letter' && !source.ordered;

/** The surest change of one letter to another label, null where there is none. */
async function nearestTo(mine) {
  if (!hasChanges()) return null;
  const {nearest = []} = await source.ask('nearest', mine.text);
  if (!nearest.length) return null;
  return textAfter(nearest[0].change);
}

function withoutEnd(mine) {
  return mine.text.slice(0, textFrom(mine.units.slice(0, -1)).length);
}

/** Reads the two texts that are compared, and draws them side by side, below a note. */
async function compare(note = '') {
  const typed = () => [$('.first').value, $('.second').value];
  pair = (await readings(typed)) ?? pair;
  const problem = pair.map((one) => one.problem).find(Boolean);
  const isEmpty = !typed().some(Boolean);
  $('.difference').textContent = isEmpty ? '' : (problem ?? note);
  if (problem || !pair.length) return;
  $('.against').innerHTML = pairPictures(pair);
  $('.beginnings').innerHTML = each(pair, (one) => {
    const box = scroller(`Beginnings of ${one.text}`, 'table');
    return `<div ${box}>${shareTable(one, leadingLabels(one, 5))}</div>`;
  });
  for (const item of all('.against [data-at], .beginnings [data-at]')) delete item.dataset.at; // not at the cursor
  const rows = [reading ?? pair[0], ...pair];
  rows.sort((one, other) => other.T - one.T);
  $('.batch').innerHTML = batchTable(rows, reading);
}

/** Draws all that depends on the cursor and on the unit. */
function drawAtCursor() {
  if (!reading) return;
  const {T, units} = reading;
  const isMark = /^\p{M}/u.test(units[t]);
  const spoken = isMark ? `◌${units[t]}` : units[t];
  const {style} = $('.reading');
  style.setProperty('--t', t);
  style.setProperty('--last', T - 1);
  style.setProperty('--u', unit);
  const cursor = $('.cursor');
  cursor.ariaValueNow = t + 1;
  cursor.ariaValueText = `${words.piece} ${t + 1} of ${T}, ${spoken}`;
  for (const [d, figure] of all('.fields figure').entries()) {
    figure.querySelector('figcaption').innerHTML = hasRead(reading, d, t);
    figure.classList.toggle('chosen', d === dir);
  }
  drawWay();
  if ($('.guesses').checked) drawGrowing(); // which labels lead may give away what comes
  drawSoFar();
  drawVectors();
  drawUnit();
  mark(marked);
  for (const item of all('[data-at]')) {
    item.classList.toggle('at', Number(item.dataset.at) === t);
  }
  all('.cursor, .fields .scroll, .endings .table, .ids, .batch').forEach(centre);
}

/** Scrolls a box so that what is at the cursor is in its middle. */
function centre(box) {
  const item = box.querySelector('.at');
  if (!item) return;
  const {left} = item.getBoundingClientRect();
  box.scrollLeft += left - box.getBoundingClientRect().left - box.clientWidth / 2;
}

// -------------------------------------------------------------------------------------- what a visitor does

/** Moves the cursor to a letter, or as far as there are letters. */
function go(to) {
  if (!reading) return;
  const before = t;
  t = Math.min(Math.max(0, to), reading.T - 1);
  drawAtCursor();
  if (t !== before) compareGuess($('.so-far .guess'), $('.now-says').dataset.soFar);
}

/** Starts to guess, or stops that. */
function guessFirst(isGuessed) {
  if (isGuessed) go(0);
  if (reading) drawGrowing();
  drawAtCursor();
}

function stop() {
  clearInterval(timer);
  timer = null;
  $('.play').textContent = '▶ Play';
}

/** Goes through the text letter by letter, or stops that. */
function play() {
  if (timer || !reading) {
    stop();
    return;
  }
  const lastLetter = reading.T - 1;
  const step = () => {
    go(t + 1);
    const isTurn = $('.stops').checked && turnAt(reading, t) !== undefined;
    if (isTurn || t === lastLetter) stop();
  };
  const pause = words.piece === 'word' ? STEP_OF_WORD : STEP;
  const isAtEnd = t === lastLetter;
  $('.play').textContent = '❚❚ Pause';
  timer = setInterval(step, pause);
  if (isAtEnd) go(0);
  else step();
}

/** Chooses a letter and a unit on the map of a direction. */
function pick(map, event) {
  const {left, top, width, height} = map.getBoundingClientRect();
  const down = (event.clientY - top) / height; // a share
  const along = (event.clientX - left) / width;
  dir = all('.fields .map').indexOf(map);
  unit = Math.min(reading.H - 1, Math.floor(down * reading.H));
  go(Math.floor(along * reading.T));
}

/** Chooses a unit by its number from 1 on, if there is one. */
function chooseUnit(number) {
  if (!reading || number < 1 || number > reading.H) return;
  unit = number - 1;
  drawAtCursor();
}

/** Opens the guide at a step, or closes it without one. */
function guide(step) {
  $('.told')?.classList.remove('told');
  $('.guide').hidden = step === undefined;
  if (step === undefined) return;
  const steps = all('.guide li');
  guideStep = Math.max(0, Math.min(steps.length - 1, step));
  $('.guide .place').textContent = `${guideStep + 1} of ${steps.length}`;
  for (const [i, item] of steps.entries()) {
    item.hidden = i !== guideStep;
  }
  const {of} = steps[guideStep].dataset;
  const part = $(of); // which is out of sight where there is no such cell
  part.classList.add('told');
  part.scrollIntoView();
}

/** Does what the data of a button say; one without any does nothing. */
function press(data) {
  if (data.pair) {
    isPairChosen = true;
    setPair(props.pairs[data.pair]);
    compare();
  } else if (data.unit) {
    unit = +data.unit;
    dir = +(data.dir ?? dir);
    drawAtCursor();
    const isDrawnAgain = !element.contains(document.activeElement);
    if (isDrawnAgain) $(`[data-unit="${unit}"]`).focus();
  } else if (data.source) {
    change({shipped, trained}[data.source]);
  } else if (data.guide) {
    const steps = {
      open: 0,
      previous: guideStep - 1,
      next: guideStep + 1,
    };
    guide(steps[data.guide]); // that closes has no step
  } else if (data.step) {
    stop();
    go(t + Number(data.step));
  }
}

element.addEventListener('click', (event) => {
  const find = (selector) => event.target.closest(selector);
  const button = find('button');
  const map = find('.fields .map');
  const link = find('[data-to]');
  const place = find('[data-at]');
  if (button?.matches('.play')) {
    play();
  } else if (button) {
    press(button.dataset);
  } else if (map) {
    stop();
    pick(map, event);
  } else if (link) {
    event.preventDefault(); // the address is the page's state
    $(`[data-section="${link.dataset.to}"]`).scrollIntoView();
  } else if (place) {
    stop();
    go(+place.dataset.at);
  }
});

for (const event of ['pointerover', 'focusin']) {
  element.addEventListener(event, ({target}) => {
    const isMap = target.closest('.fields .map');
    mark(isMap ? 'state' : target.closest('[data-part]')?.dataset.part);
  });
}

element.addEventListener('keydown', (event) => {
  const {key, target} = event;
  const places = {
    ArrowRight: t + 1,
    ArrowLeft: t - 1,
    Home: 0,
    End: Infinity,
  };
  const to = places[key];
  const isSpace = key === ' ' && target === $('.cursor');
  const isOurs = isSpace || to !== undefined;
  if (!isOurs || target.matches('input, select, .scroll')) return;
  event.preventDefault();
  if (isSpace) {
    play();
    return;
  }
  stop();
  go(to);
});

element.addEventListener('input', ({target: box}) => {
  if (box.matches('.typed')) {
    text = box.value;
    type(boxOf(), text);
    read();
  } else if (box.matches('.guesses')) {
    guessFirst(box.checked);
  } else if (box.matches('.so-far select')) {
    stop();
    go(t + 1);
  } else if (box.matches('.layer')) {
    layer = +box.value;
    if (reading) drawFields();
    drawAtCursor();
    if (pair.length) compare();
  } else if (box.matches('.search')) {
    search = box.value;
  } else if (box.matches('.first, .second')) {
    isPairChosen = true;
    compare();
  } else if (box.matches('.direction')) {
    dir = box.selectedIndex;
    drawAtCursor();
  } else if (box.matches('.number')) {
    chooseUnit(Math.round(box.value));
  }
});

/** Compares a guess with what a complete search finds. */
async function searched() {
  if (!look) lookedFor = ''; // there was no answer
  await browse();
  await looking;
  if (!look?.nFound) return;
  const {found} = answersOf(look, dir, unit);
  compareGuess($('.takes .guess'), plain(found.mean));
}

element.addEventListener('change', ({target}) => {
  if (target.matches('.search')) searched();
});

// ---------------------------------------------------------------------------------- which network reads

/** Takes over what is typed in the other tab. */
function follow() {
  followPair();
  browse();
  const typed = textIn(boxOf());
  if (typed === text) return;
  text = typed;
  $('.typed').value = typed;
  read();
}

function setPair([first, second]) {
  $('.first').value = first;
  $('.second').value = second;
}

/** Fills the page in the words of the source: {piece} in the template is a word, [gate r] a number in a formula. */
function fill() {
  Object.assign(words, source.words);
  const spelt = {
    ...shipped.words,
    ...words,
    id: props.box,
    train: props.box.replace('name', 'train'),
    Piece: words.piece[0].toUpperCase() + words.piece.slice(1),
  };
  element.innerHTML = template
    .replace(/\{(\w+)\}/g, (_, word) => esc(spelt[word]))
    .replace(/\[(\w+) (\w+)\]/g, '<i data-part="$1" data-wire="$2"></i>');
  $('.typed').value = text;
  $('.pairs').innerHTML = each(props.pairs, (texts, i) => {
    const both = texts.map(esc).join(' | ');
    return texts.every(Boolean) ? `<button data-pair="${i}">${both}</button> ` : '';
  });
  $('.of-layers').hidden = source.layers < 2;
  const option = (i) => `<option value="${i}">${i + 1}</option>`;
  $('.layer').innerHTML = each(range(source.layers), option);
  showParts();
}

/** Reads with another source, or with what this one has become. */
function change(to) {
  strongest = null;
  pool = null;
  look = null;
  lookedFor = '';
  if (to) {
    source = to;
    unit = null;
    layer = 0;
    isPairChosen = false;
    fill();
  }
  read();
  if (isPairChosen) compare();
}

/** Follows the other tab while this one is seen. */
function seen([{isIntersecting}]) {
  clearInterval(follower);
  if (!isIntersecting) {
    stop();
    return;
  }
  follow();
  follower = setInterval(follow, 300);
}

fill();
document.addEventListener('trained', () => {
  if (source === trained) change();
});
new IntersectionObserver(seen).observe(element);
/** Draws what depends on the width, and lets margins follow the height of the bars that stick. */
function resized() {
  const reader = $('.reader');
  const bars = parseFloat(getComputedStyle(reader).top) + reader.offsetHeight;
  $('.reading').style.setProperty('--bars', `${bars}px`);
  if (!reading) return;
  drawGrowing();
  drawSoFar();
}

new ResizeObserver(resized).observe(element);
