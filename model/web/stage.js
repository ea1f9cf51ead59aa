// The stage: one picture of what the network does with a text. From top to bottom: the answer as bands, if the text
// ended at each letter; the letters as tiles, each with what it adds; what the groups of letters add, the linear half;
// the memory in each direction as threads, a unit each, with a post at each letter that the update gate has shut so far.
// The page draws it on a canvas a row, share.js all rows on one.
//
// A view, what is drawn:
//   tiles     [{piece, isOut}], the letters or words; one that is out is not in the text
//   reading   what reading_values.js makes of the reply to `stage` or `read`, null while there is none; ofTiles gives it
//             `tiles`, those that it has read, and `places`, their units
//   before    such a reading of the text before a change: an outline
//   at        the index of the tile at the cursor; `isGuessing` hides what comes behind it
//   unit      {dir, u}, the thread that is watched
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {colourOfLabel, DIRECTIONS, each, esc, percent, range, ranked, sign} from './drawing.js';
import {gap, groupsOf} from './reading_values.js';

const total = (values) => values.reduce((sum, value) => sum + value, 0);

const LEAST_SHARE = 0.03; // of a label that has a band of its own
const MOST_BANDS = 8;
const FEWEST = 8; // letters that fill the width
const OF_DATA = 88; // pixels, of the last column at most
const THREAD = 2; // pixels, from one to the next
const PARTS_OF_PICTURE = {bands: 0.4, tiles: 0.18, groups: 0.1, forward: 0.16, backward: 0.16};
const LEAST_NAME = 15; // pixels, of a band that has its name
const PIXELS_OF_LETTER = 10.5; // of a word, to break lines

// ------------------------------------------------------------------------------------------ what is drawn

/** The pieces of a reading as they were typed: {piece, after, value, length}, a gap behind a word, its units. */
function piecesOf({letters, units}) {
  const {contributions, lengths} = letters ?? {};
  if (!contributions) return units.map((piece) => ({piece, after: gap(), length: 1}));
  const pieces = [];
  for (const [i, [piece, value]] of contributions.entries()) {
    if (gap() && !piece.trim()) pieces.at(-1).after = piece;
    else pieces.push({piece, after: '', value, length: lengths[i]});
  }
  return pieces;
}

/** The tiles of a reading. */
export const tilesOf = (reading) => piecesOf(reading).map(({piece, after}) => ({piece, after}));

/** A reading with the tiles that it has read, null if they are not those of its text. */
export function ofTiles(reading, tiles) {
  const pieces = piecesOf(reading);
  const read = tiles.filter(({isOut}) => !isOut);
  if (pieces.some(({piece}, i) => piece !== read[i]?.piece)) return null;
  let first = 0;
  const places = pieces.map(({length}) => {
    const end = Math.min(reading.T, first + length);
    const place = {first: Math.min(first, reading.T - 1), last: Math.max(0, end - 1)};
    first = end;
    return place;
  });
  const added = pieces.map(({value}) => value);
  const most = Math.max(...added.map((x) => Math.abs(x ?? 0))) || 1;
  return {...reading, tiles: read.slice(0, pieces.length), places, added, mostAdded: most};
}

/** The labels that have a band of their own, likeliest at the end first, on a scale in its order. */
function bandsOf({labels, shares, last, ordered}) {
  const all = range(labels.length);
  if (ordered) return all;
  const most = all.map((i) => Math.max(...shares.map((row) => row[i])));
  const seen = ranked(most).filter((i) => most[i] >= LEAST_SHARE);
  return seen.slice(0, MOST_BANDS).sort((one, other) => last[other] - last[one]);
}

/** What is believed of each label of a reading, by network and data; null where nobody is counted. */
export function beliefOf({reply, labels}) {
  const isCounted = reply?.bearers || reply?.peoples.length;
  if (!isCounted) return null;
  const shares = new Map(reply.predictions.map(({label, probability}) => [label, probability]));
  return labels.map((label) => shares.get(label) ?? reply.none);
}

