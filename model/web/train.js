// The tab Train: settings, curves and pictures of a network that a Web Worker trains (worker.js).
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.
const {esc, each, range, percent, brief, table, head, field, chart} = window.draw;
const $ = (selector) => element.querySelector(selector), all = (selector) => [...element.querySelectorAll(selector)];
const NAMES = {rnn: 'plain RNN', gru: 'GRU', lstm: 'LSTM'}, DIRECTIONS = ['forward', 'backward'];
const GATES = {rnn: [], gru: ['reset', 'update'], lstm: ['input', 'forget', 'output']};
const WORDS = {names: ['names', 'language'], order: ['strings', 'answer'], own: ['texts', 'label']};
const PACE = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 0, MOST_POINTS = 300;
const whole = (n) => Math.round(n).toLocaleString('en'), share = (p) => `${(100 * p).toFixed(1)}%`;
const calls = new Map();
let worker = null, count = 0, names = '', ready = null, cells = [], started = null, now = null, points = [];
let looks = [], moment = null, isLooking = false, isStale = false, timer = null, drawn = 0, spoken = 0;

// The worker answers by the number of the call, and tells of its progress without being asked.
function call(method, given = {}) { // the result, or {problem}
  count += 1;
  worker.postMessage({id: count, method, given});
  return new Promise((done) => { calls.set(count, done); });
}

function hear({data}) {
  if (data.event === 'progress') { progress(data); return; }
  calls.get(data.id)?.(data.problem ? {problem: data.problem} : data.result);
  calls.delete(data.id);
}

async function open() { // once: what the worker is made of, and the names
  const reply = await server.playground({}).catch(() => null);
  if (!reply) { $('.problem').textContent = 'The server gave no answer: open the page again.'; return; }
  names = reply.names;
  worker = new Worker(URL.createObjectURL(new Blob([reply.worker], {type: 'text/javascript'})));
  worker.addEventListener('message', hear);
  worker.addEventListener('error', ({message}) => { $('.problem').textContent = message; });
  await begin();
}

// The settings are the boxes with a name; the address has those that differ from the page's own.
const kept = (box) => box.type === 'checkbox' ? String(box.checked) : box.value;
const settings = () => Object.fromEntries(all('[name]').map((box) => [box.name, kept(box)]));
const defaults = settings(), isNames = () => settings().data === 'names' && props.shared;
const changed = () => Object.fromEntries(Object.entries(settings()).filter(([name, text]) => text !== defaults[name]));

function set(state) { // to what an address has; what is no setting is left as the page has it
  for (const box of all('[name]')) {
    const text = state.get(box.name) ?? defaults[box.name];
    if (box.type === 'checkbox') { box.checked = text === 'true'; continue; }
    box.value = text;
    if (!box.value || !box.validity.valid) box.value = defaults[box.name];
  }
  $('.more').open = ['rate', 'batch', 'seed'].some((name) => name in changed());
  label();
}

function label() { // what depends on the settings alone
  const {data, length, units, cell, beside} = settings(), [texts, one] = WORDS[data];
  $('[name=length] + output').value = length;
  $('[name=units] + output').value = units;
  $('.of-order').hidden = data !== 'order';
  $('.own').hidden = data !== 'own';
  for (const word of all('.texts')) word.textContent = texts;
  $('.of-label').textContent = one;
  cells = [cell, beside].filter(Boolean);
  const gates = [...new Set(cells.flatMap((each) => GATES[each]))];
  $('.gates-of').innerHTML = each(gates, (gate) => `<label>${gate} gate <select data-gate="${gate}">
    <option value="">works<option value="0">held at 0<option value="1">held at 1</select></label>`) ||
    'A plain RNN has no gate.';
}

