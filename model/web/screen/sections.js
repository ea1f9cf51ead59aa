// The sections of Look inside, which open below the stage, too: letters to numbers, the embedding, the cell, scores, groups,
// one unit in many texts. In: element, whose sections are those of sections.html, and a source that reads, which the tab
// chooses. Nothing here is about one task. reading_values.js says what a reading is, reading_pictures.js and
// reading_units.js draw; here is what is chosen (state) and what depends on each choice.
//
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {compareGuess} from '../boxes.js';
import {CELLS, DIRECTIONS, each, esc, glyph, percent, plain, range} from '../drawing.js';
import {$, all, put, setterOf} from '../tab.js';
import {
  batchTable,
  cellSays,
  groupTable,
  kind,
  scoreTables,
  strip,
  textFrom,
  tint,
  vectorRows,
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
import {busiestUnit, decode, leadingLabels, movesOf, words} from './reading_values.js';

// Nothing asked of a source yet
export const UNASKED = {
  pool: null, // a promise: texts to search in
  look: null, // at many texts, of reading_units.js
  lookedFor: '', // what this look was asked for with
};

export const state = {
  ...UNASKED,
  source: null, // what reads: {ask, layers, ordered, words}
  reading: null, // of the text, null if there is none
  t: 0, // the letter at the cursor, an index
  dir: 0, // the direction that is watched: 0 forward, 1 backward
  unit: undefined, // that is watched, an index; undefined until there is a reading
  layer: 0, // whose states are shown
  search: null, // that was typed, null: the ending of the text
  looking: null, // a promise that what is searched is drawn
  marked: undefined, // what of the cell is pointed at, as [data-part] names it
};

const AT_LETTER = [drawVector, drawCell, drawScores, drawPlace];
const OF_UNIT = [drawUnit, drawMany, ...AT_LETTER];
const DRAWN_BY = {
  reading: [drawReading, drawMark],
  layer: [drawMark, ...OF_UNIT, browse],
  search: [browse],
  dir: OF_UNIT,
  unit: OF_UNIT,
  t: AT_LETTER,
  look: [drawMany],
  marked: [drawMark],
};
/** Changes the state, and draws what depends on it. */
export const set = setterOf(state, DRAWN_BY);

/** Has a tab draw what it has beside the sections: `ofTab` is as setterOf takes it. */
export function drawBeside(ofTab) {
  for (const [key, draws] of Object.entries(ofTab)) {
    DRAWN_BY[key] = [...draws, ...(DRAWN_BY[key] ?? [])];
  }
}

/** The HTML of sections in the words of the source: {piece} is a word, [gate r] a number in a formula. */
export function filled(template, ofTab) {
  const spelt = {...words, ...ofTab, Piece: words.piece[0].toUpperCase() + words.piece.slice(1)};
  return template
    .replace(/\{(\w+)\}/g, (_, word) => esc(spelt[word]))
    .replace(/\[(\w+) (\w+)\]/g, '<i data-part="$1" data-wire="$2"></i>');
}

/** Asks a source for every number of a text. */
export const readBy = (source, text) => source.ask('view', {text, opened: true});

/** A reply as a reading. */
export const decoded = (reply) => decode(reply, state.source, () => state.layer);

/** What the cursor begins at in a reading: the unit that tells most about the answer, where it moves most. */
export function startOf(reading) {
  const {H, D, tells} = reading;
  const isNew = state.unit === undefined || state.unit >= H;
  const told = tells ?? busiestUnit(reading, 0);
  const dir = Math.min(isNew ? Math.floor(told / H) : state.dir, D - 1);
  const u = isNew ? told % H : state.unit;
  const moves = movesOf(reading, dir, u);
  return {reading, dir, unit: u, t: moves.indexOf(Math.max(...moves))};
}

/** Shows the sections that apply to a reading, and those of the tab. */
export function showSections({source, reading, layer}, ofTab) {
  const {D, P, cell, scripts, by_kind: byKind, added, logits, groups, more} = reading ?? {};
  const applies = {
    names: words.texts === 'names',
    layers: source.layers > 1,
    both: D > 1,
    groups: P > 2,
    gru: cell === 'gru',
    other: reading && cell !== 'gru',
    scripts: scripts?.length,
    kinds: byKind?.some(Boolean),
    pools: added?.length > 2,
    beside: logits?.length > 1 && groups.length,
    more,
    ...ofTab,
  };
  for (const item of all('[data-if]')) item.hidden = !applies[item.dataset.if];
  put({
    caution: esc(source.caution ?? ''),
    layers: each(
      range(source.layers),
      (i) => `<option${i === layer ? ' selected' : ''}>${i + 1}</option>`,
    ),
  });
}

// -------------------------------------------------------------------------------------------- drawings

/** What a text alone decides. */
function drawReading({reading}) {
  if (!reading) return null;
  const {E, H, labels, n, last, explained, cell} = reading;
  return {
    E,
    H,
    cell: CELLS[cell],
    telling: saysTelling(reading),
    none: labels.length > n ? `The answer leaves ${percent(last[n])} to none of them.` : '',
    ids: batchTable([reading], reading),
    groupTable: groupTable(reading),
    ofGroups: esc(labels[explained]),
  };
}

/** Which unit tells most about the answer. */
function saysTelling({tells, H, labels, explained}) {
  if (tells === undefined) return '';
  const u = tells % H;
  const d = Math.floor(tells / H);
  return `Unit <button data-unit="${u}" data-dir="${d}">${u + 1} ${d ? '←' : '→'}</button>, read ${DIRECTIONS[d]},
    speaks most for <b>${esc(labels[explained])}</b> here.`;
}

/** Marks the letter at the cursor where letters stand. */
function drawPlace({t}) {
  for (const item of all('[data-at]')) item.classList.toggle('at', Number(item.dataset.at) === t);
}

function drawVector({reading, t}) {
  return {
    unit: glyph(reading.units[t]),
    row: strip(reading, reading.P - 1, t),
    addends: vectorRows(reading, t),
  };
}

/** Whether a label has a row among the scores. */
const isInTable = (share, place) => place < 3 || share > 0.05;

/** The scores of the text up to the cursor, which is read as a whole one. */
async function drawScores({reading, t, source}) {
  const isWhole = t === reading.T - 1;
  const beginning = textFrom(reading.units.slice(0, t + 1));
  const seen = isWhole ? reading : decoded(await readBy(source, beginning));
  if (reading !== state.reading || t !== state.t || seen.problem) return;
  put({
    ...scoreTables(seen, leadingLabels(seen, 7, isInTable)),
    beginning: esc(beginning),
    temperature: seen.temperature?.toFixed(2),
  });
}

function drawUnit({reading, dir, unit}) {
  const {T, H} = reading;
  for (const box of all('.number')) {
    box.max = H;
    if (document.activeElement !== box) box.value = unit + 1;
  }
  for (const choice of all('.direction')) choice.selectedIndex = dir;
  $('.tint').style.setProperty('--n', T);
  return {tint: each(range(T), (place) => tint(reading, place, dir, unit))};
}

/** Looks at many texts, unless they are there. */
export async function browse() {
  const {source} = state;
  state.pool ??= source.ask('pool', {});
  const reply = await state.pool;
  const {reading, search, layer} = state;
  if (source !== state.source || !reading || reply.problem) return;
  const texts = textsOfPool(reply);
  if (!texts.length) return; // of a model that publishes none
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
  const none = searched.affix && !n ? `No ${words.text} here has it.` : '';
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

/** Marks something in the cell in map, drawing and formulas. */
function drawMark({marked}) {
  for (const item of all('[data-part]')) {
    item.classList.toggle('lit', item.matches(`[data-part~="${marked}"]`));
  }
}

// -------------------------------------------------------------------------------------- what a visitor does

element.addEventListener('click', ({target}) => {
  const {unit, dir} = target.closest('button')?.dataset ?? {};
  if (unit === undefined) return;
  set({unit: +unit, dir: +(dir ?? state.dir)});
  if (!element.contains(document.activeElement)) $(`[data-unit="${unit}"]`).focus();
});

for (const event of ['pointerover', 'focusin']) {
  element.addEventListener(event, ({target}) => {
    set({marked: target.closest('[data-part]')?.dataset.part});
  });
}

element.addEventListener('input', ({target: box}) => {
  if (box.dataset.sets) {
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
