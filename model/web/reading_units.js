// One unit over many texts, a part of How it reads: which texts have what is searched, which units answer to it, and
// their picture as HTML. A look is what `states` replies, with what was searched:
//   units, states   what is read of each text, and the states of a layer, (D, T, H) of one text after the other
//   nFound          how many of the texts, the first ones, have what is searched
//   search          {part, isEnding}: "-ski" is an ending, "o'" a beginning; no part: nothing is searched

const FOUND = 20; // texts that have what is searched, at most
const OTHERS = 30; // texts to set against them
const ROWS = 30; // of the picture
const ROWS_OF_WORDS = 14;
const OFFERED = 6; // units
const FEW = 3; // texts: an ending of fewer says little

/** The texts of a pool: {texts}, or {names} as names.txt has them. */
function textsOfPool({texts, names}) {
  if (texts) return texts;
  const lines = names.trim().split('\n');
  return lines.flatMap((line) => line.replace(/^.*?: /, '').split(', '));
}

/** What a search looks for. */
function searchOf(typed) {
  const text = typed.trim().toLowerCase().replace(/[‘’ʼ]/g, "'");
  const part = text.replace(/^-|-$/g, '');
  return {part, isEnding: text.startsWith('-')};
}

function has(text, {part, isEnding}) {
  const lower = text.toLowerCase();
  return isEnding ? lower.endsWith(part) : lower.startsWith(part);
}

/** At most n items of a list, from all of its length. */
function spread(list, n) {
  const step = Math.max(1, list.length / n);
  const most = Math.min(n, list.length);
  return range(most).map((i) => list[Math.floor(i * step)]);
}

/** The longest ending of a reading, up to three letters or a word, that several texts have; '' if none is. */
function endingOf({units}, texts) {
  const lengths = words.piece === 'word' ? [1] : [3, 2];
  const endings = lengths.map((n) => `-${textFrom(units.slice(-n))}`);
  const isCommon = (ending) => {
    const search = searchOf(ending);
    return texts.filter((text) => has(text, search)).length >= FEW;
  };
  return endings.find(isCommon) ?? '';
}

/** The texts to look at: {found, others, n}, n of all that have what is searched. */
function textsToSee(texts, search) {
  const found = search.part ? texts.filter((text) => has(text, search)) : [];
  const others = texts.filter((text) => !found.includes(text));
  return {
    n: found.length,
    found: spread(found, FOUND),
    others: spread(others, OTHERS),
  };
}

/** Where each text begins among the states of a look. */
function startsOf({units}, {D, H}) {
  let start = 0;
  return units.map((ofText) => {
    const mine = start;
    start += D * ofText.length * H;
    return mine;
  });
}

/** The places of a text that what is searched has, or all; [first, behind the last]. */
function spanOf({search, units}, i) {
  const {part, isEnding} = search;
  const T = units[i].length;
  const n = words.piece === 'word' ? part.split(' ').length : [...part.normalize('NFD')].length;
  if (!part) return [0, T];
  return isEnding ? [Math.max(0, T - n), T] : [0, Math.min(n, T)];
}

/** The state of a unit in text i once it has read what is searched; where nothing is, its highest. */
function answerOf(look, i, d, u) {
  const [first, end] = spanOf(look, i);
  if (look.search.part) return look.state(i, d, d ? first : end - 1, u);
  const states = range(end).map((t) => look.state(i, d, t, u));
  return Math.max(...states);
}

/** A look with its states ready to be looked up. */
function lookOf(reply, search, nFound, {D, H}) {
  const {units} = reply;
  const states = typeof reply.states === 'string' ? unpack(reply.states) : reply.states;
  const starts = startsOf(reply, {D, H});
  const state = (i, d, t, u) => states[starts[i] + (d * units[i].length + t) * H + u];
  return {units, search, nFound, D, H, state};
}

/** Mean and standard deviation. */
function spreadOf(values) {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return {mean, deviation: Math.sqrt(squares / n)};
}

/** The units that tell the texts found from the others best: [{d, u}, …]. */
function answeringUnits(look) {
  const {units, nFound, D, H} = look;
  if (!nFound) return [];
  const all = range(D * H).map((i) => ({d: Math.floor(i / H), u: i % H}));
  const contrasts = all.map(({d, u}) => {
    const values = units.map((_, i) => answerOf(look, i, d, u));
    const found = spreadOf(values.slice(0, nFound));
    const others = spreadOf(values.slice(nFound));
    return Math.abs(found.mean - others.mean) / (found.deviation + others.deviation + 0.1);
  });
  const best = ranked(contrasts).slice(0, OFFERED);
  return best.map((i) => all[i]);
}

/** Buttons of the units that answer to what is searched. */
function unitButtons(look) {
  return each(answeringUnits(look), ({d, u}) => {
    const arrow = d ? '←' : '→';
    return `<button data-unit="${u}" data-dir="${d}"
      aria-label="Unit ${u + 1}, ${DIRECTIONS[d]}">${u + 1} ${arrow}</button> `;
  });
}

/** The texts in the colours of a unit, that in which it is highest first. */
function manyTexts(look, d, u) {
  const most = words.piece === 'word' ? ROWS_OF_WORDS : ROWS;
  const shown = range(Math.min(most, look.units.length));
  const values = shown.map((i) => answerOf(look, i, d, u));
  return each(ranked(values), (i) => {
    const [first, end] = spanOf(look, i);
    const letters = each(spelled(look.units[i]), (unit, t) => {
      const state = look.state(i, d, t, u);
      const isPart = i < look.nFound && t >= first && t < end;
      return `<i class="${kind(state)} ${isPart ? 'searched' : ''}"
        style="--strength: ${Math.abs(state)}">${glyph(unit)}</i>`;
    });
    return `<li><bdi>${letters}</bdi><small>${plain(values[i])}</small></li>`;
  });
}
