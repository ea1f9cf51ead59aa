// The picture of an answer to send on: it shows what the page does, in its colours.

const PICTURE = {
  width: 1200,
  height: 630,
  margin: 60,
};
const INNER = PICTURE.width - 2 * PICTURE.margin;
const HALF = (INNER - 60) / 2; // of two columns
const BODY = {top: 322, height: 216}; // of bars and letters
// Where lines of words are, and how large: the letters' title at the top of these
const LINES = {
  text: {
    y: 40,
    height: 112,
    size: 88,
    weight: 700,
  },
  headline: {
    y: 158,
    height: 68,
    size: 54,
    weight: 700,
  },
  reason: {
    y: 228,
    height: 62,
    size: 25,
  },
  ofLetters: {
    y: BODY.top,
    height: 40,
    size: 24,
  },
  caution: {
    y: 556,
    height: 50,
    size: 20,
  },
};
const TITLE = LINES.ofLetters.height;
const MOST_IN_ROWS = 36; // pixels, of letters that fill more than one row
const LEAST = 12; // pixels, of any text
const MOST_BARS = 6;
const START = {left: 0, center: 0.5, right: 1}; // of a text, in the width of its box
const LINE = 1.2; // height of a line to the size of its letters
const SMALL = 0.42; // size of what a letter adds to that of the letter

// ----------------------------------------------------------------------------- what the page shows

/**
 * What is drawn of an answer.
 * @param {Element} answers
 * @returns {{headline: string, reason: string, bars: object[], letters: object[],
 *   ofLetters: string, caution: string}}
 */
function shownIn(answers) {
  const [headline, reason] = answers.querySelector('.verdict').childNodes;
  const tab = answers.closest('.ask-and-answer');
  const caution = tab.querySelector('.introduction')?.textContent ?? '';
  const rows = [...answers.querySelectorAll('.answer .bars li')];
  const others = rows.splice(MOST_BARS - 1);
  const ofNone = others.filter((row) => row.matches('.none'));
  const [list] = answers.querySelectorAll('.explanation :not(.old) > .letters');
  const tiles = list?.children ?? []; // not those of another text
  return {
    headline: headline.textContent,
    reason: reason.textContent,
    bars: [...rows, ...ofNone, ...others].slice(0, MOST_BARS).map(barOf),
    letters: Array.from(tiles, letterOf),
    ofLetters: list && titleOf(list),
    caution: caution.trim(),
  };
}

/** @param {Element} list of letters @returns {string} “What each letter adds to Polish” */
function titleOf(list) {
  return `${list.ariaLabel} to ${list.previousElementSibling.querySelector('b').textContent}`;
}

function barOf(row) {
  const track = row.querySelector('.track');
  const isNone = row.matches('.none');
  const {backgroundColor} = getComputedStyle(track, '::before');
  return {
    name: row.querySelector('.of').textContent,
    value: row.querySelector('.value').textContent,
    share: Number(track.style.getPropertyValue('--share')),
    colour: isNone ? colourIn(row, '--none') : backgroundColor, // whose own has stripes
  };
}

function letterOf(tile) {
  const {backgroundColor, borderBottomColor, direction} = getComputedStyle(tile);
  const [letter, added] = tile.children;
  return {
    letter: letter.textContent,
    added: added.textContent,
    colour: backgroundColor,
    line: borderBottomColor,
    isFromRight: direction === 'rtl',
  };
}

function colourIn(element, name) {
  return getComputedStyle(element).getPropertyValue(name);
}

// ------------------------------------------------------------------------------------- the drawing

/**
 * The picture of an answer.
 * @param {string} text that is answered
 * @param {Element} answers
 * @returns {HTMLCanvasElement}
 */
export function pictureOf(text, answers) {
  const shown = shownIn(answers);
  const look = lookOf(answers);
  const pen = penOn(look);
  const left = {
    ...look,
    x: PICTURE.margin,
    width: INNER,
  };
  const write = writeIn.bind(null, pen);
  write(text, {...left, ...LINES.text});
  write(shown.headline, {...left, ...LINES.headline, ink: look.accent});
  write(shown.reason, {...left, ...LINES.reason});
  write(shown.caution, {...left, ...LINES.caution});
  const hasLetters = shown.letters.length > 0;
  if (hasLetters) left.width = HALF;
  drawBars(pen, shown.bars, left);
  if (!hasLetters) return pen.canvas;
  const right = {...left, x: PICTURE.margin + INNER - HALF};
  write(shown.ofLetters, {...right, ...LINES.ofLetters});
  drawLetters(pen, shown.letters, right);
  return pen.canvas;
}

/** The colours and the font of the page. */
function lookOf(answers) {
  const {fontFamily} = getComputedStyle(answers);
  return {
    ink: colourIn(answers, '--body-text-color'),
    accent: colourIn(answers, '--color-accent'),
    faint: colourIn(answers, '--track'),
    ground: colourIn(answers, '--body-background-fill'),
    family: fontFamily,
  };
}

