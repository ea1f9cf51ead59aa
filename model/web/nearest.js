// Below the answer: which change of one letter makes the network say another label, and what else to
// do with a text that has none. In: element, the props box, game, trains and words, and the server's
// function nearest. No quoted word here may be a parameter of gr.HTML: Gradio would take it for an
// event of ours.

const {box, game, trains, words} = props;
const {each, esc, percent} = draw;
const NO_ANSWER = {problem: 'The server gave no answer: try again.'};
let listed = new Set(); // the text that was asked about, and those in the list

const button = (data, text) => `<button class="copy" ${data}>${text}</button>`;

element.innerHTML = `<p class="asks">${button('data-ask', `What would make it another ${words.label}?`)}
  <span class="ways">${game ? button('data-game', 'Play against the network') : ''}
  ${trains ? button('data-own', `Train a network on your own ${words.texts}`) : ''}</span></p>
  <div role="status"></div>`;
const output = element.querySelector('[role=status]');

const textOf = ([before, , added, after]) => before + added + after;

/** A change as a button that opens its text, with the letter marked. */
function marked(change) {
  const [before, old, added, after] = change;
  const letter = added ? `<ins>${esc(added)}</ins>` : `<del>${esc(old)}</del>`;
  const data = `data-box="${box}" data-text="${esc(textOf(change))}"`;
  return button(data, `<bdi>${esc(before)}${letter}${esc(after)}</bdi>`);
}

/** The nearest texts. */
function list({text, nearest}) {
  const of = `<bdi>${esc(text)}</bdi>`;
  const none = `No change of one letter makes the network sure that ${of} has another ${words.label}.`;
  if (!nearest.length) return `<p>${none}</p>`;
  const items = each(nearest, ({label, probability, change}) => {
    return `<li data-label="${esc(label)}">${marked(change)}
      <span><b>${esc(label)}</b> ${percent(probability)}</span></li>`;
  });
  return `<p>One letter from ${of}, the network says:</p>
    <ol data-nearest="${esc(text)}">${items}</ol>`;
}

async function find() {
  const text = page.text(box);
  output.innerHTML = '<p>The network reads every change of one letter …</p>';
  const found = await server.nearest(text).catch(() => NO_ANSWER);
  if (page.text(box) !== text) return;
  const {problem, nearest = []} = found;
  listed = new Set([text, ...nearest.map(({change}) => textOf(change))]);
  output.innerHTML = problem ? `<p>${esc(problem)}</p>` : list(found);
}

/** Open the tab Train with a table of the visitor's own. */
function trainOwn() {
  const state = {[box]: page.text(box), tab: 'train', data: 'own'};
  location.hash = new URLSearchParams(state);
}

element.addEventListener('click', ({target}) => {
  const {ask, game: isGame, own} = target.closest('button')?.dataset ?? {};
  if (ask !== undefined) find();
  if (isGame !== undefined) document.querySelector(`#${game} [data-play]`).click();
  if (own !== undefined) trainOwn();
});
document.addEventListener('input', () => {
  if (!listed.has(page.text(box))) output.innerHTML = '';
});
