// The stage: one picture of what the network does with a text. From top to bottom: the answer as bands, if the text
// ended at each letter; the letters as tiles, each with what it adds; what the groups of letters add, the linear half;
// the memory in each direction as threads, a unit each, with a post at each letter as high as the update gate is shut.
// On the page each row but the tiles is a canvas; in the picture of share.js all rows are on one.
//
// A view, what is drawn:
//   tiles     [{piece, after, isOut}], the letters or words and what stands behind; one that is out is not in the text
//   reading   what reading_values.js makes of the reply to `stage` or `read`, null while there is none; ofTiles adds
//             `ofTile`, a Map of the tiles that it has read: {first, last, added}, their units and what they add, and
//             `mostAdded`, the largest of these
//   before    such a reading of the text before a change: an outline
//   at        the index of the tile at the cursor; `isGuessing` hides what comes behind it
//   unit      {dir, u}, the thread that is watched
//   offers    changes of one letter, as `nearest` replies, with the index of their tile, i
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {DIRECTIONS, each, esc, percent, ranked, totalOf} from './drawing.js';
import {gap, words} from './reading_values.js';
import {beliefOf, coloursOf, oneDigit, Rows, threadsOf, widthOfLetters} from './stage_rows.js';

const FEWEST = 4; // letters that fill the width
const PIXELS = 11.5; // of a letter of a word, to break lines
// How much of the height each row has in the picture
const PARTS = {bands: 0.4, tiles: 0.18, groups: 0.1, forward: 0.16, backward: 0.16};
const TILES = '<div class="row"><div class="tiles"></div><small class="of-data"></small></div>';