async function begin(goesOn = false) { // anew, with the settings as they are
  const {data, length, units, both, rate, batch, seed} = settings(), before = started?.data;
  [now, points, moment, looks] = [null, [], null, []];
  const given = {data, length: +length, table: $('textarea').value, names, cells, units: +units,
    both: both === 'true', rate: +rate, batch: +batch, seed: +seed};
  const mine = started = {data, ...await call('start', given)};
  if (started !== mine) return; // changed meanwhile
  $('.problem').textContent = mine.problem ?? '';
  $('.train').classList.toggle('nothing', Boolean(mine.problem));
  if (mine.problem) return;
  if (isNames()) follow();
  else if (before !== data || data === 'own') $('.typed').value = mine.examples[0];
  $('.examples').innerHTML = each(mine.examples, (text) => `<button data-text="${esc(text)}">${esc(text)}</button> `);
  legend();
  running(goesOn);
  await look();
  if (goesOn) call('train');
  else tell();
  if (page.trained) document.dispatchEvent(new Event('trained'));
}

function running(isOn) {
  $('.play').textContent = isOn ? '❚❚ Pause' : '▶ Train';
  $('.play').dataset.do = isOn ? 'pause' : 'train';
}

function progress(event) {
  now = event;
  points.push(...event.curves);
  if (points.length > MOST_POINTS) points = points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
  running(event.running);
  page.trained = {call, settings: settings(), cells};
  if (!event.running) document.dispatchEvent(new Event('trained'));
  if (event.running && Date.now() - drawn < PACE) return;
  drawn = Date.now();
  look();
  if (!event.running || drawn - spoken > 15000) tell();
}

async function look() { // at the visitor's text, with every network, at the moment that is chosen
  if (isLooking) { isStale = true; return; }
  isLooking = true;
  do {
    isStale = false;
    const mine = started, text = $('.typed').value, given = {moment, text};
    const replies = await Promise.all(cells.map((_, network) => call('look', {network, ...given})));
    if (mine === started) { looks = replies; draw(); } else isStale = true;
  } while (isStale);
  isLooking = false;
}

function draw() {
  drawCurves();
  drawFigures();
  drawLooks();
  drawLabels();
}

function put(place, html) { // where boxes stay scrolled, and the focus stays, while it is drawn again
  const boxes = () => [...$(place).querySelectorAll('.scroll')], lefts = boxes().map((box) => box.scrollLeft);
  const at = boxes().indexOf(document.activeElement);
  $(place).innerHTML = html;
  boxes().forEach((box, i) => { box.scrollLeft = lefts[i] ?? 0; });
  boxes()[at]?.focus({preventScroll: true});
}

const titleOf = (i) => NAMES[cells[i]] + (cells[0] === cells[1] ? ` ${i + 1}` : '');
const stepAt = () => moment === null ? now?.step ?? 0 : now.moments[moment];

function legend() {
  $('.legend').innerHTML = each(cells, (_, i) => `<li class="net-${i}">${titleOf(i)}</li>`) +
    `<li class="unseen">unseen ${WORDS[started.data][0]}</li><li class="seen">in training</li>
    <li class="chance">most frequent ${WORDS[started.data][1]}: ${share(started.majority)}</li>`;
}

