// The picture of an answer to send on: what the page says, and the stage.

const OUTER = 1200;
const TALL = 630;
const MARGIN = 60;
const COLUMN = OUTER / 2 - MARGIN;
const STAGE_BOX = {x: MARGIN, y: 210, width: 2 * COLUMN, height: 345};
const SPACED = 1.25; // height of a line to the size of its letters

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
  const style = getComputedStyle(answers);
  const colour = (name) => style.getPropertyValue(name);
  const canvas = document.createElement('canvas');
  canvas.width = OUTER;
  canvas.height = TALL;
  const pen = canvas.getContext('2d');
  pen.fillStyle = colour('--body-background-fill');
  pen.fillRect(0, 0, OUTER, TALL);
  pen.fillStyle = colour('--color-accent');
  pen.fillRect(0, 0, OUTER, 12);
  const right = MARGIN + COLUMN;
  const write = (words, x, y, size, width, as = '') => {
    pen.font = `${as} ${size}px ${style.fontFamily}`;
    const lines = linesOf(pen, words, width);
    for (const [i, line] of lines.entries()) pen.fillText(line, x, y + i * SPACED * size, width);
    return (lines.length - 1) * SPACED * size;
  };
  const more = write(headline.textContent, right, 84, 46, COLUMN, 'bold');
  pen.fillStyle = colour('--body-text-color');
  write(text, MARGIN, 104, 72, COLUMN - 20, 'bold');
  write(reason.textContent, right, 122 + more, 20, COLUMN);
  write(caution.trim(), MARGIN, 586, 19, 2 * COLUMN);
  tab.querySelector('.stage').stage.paint(pen, STAGE_BOX);
  return canvas;
}

/** Words in lines of some width; a longer word has a line of its own, in which it is narrowed. */
function linesOf(pen, words, width) {
  const lines = [''];
  for (const word of words.split(/\s+/)) {
    const line = lines.pop();
    const longer = line ? `${line} ${word}` : word;
    const isFull = line && pen.measureText(longer).width > width;
    lines.push(...(isFull ? [line, word] : [longer]));
  }
  return lines;
}