/** The lines of the tiles: {first, end, weights} each; letters have one, words as many as the width needs. */
function linesOf(tiles, isOfWords, width) {
  if (!isOfWords) {
    const weights = tiles.map(() => 1);
    const total = Math.max(FEWEST, tiles.length);
    return [{first: 0, end: tiles.length, weights, total, isLast: true}];
  }
  const most = Math.max(12, width / PIXELS_OF_LETTER);
  const lines = [];
  for (const [i, {piece}] of tiles.entries()) {
    const weight = 2 + Math.max(3, [...piece].length);
    const line = lines.at(-1);
    const isFull = !line || line.total + weight > most;
    if (isFull) lines.push({first: i, end: i + 1, weights: [weight], total: weight});
    else {
      line.weights.push(weight);
      line.total += weight;
      line.end = i + 1;
    }
  }
  return lines.map((line) => ({
    ...line,
    total: Math.max(line.total, 0.8 * most),
    isLast: line.end === tiles.length,
  }));
}

/** Left edge, middle and right edge of each tile of a line, in pixels. */
function columnsOf({first, weights, total}, {x, width}) {
  let left = x;
  return weights.map((weight, i) => {
    const right = left + (weight / total) * width;
    const column = {i: first + i, left, right, middle: (left + right) / 2};
    left = right;
    return column;
  });
}

/** What a tile adds to the label that is explained, if it is known. */
const addedBy = (tile, {reading}) => reading?.added[reading.tiles.indexOf(tile)];

/** The columns whose tiles a reading has read, each with their place in it. */
function readColumns(columns, view, reading) {
  const placed = columns.map((column) => ({
    ...column,
    n: reading.tiles.indexOf(view.tiles[column.i]),
  }));
  return placed.filter(({n}) => n >= 0);
}

/** The rows that a network has: one without a linear half has no groups, one that has no part no memory. */
function rowsOf({groups, share, D}) {
  const directions = share === 0 ? [] : DIRECTIONS.slice(0, D);
  return ['bands', 'tiles', ...(groups.length ? ['groups'] : []), ...directions];
}

// ------------------------------------------------------------------------------------------- how it looks

/** The colours of a part of the page, which a canvas cannot take from the style sheet itself. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const probe = document.createElement('i');
  element.append(probe);
  const resolved = (css, colour) => {
    probe.style = `${css}; color: ${colour}`;
    return getComputedStyle(probe).color;
  };
  const plus = resolved('', 'var(--plus)');
  const minus = resolved('', 'var(--minus)');
  const none = resolved('', 'var(--none)');
  return {
    ink: resolved('', 'var(--ink)'),
    ground: resolved('', 'var(--ground)'),
    faint: resolved('', 'var(--track)'),
    family: style.fontFamily,
    ofValue: (x) => thinned(x > 0 ? plus : minus, Math.min(1, Math.abs(x) ** 0.8)),
    ofLabel: (i, {n, ordered}) => {
      const css = colourOfLabel(i, n, ordered);
      return css ? resolved(css, 'var(--line)') : none;
    },
    done: () => probe.remove(),
  };
}

/** A colour, as rgb(…), so much of it. */
const thinned = (colour, alpha) => colour.replace(/\)$/, `, ${alpha.toFixed(2)})`);

// ------------------------------------------------------------------------------------------------ the rows

/** The bands of a line; the last one ends in what is believed. */
function drawBands(pen, box, view, line, look) {
  const {reading, before} = view;
  const columns = columnsOf(line, lettersOf(box, view, line));
  if (reading) {
    const edge = view.isGuessing ? columns[view.at - line.first]?.right : undefined;
    pen.save();
    pen.beginPath();
    pen.rect(box.x, box.y, (edge ?? box.x + box.width) - box.x, box.height);
    pen.clip();
    const points = pointsOf(columns, view, reading, box, line);
    const bands = stackOf(reading, points);
    for (const band of bands) fillBand(pen, band, box, look, reading);
    for (const band of bands.slice(0, -1)) nameBand(pen, band, box, look, reading);
    pen.restore();
  }
  if (before) {
    pen.strokeStyle = look.ink;
    pen.setLineDash([4, 3]);
    for (const {tops} of stackOf(
      before,
      pointsOf(columns, {...view, hasData: false}, before, box, line),
    )) {
      pen.beginPath();
      curve(pen, tops, box);
      pen.stroke();
    }
    pen.setLineDash([]);
  }
}