/** The tiles of a reading, as they were typed: {piece, after}, how many units it has and what it adds. */
export function tilesOf({letters, units}) {
  const {contributions, lengths} = letters ?? {};
  if (!contributions) return units.map((piece) => ({piece, after: gap(), length: 1}));
  const pieces = [];
  for (const [i, [piece, added]] of contributions.entries()) {
    if (gap() && !piece.trim()) pieces.at(-1).after = piece;
    else pieces.push({piece, after: '', added, length: lengths[i]});
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
  for (const [i, {length, added}] of pieces.entries()) {
    const first = Math.min(end, reading.T - 1);
    end = Math.min(reading.T, end + length);
    ofTile.set(read[i], {first, last: Math.max(0, end - 1), added});
  }
  const sizes = pieces.map(({added = 0}) => Math.abs(added));
  return {...reading, ofTile, mostAdded: Math.max(...sizes) || 1};
}

/** The lines of the tiles: letters have one, words as many as the width needs, about as long. */
function linesOf(tiles, width) {
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
  const total = Math.max(FEWEST, ...lines.map(lengthOf));
  return lines.map((line, l) => ({
    tiles: line,
    weights: line.map(weightOf),
    total,
    isFirst: l === 0,
    isLast: l === lines.length - 1,
  }));
}

/** The rows that a network has: without a linear half there are no groups, and one that has no part shows no memory. */
function rowsOf({groups, share, D}) {
  const directions = share === 0 ? [] : DIRECTIONS.slice(0, D);
  return ['bands', 'tiles', ...(groups.length ? ['groups'] : []), ...directions];
}

function tileHtml(tile, view) {
  const {tiles, reading, at, isLever, isGuessing} = view;
  const {piece, isOut} = tile;
  const i = tiles.indexOf(tile);
  const added = isGuessing ? undefined : reading?.ofTile.get(tile)?.added;
  const text = esc(piece.trim() ? piece : '␣');
  const number = added === undefined ? '' : oneDigit(added);
  const kinds = [
    'tile',
    /^[+−]/.test(number) && (added > 0 ? 'plus' : 'minus'),
    reading?.letters?.unknown?.includes(piece) && 'unknown',
    at === i && 'at',
  ];
  const says = isOut ? 'taken out: put it back' : number && `adds ${number}`;
  const strength = added ? Math.abs(added) / reading.mostAdded : 0;
  return `<span
    class="${kinds.filter(Boolean).join(' ')}"
    style="--strength: ${strength.toFixed(2)}">
    <button
      class="letter"
      data-i="${i}"
      ${isLever ? `aria-pressed="${Boolean(isOut)}"` : ''}
      title="${isOut ? 'Put it back' : ''}"
      aria-label="${text} ${says}"><bdi>${text}</bdi></button>
    <button class="adds" data-open="letter" data-i="${i}" aria-label="Explain ${text}">${number}</button>${offersAt(i, view)}</span>`;
}

/** The changes of a letter that are offered, as buttons. */
function offersAt(i, {offers, tiles}) {
  return each(offers, ({label, probability, change}, n) => {
    const [before, old, added, after] = change;
    const isHere = i === Math.min(offers[n].i, tiles.length - 1);
    const letter = `${old ? '' : '+'}${added || '×'}`;
    const says = `${before}${added}${after}: ${label} ${percent(probability)}`;
    const button = `<button
      class="offer"
      data-offer="${n}"
      title="${esc(says)}"
      aria-label="${esc(says)}"><b>${esc(letter)}</b> ${esc(label)}</button>`;
    return isHere ? button : '';
  });
}

/** What the tiles add to. */
function saysLabel({reading, isGuessing}) {
  const {letters, labels, ordered, reply} = reading ?? {};
  if (!letters?.label || isGuessing) return '';
  if (ordered) return ` to ${labels.at(-1)} (+)`;
  const isNearest = reply.verdict.kind === 'none';
  return ` to ${letters.label}${isNearest ? ', the nearest' : ''}`;
}

/** What the last column has. */
function saysData({reading, hasData}) {
  if (!hasData || !reading) return '';
  const {bearers, peoples, part} = reading.reply;
  if (!beliefOf(reading)) return '';
  if (part) return `← the answer to ${part}, moved by the whole name`;
  return `← what our data add: ${bearers ? `${bearers} bearers` : peoples.join(', ')}`;
}

/** The bands in words, for who cannot see them. */
function saysBands({reading, tiles}) {
  if (!reading) return 'No answer';
  const {labels, shares, ofTile} = reading;
  const answers = each([...ofTile], ([{piece}, {last}]) => {
    const [best] = ranked(shares[last]);
    return `; ${piece}: ${labels[best]} ${percent(shares[last][best])}`;
  });
  return `If it ended after each of ${tiles.length}${answers}`;
}

/** A stage in an element, which keeps what is drawn. */
export class Stage {
  /**
   * @param {Element} root - of class stage
   * @param {{hasData: boolean, isLever: boolean}} of - what all views have in common
   */
  constructor(root, of) {
    this.root = root;
    root.stage = this; // for share.js
    this.view = {...of, tiles: [], reading: null, before: null, offers: []};
    this.rows = rowsOf({D: 2, groups: [1]});
    this.share = 1; // of the GRU in the answer
    const draw = () => root.isConnected && this.show({}); // not once another has taken its place
    new ResizeObserver(draw).observe(root);
    new MutationObserver(draw).observe(document.body, {attributeFilter: ['class']}); // light or dark
  }

  /** Shows what has changed of the view. */
  show(change) {
    const {root, view} = this;
    Object.assign(view, change);
    const focused = root.querySelector('.letter:focus')?.dataset.i;
    this.lines = linesOf(view.tiles, root.clientWidth);
    this.build();
    const look = coloursOf(root);
    for (const [l, line] of this.lines.entries()) {
      const place = root.children[l];
      place.style.setProperty('--n', line.tiles.length);
      const tiles = place.querySelector('.tiles');
      tiles.innerHTML = each(line.tiles, (tile) => tileHtml(tile, view));
      tiles.style.gridTemplateColumns = each(line.weights, (weight) => `${weight}fr `);
      const width = widthOfLetters(tiles.parentNode.clientWidth, view, line);
      tiles.style.width = `${width}px`;
      for (const canvas of place.querySelectorAll('canvas')) drawOn(canvas, view, line, look);
    }
    look.done();
    if (focused) root.querySelector(`.letter[data-i="${focused}"]`)?.focus();
    root.querySelector('.of-label').textContent = saysLabel(view);
    root.querySelector('.of-data').textContent = saysData(view);
    if (!view.isGuessing) root.querySelector('.bands').ariaLabel = saysBands(view);
  }

  /** Makes as many lines as there are, each with the rows that the network has. */
  build() {
    const {root, view, lines} = this;
    if (view.reading) {
      this.rows = rowsOf(view.reading);
      this.share = view.reading.share;
    }
    const built = `${lines.length} ${this.rows} ${this.share === 0}`;
    if (root.dataset.built === built) return;
    root.dataset.built = built;
    const {piece, text} = words;
    const titles = {
      bands: `answer, if the ${text} ended here`,
      tiles: `what it adds<span class="of-label"></span>`,
      groups: `groups of ${piece}s`,
      forward: 'memory, first to last →; blue +, orange −',
      backward: '← last to first; posts: gate shut',
    };
    const row = (name) => `<button class="title" data-open="${name}">${titles[name]}</button>
      ${name === 'tiles' ? TILES : `<canvas class="${name}" role="img" aria-label="${titles[name]}"></canvas>`}`;
    const line = `<div class="line">${each(this.rows, row)}</div>`;
    const none = `<p>The GRU has no part in this answer: groups of ${piece}s decide alone.</p>`;
    root.classList.toggle('of-words', piece === 'word');
    root.innerHTML = line.repeat(lines.length) + (this.share === 0 ? none : '');
  }

  /** Draws all rows on another canvas. */
  paint(pen, {x, y, width, height}) {
    const {root, view, lines} = this;
    const look = coloursOf(root);
    let top = y;
    for (const line of lines) {
      const rows = new Rows(pen, view, line, look);
      for (const row of this.rows) {
        const ofRow = (PARTS[row] * height) / lines.length;
        rows.draw(row, {x, y: top, width, height: 0.92 * ofRow});
        top += ofRow;
      }
    }
    look.done();
  }

  /** What is at a click on a canvas: {row, i}, the index of the tile, and of a thread {dir, u}. */
  at({target, clientX, offsetY}) {
    const {clientHeight: height, className: row, parentNode: line} = target;
    const letters = [...line.querySelectorAll('.letter')];
    const letter = letters.find((item) => clientX < item.getBoundingClientRect().right);
    const {i} = (letter ?? letters.at(-1)).dataset;
    const dir = DIRECTIONS.indexOf(row);
    if (dir < 0) return {row, i};
    const units = threadsOf(this.view, dir, height);
    return {row, i, dir, u: units[Math.floor((offsetY / height) * units.length)]};
  }
}

function drawOn(canvas, view, line, look) {
  const {clientWidth: width, clientHeight: height, className: row} = canvas;
  const dots = devicePixelRatio;
  canvas.width = width * dots;
  canvas.height = height * dots;
  const pen = canvas.getContext('2d');
  pen.scale(dots, dots);
  new Rows(pen, view, line, look).draw(row, {x: 0, y: 0, width, height});
}
