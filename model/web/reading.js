// How it reads: the steps of a network over one text, of the shipped one, which Python computes (tabs/reading.py), or
// of the one just trained in the browser (worker.js). In: element, props (tabs/reading.py) and the server's functions
// read, strongest, pool, states and nearest. Nothing here is about one task. reading_values.js says what a reading is,
// reading_pictures.js and reading_units.js draw; here is what is chosen (state), what depends on each choice (DRAWN_BY),
// and what a visitor does. While the tab is seen, followPair and browse see to the parts that come to be in view.
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
  excitingTexts,
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
import {$, all, put, setterOf} from './tab.js';

const template = element.innerHTML;
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
    const ofText = typeof given === 'string' ? {text: given} : given;
    return common.trained.call(name, {network, moment: null, ...ofText});
  },
};

const SOURCES = {shipped, trained};

// Nothing asked of a source yet
const UNASKED = {
  strongest: null, // a promise: the training texts that raise each unit most
  pool: null, // a promise: texts to search in
  look: null, // at many texts, of reading_units.js
  lookedFor: '', // what this look was asked for with
};
// What the page begins with, whichever source reads
const START = {
  ...UNASKED,
  reading: null, // of the text, null if there is none
  unit: undefined, // that is watched, an index; undefined until there is a reading
  layer: 0, // whose states are shown
  pair: [], // the readings that are compared
  isPairChosen: false, // by the visitor
  isGuessing: false, // what the network says after the next letter
};
const state = {
  ...START,
  source: shipped,
  text: '', // that is read
  t: 0, // the letter at the cursor, an index
  dir: 0, // the direction that is watched: 0 forward, 1 backward
  paired: null, // the reading whose text is the first of the two
  search: null, // that was typed, null: the ending of the text
  looking: null, // a promise that what is searched is drawn
  marked: undefined, // the part of the cell that is pointed at, as [data-part] names it
  guideStep: undefined, // if the guide is open
  timer: null, // while it plays
  follower: null, // a timer, while the tab is seen
};

const AT_LETTER = [drawWay, drawSoFar, drawCell, drawCursor];
const OF_UNIT = [drawUnit, drawMany, drawStrongest, ...AT_LETTER];
const DRAWN_BY = {
  source: [fill, read],
  text: [read],
  reading: [showParts, drawReading, drawMark],
  layer: [drawFields, drawMark, ...OF_UNIT, drawPair],
  dir: OF_UNIT,
  unit: OF_UNIT,
  t: AT_LETTER,
  isGuessing: [drawGrowing, drawSoFar],
  look: [drawMany],
  pair: [drawPair],
  marked: [drawMark],
  timer: [drawPlay],
  guideStep: [drawGuide],
};
const set = setterOf(state, DRAWN_BY);

/** The id of the box where the text that is read is typed in another tab. */
const boxOf = () => (state.source === trained && common.trained?.box) || props.box;

// ------------------------------------------------------------------------------------------ what is read

/**
 * Asks for readings.
 * @param {() => string[]} texts - what there is to read, asked again when the replies are there
 * @returns {Promise<object[] | null>} null if texts or source have changed meanwhile
 */
async function readings(texts) {
  const asked = texts();
  const {source} = state;
  const asking = asked.map((text) => source.ask('read', text));
  const replies = await Promise.all(asking);
  const isSame = texts().join('\n') === asked.join('\n');
  if (source !== state.source || !isSame) return null;
  return replies.map((reply) => decode(reply, source, () => state.layer));
}

/** Reads the text. */
async function read() {
  const {classList} = $('.reading');
  classList.add('old'); // what is drawn is of another text
  const replies = await readings(() => [state.text]);
  if (!replies) return;
  const [reply] = replies;
  const {problem, more, T, H, D} = reply;
  const note = more ? `The first ${words.piece}s are shown.` : '';
  $('.problem').textContent = problem ?? note;
  classList.remove('old');
  classList.toggle('nothing', Boolean(problem)); // no figures of another text
  stop();
  compareGuess($('.so-far .guess'), '');
  if (problem) {
    set({reading: null});
    return;
  }
  classList.remove('fresh');
  const {text, t, unit, isPairChosen} = state;
  if (!isPairChosen) setPair([text, '']);
  const dir = Math.min(state.dir, D - 1);
  const [busiest] = busiestUnits(reply, dir); // one that visibly changes
  set({
    reading: reply,
    t: Math.min(t, T - 1),
    dir,
    unit: unit < H ? unit : busiest,
  });
}

