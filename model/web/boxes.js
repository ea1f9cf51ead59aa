// The text boxes of both pages by their ids, and what follows when something is typed or pressed.

/** @param {string} id @returns {HTMLInputElement | HTMLTextAreaElement | null} */
export const boxAt = (id) => document.querySelector(`#${id} textarea, #${id} input`);

/** @param {string} id of a box @returns {string} its text */
export const textIn = (id) => boxAt(id)?.value ?? '';

/** Give a box a text as if a visitor had typed it. */
export function type(id, text) {
  const box = boxAt(id);
  if (!box) return;
  box.value = text;
  box.dispatchEvent(new Event('input', {bubbles: true}));
}

/** Bring into view what is behind a cell, which on a narrow page stands below the matrix. */
export function showBelow(id) {
  const element = document.getElementById(id);
  const {top, bottom} = element.getBoundingClientRect();
  if (top >= 0 && Math.min(bottom, top + 300) <= innerHeight) return;
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const behavior = isStill ? 'auto' : 'smooth';
  element.scrollIntoView({behavior});
}

/**
 * Set a visitor's guess at what comes next beside what came, until something else comes; the box is then empty.
 * @param {Element} field of class guess, with a box and an output
 * @param {string} came - what was guessed at, empty if nothing came
 */
export function compareGuess(field, came) {
  const box = field.querySelector('select, [type=number]');
  const told = field.querySelector('output');
  const guess = box.value;
  told.textContent = '';
  if (!guess || !came) return;
  box.value = '';
  const truth = guess === came ? 'right' : `it is ${came}`;
  told.textContent = `You guessed ${guess}: ${truth}.`;
}

// A text that the page brought is replaced by typing, not continued.
const touched = new WeakSet();
document.addEventListener('focusin', ({target}) => {
  if (!target.matches?.('[id^="name"] :is(textarea, input)') || touched.has(target)) return;
  touched.add(target);
  target.select();
});
