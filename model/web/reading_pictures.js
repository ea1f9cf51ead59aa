// The pictures and tables of How it reads, as HTML. In: readings, as reading_values.js makes them; t is a letter, u a
// unit, d a direction. `words` are the page's own for letters, texts and labels; see reading.js.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

const {DIRECTIONS, range, ranked, each, esc, sign, plain, percent, glyph, brief, head, table} =
  draw;

function kind(x) {
  return x < 0 ? 'minus' : 'plus';
}

/** The units as they are written: networks read one sigma, but at the end of a word another is written. */
function spelled(units) {
  return units.map((unit, i) => {
    const next = units[i + 1] ?? '';
    const isInside = /^[\p{L}\p{M}]/u.test(next);
    return unit === 'σ' && !isInside ? 'ς' : unit;
  });
}

function gap() {
  return words.piece === 'word' ? ' ' : '';
}

function joinedUnits(units) {
  const text = units.join(gap());
  return text.normalize();
}

/** The text that was read as these units. */
const textFrom = (units) => joinedUnits(spelled(units));

/** The text up to letter t. */
function beginning({units}, t) {
  const read = textFrom(units.slice(0, t + 1));
  return `<b>${esc(read)}</b>`;
}

/** Readings as the lecture packs their texts: the longest first, the others padded with 0; `mine` has the cursor. */
function batchTable(rows, mine) {
  const columns = range(rows[0].T);
  const numbers = columns.map((t) => t + 1);
  const heads = each(['length', ...numbers], head);
  const lines = each(rows, (row) => {
    const isMine = row === mine;
    const text = textFrom(row.units);
    const cells = each(columns, (t) => {
      return idCell(row, t, isMine);
    });
    return `<tr class="${isMine ? 'mine' : ''}">
      <th scope="row">${esc(text)}</th>
      <td class="length">${row.T}</td>
      ${cells}</tr>`;
  });
  return table('', heads, lines);
}

/** A letter and its number, or padding behind the text. */
function idCell(row, t, isMine) {
  if (t >= row.T) return '<td class="padding">0</td>';
  const place = isMine ? `data-at="${t}"` : '';
  const unit = glyph(row.units[t]);
  const id = row.ids[t];
  return `<td ${place}><b>${unit}</b>${id}</td>`;
}

// --------------------------------------------------------------------------------------------- vectors

/** The E numbers of part p of the vector of a letter, as a row of colours. */
function strip({E, vector, most}, p, t) {
  const values = vector(p, t);
  const value = (_, i) => values[i];
  return draw.picture(`${E} values`, 1, E, value, most);
}

/** The parts of the vector of a letter, each with its name: its own row, those of its groups, their sum. */
function vectorParts(reading, t) {
  const {units, ngrams, scripts, P} = reading;
  const groups = ngrams.map((n) => {
    const group = groupAt(reading, t, n);
    return `+ group of ${n}: ${group}`;
  });
  const ofScripts = scripts.map((n) => {
    return `+ ${n} scripts, whichever letters they are`;
  });
  const unit = glyph(units[t]);
  const own = `${words.piece}: ${unit}`;
  const names = [...groups, ...ofScripts, own, '= sum'];
  const order = [P - 2, ...range(P - 2), P - 1]; // its own row first
  return each(order, (p) => {
    const values = strip(reading, p, t);
    return `<p>${names[p]}</p>${values}`;
  });
}

/** The n letters around a letter, and whether only their kind is seen. */
function groupAt(reading, t, n) {
  const {units, by_kind: byKind} = reading;
  const first = t - Math.floor(n / 2);
  const places = range(n).map((i) => first + i);
  const letters = places.map((place) => units[place] ?? '·');
  const group = esc(textFrom(letters));
  const isByKind = places.some((place) => byKind[place]);
  return n > 1 && isByKind ? `${group}, by kind` : group;
}

// ---------------------------------------------------------------------------------- states and the cell

/** A letter in the colour of a value, with what is written below it. */
function letter(reading, t, value = 0, below = '') {
  const unit = glyph(reading.units[t]);
  const strength = Math.abs(value);
  return `<i
    data-at="${t}"
    class="${kind(value)}"
    style="--strength: ${strength}">${unit}${below}</i>`;
}

/** A letter in the colour of a unit's state, and that state. */
function tint(reading, t, d, u) {
  const value = reading.state(d, t, u);
  const number = `<small>${plain(value)}</small>`;
  return letter(reading, t, value, number);
}

/** The map of all states for each direction, with the marks that style.css puts at the cursor. */
function stateFields({D, H, units, state}) {
  const marks = `<i class="unread"></i>
    <i class="now" data-part="letter"></i>
    <i class="watched"></i>
    <i class="before" data-part="reset update memory old"></i>
    <i class="here" data-part="update candidate state"></i>`;
  return each(range(D), (d) => {
    const label = `States, ${DIRECTIONS[d]}`;
    const value = (u, t) => state(d, t, u);
    return draw.field(units, H, label, '', value, marks);
  });
}

