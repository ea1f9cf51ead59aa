// The stage: one picture of what the network does with a text. The first screen has the answer as bands, if the text
// ended at each letter, and the letters as tiles, each with how probable the network's own answer is without it. Inside
// are what the groups of letters add, the linear half, and the memory in each direction as threads, a unit each, with a
// post at each letter as high as the update gate is shut. All rows have the same columns, a share of the width each.
//
// A view, what is drawn:
//   tiles     [{piece, after, isOut}], the letters or words and what stands behind; one that is out is not in the text
//   reading   what reading_values.js makes of the reply to `view`, null while there is none; ofTiles adds `ofTile`, a
//             Map of the tiles that it has read: {first, last, added, without}, their units and what they add
//   before    such a reading of the text before a change: an outline
//   at        the index of the tile at the cursor; `isGuessing` hides what comes behind it
//   unit      {dir, u}, the thread that is watched
//   isFixed   whether no tile can be taken out
//   invites   the tile that nods: until one has been taken out
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {DIRECTIONS, each, esc, glyph, inPercent, percent, ranked, totalOf} from '../drawing.js';
import {gap, words} from './reading_values.js';
import {beliefOf, coloursOf, LEAST_SHARE, Rows, threadsOf} from './stage_rows.js';

const PIXELS = 11.5; // of a letter of a word, to break lines
const MOST_ADDED = 5; // log-odds, of the full colour: from 99.3% to even
const OF_DATA = 0.16; // of the letters' width, the last column
const DENSE = 10; // letters, of more a phone writes the numbers upright
const RIGHT_TO_LEFT = /[\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}]/u;
const JOINS = /[\p{sc=Arabic}\p{sc=Syriac}]/u;
const JOINER = '\u200d';

/** The tiles of a reading, as they were typed: {piece, after}, how many units it has and what it adds. */
export function tilesOf({letters, units}) {
  const {contributions, without, lengths} = letters ?? {};
  if (!contributions) return units.map((piece) => ({piece, after: gap(), length: 1}));
  const pieces = [];
  for (const [i, [piece, added]] of contributions.entries()) {
    if (gap() && !piece.trim()) pieces.at(-1).after = piece;
    else pieces.push({piece, after: '', added, without: without[i], length: lengths[i]});
  }
  return pieces;
}

/** A reading with the tiles that it has read, null if they are not those of its text. */
export function ofTiles(reading, tiles) {
  const pieces = tilesOf(reading);
  const read = tiles.filter(({isOut}) => !isOut);
  if (pieces.some(({piece}, i) => piece !== read[i]?.piece)) return null;
  const ofTile = new Map();
  let end = 0;
  for (const [i, {length, added, without}] of pieces.entries()) {
    const first = Math.min(end, reading.T - 1);
    end = Math.min(reading.T, end + length);
    ofTile.set(read[i], {first, last: Math.max(0, end - 1), added, without});
  }
  return {...reading, ofTile};
}

/** The lines of the tiles: letters have one, words as many as the width needs, about as long. */
function linesOf({tiles, reading, hasData}, width) {
  const weightOf = ({piece}) => (gap() ? Math.max(5, piece.length + 2) : 1);
  const lengthOf = (some) => totalOf(some.map(weightOf));
  const all = lengthOf(tiles);
  const nOfLines = gap() ? Math.ceil((all * PIXELS) / width) : 1;
  const lines = [[]];
  for (const tile of tiles) {
    const isFull = lengthOf(lines.at(-1)) >= all / nOfLines;
    if (isFull) lines.push([]);
    lines.at(-1).push(tile);
  }
  const longest = Math.max(...lines.map(lengthOf));
  return lines.map((line, l) => {
    const isLast = l === lines.length - 1;
    const ofData = hasData && isLast && reading && beliefOf(reading) ? OF_DATA * longest : 0;
    return {
      tiles: line,
      weights: line.map(weightOf),
      ofData,
      rest: nOfLines > 1 ? longest - lengthOf(line) : 0, // to the right of a shorter line
      isFirst: l === 0,
      isLast,
      isReversed: RIGHT_TO_LEFT.test(line.map(({piece}) => piece).join('')),
    };
  });
}

/** The rows of the memory that a network has: without a linear half there are no groups. */
function rowsInside({groups, share, D}) {
  const directions = share === 0 ? [] : DIRECTIONS.slice(0, D);
  return [...(groups.length ? ['groups'] : []), ...directions];
}

/** A letter as it is written beside its neighbours. */
function written(tile, tiles) {
  const {piece} = tile;
  if (!JOINS.test(piece)) return glyph(piece);
  const i = tiles.indexOf(tile);
  const joiner = (other) => (JOINS.test(other?.piece) ? JOINER : '');
  return joiner(tiles[i - 1]) + esc(piece) + joiner(tiles[i + 1]);
}

function tileHtml(tile, view) {
  const {tiles, reading, at, isGuessing, isFixed, invites} = view;
  const {piece, isOut} = tile;
  const {added = 0, without} = (!isGuessing && reading?.ofTile.get(tile)) || {};
  const number = without === undefined || without === null ? '' : inPercent(without, 0);
  const says = number && `${number} without it`;
  const kinds = [
    'letter',
    reading?.letters?.unknown?.includes(piece) && 'unknown',
    at === tiles.indexOf(tile) && 'at',
    tile === invites && !(at >= 0) && 'invites',
  ];
  return `<button
    class="${kinds.filter(Boolean).join(' ')}"
    style="--strength: ${Math.min(1, Math.max(0, added) / MOST_ADDED).toFixed(2)}"
    data-i="${tiles.indexOf(tile)}"
    aria-pressed="${Boolean(isOut)}"
    ${isFixed ? 'disabled' : `title="${isOut ? 'Put it back' : 'Take it out'}"`}
    aria-label="${esc(piece)} ${isOut ? 'taken out: put it back' : says}"><bdi>${written(tile, tiles)}</bdi>
    <small>${isOut ? '' : number}</small></button>`;
}