/** What a text alone decides. */
function drawReading({reading}) {
  if (!reading) return null;
  const {E, H, T, n, units, labels, last, cell, temperature} = reading;
  $('.cursor').ariaValueMax = T;
  return {
    E,
    H,
    cell: CELLS[cell],
    temperature: temperature?.toFixed(2),
    none: labels.length > n ? `The answer leaves ${percent(last[n])} to none of them.` : '',
    cursor: headings(units),
    options: labelOptions(reading),
    ids: batchTable([reading], reading),
    fields: stateFields(reading),
    endings: shareTable(reading, leadingLabels(reading, 10)),
    ...scoreTables(reading, leadingLabels(reading, 7)),
    ...drawGrowing(state),
  };
}

/** Shows the parts of the page that apply to the reading, or to none, and their numbers. */
function showParts({reading, source}) {
  const {D, P, cell, scripts, by_kind: byKind, added, logits} = reading ?? {};
  const isTrained = source === trained;
  const applies = {
    trains: props.trains,
    names: words.texts === 'names',
    changes: hasChanges(),
    shortens: !hasChanges(),
    untrained: isTrained && !common.trained,
    shipped: !isTrained,
    layers: source.layers > 1,
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
  for (const button of all('[data-source]')) {
    button.ariaPressed = String(SOURCES[button.dataset.source] === source);
  }
  put({caution: esc(source.caution ?? '')});
}

// -------------------------------------------------------------------------------------------- drawings

/** The whole way at the cursor, in short. */
function drawWay({reading, t, dir, unit}) {
  const {T, P, units, ids, score, labels, shares, vector} = reading;
  const near = range(T).slice(Math.max(0, t - 3), t + 4);
  const read = glyph(units[t]);
  const letters = each(near, (place) => letter(reading, place));
  const states = each(near, (place) => tint(reading, place, dir, unit));
  const state = plain(reading.state(dir, t, unit));
  const sum = P - 1; // of all parts of the vector
  const row = strip(reading, sum, t);
  const [first, second] = vector(sum, t);
  const scores = each(ranked(score).slice(0, 2), (i) => {
    return `<span>${sign(score[i], 1)} ${brief(labels[i])}</span>`;
  });
  const now = shares[t];
  const [answer] = ranked(now);
  return {
    unit: read,
    letters: `<span>${letters}</span>${read} is number ${ids[t]}`,
    row,
    parts: vectorParts(reading, t),
    vector: `${row}${plain(first)} ${plain(second)} …`,
    steps: `<span>${states}</span>↻ unit ${unit + 1}: ${state}`,
    scores,
    answer: `<span>${brief(labels[answer])}</span>${percent(now[answer])}`,
  };
}

/** The bars and lines of the answer, whose shares at the cursor drawSoFar fills in. */
function drawGrowing({reading, t, isGuessing}) {
  const seen = isGuessing ? beginningOf(reading, t) : reading;
  const rows = leadingLabels(seen, 6);
  const width = Math.max(280, $('.so-far .lines').clientWidth);
  return {
    ofData: saysOfData(reading, {...words, units: `${words.piece}s`}),
    bars: growingBars(reading, rows),
    lines: shareLines(reading, rows, width),
  };
}

/** What the network would say if the text ended at the cursor. */
function drawSoFar({reading, t, isGuessing}) {
  if (isGuessing) put(drawGrowing(state)); // which labels lead may give away what comes
  const shares = reading.shares[t];
  const [answer] = ranked(shares);
  const says = $('.now-says');
  says.dataset.soFar = reading.labels[answer];
  says.classList.toggle('turn', turnAt(reading, t) !== undefined);
  $('.so-far select').disabled = t === reading.T - 1;
  for (const bar of all('.so-far [data-label]')) {
    const share = shares[bar.dataset.label];
    bar.style.setProperty('--share', share);
    bar.querySelector('.value').textContent = percent(share);
  }
  return {says: saysSoFar(reading, t)};
}

function drawFields({reading}) {
  return {fields: stateFields(reading)};
}

function drawUnit({reading, dir, unit}) {
  const {T, H} = reading;
  for (const box of all('.number')) {
    box.max = H;
    if (document.activeElement !== box) box.value = unit + 1;
  }
  for (const choice of all('.direction')) choice.selectedIndex = dir;
  const buttons = each(busiestUnits(reading, dir).slice(0, 6), (u) => {
    return `<button data-unit="${u}">${u + 1}</button> `;
  });
  $('.tint').style.setProperty('--n', T);
  return {
    busy: `Move most: ${buttons}`,
    tint: each(range(T), (place) => tint(reading, place, dir, unit)),
  };
}

/** Looks at many texts once their part is seen, unless they are there. */
async function browse() {
  if (!isInView(7)) return;
  const {source} = state;
  state.pool ??= source.ask('pool', {});
  const reply = await state.pool;
  const {reading, search, layer} = state;
  if (source !== state.source || !reading || reply.problem) return;
  const texts = textsOfPool(reply);
  const typed = search ?? endingOf(reading, texts);
  const lookedFor = JSON.stringify([typed, layer]);
  if (lookedFor === state.lookedFor) return;
  if (search === null) $('.search').value = typed;
  set({lookedFor, looking: lookAt(texts, typed, lookedFor)});
}

/** Asks for the states of the texts that have what is searched, and of others. */
async function lookAt(texts, typed, lookedFor) {
  const {source, layer} = state;
  const searched = searchOf(typed);
  const {n, found, others} = textsToSee(texts, searched);
  const reply = await source.ask('states', {texts: [...found, ...others], layer});
  const {reading} = state;
  if (lookedFor !== state.lookedFor || !reading) return;
  const look = reply.problem ? null : lookOf(reply, searched, found.length, reading);
  const none = searched.part && !n ? `No ${words.text} here has it.` : '';
  const buttons = look ? unitButtons(look) : '';
  const title = `Units that answer best to ${esc(typed)} (${n} ${words.texts}):`;
  put({
    unfound: esc(reply.problem ?? none),
    answering: buttons && `${title} ${buttons}`,
  });
  set({look});
}

function drawMany({look, dir, unit}) {
  const means = look ? meansOf(look, dir, unit) : '';
  // What a guess was compared with is no longer there.
  if ($('.means').textContent !== means) $('.takes .guess output').textContent = '';
  for (const button of all('.answering button')) {
    const {unit: u, dir: d} = button.dataset;
    button.ariaPressed = String(+u === unit && +d === dir);
  }
  return {
    means,
    many: look ? manyTexts(look, dir, unit) : '',
  };
}

/** The numbers in the drawing of the cell and in the formulas, and what each gate does with them. */
function drawCell({reading, t, dir, unit}) {
  if (reading.cell !== 'gru') return null;
  const flow = reading.gates(dir, t, unit);
  const letterRead = reading.units[t];
  const firstRead = dir ? reading.T - 1 : 0;
  for (const item of all('[data-wire]')) {
    const value = flow[item.dataset.wire];
    item.style.setProperty('--size', Math.min(1, Math.abs(value)));
    item.setAttribute('class', kind(value));
    if (!item.matches('path')) item.textContent = plain(value);
  }
  return {
    ...cellSays(flow, esc(letterRead), t === firstRead),
    ofUnit: `Unit ${unit + 1} at “${glyph(letterRead)}”, reading ${DIRECTIONS[dir]}`,
  };
}

/** Marks a part of the cell in map, drawing and formulas. */
function drawMark({marked}) {
  for (const item of all('[data-part]')) {
    item.classList.toggle('lit', item.matches(`[data-part~="${marked}"]`));
  }
}

/** Asks once for a source which training texts raise its units most, and shows those of this unit. */
async function drawStrongest({source}) {
  if (!state.strongest) put({excites: 'Searching the training data …'});
  state.strongest ??= source.ask('strongest', {});
  const asked = state.strongest;
  const {problem, layers} = await asked;
  const {reading, layer, dir, unit} = state;
  if (!reading || asked !== state.strongest) return; // emptied or of another source meanwhile
  put({excites: problem ? esc(problem) : excitingTexts(layers[layer], dir * reading.H + unit)});
}

/** Whether a part can be seen. */
function isInView(number) {
  const {top, bottom} = $(`[data-section="${number}"]`).getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}

/** Compares the text with the nearest one that has another label, until the visitor chooses two. */
async function followPair() {
  const {reading, paired, isPairChosen} = state;
  const isSeen = isInView(6) || $('.batch').closest('details').open;
  if (isPairChosen || !reading || reading === paired || !isSeen) return;
  set({paired: reading});
  put({difference: `The network reads every change of one ${words.piece} …`});
  const other = await nearestTo(reading);
  if (reading !== state.paired || state.isPairChosen) return;
  const none = `No such change of one ${words.piece}: here its end is left out.`;
  const {length} = textFrom(reading.units.slice(0, -1));
  setPair([reading.text, other ?? reading.text.slice(0, length)]);
  compare(other || !hasChanges() ? '' : none);
}

/** Whether a letter can be changed to get another label. */
const hasChanges = () => words.piece === 'letter' && !state.source.ordered;

/** The surest change of one letter to another label, null where there is none. */
async function nearestTo(mine) {
  if (!hasChanges()) return null;
  const {nearest = []} = await state.source.ask('nearest', mine.text);
  const [first] = nearest;
  return first && textAfter(first.change);
}

/** Reads the two texts that are compared, with a note below them. */
async function compare(note = '') {
  const typed = () => [$('.first').value, $('.second').value];
  const pair = await readings(typed);
  if (!pair) return;
  const problem = pair.map((one) => one.problem).find(Boolean);
  const isEmpty = !typed().some(Boolean);
  put({difference: isEmpty ? '' : esc(problem ?? note)});
  if (!problem) set({pair});
}

/** The two texts side by side. */
function drawPair({pair, reading}) {
  if (!pair.length) return null;
  const beginnings = each(pair, (one) => {
    const box = scroller(`Beginnings of ${one.text}`, 'table');
    return `<div ${box}>${shareTable(one, leadingLabels(one, 5))}</div>`;
  });
  put({against: pairPictures(pair), beginnings});
  for (const item of all('.against [data-at], .beginnings [data-at]')) delete item.dataset.at; // not at the cursor
  const rows = [reading ?? pair[0], ...pair];
  rows.sort((one, other) => other.T - one.T);
  return {batch: batchTable(rows, reading)};
}

/** The cursor, what each direction has read there, and its marks on all that is drawn before. */
function drawCursor({reading, t, dir, unit}) {
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
  const {reading, t} = state;
  if (!reading) return;
  set({t: Math.min(Math.max(0, to), reading.T - 1)});
  if (state.t !== t) compareGuess($('.so-far .guess'), $('.now-says').dataset.soFar);
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
  const {timer, reading, t} = state;
  if (timer || !reading) {
    stop();
    return;
  }
  const lastLetter = reading.T - 1;
  const step = () => {
    go(state.t + 1);
    const isTurn = $('.stops').checked && turnAt(reading, state.t) !== undefined;
    if (isTurn || state.t === lastLetter) stop();
  };
  const pause = words.piece === 'word' ? STEP_OF_WORD : STEP;
  set({timer: setInterval(step, pause)});
  if (t === lastLetter) go(0);
  else step();
}

/** Chooses a letter and a unit on the map of a direction. */
function pick(map, event) {
  const {left, top, width, height} = map.getBoundingClientRect();
  const down = (event.clientY - top) / height; // a share
  const along = (event.clientX - left) / width;
  const {H, T} = state.reading;
  set({
    dir: all('.fields .map').indexOf(map),
    unit: Math.min(H - 1, Math.floor(down * H)),
  });
  go(Math.floor(along * T));
}

/** Shows a step of the guide, or closes it. */
function drawGuide({guideStep}) {
  const steps = all('.guide li');
  const step = steps[guideStep];
  $('.told')?.classList.remove('told');
  $('.guide').hidden = !step;
  if (!step) return;
  put({place: `${guideStep + 1} of ${steps.length}`});
  for (const item of steps) item.hidden = item !== step;
  const part = $(step.dataset.of); // which is out of sight where there is no such cell
  part.classList.add('told');
  part.scrollIntoView();
}

/** Does what the data of a button say; one without any does nothing. */
function press(data) {
  if (data.pair) {
    set({isPairChosen: true});
    setPair(props.pairs[data.pair]);
    compare();
  } else if (data.unit) {
    set({
      unit: +data.unit,
      dir: +(data.dir ?? state.dir),
    });
    if (!element.contains(document.activeElement)) $(`[data-unit="${data.unit}"]`).focus();
  } else if (data.source) {
    set({source: SOURCES[data.source]});
  } else if (data.guide) {
    const last = all('.guide li').length - 1;
    const steps = {
      open: 0,
      previous: Math.max(0, state.guideStep - 1),
      next: Math.min(last, state.guideStep + 1),
    };
    set({guideStep: steps[data.guide]}); // that closes has no step
  } else if (data.step) {
    stop();
    go(state.t + Number(data.step));
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
    const marked = isMap ? 'state' : target.closest('[data-part]')?.dataset.part;
    set({marked});
  });
}

