// The game: ten texts a round. Nothing that a visitor guesses leaves the page.

const {text, texts, label, labels} = props.words;
const {each, esc, percent} = draw;
const dialog = element.querySelector('dialog');

const ROUND = 10;
const HARD = 6; // of these, so that a visitor can win
const SURE = 0.5;

let questions = []; // all there are, as `question` of guess.py returns them
let round = []; // those that are asked
let place = 0; // in the round, of the question that is asked
let score = {you: 0, network: 0};
const seen = new Set(); // questions of all rounds so far

async function start() {
  if (!questions.length) questions = await server.questions();
  const hard = questions.filter(isHard);
  const deciding = hard.length < ROUND ? questions : hard;
  if (deciding.every((question) => seen.has(question))) seen.clear();
  round = roundOf(questions.filter((question) => !seen.has(question)));
  place = 0;
  score = {you: 0, network: 0};
  for (const question of round) seen.add(question);
  dialog.showModal();
  ask();
}

/** Questions in a random order, six of ten hard ones for the network where there are so many. */
function roundOf(fresh) {
  const mixed = shuffled(fresh);
  const hard = mixed.filter(isHard);
  const clear = mixed.filter((question) => !isHard(question));
  const first = [...hard.splice(0, HARD), ...clear.splice(0, ROUND - HARD)];
  const chosen = [...first, ...hard, ...clear].slice(0, ROUND);
  return shuffled(chosen);
}

/** Whether the network answers wrongly, or would not bet on its answer. */
function isHard({label: right, answer, probability}) {
  return answer !== right || probability < SURE;
}

function shuffled(list) {
  const pairs = list.map((item) => [Math.random(), item]);
  pairs.sort(([one], [other]) => one - other);
  return pairs.map(([, item]) => item);
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
    <h2><bdi>${esc(question.text)}</bdi></h2><p>Which ${label} is it? You choose among
    ${question.choices.length}, the network among all ${labels}. It was not trained on this ${text}.</p>
    <div class="choices">${choices(question, chosen)}</div>
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
  const share = percent(question.probability);
  const isLast = place === round.length - 1;
  const next = '<button class="next primary">Next</button>';
  return `<p>${yours}: it is <b>${esc(question.label)}</b>.
    The network says <b>${esc(question.answer)}</b> (${share})
    and is ${rightOrWrong(question.answer)}.</p>${isLast ? end() : next}`;
}

/** The result of the round. */
function end() {
  let winner = 'It is a draw.';
  if (score.you > score.network) winner = 'You beat the network.';
  if (score.you < score.network) winner = 'The network wins this round.';
  return `<p class="result">${score.you} to ${score.network}. ${winner}</p>
    <p>So that you can win, up to ${HARD} of ${ROUND} ${texts} are ones that the network gets wrong or is unsure of.
    What counts as right is what our data say.</p>
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
