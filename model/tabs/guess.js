// Ten texts a round. Nothing that a visitor guesses leaves the page.
const dialog = element.querySelector('dialog'),
  {text, label} = props.words,
  {each, esc} = draw;
let round = [],
  place = 0,
  score = {you: 0, network: 0},
  seen = [];

async function start() {
  round = await server.round_of(seen);
  if (!round.length) {
    seen = [];
    round = await server.round_of(seen);
  }
  [place, score] = [0, {you: 0, network: 0}];
  seen.push(...round.map((question) => question.number));
  dialog.showModal();
  ask();
}

const frame = (content, said) => {
  dialog.innerHTML = `<p class="tally"><span>${place + 1} of ${round.length}</span>
    <span>You <b>${score.you}</b></span><span>Network <b>${score.network}</b></span>
    <button class="close" aria-label="Close">✕</button></p>${content}
    <div class="said" role="status">${said}</div>`;
  (dialog.querySelector('.next') ?? dialog.querySelector('.choices button'))?.focus();
};

function ask(chosen) {
  const question = round[place],
    done = chosen !== undefined;
  if (done) {
    score.you += chosen === question.label;
    score.network += question.answer === question.label;
  }
  const kind = (choice) =>
    !done ? '' : choice === question.label ? 'right' : choice === chosen ? 'wrong' : '';
  const choices = each(
    question.choices,
    (choice, i) => `<button data-choice="${esc(choice)}"
    class="${kind(choice)}" aria-disabled="${done}"><kbd>${i + 1}</kbd> ${esc(choice)}</button>`,
  );
  const result =
    score.you > score.network
      ? 'You beat the network.'
      : score.you < score.network
        ? 'The network wins this round.'
        : 'It is a draw.';
  const onward =
    place < round.length - 1
      ? '<button class="next primary">Next</button>'
      : `<p class="result">${score.you} to ${score.network}. ${result}</p>
    <button class="next primary" data-play>Another round</button>`;
  frame(
    `<h2><bdi>${esc(question.text)}</bdi></h2><p>Which ${label} is it? The network has not seen
    this ${text} either.</p><div class="choices">${choices}</div>`,
    !done
      ? ''
      : `<p>${chosen === question.label ? 'Right' : 'Wrong'}: it is <b>${esc(question.label)}</b>.
    The network says <b>${esc(question.answer)}</b> (${(100 * question.probability).toFixed(0)}%)
    and is ${question.answer === question.label ? 'right' : 'wrong'}.</p>${onward}`,
  );
}

element.addEventListener('click', ({target}) => {
  const button = target.closest('button');
  if (!button) return;
  if ('play' in button.dataset) start();
  else if (button.matches('.close')) dialog.close();
  else if (button.ariaDisabled === 'false') ask(button.dataset.choice);
  else if (button.matches('.next')) {
    place += 1;
    ask();
  }
});
dialog.addEventListener('keydown', (event) => {
  const choice = dialog.querySelectorAll('[aria-disabled=false]')[event.key - 1];
  if (choice) choice.click();
});
page.enlarge(document.documentElement.classList.contains('large')); // now that its switch is there
