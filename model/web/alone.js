// The page without a server: what Gradio and Python do for the other page. alone.html has the elements, `scripts`
// the functions of the tabs, and two gzipped blocks the model and what the tabs show when they are opened.
(async () => {
const $ = (selector) => document.querySelector(selector), textOf = (id) => document.getElementById(id).textContent;
const root = $('gradio-app'), dark = matchMedia('(prefers-color-scheme: dark)');
const theme = new URLSearchParams(location.search).get('__theme');
const turnDark = () => document.body.classList.toggle('dark', theme ? theme === 'dark' : dark.matches);
dark.addEventListener('change', turnDark);
turnDark();
root.classList.toggle('embed', new URLSearchParams(location.search).get('embed') === '1');

const tabs = [...document.querySelectorAll('[role=tab]')], opened = new Set();
const select = (tab) => {
  for (const other of tabs) {
    other.ariaSelected = String(other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    document.getElementById(other.getAttribute('aria-controls')).hidden = other !== tab;
  }
  open(tab.dataset.tabId);
};
for (const tab of tabs) tab.addEventListener('click', () => select(tab));
$('[role=tablist]').addEventListener('keydown', (event) => {
  const way = {ArrowRight: 1, ArrowLeft: -1}[event.key], next = tabs.at((tabs.indexOf(event.target) + way) % tabs.length);
  if (!way || event.defaultPrevented) return;
  event.preventDefault();
  next.focus();
  next.click();
});

const joined = (...ids) => ids.map(textOf).join('\n');
const bytesOf = (text) => Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const unpacked = (bytes) => new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')));
const bytes = bytesOf(textOf('model')), data = await unpacked(bytesOf(textOf('data'))).json();
const classifier = window.classifier = await TextClassifier.load(bytes);
const call = page.workerOf(joined('network', 'classifier', 'answering'));
call('load', bytes);

// ------------------------------------------------------------------------------------------------------ Name
const field = page.find('name'), [number, range] = document.querySelectorAll('#k input'), every = $('.every');
const {opening, size} = data;
const answer = () => {
  const value = classifier.shown(field.value, +number.value);
  $('#bars').innerHTML = draw.answer(value);
  $('#notes').innerHTML = draw.notes(value);
};
let timer = null, asked = 0;
const letters = async () => { // when typing stops; an answer that comes late is not shown
  const text = field.value, mine = asked += 1, found = await call('letters', {text});
  if (mine === asked) $('#letters').innerHTML = draw.letters(found);
};
field.addEventListener('input', () => {
  answer();
  clearTimeout(timer);
  timer = setTimeout(letters, 350);
});
for (const box of [number, range]) {
  box.addEventListener('input', () => {
    const k = Math.round(Math.min(Math.max(+box.value || 1, 1), size));
    if (box !== number || k === +box.value) [number.value, range.value] = [k, k];
    every.textContent = k === size ? 'Show fewer' : 'Show all';
    answer();
  });
}
every.addEventListener('click', () => page.type('k', +number.value === size ? data.k : size));
$('#examples').innerHTML = draw.examples(data.examples);

// ------------------------------------------------------------------- The other tabs, when they are opened first
const server = { // what the scripts ask Python for on the other page
  round_of: async (seen) => {
    const fresh = data.questions.filter((question) => !seen.includes(question.number));
    return fresh.map((question) => [Math.random(), question]).sort(([a], [b]) => a - b).slice(0, 10).map(([, q]) => q);
  },
  read: (text) => call('reading', {text}),
  strongest: async () => data.strongest,
  playground: async () =>
    ({worker: joined('network', 'datasets', 'worker'), names: textOf('names'), code: textOf('code')}),
  answers: (texts, onDone) => call('answers', {texts}, onDone),
};
if ($('#downloads')) $('#downloads').innerHTML = data.downloads;
const parts = {test: ['matrix', 'per-label']}; // elements with a script, where a tab has not just one
let redrawn = () => {};
const watch = (_, changed) => { redrawn = changed; };
const showCell = (_, {row, column}) => {
  $('#behind').innerHTML = data.cells[`${row} ${column}`];
  page.showBelow('behind');
};

function open(tab) {
  if (opened.has(tab)) return;
  opened.add(tab);
  for (const id of parts[tab] ?? [tab]) {
    const element = document.getElementById(id);
    if (element) scripts[id]?.(element, data.props[id] ?? {}, server, showCell, watch);
  }
}

for (const unit of document.querySelectorAll('[name=unit]')) {
  unit.addEventListener('change', () => {
    $('#matrix').innerHTML = data.matrices[unit.value];
    redrawn();
  });
}

[field.value, number.value] = page.linked('name', opening, data.k, size);
page.type('k', number.value);
open('head');
await letters();
page.opened('name');
})();