/** The width of the last column, which the last line has where there are data. */
function widthOfData(width, {hasData}, {isLast}) {
  return hasData && isLast ? Math.min(OF_DATA, width / 7) : 0;
}

/** Where the letters of a line stand. */
function lettersOf(box, view, line) {
  return {...box, width: box.width - widthOfData(box.width, view, line)};
}

/** The shares of all labels along a line: [{x, shares}, …]. */
function pointsOf(columns, view, reading, box, line) {
  const read = readColumns(columns, view, reading);
  const points = read.map(({middle, n}) => {
    const {last} = reading.places[n];
    return {x: middle, shares: reading.shares[last]};
  });
  if (!points.length) return [];
  const {x, width} = lettersOf(box, view, line);
  const end = x + width;
  points.unshift({...points[0], x});
  points.push({...points.at(-1), x: end});
  const belief = line.isLast && view.hasData && beliefOf(reading);
  if (belief) {
    const middle = (end + box.x + box.width) / 2;
    points.push({x: middle, shares: belief}, {x: box.x + box.width, shares: belief});
  }
  return points;
}

/** The bands on top of each other: {i, tops, bottoms, shares}, with the rest of all labels as the last. */
function stackOf(reading, points) {
  const bands = bandsOf(reading);
  let tops = points.map(({x}) => [x, 0]);
  const stack = (i, shareOf) => {
    const bottoms = tops.map(([x, y], p) => [x, y + shareOf(points[p].shares)]);
    const band = {i, tops, bottoms};
    tops = bottoms;
    return band;
  };
  const own = bands.map((i) => stack(i, (shares) => shares[i]));
  const sum = (shares) => bands.reduce((rest, i) => rest - shares[i], 1);
  return [...own, stack(-1, sum)];
}

function fillBand(pen, {i, tops, bottoms}, box, look, reading) {
  if (!tops.length) return;
  pen.fillStyle = i < 0 ? look.faint : look.ofLabel(i, reading);
  pen.beginPath();
  curve(pen, tops, box);
  curve(pen, bottoms.toReversed(), box, true);
  pen.fill();
}

/** A line through points, level at each. */
function curve(pen, points, {y, height}, isOn = false) {
  let before = null;
  for (const [x, share] of points) {
    const at = y + share * height;
    if (before) {
      const middle = (before[0] + x) / 2;
      pen.bezierCurveTo(middle, before[1], middle, at, x, at);
    } else if (isOn) pen.lineTo(x, at);
    else pen.moveTo(x, at);
    before = [x, at];
  }
}

/** The name of a band where it is widest, if there is room. */
function nameBand(pen, {i, tops, bottoms}, box, look, {labels}) {
  if (!tops.length) return;
  const heights = tops.map(([, top], p) => (bottoms[p][1] - top) * box.height);
  const [widest] = ranked(heights.slice(1, -1)).map((p) => p + 1);
  const name = labels[i].replace(/ of these .*/, '');
  pen.font = `600 12px ${look.family}`;
  const room = tops[widest + 1][0] - tops[widest - 1][0];
  if (heights[widest] < LEAST_NAME || pen.measureText(name).width > room) return;
  const [x, top] = tops[widest];
  pen.fillStyle = look.ground;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(name, x, box.y + top * box.height + heights[widest] / 2);
}

