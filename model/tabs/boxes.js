// The text boxes of both pages by their ids, and what follows when something is typed or pressed.

/** @param {string} id @returns {HTMLInputElement | HTMLTextAreaElement | null} */
const boxAt = (id) => document.querySelector(`#${id} textarea, #${id} input`);

/** @param {string} id of a box @returns {string} its text */
const textIn = (id) => boxAt(id)?.value ?? '';

/** Give a box a text as if a visitor had typed it. */
function type(id, text) {
  const box = boxAt(id);
  if (!box) return;
  box.value = text;
  box.dispatchEvent(new Event('input', {bubbles: true}));
}

/** Bring into view what is behind a cell, which on a narrow page stands below the matrix. */
function showBelow(id) {
  const element = document.getElementById(id);
  const {top, bottom} = element.getBoundingClientRect();
  const end = Math.min(bottom, top + 300);
  if (top >= 0 && end <= innerHeight) return;
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const behavior = isStill ? 'auto' : 'smooth';
  element.scrollIntoView({behavior});
}

/** A button may copy, share, turn, type a text into a box and open a tab, as its data say. */
function press(button) {
  const {box, text, tab, turn: way} = button.dataset;
  if ('copy' in button.dataset) copy(button);
  if ('share' in button.dataset) share(button);
  const isOn = button.ariaChecked === 'true';
  if (button.matches('.enlarge')) enlarge(!isOn);
  const isTab = button.role === 'tab';
  if (isTab && isLarge()) scrollTo(0, 0);
  if (way) turn(Number(way));
  if (box) {
    type(box, text);
    showAnswer(box);
  }
  if (tab) tabButton(tab)?.click();
}

/** On a phone and in the presenter's view the answer is above the examples. */
function showAnswer(box) {
  const answer = document.getElementById(box.replace(/^name/, 'bars'));
  const isAbove = answer?.getBoundingClientRect().top < 0;
  if (isAbove) answer.scrollIntoView({block: 'center'});
}

document.addEventListener('click', ({target}) => {
  const button = target.closest?.('button');
  if (button) press(button);
});

// A text that the page brought is replaced by typing, not continued.
const touched = new WeakSet();
document.addEventListener('focusin', ({target}) => {
  const isBox = target.matches?.('[id^="name"] :is(textarea, input)');
  if (!isBox || touched.has(target)) return;
  touched.add(target);
  target.select();
});