/** The bands in words, for who cannot see them. */
function saysBands({reading, tiles}) {
  if (!reading) return 'No answer';
  const {labels, shares, ofTile} = reading;
  const answers = each([...ofTile], ([{piece}, {last}]) => {
    const likely = ranked(shares[last]).filter((i) => shares[last][i] >= LEAST_SHARE);
    return `; ${piece}: ${likely.map((i) => `${labels[i]} ${percent(shares[last][i])}`).join(', ')}`;
  });
  return `If it ended after each of ${tiles.length}${answers}`;
}

const TITLES = {
  groups: () => `what groups of ${words.piece}s add`,
  forward: () => `memory, first ${words.piece} to last →`,
  backward: () => `memory, last ${words.piece} to first ←`,
};

/** A stage in an element, which keeps what is drawn. */
export class Stage {
  /**
   * @param {Element} root - of class stage
   * @param {{hasData: boolean, isInside: boolean}} of - what all views have in common
   */
  constructor(root, of) {
    this.root = root;
    this.view = {...of, tiles: [], reading: null, before: null};
    const draw = () => root.isConnected && this.show({}); // not once another has taken its place
    new ResizeObserver(draw).observe(root);
    new MutationObserver(draw).observe(document.body, {attributeFilter: ['class']}); // light or dark
  }

  /** Shows what has changed of the view. */
  show(change) {
    const {root, view} = this;
    Object.assign(view, change);
    if (!root.clientWidth) return; // it is not seen
    const focused = root.querySelector('.letter:focus')?.dataset.i;
    this.lines = linesOf(view, root.clientWidth);
    this.build();
    const look = coloursOf(root);
    for (const [l, line] of this.lines.entries()) {
      const place = root.children[l];
      place.dir = line.isReversed ? 'rtl' : 'ltr';
      place.style.setProperty('--n', line.tiles.length);
      place.classList.toggle('dense', line.tiles.length > DENSE);
      const tiles = place.querySelector('.tiles');
      if (tiles) this.drawTiles(tiles, line);
      for (const canvas of place.querySelectorAll('canvas')) drawOn(canvas, view, line, look);
    }
    look.done();
    if (focused) root.querySelector(`.letter[data-i="${focused}"]`)?.focus();
    if (!view.isInside && !view.isGuessing)
      root.querySelector('.bands').ariaLabel = saysBands(view);
  }

  drawTiles(tiles, {tiles: some, weights, ofData, rest}) {
    const columns = [...weights, ofData, rest].map((weight) => `minmax(0, ${weight}fr)`);
    tiles.style.gridTemplateColumns = columns.join(' ');
    const data = ofData ? '<span class="of-data">our data</span>' : '';
    tiles.innerHTML = each(some, (tile) => tileHtml(tile, this.view)) + data;
  }

  /** Makes as many lines as there are, each with the rows that the network has. */
  build() {
    const {root, view, lines} = this;
    if (!view.isInside) this.rows = ['bands', 'tiles'];
    else if (view.reading) this.rows = rowsInside(view.reading);
    const built = `${lines.length} ${this.rows} ${words.piece}`;
    if (root.dataset.built === built) return;
    root.dataset.built = built;
    const row = (name) => {
      if (name === 'tiles') return '<div class="tiles"></div>';
      const title = TITLES[name]?.() ?? 'answer';
      const caption = view.isInside ? `<small>${title}</small>` : '';
      return `${caption}<canvas class="${name}" role="img" aria-label="${title}"></canvas>`;
    };
    root.classList.toggle('of-words', words.piece === 'word');
    root.innerHTML = `<div class="line">${each(this.rows ?? [], row)}</div>`.repeat(lines.length);
  }

  /**
   * What is at a place of a canvas: {row, i}, the index of the tile; of bands {band, isOfData}, that which is there and
   * whether in the data's column; of a thread {dir, u}.
   */
  at({target, offsetX, offsetY}) {
    const {clientWidth: width, clientHeight: height, className: row, parentNode} = target;
    const line = this.lines[[...this.root.children].indexOf(parentNode)];
    const x = (line.isReversed ? width - offsetX : offsetX) / width;
    const all = totalOf(line.weights) + line.ofData + line.rest;
    let end = 0;
    const i = line.weights.findIndex((weight) => {
      end += weight / all;
      return x < end;
    });
    const tile = line.tiles.at(i);
    const place = {row, i: this.view.tiles.indexOf(tile)};
    if (row === 'bands') {
      const dots = devicePixelRatio;
      const pen = target.getContext('2d');
      const isThere = ({path}) => pen.isPointInPath(path, offsetX * dots, offsetY * dots);
      return {...place, band: target.bands?.find(isThere), isOfData: i < 0 && line.ofData > 0};
    }
    const dir = DIRECTIONS.indexOf(row);
    if (dir < 0) return place;
    const units = threadsOf(this.view, dir, height);
    return {...place, dir, u: units[Math.floor((offsetY / height) * units.length)]};
  }
}

function drawOn(canvas, view, line, look) {
  const {clientWidth: width, clientHeight: height, className: row} = canvas;
  const dots = devicePixelRatio;
  canvas.width = width * dots;
  canvas.height = height * dots;
  const pen = canvas.getContext('2d');
  pen.scale(dots, dots);
  if (line.isReversed) pen.transform(-1, 0, 0, 1, width, 0);
  new Rows(pen, view, line, look).draw(row, {x: 0, y: 0, width, height});
}