/** What the groups around each letter add to the label that is explained, a row for each size of groups. */
function drawGroups(pen, box, view, line, look) {
  const {reading} = view;
  const label = reading?.letters?.label;
  if (!label || !reading.groups.length) return;
  const ofUnits = groupsOf(reading, reading.labels.indexOf(label));
  const values = ofUnits.map((row) => {
    return reading.places.map(({first, last}) => total(row.slice(first, last + 1)));
  });
  const sizes = values.flat().map(Math.abs);
  const most = Math.max(...sizes) || 1;
  const step = box.height / values.length;
  const columns = columnsOf(line, lettersOf(box, view, line));
  for (const {left, right, n} of readColumns(columns, view, reading)) {
    for (const [row, ofSize] of values.entries()) {
      pen.fillStyle = look.ofValue(ofSize[n] / most);
      pen.fillRect(left + 1, box.y + row * step, right - left - 2, step - 1);
    }
  }
}

/** The units of a direction whose threads are drawn, the highest at the end of reading first. */
function threadsOf({H, T, state}, d, height) {
  const last = d ? 0 : T - 1;
  const units = ranked(range(H).map((u) => state(d, last, u)));
  const n = Math.min(H, Math.floor(height / THREAD));
  return range(n).map((row) => units[Math.floor((row * H) / n)]);
}

/** The memory of a direction: each thread is a unit, in the colour of its value at each letter. */
function drawThreads(pen, box, view, line, look, d) {
  const {reading, unit} = view;
  if (!reading || d >= reading.D) return;
  const place = ({first, last}) => (d ? first : last);
  const letters = lettersOf(box, view, line);
  const {x, width} = letters;
  const columns = readColumns(columnsOf(line, letters), view, reading);
  const units = threadsOf(reading, d, box.height);
  const step = box.height / units.length;
  const isStart = d ? line.isLast : line.first === 0;
  for (const [row, u] of units.entries()) {
    const thread = pen.createLinearGradient(x, 0, x + width, 0);
    if (isStart) thread.addColorStop(d, look.ofValue(0));
    for (const {middle, n} of columns) {
      thread.addColorStop(
        (middle - x) / width,
        look.ofValue(reading.state(d, place(reading.places[n]), u)),
      );
    }
    pen.fillStyle = thread;
    pen.fillRect(x, box.y + row * step, width, 0.75 * step);
    if (unit?.dir !== d || unit.u !== u) continue;
    pen.strokeStyle = look.ink;
    pen.strokeRect(x, box.y + row * step - 1, width, step + 1);
  }
  pen.fillStyle = look.ink;
  for (const {middle, n} of reading.update ? columns : []) {
    const shut = (box.height * reading.gate(d, place(reading.places[n]))) / 2;
    pen.fillRect(middle - 1, box.y, 2, shut);
    pen.fillRect(middle - 1, box.y + box.height - shut, 2, shut);
  }
}

const DRAWS = {
  bands: drawBands,
  groups: drawGroups,
  forward: (...given) => drawThreads(...given, 0),
  backward: (...given) => drawThreads(...given, 1),
};

/**
 * Draws a row of the stage: 'bands', 'groups', 'forward' or 'backward'.
 * @param {string} row
 * @param {CanvasRenderingContext2D} pen
 * @param {{x: number, y: number, width: number, height: number}} box
 * @param {object} view
 * @param {object} line
 * @param {object} look - of coloursOf
 */
export function drawRow(row, pen, box, view, line, look) {
  DRAWS[row](pen, box, view, line, look);
}

// ---------------------------------------------------------------------------------------------- the page

/** A number of one digit, in which no zero has a sign. */
const oneDigit = (x) => sign(x, 1).replace(/^.0\.0$/, '0');

const TILES = '<div class="row"><div class="tiles"></div><small class="of-data"></small></div>';

function kindOf(number) {
  if (!number || number === '0') return '';
  return number.startsWith('+') ? 'plus' : 'minus';
}

