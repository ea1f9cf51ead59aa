// What a press on a button of either page does, as its data say.

import {copy, tabButton} from './address.js';
import {type} from './boxes.js';
import {enlarge, isLarge, turn} from './presenter.js';

/** A button may copy, turn, type a text into a box and open a tab, as its data say. */
function press(button) {
  const {box, text, tab, turn: way} = button.dataset;
  if ('copy' in button.dataset) copy(button);
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
  if (answer?.getBoundingClientRect().top < 0) answer.scrollIntoView({block: 'center'});
}

document.addEventListener('click', ({target}) => {
  const button = target.closest?.('button');
  if (button) press(button);
});