/** What a direction has read at a letter. */
function hasRead({units}, d, t) {
  if (!d) return `Forward, has read ${beginning({units}, t)}`;
  // Backward a mark comes before its letter: it would join the wrong one.
  const read = units.slice(t).reverse();
  const glyphs = read.map(glyph);
  return `Backward, has read <b>${glyphs.join(gap())}</b>`;
}

/** How much goes through a gate. */
function amount(p) {
  if (p < 0.05) return 'almost nothing';
  if (p > 0.95) return 'almost all';
  return `${Math.round(100 * p)}%`;
}

function updateSays(z, isFirst) {
  const taken = `takes ${amount(1 - z)} of the candidate`;
  if (isFirst) return `${taken}; there is no old state yet.`;
  if (z < 0.05) return 'forgets the old state, and takes the candidate.';
  return `keeps ${amount(z)} of the old state, ${taken}.`;
}

function resetSays(r, isFirst) {
  if (isFirst) return 'there is no memory yet.';
  return `uses ${amount(r)} of the memory.`;
}

/** What each gate of a cell does with the numbers that flow through it, by the names that reading.html has. */
function cellSays({r, z, old, h}, unit, isFirst) {
  const both = `“${unit}” and memory suggest`;
  const writers = isFirst ? `“${unit}” suggests` : both;
  const isSame = Math.abs(h - old) < 0.05;
  return {
    from: isFirst ? 'the same in every text' : 'from memory',
    reset: resetSays(r, isFirst),
    update: updateSays(z, isFirst),
    candidate: `what ${writers}.`,
    state: isSame ? 'hardly changed.' : `it was ${plain(old)}.`,
  };
}

/** A training text that raises a unit, with the letter that does marked. */
function excitingText([units, place]) {
  const text = spelled(units);
  const part = (start, end) => {
    const letters = text.slice(start, end);
    return esc(joinedUnits(letters));
  };
  const exciting = `<mark>${part(place, place + 1)}</mark>`;
  const parts = [part(0, place), exciting, part(place + 1)];
  return `<li><bdi>${parts.join(gap())}</bdi></li>`;
}

// --------------------------------------------------------------------------------- scores and answers

/** The way from the last states to the answer: parts of the network's own score, and what calibration makes of it. */
function scoreTables(reading, rows) {
  const {added, logits, alone, score, last} = reading;
  const network = draw.CELLS[reading.cell];
  const states = ['last states', 'mean', 'maximum'];
  const bias = added.length - 1;
  const names = [...states.slice(0, bias), 'bias'];
  const parts = names.map((name, p) => [name, scores(added[p])]);
  const own = [`${network}’s score`, scores(logits[0])];
  const answer = ['answer', bars(last)];
  const beside = [
    ['GRU alone', bars(alone[0])],
    ['groups’ score', scores(logits[1])],
    ['groups alone', bars(alone[1])],
  ];
  const others = logits.length > 1 ? beside : [];
  const calibrated = ['calibrated', scores(score)];
  return {
    parts: sums(reading, rows, [...parts, own, answer]),
    adjusted: sums(reading, rows, [own, ...others, calibrated, answer]),
  };
}

/** A table with a row for each of some labels; `columns` are [name, a function from a label's index to its cell]. */
function sums(reading, rows, columns) {
  const heads = each(columns, ([name]) => head(name));
  const lines = each(rows, (i) => {
    const cells = each(columns, ([, cellOf]) => cellOf(i));
    return rowOf(reading, i, cells);
  });
  return table('sums', heads, lines);
}

/** A row that begins with its label and has its colour. */
function rowOf(reading, i, cells) {
  const name = brief(reading.labels[i]);
  return `<tr ${coloured(reading, i)}>
    <th scope="row">${name}</th>
    ${cells}</tr>`;
}

/** A column of `sums` with numbers that have a sign. */
function scores(values) {
  return (i) => {
    const score = sign(values[i], 1);
    return `<td>${score}</td>`;
  };
}

/** A column of `sums` with per cent, and a bar as long. */
function bars(shares) {
  return (i) => {
    const share = shares[i];
    const size = share.toFixed(4);
    return `<td class="bar" style="--share: ${size}">${percent(share)}</td>`;
  };
}

/** The answer to each beginning, a row for each of some labels. */
function shareTable(reading, rows) {
  const {units, labels, shares} = reading;
  const heads = each(units, (unit, t) => {
    return `<th scope="col" data-at="${t}">${glyph(unit)}</th>`;
  });
  const lines = each(rows, (i) => {
    const label = labels[i];
    const cells = each(shares, (row, t) => {
      return shareCell(label, row[i], t);
    });
    return rowOf(reading, i, cells);
  });
  return table('shares', heads, lines);
}