function tileHtml(tile, i, view) {
  const {piece, isOut} = tile;
  const added = addedBy(tile, view);
  const text = piece.trim() ? piece : '␣';
  const number = added === undefined ? '' : oneDigit(added);
  const kind = kindOf(number);
  const unknown = view.reading?.letters?.unknown?.includes(piece) ? 'unknown' : '';
  const at = view.at === i ? 'at' : '';
  const pressed = view.isLever ? `aria-pressed="${Boolean(isOut)}"` : '';
  const label = isOut ? `${text}, taken out` : `${text}${number && `, adds ${number}`}`;
  return `<span
    class="tile ${kind} ${unknown} ${at}"
    style="--strength: ${added ? (Math.abs(added) / view.reading.mostAdded).toFixed(2) : 0}">
    <button class="letter" data-i="${i}" ${pressed} aria-label="${esc(label)}"><bdi>${esc(text)}</bdi></button>
    <button class="adds" data-open="letter" data-i="${i}" aria-label="Explain ${esc(text)}">${number}</button></span>`;
}

/** What the last column has. */
function ofData({reading, hasData}) {
  if (!hasData || !reading) return '';
  const {bearers, peoples} = reading.reply;
  const belief = beliefOf(reading);
  return belief ? `← what our data add: ${bearers || peoples.join(', ')}` : 'our data add nothing';
}

/** The picture in words, for who cannot see it. */
function inWords({reading, tiles}) {
  if (!reading) return '';
  const {labels, shares, places} = reading;
  const answers = places.map(({last}, n) => {
    const [best] = ranked(shares[last]);
    return `${reading.tiles[n].piece}: ${labels[best]} ${percent(shares[last][best])}`;
  });
  return `If it ended after each of ${tiles.length}: ${answers.join(', ')}`;
}

/**
 * A stage in an element, which keeps what is drawn.
 */
export class Stage {
  /**
   * @param {Element} root - of class stage
   * @param {{words: object, hasData: boolean, isLever: boolean}} of - what all views have in common
   */
  constructor(root, of) {
    this.root = root;
    root.stage = this; // for share.js
    this.view = {...of, tiles: [], reading: null, before: null};
    new ResizeObserver(() => this.draw()).observe(root);
    const scheme = new MutationObserver(() => this.draw());
    scheme.observe(document.body, {attributeFilter: ['class']});
  }

  /** Shows what has changed of the view. */
  show(change) {
    Object.assign(this.view, change);
    this.draw();
  }

  draw() {
    const {root, view} = this;
    const isOfWords = view.words.piece === 'word';
    this.lines = linesOf(view.tiles, isOfWords, root.clientWidth);
    this.build();
    const htmls = view.tiles.map((tile, i) => tileHtml(tile, i, view));
    const focused = root.querySelector('.letter:focus')?.dataset.i;
    const look = coloursOf(root);
    for (const [l, line] of this.lines.entries()) {
      const place = root.querySelectorAll('.line')[l];
      const tiles = place.querySelector('.tiles');
      tiles.innerHTML = htmls.slice(line.first, line.end).join('');
      tiles.style.gridTemplateColumns = line.weights.map((w) => `${w}fr`).join(' ');
      const part = total(line.weights) / line.total;
      const margin = widthOfData(tiles.parentNode.clientWidth, view, line);
      tiles.style.width = `calc(${part} * (100% - ${margin}px))`;
      for (const canvas of place.querySelectorAll('canvas')) drawOn(canvas, view, line, look);
    }
    look.done();
    if (focused) root.querySelector(`.letter[data-i="${focused}"]`)?.focus();
    root.querySelector('.bands').ariaLabel = inWords(view);
    root.querySelector('.of-data').textContent = ofData(view);
    const label = view.reading?.letters?.label;
    for (const place of root.querySelectorAll('.of-label'))
      place.textContent = label ? ` to ${label}` : '';
  }

