// The pictures and tables of How it reads, as HTML. In: readings, as reading_values.js makes them; t is a letter, u a
// unit, d a direction. `words` are the page's own for letters, texts and labels; see reading.js.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

const {CELLS, DIRECTIONS, range, each, esc, sign, plain, percent, glyph, brief} = draw;
const {head, table, scroller, headings, field} = draw;
const kind = (x) => (x < 0 ? 'minus' : 'plus');

/** Lower case has one sigma, but at the end of a word another is written. */
function spelled(units) {
  const isLast = (i) => !/^[\p{L}\p{M}]/u.test(units[i + 1] ?? '');
  return units.map((unit, i) => (unit === 'σ' && isLast(i) ? 'ς' : unit));
}

const gap = () => (words.piece === 'word' ? ' ' : '');
const joinedUnits = (units) => units.join(gap()).normalize();
const whole = (units) => joinedUnits(spelled(units));

/** Texts as the lecture packs them: the longest first, the others padded with 0. */
function batchTable(rows, mine) {
  const columns = range(rows[0].T);
  const cell = (row, t) => {
    if (t >= row.T) return '<td class="padding">0</td>';
    const place = row === mine ? `data-at="${t}"` : '';
    return `<td ${place}><b>${glyph(row.units[t])}</b>${row.ids[t]}</td>`;
  };
  const line = (row) =>
    `<tr class="${row === mine ? 'mine' : ''}"><th scope="row">${esc(whole(row.units))}</th>
    <td class="length">${row.T}</td>${each(columns, (t) => cell(row, t))}</tr>`;
  const heads = head('length') + each(columns, (t) => head(t + 1));
  return table('', heads, each(rows, line));
}

// --------------------------------------------------------------------------------------------- vectors

function strip({E, vector, most}, p, t) {
  const values = vector(p, t);
  return draw.picture(element, `${E} values`, 1, E, (_, i) => values[i], most);
}

/** The parts of the vector of a letter, each with its name: its own row, those of its groups, their sum. */
function vectorParts(reading, t) {
  const {units, ngrams, scripts, by_kind: byKind, P} = reading;
  const placesOf = (n) => range(n).map((i) => t - Math.floor(n / 2) + i);
  const groups = ngrams.map((n) => {
    const places = placesOf(n);
    const isByKind = n > 1 && places.some((place) => byKind[place]);
    const group = whole(places.map((place) => units[place] ?? '·'));
    return `+ group of ${n}: ${esc(group)}${isByKind ? ', by kind' : ''}`;
  });
  const names = [
    ...groups,
    ...scripts.map((n) => `+ ${n} scripts, whichever letters they are`),
    `${words.piece}: ${glyph(units[t])}`,
    '= sum',
  ];
  const order = [P - 2, ...range(P - 2), P - 1];
  return each(order, (p) => `<p>${names[p]}</p>${strip(reading, p, t)}`);
}

// ---------------------------------------------------------------------------------- states and the cell

/** A letter in the colour of a unit's state, with what is written below it. */
function letter(reading, t, value = 0, below = '') {
  const unit = glyph(reading.units[t]);
  return `<i data-at="${t}" class="${kind(value)}" style="--strength: ${Math.abs(value)}">${unit}${below}</i>`;
}

function tint(reading, t, d, u) {
  const value = reading.state(d, t, u);
  return letter(reading, t, value, `<small>${plain(value)}</small>`);
}

function stateFields({D, H, units, state}) {
  const marks = `<i class="unread"></i><i class="now" data-part="letter"></i><i class="watched"></i>
    <i class="before" data-part="reset update memory old"></i>
    <i class="here" data-part="update candidate state"></i>`;
  return each(range(D), (d) => {
    const stateAt = (u, t) => state(d, t, u);
    return field(element, units, H, `States, ${DIRECTIONS[d]}`, '', stateAt, marks);
  });
}

/** What a direction has read at a letter. */
function hasRead({units}, d, t) {
  if (!d) return `Forward, has read <b>${esc(whole(units.slice(0, t + 1)))}</b>`;
  // Backward a mark comes before its letter: it would join the wrong one.
  const glyphs = units.slice(t).reverse().map(glyph);
  return `Backward, has read <b>${glyphs.join(gap())}</b>`;
}

/** How much goes through a gate. */
function amount(p) {
  if (p < 0.05) return 'almost nothing';
  if (p > 0.95) return 'almost all';
  return `${Math.round(100 * p)}%`;
}

function updateSays(z, isFirst) {
  const written = `${amount(1 - z)} of the candidate is written.`;
  if (isFirst) return `there is no old state yet; ${written}`;
  if (z < 0.05) return 'almost all of the old state is replaced.';
  return `${amount(z)} of the old state is kept, ${written}`;
}

/** What each gate of a cell does with the numbers that flow through it, by the names that reading.html has. */
function cellSays({r, z, old, h}, unit, isFirst) {
  return {
    from: isFirst ? 'a bias' : 'from memory',
    reset: `${amount(r)} of ${isFirst ? 'a bias' : 'what memory gives'} goes into the candidate.`,
    update: updateSays(z, isFirst),
    candidate: `what “${unit}”${isFirst ? '' : ' and memory'} would write here.`,
    state: Math.abs(h - old) < 0.05 ? 'hardly changed.' : `it was ${plain(old)}.`,
  };
}

