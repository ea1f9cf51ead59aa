// The game: ten texts a round, against the shipped network or the one just trained. Nothing that a
// visitor guesses leaves the page.

import {each, esc, percent} from './drawing.js';

const ROUND = 10;
const HARD = 6; // of these, so that a visitor can win
const SURE = 0.5;

/** The game in a dialog. */
export class Game {
  round = []; // the questions that are asked
  place = 0; // in the round, of the question that is asked
  score = {you: 0, network: 0};
  seen = new Set(); // texts of all rounds so far

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    dialog.addEventListener('click', ({target}) => {
      const button = target.closest('button');
      if (button) this.press(button);
    });
    dialog.addEventListener('keydown', ({key}) => {
      const choice = dialog.querySelectorAll('[aria-disabled=false]')[key - 1];
      if (choice) choice.click();
    });
  }

  press(button) {
    if (button.matches('.close')) {
      this.dialog.close();
    } else if ('play' in button.dataset) {
      this.start(this.questions, this.words);
    } else if (button.ariaDisabled === 'false') {
      this.ask(button.dataset.choice);
    } else if (button.matches('.next')) {
      this.place += 1;
      this.ask();
    }
  }

  /**
   * Play a round.
   * @param {object[]} questions all there are, as `question` of guess.py returns them
   * @param {{text: string, texts: string, label: string, labels: string}} words
   */
  start(questions, words) {
    this.questions = questions;
    this.words = words;
    const {seen} = this;
    const hard = questions.filter(isHard);
    const deciding = hard.length < ROUND ? questions : hard;
    if (deciding.every(({text}) => seen.has(text))) seen.clear();
    this.round = roundOf(questions.filter(({text}) => !seen.has(text)));
    this.place = 0;
    this.score = {you: 0, network: 0};
    for (const {text} of this.round) seen.add(text);
    this.dialog.showModal();
    this.ask();
  }

  /** Ask a question, or show whether the answer that was `chosen` is right. */
  ask(chosen) {
    const {dialog, score, words} = this;
    const question = this.round[this.place];
    const isAnswered = chosen !== undefined;
    if (isAnswered) {
      score.you += chosen === question.label;
      score.network += question.answer === question.label;
    }
    dialog.innerHTML = `${this.tally()}
      <h2><bdi>${esc(question.text)}</bdi></h2><p>Which ${words.label} is it? You choose among
      ${question.choices.length}, the network among all ${words.labels}. It was not trained on this ${words.text}.</p>
      <div class="choices">${choices(question, chosen)}</div>
      <div class="said" role="status">${isAnswered ? this.result(question, chosen) : ''}</div>`;
    dialog.querySelector('.next, .choices [aria-disabled=false]')?.focus();
  }

  /** The number of the question, the scores, and a button that ends the game. */
  tally() {
    const {place, round, score} = this;
    return `<p class="tally"><span>${place + 1} of ${round.length}</span>
      <span>You <b>${score.you}</b></span><span>Network <b>${score.network}</b></span>
      <button class="close" aria-label="Close">✕</button></p>`;
  }

  /** What is right, what the network says, and how to go on. */
  result(question, chosen) {
    const rightOrWrong = (answer) => (answer === question.label ? 'right' : 'wrong');
    const yours = chosen === question.label ? 'Right' : 'Wrong';
    const share = percent(question.probability);
    const isLast = this.place === this.round.length - 1;
    const next = '<button class="next primary">Next</button>';
    return `<p>${yours}: it is <b>${esc(question.label)}</b>.
      The network says <b>${esc(question.answer)}</b> (${share})
      and is ${rightOrWrong(question.answer)}.</p>${isLast ? this.end() : next}`;
  }

  /** The result of the round. */
  end() {
    const {score, words} = this;
    let winner = 'It is a draw.';
    if (score.you > score.network) winner = 'You beat the network.';
    if (score.you < score.network) winner = 'The network wins this round.';
    return `<p class="result">${score.you} to ${score.network}. ${winner}</p>
      <p>So that you can win, up to ${HARD} of ${ROUND} ${words.texts} are ones that the network gets wrong or is unsure of.
      What counts as right is what our data say.</p>
      <button class="next primary" data-play>Another round</button>`;
  }
}

/** Questions in a random order, six of ten hard ones for the network where there are so many. */
function roundOf(fresh) {
  const mixed = shuffled(fresh);
  const hard = mixed.filter(isHard);
  const clear = mixed.filter((question) => !isHard(question));
  const first = [...hard.splice(0, HARD), ...clear.splice(0, ROUND - HARD)];
  return shuffled([...first, ...hard, ...clear].slice(0, ROUND));
}

/** Whether the network answers wrongly, or would not bet on its answer. */
function isHard({label, answer, probability}) {
  return answer !== label || probability < SURE;
}

function shuffled(list) {
  const pairs = list.map((item) => [Math.random(), item]);
  pairs.sort(([one], [other]) => one - other);
  return pairs.map(([, item]) => item);
}

/** The labels to choose from. */
function choices(question, chosen) {
  const isAnswered = chosen !== undefined;
  const kindOf = (choice) => {
    if (!isAnswered) return '';
    if (choice === question.label) return 'right';
    return choice === chosen ? 'wrong' : '';
  };
  const button = (choice, i) => `<button data-choice="${esc(choice)}"
    class="${kindOf(choice)}"
    aria-disabled="${isAnswered}"><kbd>${i + 1}</kbd> ${esc(choice)}</button>`;
  return each(question.choices, button);
}