function drawCurves() {
  const last = points.at(-1)?.step ?? 0, size = 10 ** Math.floor(Math.log10(Math.max(last, 10)));
  const ticks = range(11).map((i) => i * size / (last / size < 3 ? 2 : 1)).filter((step) => step <= last);
  const below = ticks.map((step) => [step, whole(step)]), width = Math.max(280, $('.lines').clientWidth);
  const line = (i, key, kind) => ({name: '', as: `class="net-${i} ${kind}"`, points: points
    .map(({step, values}) => [step, values[i][key]]).filter((at) => at[1] !== null)});
  const of = (...kinds) => cells.flatMap((_, i) => kinds.map((kind) => line(i, ...kind)))
    .filter((each) => each.points.length);
  const most = Math.ceil(Math.max(1, ...points.flatMap(({values}) => values.map(({loss}) => loss))));
  const draw = (place, lines, left, chance) => {
    $(place).innerHTML = chart({width, height: 190, left, below,
      lines: lines.length ? lines : [{name: '', points: [[0, left[0][0]]], as: ''}],
      label: `${place.slice(1)} by step, now ${spell()}`,
      behind: (x, y) => (chance ? `<path class="chance" d="M${x(0)} ${y(chance)}H${x(last || 1)}"/>` : '') +
        (moment === null ? '' : `<path class="at" d="M${x(stepAt())} ${y(left[0][0])}V10"/>`)});
  };
  draw('.accuracy', of(['accuracy', 'seen'], ['heldOut', 'unseen']), [[0, '0%'], [0.5, '50%'], [1, '100%']],
    started.majority);
  draw('.loss', of(['loss', 'seen']), [[0, '0'], [most / 2, String(most / 2)], [most, `${most} loss`]]);
  Object.assign($('.moment'), {max: now?.moments.length ?? 0, disabled: !now?.moments.length});
  if (moment === null) $('.moment').value = $('.moment').max;
  const at = stepAt() ? `step ${whole(stepAt())}` : 'before training', seconds = whole(now?.seconds ?? 0);
  $('.moment').ariaValueText = at;
  $('.back output').value = moment !== null ? at : now ? `now, ${at}, pass ${now.epoch}, ${seconds} s` : at;
}

const spell = () => looks.map((look, i) => `${titleOf(i)} ${share(look.heldOut)}`).join(', ');

function drawFigures() {
  $('.figures').innerHTML = each(looks, (look, i) => `<p class="net-${i}"><b class="held"
    data-heldout="${look.heldOut.toFixed(4)}">${share(look.heldOut)}</b> of ${whole(started.heldOut)} unseen
    ${WORDS[started.data][0]} right<small>${titleOf(i)}, ${whole(started.weights[i])} weights</small></p>`);
  const best = ({labels, probabilities: p}) => range(labels.length).sort((a, b) => p[b] - p[a]).slice(0, 4);
  const bar = (look) => (k) => `<li><span class="of">${esc(look.labels[k])}</span>
    <span class="value">${percent(look.probabilities[k])}</span>
    <span class="track" style="--share: ${look.probabilities[k].toFixed(4)}"></span></li>`;
  $('.answers').innerHTML = each(looks, (look, i) => look.probabilities ?
    `<ol class="bars net-${i}" aria-label="${titleOf(i)}">${each(best(look), bar(look))}</ol>` : '');
}

function drawLooks() {
  const arrives = (gradient, d) => { // of the gradient at the letter read last, at that read first
    const [first, last] = d ? [gradient.at(-1), gradient[0]] : [gradient[0], gradient.at(-1)];
    return gradient.length < 2 || !last ? '' : `; the first letter it reads gets ${percent(first / last)}
      of the last one’s gradient`.replace('>', 'over');
  };
  put('.looks', each(looks, (look, i) => !look.states ? '' : each(look.states, (states, d) => {
    const T = look.units.length, H = states.length / T, gradient = [...look.gradients?.[d] ?? []];
    const most = Math.max(...gradient) || 1, name = `${titleOf(i)}, ${DIRECTIONS[d]}`;
    const bars = each(gradient, (length) => `<i style="--share: ${(length / most).toFixed(4)}"></i>`);
    return field(element, look.units, H, `States of ${name}`, `<b class="net-${i}">${name}</b>${arrives(gradient, d)}`,
      (u, t) => states[t * H + u], `<span class="gradients net-${i}">${bars}</span>`);
  })));
}

function drawLabels() {
  const track = (look, k, i) => `<span class="track net-${i}" style="--share: ${(look.byLabel[k] ?? 0).toFixed(4)}"></span>`;
  $('.by').innerHTML = each(started.labels, (name, k) => `<li><span class="of">${brief(name)}</span>
    <span class="value">${looks.map((look) => `${whole(100 * look.byLabel[k])}%`).join(' · ')}</span>
    ${each(looks, (look, i) => track(look, k, i))}</li>`);
}

