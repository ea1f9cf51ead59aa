// What the drawings of How it reads and Train share; in the head, so that it is there before them.
// Each function returns HTML; a text or a label in it is escaped.

const CELLS = {
  rnn: 'plain RNN',
  gru: 'GRU',
  lstm: 'LSTM',
};
const DIRECTIONS = ['forward', 'backward'];
const GOLDEN_ANGLE = 137.5; // degrees: no two labels have the same hue, and of 21 those with near hues
const STEPS = 3; // differ in how light they are
const NAME_HEIGHT = 16; // pixels, between the names at the ends of lines

/** @param {number} n @returns {number[]} from 0 to n - 1 */
const range = (n) => Array.from({length: n}, (_, i) => i);

/** The indices of some numbers, that of the highest first. */
function ranked(values) {
  const indices = range(values.length);
  return indices.sort((one, other) => values[other] - values[one]);
}

/** The HTML of each item of a list. */
const each = (list, html) => list.map(html).join('');

function esc(text) {
  return String(text).replace(/[&<>"]/g, (character) => {
    const code = character.charCodeAt(0);
    return `&#${code};`;
  });
}

/** A number with its sign. */
function sign(x, digits = 2) {
  const isNegative = Number(x.toFixed(digits)) < 0;
  const size = Math.abs(x).toFixed(digits);
  return isNegative ? `−${size}` : `+${size}`;
}

/** A number with its sign only where it is below 0. */
const plain = (x) => sign(x).replace('+', '');

/** A probability as text that claims neither certainty nor impossibility. */
function percent(p) {
  if (p > 0.999) return '> 99.9%';
  if (p < 0.001) return '< 0.1%';
  const rounded = (100 * p).toFixed(1);
  return `${rounded}%`;
}

/** A letter or word so that it can be seen: a blank, or a mark on its own. */
function glyph(unit) {
  if (unit === ' ') return '␣';
  const isMark = /^\p{M}/u.test(unit);
  return esc(isMark ? `◌${unit}` : unit);
}

/** The colour of label i as a style: the same in all pictures of labels in this order. */
function hue(i) {
  const degrees = (i * GOLDEN_ANGLE + 250) % 360;
  const light = (i % STEPS) - 1;
  return `--hue: ${degrees.toFixed()}; --light: ${light}`;
}

/** The same of label i of n, '' of what is not a label; on a scale by its place. */
function colourOfLabel(i, n, ordered) {
  if (i < 0 || i >= n) return '';
  if (!ordered) return hue(i);
  const place = i / (n - 1);
  return `--place: ${place.toFixed(2)}`;
}

/** A label that is not too long. */
function brief(label) {
  const alone = label.replace(/ of these .*/, ' of these');
  const short = alone.replace(/^(.{22}).{2,}$/u, '$1…');
  return esc(short);
}

/** A heading of a column. */
const head = (text) => `<th scope="col">${text}</th>`;

function table(kind, heads, rows) {
  const top = `<thead><tr><td></td>${heads}</tr></thead>`;
  return `<table class="${kind}">${top}<tbody>${rows}</tbody></table>`;
}

/** The attributes of an element that scrolls. */
const scroller = (label, kind = '') =>
  `class="scroll ${kind}" tabindex="0" role="group" aria-label="${esc(label)}"`;

/** The letters or words of a text in a row. */
function headings(units) {
  const item = (unit, i) => `<li data-at="${i}"><span>${glyph(unit)}</span></li>`;
  return `<ol class="units">${each(units, item)}</ol>`;
}

/**
 * A picture of a pixel per value, which the style sheet stretches; it has the colours --plus, above 0, and --minus.
 * @param {string} label
 * @param {number} rows
 * @param {number} columns
 * @param {(row: number, column: number) => number} value
 * @param {number} most the value of the full colour
 * @returns {string}
 */
function picture(label, rows, columns, value, most = 1) {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const pen = canvas.getContext('2d');
  const minus = colourOf('--minus', pen);
  const plus = colourOf('--plus', pen);
  const image = pen.createImageData(columns, rows);
  for (const row of range(rows)) {
    for (const column of range(columns)) {
      const share = value(row, column) / most;
      const colour = share > 0 ? plus : minus;
      const alpha = 255 * Math.min(1, Math.abs(share) ** 0.8);
      const place = 4 * (row * columns + column);
      image.data.set([...colour, alpha], place);
    }
  }
  pen.putImageData(image, 0, 0);
  return `<img alt="${esc(label)}" src="${canvas.toDataURL()}">`;
}