  /** As many lines as there are, each with the rows that the network has. */
  build() {
    const {root, view, lines} = this;
    this.rows = view.reading ? rowsOf(view.reading) : (this.rows ?? rowsOf({D: 2, groups: [1]}));
    const built = `${lines.length} ${this.rows}`;
    if (root.dataset.built === built) return;
    root.dataset.built = built;
    const {piece, text} = view.words;
    const titles = {
      bands: `answer, if the ${text} ended here`,
      tiles: `what each ${piece} adds<span class="of-label"></span>`,
      groups: `groups of ${piece}s`,
      forward: 'memory, first to last →',
      backward: 'memory, ← last to first',
    };
    const row = (name) => `<button class="title" data-open="${name}">${titles[name]}</button>
      ${name === 'tiles' ? TILES : `<canvas class="${name}" role="img"></canvas>`}`;
    const none = `<p>The GRU has no part in this answer: groups of ${piece}s decide alone.</p>`;
    const noPart = view.reading?.share === 0 ? none : '';
    root.classList.toggle('of-words', piece === 'word');
    root.innerHTML = each(lines, () => `<div class="line">${each(this.rows, row)}</div>`) + noPart;
  }

  /** Draws all rows on another canvas. */
  paint(pen, {x, y, width, height}) {
    const {root, view, lines} = this;
    const look = coloursOf(root);
    const ofLine = height / lines.length;
    for (const [l, line] of lines.entries()) {
      let top = y + l * ofLine;
      for (const row of this.rows) {
        const part = PARTS_OF_PICTURE[row];
        const box = {x, y: top, width, height: (part - 0.02) * ofLine};
        if (row === 'tiles') this.paintTiles(pen, box, line, look);
        else drawRow(row, pen, box, view, line, look);
        top += part * ofLine;
      }
    }
    look.done();
  }

  paintTiles(pen, box, line, look) {
    const {view} = this;
    const columns = columnsOf(line, lettersOf(box, view, line));
    const size = Math.min(box.height * 0.6, columns[0].right - columns[0].left);
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    for (const {i, left, right, middle} of columns) {
      const added = addedBy(view.tiles[i], view) ?? 0;
      pen.fillStyle = look.faint;
      pen.fillRect(left + 2, box.y, right - left - 4, box.height);
      pen.fillStyle = look.ofValue((0.4 * added) / (view.reading?.mostAdded ?? 1));
      pen.fillRect(left + 2, box.y, right - left - 4, box.height);
      pen.fillStyle = look.ink;
      pen.font = `600 ${size}px ${look.family}`;
      pen.fillText(view.tiles[i].piece, middle, box.y + 0.4 * box.height, right - left - 6);
      pen.font = `${size / 2.4}px ${look.family}`;
      pen.fillText(oneDigit(added), middle, box.y + 0.82 * box.height);
    }
  }

  /** What a place on a canvas shows: {row, i}, the index of the tile, and of a thread {dir, u}. */
  at(event) {
    const {root, view, lines} = this;
    const canvas = event.target;
    const place = canvas.closest('.line');
    const line = lines[[...root.querySelectorAll('.line')].indexOf(place)];
    const {left, top, width, height} = canvas.getBoundingClientRect();
    const box = {x: 0, y: 0, width: canvas.clientWidth, height: canvas.clientHeight};
    const x = ((event.clientX - left) / width) * box.width;
    const y = (event.clientY - top) / height;
    const columns = columnsOf(line, lettersOf(box, view, line));
    const {i} = columns.find(({right}) => x < right) ?? columns.at(-1);
    const row = canvas.className;
    const dir = DIRECTIONS.indexOf(row);
    if (dir < 0) return {row, i};
    const units = threadsOf(view.reading, dir, box.height);
    return {row, i, dir, u: units[Math.floor(y * units.length)]};
  }
}

function drawOn(canvas, view, line, look) {
  const {clientWidth, clientHeight} = canvas;
  const dots = devicePixelRatio;
  canvas.width = clientWidth * dots;
  canvas.height = clientHeight * dots;
  const pen = canvas.getContext('2d');
  pen.scale(dots, dots);
  const box = {x: 0, y: 0, width: clientWidth, height: clientHeight};
  drawRow(canvas.className, pen, box, view, line, look);
}
