// One unit over many texts, a section of Look inside: which texts have what is searched, which units answer to it, and
// their picture as HTML. A look is what `states` replies, with what was searched:
//   units, states   what is read of each text, and the states of a layer, (D, T, H) of one text after the other
//   nFound          how many of the texts, the first ones, have what is searched
//   search          {affix, isEnding}: "-ski" is an ending, "o'" a beginning; no affix: nothing is searched

import {DIRECTIONS, each, glyph, plain, range, ranked, totalOf} from '../drawing.js';
import {kind, spelled, textFrom} from './reading_pictures.js';
import {unpack, words} from './reading_values.js';

const FOUND = 20; // texts that have what is searched, at most
const OTHERS = 30; // texts to set against them
const ROWS = 30; // of the picture
const ROWS_OF_WORDS = 14;
const OFFERED = 6; // units
const LEAST_DEVIATION = 0.1; // so that a unit which hardly moves is not offered
const FEW = 3; // texts: an ending of fewer says little

/** The texts of a pool: {texts}, or {names} as names.txt has them. */
export function textsOfPool({texts, names}) {
  if (texts) return texts;
  const lines = names.trim().split('\n');
  return lines.flatMap((line) => line.replace(/^.*?: /, '').split(', '));
}

/** What a search looks for. */
export function searchOf(typed) {
  const text = typed.trim().toLowerCase().replace(/[‘’ʼ]/g, "'");
  return {
    affix: text.replace(/^-|-$/g, ''),
    isEnding: text.startsWith('-'),
  };
}

function has(text, {affix, isEnding}) {
  const lower = text.toLowerCase();
  if (isEnding) return lower.endsWith(affix);
  return lower.startsWith(affix);
}

/** At most n items of a list, from all of its length. */
function spread(list, n) {
  const most = Math.min(n, list.length);
  const step = list.length / most;
  return range(most).map((i) => {
    return list[Math.floor(i * step)];
  });
}

/** The longest ending of a reading, up to three letters or a word, that several texts have; '' if none is. */
export function endingOf({units}, texts) {
  const lengths = words.piece === 'word' ? [1] : [3, 2];
  const endings = lengths.map((n) => {
    return `-${textFrom(units.slice(-n))}`;
  });
  const isCommon = (ending) => {
    const search = searchOf(ending);
    return texts.filter((text) => has(text, search)).length >= FEW;
  };
  return endings.find(isCommon) ?? '';
}

/** The texts to look at: {found, others, n}, n of all that have what is searched. */
export function textsToSee(texts, search) {
  const found = search.affix ? texts.filter((text) => has(text, search)) : [];
  return {
    n: found.length,
    found: spread(found, FOUND),
    others: spread(
      texts.filter((text) => !found.includes(text)),
      OTHERS,
    ),
  };
}

/** The places of a text that what is searched has, or all; [first, behind the last]. */
function spanOf({search, units}, i) {
  const {affix, isEnding} = search;
  const T = units[i].length;
  if (!affix) return [0, T];
  const n = Math.min(T, unitsIn(affix));
  if (isEnding) return [T - n, T];
  return [0, n];
}

/** How many letters or words there are in what is searched. */
function unitsIn(affix) {
  const gaps = words.piece === 'word' ? ' ' : /(?:)/u;
  return affix.normalize('NFD').split(gaps).length;
}

/** The state of a unit in text i once it has read what is searched; where nothing is, its highest. */
function answerOf(look, i, d, u) {
  const {search, state} = look;
  const [first, end] = spanOf(look, i);
  if (search.affix) {
    const last = d ? first : end - 1;
    return state(i, d, last, u);
  }
  const states = range(end).map((t) => state(i, d, t, u));
  return Math.max(...states);
}

/** A look with its states ready to be looked up. */
export function lookOf(reply, search, nFound, {D, H}) {
  const {units} = reply;
  const states = unpack(reply.states);
  let end = 0;
  const starts = units.map(({length}) => {
    const start = end;
    end += D * length * H;
    return start;
  });
  const state = (i, d, t, u) => {
    const place = d * units[i].length + t;
    return states[starts[i] + place * H + u];
  };
  return {
    units,
    search,
    nFound,
    D,
    H,
    state,
  };
}

/** Mean and standard deviation. */
function spreadOf(values) {
  const mean = meanOf(values);
  const deviation = Math.sqrt(meanOf(values.map((x) => (x - mean) ** 2)));
  return {mean, deviation};
}

const meanOf = (values) => totalOf(values) / values.length;

/** The units that tell the texts found from the others best: [{d, u}, …]. */
function answeringUnits(look) {
  const {nFound, D, H} = look;
  if (!nFound) return [];
  const all = range(D * H).map((i) => ({
    d: Math.floor(i / H),
    u: i % H,
  }));
  const contrasts = all.map(({d, u}) => contrastOf(look, d, u));
  return ranked(contrasts)
    .slice(0, OFFERED)
    .map((i) => all[i]);
}

/** Mean and deviation of a unit's answers in the texts found, and in the others. */
export function answersOf(look, d, u) {
  const values = look.units.map((_, i) => answerOf(look, i, d, u));
  return {
    found: spreadOf(values.slice(0, look.nFound)),
    others: spreadOf(values.slice(look.nFound)),
  };
}

export function meansOf(look, d, u) {
  if (!look.nFound) return '';
  const {found, others} = answersOf(look, d, u);
  return `Unit ${u + 1}: ${plain(found.mean)} on average there, ${plain(others.mean)} in others.`;
}

/** How far apart the texts found and the others are in a unit, by their deviations. */
function contrastOf(look, d, u) {
  const {found, others} = answersOf(look, d, u);
  const distance = Math.abs(found.mean - others.mean);
  const deviations = found.deviation + others.deviation;
  return distance / (deviations + LEAST_DEVIATION);
}

/** Buttons of the units that answer to what is searched. */
export function unitButtons(look) {
  return each(answeringUnits(look), ({d, u}) => {
    const arrow = d ? '←' : '→';
    const number = u + 1;
    return `<button
      data-unit="${u}"
      data-dir="${d}"
      aria-label="Unit ${number}, ${DIRECTIONS[d]}">${number} ${arrow}</button> `;
  });
}

/** The texts in the colours of a unit, that in which it is highest first. */
export function manyTexts(look, d, u) {
  const most = words.piece === 'word' ? ROWS_OF_WORDS : ROWS;
  const shown = range(Math.min(most, look.units.length));
  const values = shown.map((i) => answerOf(look, i, d, u));
  return each(ranked(values), (i) => {
    const letters = colouredLetters(look, i, d, u);
    return `<li><bdi>${letters}</bdi><small>${plain(values[i])}</small></li>`;
  });
}

/** The letters or words of text i in the colours of a unit; those that are searched are marked. */
function colouredLetters(look, i, d, u) {
  const [first, end] = spanOf(look, i);
  const isFound = i < look.nFound;
  return each(spelled(look.units[i]), (unit, t) => {
    const state = look.state(i, d, t, u);
    const strength = Math.abs(state);
    const isSearched = isFound && t >= first && t < end;
    const mark = isSearched ? 'searched' : '';
    return `<i
      class="${kind(state)} ${mark}"
      style="--strength: ${strength}">${glyph(unit)}</i>`;
  });
}