/** The red, green and blue of a colour of the style sheet, which a pen has as #rrggbb. */
function colourOf(name, pen) {
  const style = getComputedStyle(document.body);
  pen.fillStyle = style.getPropertyValue(name).trim();
  return [1, 3, 5].map((i) => {
    const digits = pen.fillStyle.slice(i, i + 2);
    return parseInt(digits, 16);
  });
}

/** A picture with a column per letter or word and these above it; `marks` lie on it. */
function field(units, rows, label, caption, value, marks = '') {
  const n = units.length;
  const map = picture(label, rows, n, value);
  return `<figure>
    <figcaption>${caption}</figcaption>
    <div ${scroller(label)}>
      <div class="field" style="--n: ${n}; --h: ${rows}">
        ${headings(units)}
        <div class="map">${map}${marks}</div></div></div></figure>`;
}

/**
 * Lines with their names at their ends.
 * @param {object} of
 * @param {string} of.label
 * @param {number} of.width in pixels, as is `height`
 * @param {Array<{name: string, points: number[][], as: string}>} of.lines `as`: attributes
 * @param {Array<[number, string]>} of.left what is written along the axis, rising; it ends at the
 *   last, that below at the largest x
 * @param {Array<[number, string]>} of.below
 * @param {(x: Function, y: Function) => string} of.behind gets the two scales and returns SVG
 *   that lies below the lines
 * @returns {string}
 */
function chart(of) {
  const {
    label,
    width,
    height = 230,
    lines,
    left,
    below = [],
    behind = () => '', // nothing
  } = of;
  const leftTexts = left.map(([, text]) => text);
  const names = lines.map(({name}) => name);
  const start = 6 + 7 * longest(leftTexts);
  const end = width - 14 - 8 * Math.min(23, longest(names));
  const points = lines.flatMap((line) => line.points);
  const places = points.map(([place]) => place);
  const last = Math.max(...places) || 1;
  const lowest = left[0][0];
  const highest = left.at(-1)[0];
  const span = highest - lowest;
  const x = (place) => start + ((end - start) * place) / last;
  const y = (value) => 10 + ((height - 40) * (highest - value)) / span;
  const rules = each(left, ([value]) => {
    return `<path d="M${start} ${y(value)}H${end}"/>`;
  });
  const values = each(left, ([value, text]) => {
    return `<text x="0" y="${y(value) + 4}">${text}</text>`;
  });
  const curves = each(lines, (line) => curve(line, x, y));
  const ends = each(namesApart(lines, y, y(lowest)), ({name, as, at}) => {
    return `<text ${as} x="${end + 8}" y="${at + 4}">${brief(name)}</text>`;
  });
  return `<svg
    class="chart-of-lines"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${esc(label)}">
    ${rules}
    ${values}
    ${behind(x, y)}
    ${curves}
    ${ends}
    ${textsBelow(below, x, height - 8, width)}</svg>`;
}

/** A line of a chart, by the scales of the chart. */
function curve({as, points}, x, y) {
  const corners = points.map(([place, value]) => {
    const across = x(place).toFixed(1);
    const down = y(value).toFixed(1);
    return `${across},${down}`;
  });
  return `<polyline ${as} points="${corners.join(' ')}"/>`;
}

/** The length of the longest of some texts. */
function longest(texts) {
  const lengths = texts.map((text) => text.length);
  return Math.max(...lengths);
}

/** The lines from top to bottom, with the place `at` of their names: apart enough to be read. */
function namesApart(lines, y, bottom) {
  const names = lines.map((line) => {
    const [, lastValue] = line.points.at(-1);
    return {...line, at: y(lastValue)};
  });
  names.sort((one, other) => one.at - other.at);
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
function textsBelow(texts, x, y, width) {
  let edge = 0;
  return each(texts, ([value, text]) => {
    const half = 4 * text.length;
    const at = Math.min(Math.max(x(value), half), width - half);
    if (edge > at - half) return '';
    edge = at + half + 4;
    return `<text class="below" x="${at}" y="${y}">${glyph(text)}</text>`;
  });
}

window.draw = {
  CELLS,
  DIRECTIONS,
  range,
  ranked,
  each,
  esc,
  sign,
  plain,
  percent,
  glyph,
  hue,
  colourOfLabel,
  brief,
  head,
  table,
  scroller,
  headings,
  picture,
  field,
  chart,
};
