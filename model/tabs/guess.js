// The game: ten texts a round. Nothing that a visitor guesses leaves the page.

const {text, label} = props.words;
const {each, esc} = draw;
const dialog = element.querySelector('dialog');

let round = []; // questions, as `question` of guess.py returns them
let place = 0; // in the round, of the question that is asked
let score = {you: 0, network: 0};
let seen = []; // the numbers of all questions so far

async function start() {
  round = await server.round_of(seen);
  if (!round.length) {
    seen = [];
    round = await server.round_of(seen);
  }
  place = 0;
  score = {you: 0, network: 0};
  seen.push(...round.map((question) => question.number));
  dialog.showModal();
  ask();
}

/** Ask a question, or show whether the answer that was `chosen` is right. */
function ask(chosen) {
  const question = round[place];
  const isAnswered = chosen !== undefined;
  if (isAnswered) {
    score.you += chosen === question.label;
    score.network += question.answer === question.label;
  }
  dialog.innerHTML = `${tally()}
    <h2><bdi>${esc(question.text)}</bdi></h2><p>Which ${label} is it? The network has not seen
    this ${text} either.</p><div class="choices">${choices(question, chosen)}</div>
    <div class="said" role="status">${isAnswered ? result(question, chosen) : ''}</div>`;
  dialog.querySelector('.next, .choices [aria-disabled=false]')?.focus();
}

/** The number of the question, the scores, and a button that ends the game. */
function tally() {
  return `<p class="tally"><span>${place + 1} of ${round.length}</span>
    <span>You <b>${score.you}</b></span><span>Network <b>${score.network}</b></span>
    <button class="close" aria-label="Close">✕</button></p>`;
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

/** What is right, what the network says, and how to go on. */
function result(question, chosen) {
  const rightOrWrong = (answer) => (answer === question.label ? 'right' : 'wrong');
  const yours = chosen === question.label ? 'Right' : 'Wrong';
  const percent = (100 * question.probability).toFixed(0);
  const isLast = place === round.length - 1;
  const next = '<button class="next primary">Next</button>';
  return `<p>${yours}: it is <b>${esc(question.label)}</b>.
    The network says <b>${esc(question.answer)}</b> (${percent}%)
    and is ${rightOrWrong(question.answer)}.</p>${isLast ? end() : next}`;
}

/** The result of the round. */
function end() {
  let winner = 'It is a draw.';
  if (score.you > score.network) winner = 'You beat the network.';
  if (score.you < score.network) winner = 'The network wins this round.';
  return `<p class="result">${score.you} to ${score.network}. ${winner}</p>
    <button class="next primary" data-play>Another round</button>`;
}

element.addEventListener('click', ({target}) => {
  const button = target.closest('button');
  if (!button) return;
  if ('play' in button.dataset) {
    start();
  } else if (button.matches('.close')) {
    dialog.close();
  } else if (button.ariaDisabled === 'false') {
    ask(button.dataset.choice);
  } else if (button.matches('.next')) {
    place += 1;
    ask();
  }
});
dialog.addEventListener('keydown', (event) => {
  const choice = dialog.querySelectorAll('[aria-disabled=false]')[event.key - 1];
  if (choice) choice.click();
});
page.enlarge(document.documentElement.classList.contains('large')); // now that its switch is there