/** A pen on a new picture, which has its ground and a line at the top. */
function penOn({ground, accent}) {
  const canvas = document.createElement('canvas');
  canvas.width = PICTURE.width;
  canvas.height = PICTURE.height;
  const pen = canvas.getContext('2d');
  pen.fillStyle = ground;
  pen.fillRect(0, 0, PICTURE.width, PICTURE.height);
  pen.fillStyle = accent;
  pen.fillRect(0, 0, PICTURE.width, 12);
  return pen;
}

/** Write words into a box, as large as there is room, and no larger than `size`. */
export function writeIn(pen, words, place) {
  const {x, y, width, height, ink, align = 'left'} = place;
  let {size} = place;
  let lines = linesOf(pen, words, size, place);
  while (size > LEAST && !fits(pen, lines, size, place)) {
    size -= 1;
    lines = linesOf(pen, words, size, place);
  }
  const step = LINE * size;
  const most = Math.max(1, Math.floor(height / step));
  if (lines.length > most) lines[most - 1] += ' …';
  pen.fillStyle = ink;
  pen.textAlign = align;
  pen.textBaseline = 'middle';
  const shown = lines.slice(0, most);
  const start = x + width * START[align];
  let middle = y + (height - step * (shown.length - 1)) / 2;
  for (const line of shown) {
    pen.fillText(line, start, middle, width);
    middle += step;
  }
}

function fits(pen, lines, size, {width, height}) {
  const isLow = lines.length * LINE * size <= height;
  return isLow && lines.every((line) => widthOf(pen, line) <= width);
}

const widthOf = (pen, words) => pen.measureText(words).width;

/** Words in lines of some width; a longer word has a line of its own. */
function linesOf(pen, words, size, {width, weight = 400, family}) {
  pen.font = `${weight} ${size}px ${family}`;
  const lines = [];
  let line = '';
  for (const word of words.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    const isFull = line && widthOf(pen, longer) > width;
    if (isFull) lines.push(line);
    line = isFull ? word : longer;
  }
  return [...lines, line];
}

function drawBars(pen, rows, look) {
  const {x, width, faint} = look;
  const step = Math.min(54, BODY.height / rows.length);
  const track = {
    x,
    width,
    height: 0.2 * step,
  };
  const text = {
    ...look,
    height: 0.62 * step,
    size: 0.48 * step,
  };
  let y = BODY.top;
  for (const {name, value, share, colour} of rows) {
    writeIn(pen, name, {...text, y, width: 0.78 * width});
    writeIn(pen, value, {...text, y, align: 'right'});
    track.y = y + text.height;
    drawBox(pen, faint, track);
    drawBox(pen, colour, {...track, width: Math.max(2, share * width)});
    y += step;
  }
}

function drawBox(pen, colour, {x, y, width, height, round = height / 2}) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.roundRect(x, y, width, height, round);
  pen.fill();
}

/** Letters or words with what each adds, in as many rows as they need. */
export function drawLetters(pen, tiles, look) {
  const {x, width, family} = look;
  let size = 56;
  let placed = placesOf(pen, tiles, size, width, family);
  while (size > LEAST && areTooLarge(placed, size)) {
    size -= 1;
    placed = placesOf(pen, tiles, size, width, family);
  }
  for (const tile of placed) {
    const fromRight = width - tile.x - tile.width;
    const along = tile.isFromRight ? fromRight : tile.x;
    const place = {
      x: x + along,
      y: BODY.top + TITLE + tile.y,
      width: tile.width,
    };
    drawTile(pen, tile, size, {...look, ...place});
  }
}

function areTooLarge(placed, size) {
  const lastRow = placed.at(-1).y;
  const isHigh = lastRow + 2 * size > BODY.height - TITLE;
  const isInRows = lastRow > 0 && size > MOST_IN_ROWS;
  return isHigh || isInRows;
}

/** A letter on its colour, with what it adds below it. */
function drawTile(pen, {letter, added, colour, line}, size, place) {
  const small = SMALL * size;
  const text = {...place, align: 'center'};
  const below = {
    ...place,
    y: place.y + 1.8 * size,
    height: 0.09 * size,
    round: 0,
  };
  drawBox(pen, colour, {...place, height: 1.85 * size, round: 6});
  drawBox(pen, line, below);
  writeIn(pen, letter, {...text, height: LINE * size, size, weight: 700});
  text.y = place.y + LINE * size;
  writeIn(pen, added, {...text, height: LINE * small, size: small});
}

/** Tiles one behind the other, with their places in rows of some width. */
function placesOf(pen, tiles, size, width, family) {
  let x = 0;
  let y = 0;
  return tiles.map((tile) => {
    pen.font = `700 ${size}px ${family}`;
    const letter = widthOf(pen, tile.letter);
    pen.font = `400 ${SMALL * size}px ${family}`;
    const own = Math.max(letter, widthOf(pen, tile.added)) + 0.35 * size;
    if (x > 0 && x + own > width) {
      x = 0;
      y += 2 * size;
    }
    const placed = {
      ...tile,
      x,
      y,
      width: own,
    };
    x += own + 0.12 * size;
    return placed;
  });
}
