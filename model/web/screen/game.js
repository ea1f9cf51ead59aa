// The game: ten texts a round, against the shipped network or the one just trained. Nothing that a
// visitor guesses leaves the page.

import {each, esc, head, percent, table} from '../drawing.js';

const ROUND = 10;
const HARD = 6; // of these, so that a visitor can win
const EASY = 0.5;
const NEXT = '<button class="next primary">Next</button>';

/** The game in a dialog. */
export class Game {
  round = []; // the questions that are asked
  place = 0; // in the round, of the question that is asked
  score = {you: 0, network: 0};
  seen = new Set(); // texts of all rounds so far

  /**
   * @param {HTMLDialogElement} dialog
   * @param {boolean} hasBands - whether name.js shows what its network would answer after each letter
   */
  constructor(dialog, hasBands) {
    Object.assign(this, {dialog, hasBands});
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
    Object.assign(this, {questions, words, place: 0, score: {you: 0, network: 0}});
    const unseen = questions.filter(({text}) => !this.seen.has(text));
    this.round = roundOf(unseen.length < ROUND ? questions : unseen);
    for (const {text} of this.round) this.seen.add(text);
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
      score.network += isRight(question);
      question.chosen = chosen;
    }
    dialog.innerHTML = `${this.tally()}
      <h2><bdi>${esc(question.text)}</bdi></h2><p>Which ${words.label} is it? You choose among
      ${question.choices.length}, the network among all ${words.labels}. It was not trained on this ${words.text}.</p>
      <div class="choices">${choices(question, chosen)}</div>
      <div class="said" role="status">${isAnswered ? this.result(question, chosen) : ''}</div>`;
    dialog.querySelector('.next, .choices [aria-disabled=false]')?.focus();
    const place = dialog.querySelector('.stage');
    if (place) {
      const detail = {place, text: question.text};
      document.dispatchEvent(new CustomEvent('guessed', {detail}));
    }
  }

  /** The number of the question, the scores, and a button that ends the game. */
  tally() {
    return `<p class="tally"><span>${this.place + 1} of ${this.round.length}</span>
      <span>You <b>${this.score.you}</b></span><span>Network <b>${this.score.network}</b></span>
      <button class="close" aria-label="Close">✕</button></p>`;
  }

  /** What is right, what the network says, and how to go on. */
  result(question, chosen) {
    const bands = this.hasBands ? '<div class="stage" inert></div>' : '';
    const isLast = this.place === this.round.length - 1;
    return `<p>${chosen === question.label ? 'Right' : 'Wrong'}: it is <b>${esc(question.label)}</b>.
      The network says <b>${esc(question.answer)}</b> (${percent(question.probability)})
      and is ${isRight(question) ? 'right' : 'wrong'}.</p>
      ${bands}${isLast ? this.end() : NEXT}`;
  }

  /** The result of the round, and folded away the answers to all questions, those of the round first. */
  end() {
    const {score, words, questions, round} = this;
    const rows = each([...new Set([...round, ...questions])], rowOf);
    const heads = each(['truth', 'you', 'network'], head);
    let winner = 'It is a draw.';
    if (score.you > score.network) winner = 'You beat the network.';
    if (score.you < score.network) winner = 'The network wins this round.';
    return `<p class="result">${score.you} to ${score.network}. ${winner}</p>
      <p>So that you can win, up to ${HARD} of ${ROUND} ${words.texts} are ones that the network gets wrong or is unsure of.
      What counts as right is what our data say.</p>
      <details><summary>The network has ${questions.filter(isRight).length} of all ${questions.length} ${words.texts} right</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="All answers">${table('of-round', heads, rows)}</div></details>
      <button class="next primary" data-play>Another round</button>`;
  }
}

/** Questions in a random order, six of ten hard ones for the network where there are so many. */
function roundOf(fresh) {
  const mixed = shuffled(fresh);
  const hard = mixed.filter(isHard);
  const clear = mixed.filter((question) => !isHard(question));
  return shuffled([...hard.splice(0, HARD), ...clear, ...hard].slice(0, ROUND));
}

const isRight = ({label, answer}) => answer === label;

/** A question with its answers. */
function rowOf({text, label, chosen = '', answer}) {
  const cell = (given) =>
    `<td class="${given && given !== label ? 'wrong' : ''}">${esc(given)}</td>`;
  return `<tr><th scope="row"><bdi>${esc(text)}</bdi></th>${each([label, chosen, answer], cell)}</tr>`;
}

/** Whether the network answers wrongly, or would not bet on its answer. */
const isHard = (question) => !isRight(question) || question.probability < EASY;

function shuffled(list) {
  return list
    .map((item) => [Math.random(), item])
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item);
}

/** The labels to choose from. */
function choices(question, chosen) {
  const isAnswered = chosen !== undefined;
  const kinds = isAnswered ? {[chosen]: 'wrong', [question.label]: 'right'} : {};
  const button = (choice, i) => `<button data-choice="${esc(choice)}"
    class="${kinds[choice] ?? ''}"
    aria-disabled="${isAnswered}"><kbd>${i + 1}</kbd> ${esc(choice)}</button>`;
  return each(question.choices, button);
}