function tell() { // read out, and rarely
  spoken = Date.now();
  $('.spoken').textContent = `${$('.back output').value}: ${spell()} of unseen ${WORDS[started.data][0]} right.`;
}

function unitsOf(text) { // '3, 8-10' → [2, 7, 8, 9]
  return [...text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)].flatMap(([, first, last = first]) =>
    range(Math.max(0, Math.min(last, 128) - first + 1)).map((i) => +first - 1 + i)).filter((unit) => unit >= 0);
}

async function breakIt() { // what is held, silenced or shuffled, and what that costs
  const holds = all('[data-gate]').filter((box) => box.value).map((box) => [box.dataset.gate, +box.value]);
  const silenced = unitsOf($('.silenced').value), shuffle = $('.shuffle').checked;
  if (!holds.length && !silenced.length && !shuffle) { $('.broken').innerHTML = ''; return; }
  const replies = await Promise.all(cells.map((cell, network) => call('broken', {network, moment, silenced, shuffle,
    hold: Object.fromEntries(holds.filter(([gate]) => GATES[cell].includes(gate)))})));
  $('.broken').innerHTML = each(replies, (reply, i) => reply.problem ? `<p>${esc(reply.problem)}</p>` :
    `<p class="net-${i}"><b>${share(reply.before)} → <span data-broken="${reply.after}">${share(reply.after)}</span></b>
    ${titleOf(i)}, as it learnt → broken</p><ol class="bars by">${each(started.labels, (name, k) =>
    `<li><span class="of">${brief(name)}</span><span class="value">${whole(100 * reply.byLabel.before[k])} →
    ${whole(100 * reply.byLabel.after[k])}%</span><span class="track net-${i}"
    style="--share: ${reply.byLabel.after[k]}"></span></li>`)}</ol>`);
}

function follow() { // the name that was typed in another tab
  if (isNames()) $('.typed').value = page.text(props.box) || $('.typed').value;
}

const ACTIONS = {
  train: () => { running(true); call('train'); },
  pause: () => { running(false); call('pause'); },
  one: () => { running(false); call('one'); },
  again: () => begin(),
  mend: () => {
    for (const box of all('.breaks :is(select, .silenced)')) box.value = '';
    $('.shuffle').checked = false;
    breakIt();
  },
};

element.addEventListener('click', ({target}) => {
  const {do: action, text} = target.closest('button')?.dataset ?? {};
  if (action) ready.then(() => { if (worker) ACTIONS[action](); });
  if (text === undefined) return;
  $('.typed').value = text;
  if (isNames()) page.type(props.box, text);
  look();
});
element.addEventListener('input', ({target: box}) => {
  if (box.matches('.typed')) { if (isNames()) page.type(props.box, box.value); look(); }
  if (box.matches('.breaks *')) breakIt();
  if (box.matches('.moment')) { moment = box.value === box.max ? null : +box.value; look(); breakIt(); }
  if (box.matches('[type=range]')) label();
  if (box.matches('textarea')) { clearTimeout(timer); timer = setTimeout(begin, 400); }
});
element.addEventListener('change', async ({target: box}) => {
  if (box.type === 'file') {
    $('textarea').value = await box.files[0].text();
    begin();
  } else if (box.name) {
    label();
    begin(Boolean(now?.running));
  }
});

page.extras.train = {settings: changed, set(state) { // which the address has
  const before = JSON.stringify(settings());
  set(state);
  if (worker && JSON.stringify(settings()) !== before) begin();
}};
set(page.state);
new IntersectionObserver(([seen]) => {
  if (!seen.isIntersecting) { if (now?.running) call('pause'); return; }
  ready ??= open();
  if (started) { follow(); look(); }
}).observe(element);
new ResizeObserver(() => { if (looks.length) drawCurves(); }).observe(element);