/** A training text that raises a unit, with the letter that does marked. */
function excitingText([units, place]) {
  const text = spelled(units);
  const part = (start, end) => esc(joinedUnits(text.slice(start, end)));
  const marked = `<mark>${part(place, place + 1)}</mark>`;
  return `<li><bdi>${part(0, place)}${marked}${part(place + 1)}</bdi></li>`;
}

// --------------------------------------------------------------------------------- scores and answers

/** The way from the last states to the answer: parts of the network's own score, and what calibration makes of it. */
function scoreTables(reading, rows) {
  const {added, logits, alone, score, last, cell, labels} = reading;
  const scores = (values) => (i) => `<td>${sign(values[i], 1)}</td>`;
  const bars = (values) => (i) =>
    `<td class="bar" style="--share: ${values[i].toFixed(4)}">${percent(values[i])}</td>`;
  const sums = (...columns) => {
    const line = (i) => {
      const cells = each(columns, ([, cellOf]) => cellOf(i));
      return `<tr><th scope="row">${brief(labels[i])}</th>${cells}</tr>`;
    };
    return table(
      'sums',
      each(columns, ([name]) => head(name)),
      each(rows, line),
    );
  };
  const names = ['last states', 'mean', 'maximum'].slice(0, added.length - 1);
  const parts = added.map((values, p) => [names[p] ?? 'bias', scores(values)]);
  const own = [`${CELLS[cell]}’s score`, scores(logits[0])];
  const answer = ['answer', bars(last)];
  const beside = [];
  if (logits.length > 1) {
    beside.push(['GRU alone', bars(alone[0])]);
    beside.push(['groups’ score', scores(logits[1])]);
    beside.push(['groups alone', bars(alone[1])]);
  }
  return {
    parts: sums(...parts, own, answer),
    adjusted: sums(own, ...beside, ['calibrated', scores(score)], answer),
  };
}

/** The answer to each beginning, a row for each of some labels. */
function shareTable({units, labels, shares}, rows) {
  const cell = (i, row, t) => {
    const percents = row[i] < 0.005 ? '' : Math.round(100 * row[i]);
    return `<td data-at="${t}" style="--share: ${row[i].toFixed(3)}"
    title="${esc(labels[i])}: ${percent(row[i])}">${percents}</td>`;
  };
  const line = (i) => {
    const cells = each(shares, (row, t) => cell(i, row, t));
    return `<tr><th scope="row">${brief(labels[i])}</th>${cells}</tr>`;
  };
  const heads = each(units, (unit, t) => head(glyph(unit), t));
  return table('shares', heads, each(rows, line));
}

/** The same as lines; on a scale in the colours of its places. */
function shareLines({T, units, labels, shares}, rows, isScale, width) {
  const style = (i) => (isScale ? `style="--place: ${i / (labels.length - 1)}"` : '');
  const lines = rows.map((i, place) => ({
    name: labels[i],
    points: shares.map((row, t) => [t, row[i]]),
    as: `class="line-${place}" ${style(i)}`,
  }));
  return draw.chart({
    label: `${labels[rows[0]]} and others after each ${words.piece}; the table has the figures`,
    width,
    lines,
    left: [
      [0, '0%'],
      [0.5, '50%'],
      [1, '100%'],
    ],
    below: units.map((unit, t) => [t, unit]),
    behind: (x, y) => {
      const step = T > 1 ? x(1) - x(0) : 0;
      return `<path class="now" style="--step: ${step}px" d="M${x(0)} 10V${y(0)}"/>`;
    },
  });
}

// ------------------------------------------------------------------------------------ two texts

/** The states of two readings side by side, the answers to their beginnings, and where the states differ. */
function pairPictures(pair, shares) {
  const [one, other] = pair;
  const {H, D} = one;
  const longest = Math.max(one.T, other.T);
  const stateAt = (reading) => (u, t) => reading.state(Math.floor(u / H), t, u % H);
  // Forward states are set against each other from the start, backward ones from the end.
  const aligned = (reading, u, t) => stateAt(reading)(u, u < H ? t : t - (longest - reading.T));
  const apart = (u, t) => Math.abs(aligned(one, u, t) - aligned(other, u, t));
  const side = (reading) => {
    const {text, units, labels, answer, last} = reading;
    const caption = `<b>${esc(text)}</b>: ${brief(labels[answer])}, ${percent(last[answer])}`;
    const states = field(element, units, D * H, `States of ${text}`, caption, stateAt(reading));
    const beginnings = scroller(`Beginnings of ${text}`, 'table');
    return `<div>${states}<div ${beginnings}>${shares(reading)}</div></div>`;
  };
  const {units} = one.T >= other.T ? one : other;
  const caption = 'Where the states differ';
  const differences = field(element, units, D * H, 'Differences', caption, apart);
  return `${each(pair, side)}<div>${differences}</div>`;
}
