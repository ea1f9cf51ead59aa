// The picture of an answer to send on: what the page says, and the stage.

const PICTURE = {
  width: 1200,
  height: 630,
  margin: 60,
};
const INNER = PICTURE.width - 2 * PICTURE.margin;
const STAGE = {x: PICTURE.margin, y: 216, width: INNER, height: 340};
// Where lines of words are, and how large
const LINES = {
  text: {y: 34, height: 90, size: 72, weight: 700, width: INNER / 2},
  headline: {y: 40, height: 56, size: 46, weight: 700, x: 60 + INNER / 2, width: INNER / 2},
  reason: {y: 100, height: 96, size: 22, x: 60 + INNER / 2, width: INNER / 2},
  caution: {y: 566, height: 50, size: 20},
};
const LEAST = 12; // pixels, of any text
const LINE = 1.2; // height of a line to the size of its letters

/**
 * The picture of an answer.
 * @param {string} text that is answered
 * @param {Element} answers
 * @returns {HTMLCanvasElement}
 */
export function pictureOf(text, answers) {
  const [headline, reason] = answers.querySelector('.verdict').childNodes;
  const tab = answers.closest('.ask-and-answer');
  const caution = tab.querySelector('.introduction')?.textContent ?? '';
  const colourOf = (name) => getComputedStyle(answers).getPropertyValue(name);
  const {fontFamily: family} = getComputedStyle(answers);
  const canvas = document.createElement('canvas');
  canvas.width = PICTURE.width;
  canvas.height = PICTURE.height;
  const pen = canvas.getContext('2d');
  pen.fillStyle = colourOf('--body-background-fill');
  pen.fillRect(0, 0, PICTURE.width, PICTURE.height);
  pen.fillStyle = colourOf('--color-accent');
  pen.fillRect(0, 0, PICTURE.width, 12);
  const shown = {
    text,
    headline: headline.textContent,
    reason: reason.textContent,
    caution: caution.trim(),
  };
  for (const [name, place] of Object.entries(LINES)) {
    const ink = colourOf(name === 'headline' ? '--color-accent' : '--body-text-color');
    writeIn(pen, shown[name], {x: PICTURE.margin, width: INNER, family, ink, ...place});
  }
  tab.querySelector('.stage').stage.paint(pen, STAGE);
  return canvas;
}

/** Write words into a box, as large as there is room, and no larger than `size`. */
export function writeIn(pen, words, place) {
  const {x, y, width, height, ink} = place;
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
  pen.textBaseline = 'middle';
  const shown = lines.slice(0, most);
  let middle = y + (height - step * (shown.length - 1)) / 2;
  for (const line of shown) {
    pen.fillText(line, x, middle, width);
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
