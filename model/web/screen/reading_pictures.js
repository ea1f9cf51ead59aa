// The pictures and tables of Look inside, as HTML. In: readings, as reading_values.js makes them; t is a letter, u a
// unit, d a direction. `words` are the page's own for letters, texts and labels; see reading.js.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {
  brief,
  CELLS,
  colourOfLabel,
  each,
  esc,
  glyph,
  head,
  percent,
  picture,
  plain,
  range,
  ranked,
  sign,
  table,
} from '../drawing.js';
import {gap, groupsOf, words} from './reading_values.js';

export function kind(x) {
  return x < 0 ? 'minus' : 'plus';
}

/** The units as they are written: networks read one sigma, but at the end of a word another is written. */
export function spelled(units) {
  return units.map((unit, i) => {
    const isInside = /^[\p{L}\p{M}]/u.test(units[i + 1] ?? '');
    return unit === 'σ' && !isInside ? 'ς' : unit;
  });
}

/** The text that was read as these units. */
export const textFrom = (units) => spelled(units).join(gap()).normalize();

/** The text up to letter t. */
function beginning({units}, t) {
  return `<b>${esc(textFrom(units.slice(0, t + 1)))}</b>`;
}

/** Readings as the lecture packs their texts: the longest first, the others padded with 0; `mine` has the cursor. */
export function batchTable(rows, mine) {
  const columns = range(rows[0].T);
  const heads = each(['length', ...columns.map((t) => t + 1)], head);
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
  return `<td ${place}><b>${unit}</b>${row.ids[t]}</td>`;
}

// --------------------------------------------------------------------------------------------- vectors

/** The E numbers of row p of the vector of a letter, as a row of colours. */
export function strip({E, vector, most}, p, t) {
  const values = vector(p, t);
  return picture(`${E} values`, 1, E, (_, i) => values[i], most);
}

/** What the vector of a letter adds up, each with its name: its own row, those of its groups, their sum. */
export function vectorRows(reading, t) {
  const {units, ngrams, scripts, P} = reading;
  const groups = ngrams.map((n) => {
    return `+ group of ${n}: ${groupAt(reading, t, n)}`;
  });
  const ofScripts = scripts.map((n) => {
    return `+ ${n} scripts, whichever letters they are`;
  });
  const own = `${words.piece}: ${glyph(units[t])}`;
  const names = [...groups, ...ofScripts, own, '= sum'];
  const order = [P - 2, ...range(P - 2), P - 1]; // its own row first
  return each(order, (p) => {
    return `<p>${names[p]}</p>${strip(reading, p, t)}`;
  });
}

/** The n letters around a letter, and whether only their kind is seen. */
function groupAt(reading, t, n) {
  const {units, by_kind: byKind} = reading;
  const first = t - Math.floor(n / 2);
  const places = range(n).map((i) => first + i);
  const group = esc(textFrom(places.map((place) => units[place] ?? '·')));
  const isByKind = places.some((place) => byKind[place]);
  return n > 1 && isByKind ? `${group}, by kind` : group;
}

// ---------------------------------------------------------------------------------- states and the cell

/** A letter in the colour of a unit's state, and that state. */
export function tint(reading, t, d, u) {
  const value = reading.state(d, t, u);
  return `<i
    data-at="${t}"
    class="${kind(value)}"
    style="--strength: ${Math.abs(value)}">${glyph(reading.units[t])}<small>${plain(value)}</small></i>`;
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
export function cellSays({r, z, old, h}, unit, isFirst) {
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

// --------------------------------------------------------------------------------- scores and answers

/** The way from the last states to the answer: what adds up to the network's own score, and what calibration makes of it. */
export function scoreTables(reading, labels) {
  const rows = labels.filter((i) => i < reading.n);
  const {added, logits, alone, score, last} = reading;
  const network = CELLS[reading.cell];
  const states = ['last states', 'mean', 'maximum'];
  const names = [...states.slice(0, added.length - 1), 'bias'];
  const addends = names.map((name, p) => [name, scores(added[p])]);
  const own = [`${network}’s score`, scores(logits[0])];
  const answer = ['answer', bars(last)];
  const beside = [
    ['GRU alone', bars(alone[0])],
    ['groups’ score', scores(logits[1])],
    ['groups alone', bars(alone[1])],
  ];
  const others = logits.length > 1 ? beside : [];
  return {
    sums: sums(reading, rows, [...addends, own, answer]),
    adjusted: sums(reading, rows, [own, ...others, ['calibrated', scores(score)], answer]),
  };
}

/** A table with a row for each of some labels; `columns` are [name, a function from a label's index to its cell]. */
function sums(reading, rows, columns) {
  const heads = each(columns, ([name]) => head(name));
  const lines = each(rows, (i) => {
    const cells = each(columns, ([, cellOf]) => cellOf(i));
    return `<tr ${coloured(reading, i)}>
    <th scope="row">${brief(reading.labels[i])}</th>
    ${cells}</tr>`;
  });
  return table('sums', heads, lines);
}

/** What each group of letters adds to the likeliest label. */
export function groupTable(reading) {
  const {groups, explained, units, sizes} = reading;
  if (!groups.length) return '';
  const heads = each(units, (unit) => head(glyph(unit)));
  const rows = groupsOf(reading, explained);
  const lines = each(rows, (values, row) => {
    const title = row < sizes.length ? `of ${sizes[row]}` : 'of scripts';
    const cells = each(values, (value) => `<td>${sign(value)}</td>`);
    return `<tr><th scope="row">${title}</th>${cells}</tr>`;
  });
  return table('sums', heads, lines);
}

/** A column of `sums` with numbers that have a sign. */
function scores(values) {
  return (i) => {
    return `<td>${sign(values[i], 1)}</td>`;
  };
}

/** A column of `sums` with per cent, and a bar as long. */
function bars(shares) {
  return (i) => {
    const share = shares[i];
    return `<td class="bar" style="--share: ${share.toFixed(4)}">${percent(share)}</td>`;
  };
}

/** The attributes that give the row of a label its colour. */
function coloured(reading, i) {
  const style = colourOfLabel(i, reading);
  return style ? `style="${style}"` : 'class="none"';
}

/** The labels to guess among. */
export function labelOptions({labels}) {
  return ['<option value="">your guess', ...labels.map(esc)].join('<option>');
}

/** What the network would say if the text ended at letter t. */
export function saysSoFar(reading, t) {
  const shares = reading.shares[t];
  const [now] = ranked(shares);
  const answer = brief(reading.labels[now]);
  return `After ${beginning(reading, t)}: <strong>${answer}</strong>, ${percent(shares[now])}`;
}
