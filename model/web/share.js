// A picture of an answer to send on, and the window that offers it; in one scope with drawing.js and
// address.js. The picture shows what the page does, in its colours.

const PICTURE = {width: 1200, height: 630, margin: 60};
const INNER = PICTURE.width - 2 * PICTURE.margin;
const HALF = (INNER - 60) / 2; // of two columns
const BODY = {top: 322, height: 216}; // of bars and letters
const TITLE = 40; // height, of the letters
const MOST_IN_ROWS = 36; // pixels, of letters that fill more than one row
const LEAST = 12; // pixels, of any text
const MOST_BARS = 6;
const START = {left: 0, center: 0.5, right: 1}; // of a text, in the width of its box
const LINE = 1.2; // height of a line to the size of its letters

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
  const last = rows.splice(MOST_BARS - 1).slice(-1); // “none of these”, where that is asked
  const [list] = answers.querySelectorAll('.explanation :not(.old) > .letters');
  const tiles = list?.children ?? []; // not those of another text
  return {
    headline: headline.textContent,
    reason: reason.textContent,
    bars: [...rows, ...last].map(barOf),
    letters: Array.from(tiles, letterOf),
    ofLetters: list && titleOf(list),
    caution: caution.trim(),
  };
}

/** @param {Element} list of letters @returns {string} “What each letter adds to Polish” */
function titleOf(list) {
  const label = list.previousElementSibling.querySelector('b').textContent;
  return `${list.ariaLabel} to ${label}`;
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
function pictureOf(text, answers) {
  const {headline, reason, bars: rows, letters: tiles, ofLetters, caution} = shownIn(answers);
  const canvas = document.createElement('canvas');
  canvas.width = PICTURE.width;
  canvas.height = PICTURE.height;
  const pen = canvas.getContext('2d');
  const ink = colourIn(answers, '--body-text-color');
  const accent = colourIn(answers, '--color-accent');
  const faint = colourIn(answers, '--track');
  const family = getComputedStyle(answers).fontFamily;
  const write = (words, place) => writeIn(pen, words, {ink, family, ...place});
  const left = PICTURE.margin;
  pen.fillStyle = colourIn(answers, '--body-background-fill');
  pen.fillRect(0, 0, PICTURE.width, PICTURE.height);
  pen.fillStyle = accent;
  pen.fillRect(0, 0, PICTURE.width, 12);
  write(text, {x: left, y: 40, width: INNER, height: 112, size: 88, weight: 700});
  write(headline, {
    x: left,
    y: 158,
    width: INNER,
    height: 68,
    size: 54,
    weight: 700,
    ink: accent,
  });
  write(reason, {x: left, y: 228, width: INNER, height: 62, size: 25});
  const width = tiles.length ? HALF : INNER;
  drawBars(pen, write, rows, {x: left, width, faint});
  if (tiles.length) {
    const x = left + INNER - HALF;
    write(ofLetters, {x, y: BODY.top, width: HALF, height: TITLE, size: 24});
    drawLetters(pen, write, tiles, {x, width: HALF, family});
  }
  write(caution, {x: left, y: 556, width: INNER, height: 50, size: 20});
  return canvas;
}

/** Write words into a box, as large as there is room, and no larger than `size`. */
function writeIn(pen, words, place) {
  const {x, y, width, height, ink, align = 'left'} = place;
  let {size} = place;
  let lines = linesOf(pen, words, size, place);
  while (size > LEAST && !fits(pen, lines, size, width, height)) {
    size -= 1;
    lines = linesOf(pen, words, size, place);
  }
  const most = Math.max(1, Math.floor(height / (LINE * size)));
  if (lines.length > most) lines[most - 1] += ' …';
  pen.fillStyle = ink;
  pen.textAlign = align;
  pen.textBaseline = 'middle';
  const shown = lines.slice(0, most);
  const top = y + (height - LINE * size * shown.length) / 2;
  for (const [i, line] of shown.entries()) {
    const middle = top + LINE * size * (i + 0.5);
    pen.fillText(line, x + width * START[align], middle, width);
  }
}

function fits(pen, lines, size, width, height) {
  const isLow = lines.length * LINE * size <= height;
  return isLow && lines.every((line) => pen.measureText(line).width <= width);
}

/** Words in lines of some width; a longer word has a line of its own. */
function linesOf(pen, words, size, {width, weight = 400, family}) {
  pen.font = `${weight} ${size}px ${family}`;
  const [first, ...others] = words.split(/\s+/);
  const lines = [first];
  for (const word of others) {
    const longer = `${lines.at(-1)} ${word}`;
    if (pen.measureText(longer).width > width) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines;
}

function drawBars(pen, write, rows, {x, width, faint}) {
  const step = Math.min(54, BODY.height / rows.length);
  for (const [i, {name, value, share, colour}] of rows.entries()) {
    const y = BODY.top + i * step;
    const text = {x, y, height: 0.62 * step, size: 0.48 * step};
    write(name, {...text, width: 0.78 * width});
    write(value, {...text, width, align: 'right'});
    const height = 0.2 * step;
    const top = y + 0.62 * step;
    drawBox(pen, faint, x, top, width, height);
    drawBox(pen, colour, x, top, Math.max(2, share * width), height);
  }
}

function drawBox(pen, colour, x, y, width, height, round = height / 2) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.roundRect(x, y, width, height, round);
  pen.fill();
}

/** Letters or words with what each adds, in as many rows as they need. */
function drawLetters(pen, write, tiles, {x, width, family}) {
  let size = 56;
  let placed = placesOf(pen, tiles, size, width, family);
  const isTooLarge = () => {
    const lastRow = placed.at(-1).y;
    const isHigh = lastRow + 2 * size > BODY.height - TITLE;
    return isHigh || (lastRow > 0 && size > MOST_IN_ROWS);
  };
  while (size > LEAST && isTooLarge()) {
    size -= 1;
    placed = placesOf(pen, tiles, size, width, family);
  }
  for (const tile of placed) {
    const fromLeft = tile.isFromRight ? width - tile.x - tile.width : tile.x;
    const left = x + fromLeft;
    const top = BODY.top + TITLE + tile.y;
    drawBox(pen, tile.colour, left, top, tile.width, 1.85 * size, 6);
    drawBox(pen, tile.line, left, top + 1.8 * size, tile.width, 0.09 * size, 0);
    const inside = {x: left, width: tile.width, align: 'center'};
    write(tile.letter, {...inside, y: top, height: LINE * size, size, weight: 700});
    const small = 0.42 * size;
    const below = top + 1.2 * size;
    write(tile.added, {...inside, y: below, height: LINE * small, size: small});
  }
}

/** Tiles one behind the other, with their places in rows of some width. */
function placesOf(pen, tiles, size, width, family) {
  let x = 0;
  let y = 0;
  return tiles.map((tile) => {
    pen.font = `700 ${size}px ${family}`;
    const letter = pen.measureText(tile.letter).width;
    pen.font = `400 ${0.42 * size}px ${family}`;
    const added = pen.measureText(tile.added).width;
    const own = Math.max(letter, added) + 0.35 * size;
    if (x && x + own > width) {
      x = 0;
      y += 2 * size;
    }
    const placed = {...tile, x, y, width: own};
    x += own + 0.12 * size;
    return placed;
  });
}

// -------------------------------------------------------------------------------------- the window

/** Offer the picture of the answer beside a button: to save it, and to send it on where that can be. */
async function share(button) {
  const text = button.dataset.share;
  const answers = button.closest('.answers');
  const canvas = pictureOf(text, answers);
  const content = await new Promise((end) => canvas.toBlob(end));
  const file = new File([content], `${text}.png`, {type: content.type});
  const link = isOnDisk ? {} : {url: addressOfPage()};
  const sent = {files: [file], ...link};
  const dialog = document.createElement('dialog');
  dialog.className = 'game shared';
  dialog.ariaLabel = 'Picture of the answer';
  const address = URL.createObjectURL(file);
  const send = '<button class="primary send">Send …</button>';
  dialog.innerHTML = `<p class="tally"><button class="close" aria-label="Close">✕</button></p>
    <img src="${address}" alt="The answer to ${esc(text)} as a picture"><p>
    ${navigator.canShare?.(sent) ? send : ''}
    <a class="download" download="${esc(file.name)}" href="${address}">Download</a>
    ${linkOrWhy()}</p>`;
  dialog.addEventListener('click', ({target}) => {
    if (target.matches('.close')) dialog.close();
    if (target.matches('.send')) navigator.share(sent).catch(() => {}); // which a visitor may cancel
  });
  dialog.addEventListener('close', () => {
    URL.revokeObjectURL(address);
    dialog.remove();
  });
  answers.append(dialog);
  dialog.showModal();
}