element.addEventListener('keydown', (event) => {
  const {key, target} = event;
  const places = {
    ArrowRight: state.t + 1,
    ArrowLeft: state.t - 1,
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
    type(boxOf(), box.value);
    set({text: box.value});
  } else if (box.matches('.guesses')) {
    set({isGuessing: box.checked});
    if (box.checked) go(0);
  } else if (box.matches('.so-far select')) {
    stop();
    go(state.t + 1);
  } else if (box.matches('.first, .second')) {
    set({isPairChosen: true});
    compare();
  } else if (box.dataset.sets) {
    set({[box.dataset.sets]: box.selectedIndex ?? box.value});
  } else if (box.matches('.number')) {
    const unit = Math.round(box.value) - 1;
    if (unit >= 0 && unit < state.reading.H) set({unit});
  }
});

/** Compares a guess with what a complete search finds. */
async function searched() {
  if (!state.look) set({lookedFor: ''}); // there was no answer
  await browse();
  await state.looking;
  const {look, dir, unit} = state;
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
  const text = textIn(boxOf());
  if (text === state.text) return;
  $('.typed').value = text;
  set({text});
}

function setPair([first, second]) {
  $('.first').value = first;
  $('.second').value = second;
}

/** Fills the page in the words of the source: {piece} in the template is a word, [gate r] a number in a formula. */
function fill({source, text}) {
  Object.assign(state, START);
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
  put({
    layers: each(range(source.layers), (i) => `<option value="${i}">${i + 1}</option>`),
    pairs: each(props.pairs, (texts, i) => {
      const both = texts.map(esc).join(' | ');
      return texts.every(Boolean) ? `<button data-pair="${i}">${both}</button> ` : '';
    }),
  });
  showParts(state);
}

/** Reads with what the trained network has become. */
function readAgain() {
  if (state.source !== trained) return;
  set(UNASKED);
  read();
  if (state.isPairChosen) compare();
}

/** Follows the other tab while this one is seen. */
function seen([{isIntersecting}]) {
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
/** Draws what depends on the width, and lets margins follow the height of the bars that stick. */
function resized() {
  const reader = $('.reader');
  const bars = parseFloat(getComputedStyle(reader).top) + reader.offsetHeight;
  $('.reading').style.setProperty('--bars', `${bars}px`);
  if (!state.reading) return;
  put(drawGrowing(state));
  put(drawSoFar(state));
}

new ResizeObserver(resized).observe(element);
