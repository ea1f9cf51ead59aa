// The head of a model's tabs: the game against the shipped network.

import {enlarge} from '../presenter.js';
import {Game} from './game.js';

const game = new Game(element.querySelector('dialog'), true);
let questions = []; // all there are

element.addEventListener('click', async ({target}) => {
  if (!target.closest('header [data-play]')) return;
  if (!questions.length) questions = await server.questions();
  game.start(questions, props.words);
});
enlarge(document.documentElement.classList.contains('large')); // now that its switch is there
