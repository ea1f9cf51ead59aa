// The presenter's view: the page as large as a window of 731 by 548 pixels would have it, turned
// section by section with arrow keys or a remote.

const WIDTH = 731; // pixels
const HEIGHT = 548;
const NARROW = 640; // windows up to this width have no such view
const NEAR = 40; // a section so near to the top is the one that is seen
const WAYS = {
  ArrowRight: 1,
  PageDown: 1, // of a remote
  ArrowLeft: -1,
  PageUp: -1,
};

export const isLarge = () => document.documentElement.classList.contains('large');

function visible(selector) {
  const elements = [...document.querySelectorAll(selector)];
  return elements.filter((element) => element.checkVisibility());
}

export function enlarge(on) {
  const {style, classList} = document.documentElement;
  style.setProperty('--zoom', Math.min(innerWidth / WIDTH, screen.height / HEIGHT));
  classList.toggle('large', on && innerWidth > NARROW);
  for (const button of document.querySelectorAll('.enlarge')) button.ariaChecked = String(on);
}

/**
 * Go to the next section of a tab, and at its end to the next tab.
 * @param {1 | -1} way -1: to the one before
 */
export function turn(way) {
  const isDown = way > 0;
  const below = document.documentElement.scrollHeight - innerHeight - scrollY;
  const isLeft = (isDown ? below : scrollY) > NEAR;
  if (isLeft) {
    turnSection(way);
    return;
  }
  const tab = visible('[role=tablist] [aria-selected=true]').pop();
  const beside = isDown ? tab.nextElementSibling : tab.previousElementSibling;
  beside?.click();
}

/** Scroll to the section beside, by at most what can be seen. */
function turnSection(way) {
  const heightOf = (bar) => bar?.getBoundingClientRect().height ?? 0;
  const tabs = heightOf(visible('[role=tablist]').pop()); // which stick, and above the sections the reader, too
  const reader = heightOf(visible('.reader').pop());
  const edgeOf = (section) => tabs + (section.matches('section') ? reader : 0);
  const [foot] = visible('.model-head .introduction');
  const end = foot?.getBoundingClientRect().top ?? innerHeight;
  const screenful = end - tabs;
  const sections = visible('.part, .summary, .reading section, .about h2');
  const tops = sections.map((section) => section.getBoundingClientRect().top - edgeOf(section));
  const below = tops.find((top) => top > NEAR);
  const distance = (way > 0 ? below : tops.findLast((top) => top < -NEAR)) ?? way * screenful;
  scrollBy(0, Math.max(-screenful, Math.min(distance, screenful)));
}

document.addEventListener('keydown', (event) => {
  const {key, target} = event;
  const isTaken = event.defaultPrevented || event.altKey;
  if (!isLarge() || isTaken || target.closest('dialog, [aria-expanded=true]')) return;
  if (key === 'Escape') visible('.enlarge')[0]?.click();
  const moves = 'input, textarea, select, .scroll, [role=grid]'; // by arrows themselves
  const isTheirs = key.startsWith('Arrow') && target.closest(moves);
  if (!WAYS[key] || isTheirs) return;
  event.preventDefault();
  turn(WAYS[key]);
});

addEventListener('resize', () => {
  if (isLarge()) enlarge(true); // as large as the window is now
});

// Paper is light.
let isDark = false;
addEventListener('beforeprint', () => {
  isDark = document.body.classList.contains('dark');
  document.body.classList.remove('dark');
});
addEventListener('afterprint', () => document.body.classList.toggle('dark', isDark));
