// What the drawings of Look inside and Train share; in the head, so that it is there before them.
// Each function returns HTML; a text or a label in it is escaped.

export const CELLS = {
  rnn: 'plain RNN',
  gru: 'GRU',
  lstm: 'LSTM',
};
export const DIRECTIONS = ['forward', 'backward'];
const CHROMA = 0.14;
const HUES_OF_SIGNS = [45, 250]; // of minus and plus, the ends of a scale
const NAME_HEIGHT = 16; // pixels, between the names at the ends of lines
const LONGEST_TITLE = 60; // characters, of a column

/** @param {number} n @returns {number[]} from 0 to n - 1 */
export const range = (n) => Array.from({length: n}, (_, i) => i);

/** The indices of some numbers, that of the highest first. */
export function ranked(values) {
  return range(values.length).sort((one, other) => values[other] - values[one]);
}

export const totalOf = (values) => values.reduce((sum, value) => sum + value, 0);

/** The HTML of each item of a list. */
export const each = (list, html) => list.map(html).join('');

export function esc(text) {
  return String(text).replace(/[&<>"]/g, (character) => {
    return `&#${character.charCodeAt(0)};`;
  });
}

/** A number with its sign. */
export function sign(x, digits = 2) {
  const isNegative = Number(x.toFixed(digits)) < 0;
  const size = Math.abs(x).toFixed(digits);
  return isNegative ? `−${size}` : `+${size}`;
}

/** A number with its sign only where it is below 0. */
export const plain = (x) => sign(x).replace('+', '');

/** A share in per cent. */
export const inPercent = (share, digits = 1) => `${(100 * share).toFixed(digits)}%`;

/** A probability as text that claims neither certainty nor impossibility. */
export function percent(p) {
  if (p > 0.999) return '> 99.9%';
  if (p < 0.001) return '< 0.1%';
  return inPercent(p);
}

/** A letter or word so that it can be seen: a blank, or a mark on its own. */
export function glyph(unit) {
  if (unit === ' ') return '␣';
  return esc(/^\p{M}/u.test(unit) ? `◌${unit}` : unit);
}

/**
 * The colour of label i as a style, '' of what is not one of the first n labels; on a scale grey is the middle.
 * `colours` has those of languages, {label: [hue in degrees, lightness]}; other labels take them in turn.
 */
export function colourOfLabel(i, {labels, n = labels.length, ordered}) {
  if (i < 0 || i >= n) return '';
  if (!ordered) {
    const areLanguages = labels.slice(0, n).every((label) => Object.hasOwn(colours, label));
    const inTurn = Object.values(colours);
    const [hue, light] = areLanguages ? colours[labels[i]] : inTurn[i % inTurn.length];
    return styleOf(hue, light, CHROMA);
  }
  const place = (2 * i) / (n - 1) - 1;
  const strength = Math.abs(place);
  return styleOf(
    HUES_OF_SIGNS[Number(place > 0)],
    0.62 - 0.2 * strength,
    CHROMA * Math.sqrt(strength),
  );
}

const styleOf = (hue, light, chroma) => {
  return `--hue: ${hue}; --light: ${light.toFixed(2)}; --chroma: ${chroma.toFixed(2)}`;
};

/** A label that is not too long. */
export function brief(label) {
  return esc(label.replace(/ of these .*/, ' of these').replace(/^(.{22}).{2,}$/u, '$1…'));
}

/** A heading of a column. */
export const head = (text) => `<th scope="col">${text}</th>`;

export function table(kind, heads, rows) {
  const top = `<thead><tr><td></td>${heads}</tr></thead>`;
  return `<table class="${kind}">${top}<tbody>${rows}</tbody></table>`;
}

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
export function picture(label, rows, columns, value, most = 1) {
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
      image.data.set([...colour, alpha], 4 * (row * columns + column));
    }
  }
  pen.putImageData(image, 0, 0);
  return `<img alt="${esc(label)}" src="${canvas.toDataURL()}">`;
}

/** The red, green and blue of a colour of the style sheet, which a pen has as #rrggbb. */
function colourOf(name, pen) {
  pen.fillStyle = getComputedStyle(document.body).getPropertyValue(name).trim();
  return [1, 3, 5].map((i) => {
    return parseInt(pen.fillStyle.slice(i, i + 2), 16);
  });
}

/** A picture with a column per letter or word and these above it; `marks` lie on it. */
export function field(units, rows, label, caption, value, marks) {
  const n = units.length;
  const map = picture(label, rows, n, value);
  return `<figure>
    <figcaption>${caption}</figcaption>
    <div class="scroll" tabindex="0" role="group" aria-label="${esc(label)}">
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
export function chart(of) {
  const {label, width, height, lines, left, below, behind} = of;
  const leftTexts = left.map(([, text]) => text);
  const names = lines.map(({name}) => name);
  const start = 6 + 7 * longest(leftTexts);
  const end = width - 14 - 8 * Math.min(23, longest(names));
  const points = lines.flatMap((line) => line.points);
  const last = Math.max(...points.map(([place]) => place)) || 1;
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
  const ends = each(namesApart(lines, y, height - 22), ({name, as, at}) => {
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
    return `${x(place).toFixed(1)},${y(value).toFixed(1)}`;
  });
  return `<polyline ${as} points="${corners.join(' ')}"/>`;
}

/** The length of the longest of some texts. */
function longest(texts) {
  return Math.max(...texts.map((text) => text.length));
}

/** The lines from top to bottom, with the place `at` of their names: apart enough to be read. */
function namesApart(lines, y, bottom) {
  const named = lines.filter(({name}) => name);
  const names = named.map((line) => {
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

/** The options of a choice of columns. */
export function optionsOf(titles) {
  return each(titles, (title, i) => `<option value="${i}">${short(title)}</option>`);
}

export function short(text) {
  return esc([...text].slice(0, LONGEST_TITLE).join(''));
}