function shareCell(label, share, t) {
  const number = share < 0.005 ? '' : Math.round(100 * share);
  return `<td
    data-at="${t}"
    style="--share: ${share.toFixed(3)}"
    title="${esc(label)}: ${percent(share)}">${number}</td>`;
}

/** The attributes that give a label its colour. */
function coloured({n}, i) {
  const style = draw.colourOfLabel(i, n, source.ordered);
  return style ? `style="${style}"` : 'class="none"';
}

/** A bar for each of some labels, whose shares drawSoFar fills in. */
function growingBars(reading, rows) {
  const {labels, known} = reading;
  return each(rows, (i) => {
    const isKnown = known.includes(i);
    const mark = isKnown ? ' <small>our data</small>' : '';
    return `<li ${coloured(reading, i)} data-label="${i}">
      <span class="of">${brief(labels[i])}${mark}</span>
      <span class="track"></span>
      <span class="value"></span></li>`;
  });
}

/** The labels to guess among. */
function labelOptions({labels}) {
  const names = labels.map(esc);
  const options = ['<option value="">your guess', ...names];
  return options.join('<option>');
}

/** What the network would say if the text ended at letter t, and whether it said something else before. */
function saysSoFar(reading, t) {
  const shares = reading.shares[t];
  const [now] = ranked(shares);
  const answer = brief(reading.labels[now]);
  const share = percent(shares[now]);
  const turn = turnSays(reading, t);
  return `After ${beginning(reading, t)}: <strong>${answer}</strong>, ${share}${turn}`;
}

/** That the network changes its mind at letter t, if it does. */
function turnSays(reading, t) {
  const before = turnAt(reading, t);
  if (before === undefined) return '';
  const label = brief(reading.labels[before]);
  const isLabel = before < reading.n;
  const led = isLabel ? label : `“${label}”`;
  return `, no longer ${led}`;
}

/** What Name says of the whole text, where data and network part. */
function saysOfData({reply}, kindOfText) {
  if (reply?.verdict.source !== 'data') return '';
  const {headline, reason} = draw.ofBoth(reply, kindOfText);
  return `<b>${esc(headline)}</b> ${esc(reason)}`;
}

/** The answers to the beginnings as lines, in the colours of the bars. */
function shareLines(reading, rows, width) {
  const {T, units, labels, shares} = reading;
  const lines = rows.map((i) => ({
    name: '', // the bars beside it have the names
    points: shares.map((row, t) => [t, row[i]]),
    as: coloured(reading, i),
  }));
  const left = [
    [0, '0%'],
    [0.5, '50%'],
    [1, '100%'],
  ];
  const behind = (x, y) => {
    const step = T > 1 ? x(1) - x(0) : 0;
    return `<path
      class="now"
      style="--step: ${step}px"
      d="M${x(0)} 10V${y(0)}"/>`;
  };
  const best = labels[rows[0]];
  return draw.chart({
    label: `${best} and others after each ${words.piece}; the table of part 5 has the figures`,
    width,
    height: 190,
    lines,
    left,
    below: units.map((unit, t) => [t, unit]),
    behind,
  });
}

// ------------------------------------------------------------------------------------ two texts

/** The states of two readings side by side, and where they differ. */
function pairPictures(pair) {
  const [one, other] = pair;
  const {H, D} = one;
  const longer = one.T >= other.T ? one : other;
  // Forward states are set against each other from the start, backward ones from the end.
  const aligned = (reading, u, t) => {
    const shift = u < H ? 0 : longer.T - reading.T;
    return stateAt(reading, u, t - shift);
  };
  const apart = (u, t) => {
    const mine = aligned(one, u, t);
    const theirs = aligned(other, u, t);
    return Math.abs(mine - theirs);
  };
  const caption = 'Where the states differ';
  const {units} = longer;
  const differences = draw.field(units, D * H, 'Differences', caption, apart);
  const states = each(pair, statesOfBoth);
  return `${states}<div>${differences}</div>`;
}

/** The state of unit u after letter t; units count through both directions, D * H. */
function stateAt({H, state}, u, t) {
  const d = Math.floor(u / H);
  return state(d, t, u % H);
}

function statesOfBoth(reading) {
  const {text, units, answer, D, H} = reading;
  const label = brief(reading.labels[answer]);
  const probability = percent(reading.last[answer]);
  const caption = `<b>${esc(text)}</b>: ${label}, ${probability}`;
  const value = (u, t) => stateAt(reading, u, t);
  const title = `States of ${text}`;
  const states = draw.field(units, D * H, title, caption, value);
  return `<div>${states}</div>`;
}
