// What the drawings of How it reads and Train share; in the head, so that it is there before them.
// Each function returns HTML; a text or a label in it is escaped.

const CELLS = {rnn: 'plain RNN', gru: 'GRU', lstm: 'LSTM'};
const DIRECTIONS = ['forward', 'backward'];
const NAME_HEIGHT = 16; // pixels, between the names at the ends of lines

/** @param {number} n @returns {number[]} from 0 to n - 1 */
const range = (n) => Array.from({length: n}, (_, i) => i);

/** The HTML of each item of a list. */
const each = (list, html) => list.map(html).join('');

const esc = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** A number with its sign. */
function sign(x, digits = 2) {
  const isNegative = Number(x.toFixed(digits)) < 0;
  return `${isNegative ? '−' : '+'}${Math.abs(x).toFixed(digits)}`;
}

/** A number with its sign only where it is below 0. */
const plain = (x) => sign(x).replace('+', '');

/** A probability as text that claims neither certainty nor impossibility. */
function percent(p) {
  if (p > 0.999) return '> 99.9%';
  return p < 0.001 ? '< 0.1%' : `${(100 * p).toFixed(1)}%`;
}

/** A letter or word so that it can be seen: a blank, or a mark on its own. */
function glyph(unit) {
  if (unit === ' ') return '␣';
  return esc(/^\p{M}/u.test(unit) ? `◌${unit}` : unit);
}

/** A label that is not too long. */
function brief(label) {
  const short = label.replace(/ of these .*/, ' of these').replace(/^(.{22}).{2,}$/u, '$1…');
  return esc(short);
}

/** A heading of a column, for the letter at index `i` if it is of one. */
const head = (text, i) => `<th scope="col" ${i === undefined ? '' : `data-at="${i}"`}>${text}</th>`;

const table = (kind, heads, rows) =>
  `<table class="${kind}"><thead><tr><td></td>${heads}</tr></thead><tbody>${rows}</tbody></table>`;

/** The attributes of an element that scrolls. */
const scroller = (label, kind = '') =>
  `class="scroll ${kind}" tabindex="0" role="group" aria-label="${esc(label)}"`;

/** The letters or words of a text in a row. */
function headings(units) {
  const item = (unit, i) => `<li data-at="${i}"><span>${glyph(unit)}</span></li>`;
  return `<ol class="units">${each(units, item)}</ol>`;
}

/**
 * A picture of a pixel per value, which the style sheet stretches.
 * @param {Element} element whose style has the colours --plus, above 0, and --minus, below it
 * @param {string} label
 * @param {number} rows
 * @param {number} columns
 * @param {(row: number, column: number) => number} value
 * @param {number} most the value of the full colour
 * @returns {string}
 */
function picture(element, label, rows, columns, value, most = 1) {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const pen = canvas.getContext('2d');
  const colour = (name) => {
    pen.fillStyle = getComputedStyle(element).getPropertyValue(name).trim();
    return [1, 3, 5].map((i) => parseInt(pen.fillStyle.slice(i, i + 2), 16));
  };
  const minus = colour('--minus');
  const plus = colour('--plus');
  const image = pen.createImageData(columns, rows);
  for (const row of range(rows)) {
    for (const column of range(columns)) {
      const share = value(row, column) / most;
      const alpha = 255 * Math.min(1, Math.abs(share) ** 0.8);
      const pixel = [...(share > 0 ? plus : minus), alpha];
      image.data.set(pixel, 4 * (row * columns + column));
    }
  }
  pen.putImageData(image, 0, 0);
  return `<img alt="${esc(label)}" src="${canvas.toDataURL()}">`;
}

/** A picture with a column per letter or word and these above it; `marks` lie on it. */
function field(element, units, rows, label, caption, value, marks = '') {
  const map = picture(element, label, rows, units.length, value);
  return `<figure><figcaption>${caption}</figcaption><div ${scroller(label)}>
  <div class="field" style="--n: ${units.length}; --h: ${rows}">${headings(units)}<div class="map">
  ${map}${marks}</div></div></div></figure>`;
}

/**
 * Lines with their names at their ends.
 * @param {object} chart
 * @param {string} chart.label
 * @param {number} chart.width in pixels, as is `height`
 * @param {Array<{name: string, points: number[][], as: string}>} chart.lines `as`: attributes
 * @param {Array<[number, string]>} chart.left what is written along the axis, rising; it ends at the
 *   last, that below at the largest x
 * @param {Array<[number, string]>} chart.below
 * @param {(x: Function, y: Function) => string} chart.behind gets the two scales and returns SVG
 *   that lies below the lines
 * @returns {string}
 */
function chart({label, width, height = 230, lines, left, below = [], behind = () => ''}) {
  const longest = (texts) => Math.max(...texts.map((text) => text.length));
  const start = 6 + 7 * longest(left.map(([, text]) => text));
  const end = width - 14 - 8 * Math.min(23, longest(lines.map((line) => line.name)));
  const most = Math.max(...lines.flatMap((line) => line.points.map(([x]) => x))) || 1;
  const lowest = left[0][0];
  const highest = left.at(-1)[0];
  const x = (value) => start + ((end - start) * value) / most;
  const y = (value) => 10 + ((height - 40) * (highest - value)) / (highest - lowest);
  const point = ([of, value]) => `${x(of).toFixed(1)},${y(value).toFixed(1)}`;
  const polyline = ({as, points}) => `<polyline ${as} points="${points.map(point).join(' ')}"/>`;
  const name = ({name, as, at}) => `<text ${as} x="${end + 8}" y="${at + 4}">${brief(name)}</text>`;
  return `<svg class="chart-of-lines" viewBox="0 0 ${width} ${height}" role="img" aria-label="${esc(label)}">
    ${each(left, ([value]) => `<path d="M${start} ${y(value)}H${end}"/>`)}
    ${each(left, ([value, text]) => `<text x="0" y="${y(value) + 4}">${text}</text>`)}
    ${behind(x, y)}${each(lines, polyline)}
    ${each(namesApart(lines, y, y(lowest)), name)}
    ${textsBelow(below, x, height - 8)}</svg>`;
}

/** The lines from top to bottom, with the place `at` of their names: apart enough to be read. */
function namesApart(lines, y, bottom) {
  const names = lines.map((line) => ({...line, at: y(line.points.at(-1)[1])}));
  names.sort((a, b) => a.at - b.at);
  let least = -Infinity;
  for (const name of names) {
    name.at = Math.max(name.at, least);
    least = name.at + NAME_HEIGHT;
  }
  let most = bottom;
  for (const name of names.toReversed()) {
    name.at = Math.min(name.at, most);
    most = name.at - NAME_HEIGHT;
  }
  return names;
}

/** The texts below a chart for which there is room after the one before. */
function textsBelow(texts, x, y) {
  let edge = 0;
  return each(texts, ([value, text]) => {
    const half = 4 * text.length;
    const at = Math.max(x(value), half);
    if (edge > at - half) return '';
    edge = at + half + 4;
    return `<text class="below" x="${at}" y="${y}">${glyph(text)}</text>`;
  });
}

window.draw = {
  CELLS,
  DIRECTIONS,
  range,
  each,
  esc,
  sign,
  plain,
  percent,
  glyph,
  brief,
  head,
  table,
  scroller,
  headings,
  picture,
  field,
  chart,
};
