// Draws the network's steps over one text. reading.py computes; nothing here is about one task.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.
const $ = (selector) => element.querySelector(selector), all = (selector) => [...element.querySelectorAll(selector)];
const {range, each, esc, sign, plain, percent, glyph, brief, head, table, scroller, headings} = draw;
const two = (x) => x.toFixed(2), kind = (x) => x < 0 ? 'minus' : 'plus';
const picture = (...given) => draw.picture(element, ...given);
const gap = props.piece === 'word' ? ' ' : '', whole = (units) => spelled(units).join(gap).normalize();
// Lower case has one sigma, but at the end of a word another is written.
const spelled = (units) => units.map((u, i) => u === 'σ' && !/^[\p{L}\p{M}]/u.test(units[i + 1] ?? '') ? 'ς' : u);
const unpack = (text) => Float32Array.from(
  new Int16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer), (n) => n / 1000);
const ask = (name, given) => server[name](given).catch(() => ({problem: 'The server gave no answer: try again.'}));
const DIRECTIONS = ['forward', 'backward'];
let R = null, t = 0, dir = 0, unit = null, layer = 0, text = '', others = [], pair = [];
let strongest = null, timer = null, follower = null;

function decode(reply) {
  if (reply.problem) return reply;
  for (const key of ['embedding', 'given', 'memory', 'states', 'pooled']) reply[key] = unpack(reply[key]);
  const T = reply.ids.length, H = reply.size, last = reply.shares[T - 1];
  const D = reply.states.length / T / H / props.layers, at = (d, t) => (layer * D + d) * T + t;
  const state = (d, t, u) => t < 0 || t >= T ? 0 : reply.states[at(d, t) * H + u];
  const before = (d, t, u) => state(d, d ? t + 1 : t - 1, u);
  const gates = (d, t, u) => {
    const values = (from) => range(3).map((g) => from[(at(d, t) * 3 + g) * H + u]);
    const x = values(reply.given), m = values(reply.memory);
    const [r, z] = [0, 1].map((g) => 1 / (1 + Math.exp(-x[g] - m[g])));
    return {x, m, r, z, n: Math.tanh(x[2] + r * m[2]), old: before(d, t, u), h: state(d, t, u)};
  };
  return {...reply, T, H, D, last, state, before, gates};
}

async function readings(texts) { // what `texts` returns, read; null if that has changed meanwhile
  const wanted = texts(), replies = await Promise.all(wanted.map((text) => ask('read', text)));
  return texts().join('\n') === wanted.join('\n') ? replies.map(decode) : null;
}

async function read() {
  const [reply] = await readings(() => [text]) ?? [];
  if (!reply) return;
  $('.problem').textContent = reply.problem ?? (reply.more ? `The first 40 ${props.piece}s are shown.` : '');
  $('.reading').classList.toggle('nothing', Boolean(reply.problem)); // no figures of another text
  stop();
  R = reply.problem ? null : reply;
  if (!R) return;
  $('.reading').classList.remove('fresh');
  [t, dir] = [Math.min(t, R.T - 1), Math.min(dir, R.D - 1)];
  unit ??= busiest()[0]; // at first one that there is something to see of
  $('.cursor').innerHTML = headings(R.units);
  $('.cursor').ariaValueMax = R.T;
  drawBatch();
  drawRows();
  drawFields();
  $('.endings .table').innerHTML = shares(R);
  drawLines();
  drawPooled();
  show();
}

async function readOthers() {
  others = await readings(() => all('.other').map((box) => box.value).filter((other) => other.trim())) ?? others;
  drawBatch();
  show();
}

function drawBatch() { // packed as the lecture does: the longest first, the others padded with 0
  const problem = others.find((other) => other.problem)?.problem;
  if (problem || !R) { $('.batch').innerHTML = `<p>${esc(problem ?? '')}</p>`; return; }
  const rows = [R, ...others].sort((a, b) => b.T - a.T), columns = range(rows[0].T);
  const cell = (row) => (c) => c >= row.T ? '<td class="padding">0</td>' :
    `<td ${row === R ? `data-at="${c}"` : ''}><b>${glyph(row.units[c])}</b>${row.ids[c]}</td>`;
  $('.batch').innerHTML = table('', head('length') + each(columns, (c) => head(c + 1)), each(rows, (row) =>
    `<tr class="${row === R ? 'mine' : ''}"><th scope="row">${esc(whole(row.units))}</th>
    <td class="length">${row.T}</td>${each(columns, cell(row))}</tr>`));
}

function drawRows() {
  const height = R.T > 20 ? 1.05 : 1.45, {P, E, value, most} = embedding(); // rem
  $('.rows').style.setProperty('--row', `${height}rem`);
  $('.rows').innerHTML = `<div class="strips"><ol>${each(R.units, (u, i) =>
    `<li data-at="${i}"><b>${glyph(u)}</b> ${R.ids[i]}</li>`)}</ol>
    ${picture(`${E} values a ${props.piece}`, R.T, E, (r, e) => value(P - 1, r, e), most)}</div>
    <div class="parts"></div>`;
}

function embedding() { // P parts with E values each: the rows of groups, of the letter itself, the sum
  const P = R.ngrams.length + R.scripts.length + 2, E = R.embedding.length / P / R.T;
  const most = 0.6 * R.embedding.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return {P, E, most, value: (p, t, e) => R.embedding[(p * R.T + t) * E + e]};
}

function drawParts() { // of the letter at the cursor: its own row, those of its groups, their sum
  const {P, E, value, most} = embedding();
  const places = (n) => range(n).map((i) => t - Math.floor(n / 2) + i);
  const group = (n) => whole(places(n).map((at) => R.units[at] ?? '·'));
  const how = (n) => n > 1 && places(n).some((at) => R.by_kind[at]) ? ', by kind' : '';
  const names = [...R.ngrams.map((n) => `+ group of ${n}: ${esc(group(n))}${how(n)}`),
    ...R.scripts.map((n) => `+ ${n} scripts, whichever letters they are`),
    `${props.piece}: ${glyph(R.units[t])}`, '= sum'];
  $('.parts').innerHTML = P < 3 ? '' : each([P - 2, ...range(P - 2), P - 1], (p) =>
    `<p>${names[p]}</p>${picture(`${E} values`, 1, E, (_, e) => value(p, t, e), most)}`);
}

const field = (R, ...given) => draw.field(element, R.units, ...given);

function drawFields() {
  const marks = '<i class="unread"></i><i class="now"></i><i class="watched"></i>';
  $('.fields').innerHTML = each(range(R.D), (d) =>
    field(R, R.H, `States, ${DIRECTIONS[d]}`, '', (u, c) => R.state(d, c, u), marks));
  $('.number').max = R.H;
  $('.of-directions').hidden = R.D < 2;
}

function busiest() { // the units of this direction, those that move most first
  const step = (u) => Math.max(...range(R.T).map((c) => Math.abs(R.state(dir, c, u) - R.before(dir, c, u))));
  const steps = range(R.H).map(step);
  return range(R.H).sort((a, b) => steps[b] - steps[a]);
}

function drawUnit() {
  const {x, m, r, z, n, old, h} = R.gates(dir, t, unit);
  const row = (name, formula, given, memory, value) => `<tr><th scope="row">${name}<small>${formula}</small></th>
    <td>${given}</td><td>${memory}</td><td class="result"><b>${plain(value)}</b>
    <i class="gauge ${kind(value)}" style="--share: ${Math.abs(value)}"></i></td></tr>`;
  if (document.activeElement !== $('.number')) $('.number').value = unit + 1;
  $('.direction').selectedIndex = dir;
  $('.busy').innerHTML = `Those that move most here:
    ${each(busiest().slice(0, 6), (u) => `<button data-unit="${u}">${u + 1}</button> `)}`;
  $('.tint').innerHTML = each(R.units, (u, i) => {
    const value = R.state(dir, i, unit);
    return `<li data-at="${i}" class="${kind(value)}" title="${plain(value)}"
      style="--strength: ${two(Math.abs(value))}">${glyph(u)}</li>`;
  });
  $('.equation').innerHTML = table(
    'gates', each([`from the ${props.piece}`, 'from memory', 'result'], (name) => head(name)),
    row('reset gate r', 'σ(both added)', sign(x[0]), sign(m[0]), r) +
    row('update gate z', 'σ(both added)', sign(x[1]), sign(m[1]), z) +
    row('candidate n', `tanh(${props.piece} + r · memory)`, sign(x[2]), `${two(r)} · ${plain(m[2])}`, n) +
    row('new state h', '(1 − z) · n + z · old h', `${two(1 - z)} · ${plain(n)}`, `${two(z)} · ${plain(old)}`, h),
    `<caption>Unit ${unit + 1} at “${glyph(R.units[t])}”, reading ${DIRECTIONS[dir]}</caption>`);
  drawStrongest();
}

async function drawStrongest() {
  if (!strongest) $('.excites').innerHTML = '<p>Searching the training data …</p>';
  const {problem, layers} = await (strongest ??= ask('strongest', {})), units = layers?.[layer];
  if (!R) return; // emptied meanwhile
  const item = ([units, at]) => {
    const part = (...ends) => esc(spelled(units).slice(...ends).join(gap).normalize());
    return `<li><bdi>${part(0, at)}<mark>${part(at, at + 1)}</mark>${part(at + 1)}</bdi></li>`;
  };
  $('.excites').innerHTML = problem ? esc(problem) : !units.length ?
    '<p>Which training texts raise it most is not shown, because the model comes without them.</p>' :
    `<p>What raises it most in the training data, at the marked ${props.piece}:</p>
    <ul>${each(units[dir * R.H + unit], item)}</ul>`;
}

function leading(R, n) { // the labels that matter: on a scale all of them, else the strongest first
  const order = range(R.labels.length), most = (i) => Math.max(...R.shares.map((row) => row[i]));
  if (props.ordered) return order;
  order.sort((a, b) => R.last[b] - R.last[a]);
  return order.filter((i, place) => place < 3 || most(i) > 0.05).slice(0, n);
}

function turning(R) { // those that lead anywhere, so that the lines show every turn, then the strongest
  const leaders = R.shares.map((row) => row.indexOf(Math.max(...row)));
  if (props.ordered) return leading(R);
  return [...new Set([leading(R, 1)[0], ...leaders, ...leading(R, 4)])].slice(0, 6);
}

function shares(R) { // the table of labels and beginnings
  const cell = (i) => (row, c) => `<td data-at="${c}" style="--share: ${row[i].toFixed(3)}"
    title="${esc(R.labels[i])}: ${percent(row[i])}">${row[i] < 0.005 ? '' : Math.round(100 * row[i])}</td>`;
  return table('shares', each(R.units, (u, i) => head(glyph(u), i)), each(leading(R, 10), (i) =>
    `<tr><th scope="row">${brief(R.labels[i])}</th>${each(R.shares, cell(i))}</tr>`));
}

function drawLines() {
  const top = turning(R);
  const as = (i) =>
    `class="line-${top.indexOf(i)}" ${props.ordered ? `style="--place: ${i / (R.labels.length - 1)}"` : ''}`;
  const now = (x, y) => `<path class="now" style="--step: ${R.T > 1 ? x(1) - x(0) : 0}px" d="M${x(0)} 10V${y(0)}"/>`;
  $('.lines').classList.toggle('scale', props.ordered);
  $('.lines').innerHTML = draw.chart({
    label: `${brief(R.labels[top[0]])} and others after each ${props.piece}; the table has the figures`,
    width: Math.max(280, $('.lines').clientWidth),
    lines: top.map((i) => ({name: R.labels[i], points: R.shares.map((row, c) => [c, row[i]]), as: as(i)})),
    left: [[0, '0%'], [0.5, '50%'], [1, '100%']],
    below: R.units.map((unit, c) => [c, unit]),
    behind: now,
  });
}

function drawPooled() {
  const size = R.D * R.H, names = ['last states', 'mean', 'maximum'].slice(0, R.pooled.length / size);
  $('.pooled').innerHTML = each(names, (name, p) =>
    `<p>${name}</p>${picture(`${name}: ${size} values`, 1, size, (_, i) => R.pooled[p * size + i])}`);
  const n = R.score.length, beside = R.logits.length > 1;
  const groups = beside ? ['GRU alone', 'groups’ score', 'groups alone'] : [];
  const heads = [...names, 'bias', 'GRU’s score', ...groups, 'calibrated', 'answer'];
  const bar = (p) => `<td class="bar" style="--share: ${p.toFixed(4)}">${percent(p)}</td>`;
  const score = (logit) => `<td><b>${sign(logit, 1)}</b></td>`;
  const none = R.labels.length > n ? ` The answer leaves ${percent(R.last[n])} to none of them.` : '';
  const row = (i) => `<tr><th scope="row">${brief(R.labels[i])}</th>
    ${each(R.added, (from) => `<td>${sign(from[i], 1)}</td>`)}${score(R.logits[0][i])}
    ${beside ? bar(R.alone[0][i]) + score(R.logits[1][i]) + bar(R.alone[1][i]) : ''}
    ${score(R.score[i])}${bar(R.last[i])}</tr>`;
  $('.scores-table').innerHTML = table('sums', each(heads, (name) => head(name)),
    each(leading(R, 7).filter((i) => i < n), row)) +
    `<p>${beside ? 'The answer is the mean of GRU and groups; each is shown alone, too. ' : ''}Calibrated:
    corrected for how frequent each is, and divided by the temperature, ${two(R.temperature)}.${none} ${props.caution}</p>`;
}

async function compare() {
  pair = await readings(() => [$('.first').value, $('.second').value]) ?? pair;
  drawPair();
}

function drawPair() {
  const problem = pair.find((reply) => reply.problem), isEmpty = !$('.first').value && !$('.second').value;
  $('.difference').textContent = isEmpty ? '' : problem?.problem ?? '';
  if (problem || !pair.length) return;
  const [a, b] = pair, {H, D} = a, T = Math.max(a.T, b.T);
  // Forward states are set against each other from the start, backward ones from the end.
  const state = (R, u, c) => R.state(Math.floor(u / H), u < H ? c : c - (T - R.T), u % H);
  const apart = (u, c) => Math.abs(state(a, u, c) - state(b, u, c));
  const answer = (R) => R.last.indexOf(Math.max(...R.last));
  const map = (R) => field(R, D * H, `States of ${R.text}`,
    `<b>${esc(R.text)}</b>: ${brief(R.labels[answer(R)])}, ${percent(R.last[answer(R)])}`,
    (u, c) => R.state(Math.floor(u / H), c, u % H));
  $('.against').innerHTML = each(pair, (R) =>
    `<div>${map(R)}<div ${scroller(`Beginnings of ${R.text}`, 'table')}>${shares(R)}</div></div>`) +
    `<div>${field(a.T >= b.T ? a : b, D * H, 'Differences', 'Where the states differ', apart)}</div>`;
  for (const item of all('.against [data-at]')) delete item.dataset.at; // they are not at the cursor
  const agree = (d) => { // columns until the first that differs
    const differs = (c) => range(H).some((u) => apart(d * H + u, d ? T - 1 - c : c) > 0.02);
    const columns = [...range(T), T].find((c) => c === T || differs(c));
    return columns ? `on the ${d ? 'last' : 'first'} ${columns} of ${T} columns` : 'nowhere';
  };
  $('.difference').textContent = `The upper half is read forward: its states agree ${agree(0)}.` +
    (D > 1 ? ` The lower half is read backward: they agree ${agree(1)}.` : '');
}

function show() { // all that depends on the cursor and on the unit
  if (!R) return;
  const at = `${props.piece} ${t + 1} of ${R.T}, ${/^\p{M}/u.test(R.units[t]) ? '◌' : ''}${R.units[t]}`;
  $('.reading').style.setProperty('--t', t);
  $('.reading').style.setProperty('--u', unit);
  Object.assign($('.cursor'), {ariaValueNow: t + 1, ariaValueText: at});
  all('.fields figure').forEach((figure, d) => {
    // Backward a mark comes before its letter: it would join the wrong one.
    const read = d ? R.units.slice(t).reverse().map(glyph).join(gap) : esc(whole(R.units.slice(0, t + 1)));
    figure.querySelector('figcaption').innerHTML = `${d ? 'Backward' : 'Forward'}, has read <b>${read}</b>`;
    figure.querySelector('img').alt = `${R.H} units at ${R.T} ${props.piece}s, reading ${DIRECTIONS[d]}; ` +
      `at ${at}, unit ${unit + 1} is ${plain(R.state(d, t, unit))}`;
    figure.classList.toggle('chosen', d === dir);
  });
  drawParts();
  drawUnit();
  for (const item of all('[data-at]')) item.classList.toggle('at', +item.dataset.at === t);
  for (const box of all('.cursor, .fields .scroll, .endings .table, .batch')) {
    const [item, place] = [box.querySelector('.at'), box].map((part) => part?.getBoundingClientRect().left);
    if (item) box.scrollLeft += item - place - box.clientWidth / 2;
  }
}

function go(to) {
  if (R) t = Math.max(0, Math.min(R.T - 1, to));
  show();
}

function stop() {
  timer = clearInterval(timer);
  $('.play').textContent = '▶ Play';
}

function play() {
  if (timer || !R) { stop(); return; }
  $('.play').textContent = '❚❚ Pause';
  timer = setInterval(() => { go(t + 1); if (t === R.T - 1) stop(); }, props.piece === 'word' ? 900 : 650);
  go(t === R.T - 1 ? 0 : t + 1);
}

function pick(map, event) { // a letter and a unit on the map of a direction
  const box = map.getBoundingClientRect();
  const along = (part, n) => Math.min(n - 1, Math.floor(part * n));
  dir = all('.fields .map').indexOf(map);
  unit = along((event.clientY - box.top) / box.height, R.H);
  go(along((event.clientX - box.left) / box.width, R.T));
}

element.addEventListener('click', (event) => {
  const find = (selector) => event.target.closest(selector);
  const {step, unit: chosen, pair: texts} = find('button')?.dataset ?? {};
  if (find('.play')) { play(); return; }
  if (texts) { [$('.first').value, $('.second').value] = props.pairs[texts]; compare(); }
  else if (chosen) { unit = +chosen; show(); $(`[data-unit="${unit}"]`).focus(); }
  else if (step) { stop(); go(t + +step); }
  else if (find('.fields .map')) { stop(); pick(find('.fields .map'), event); }
  else if (find('[data-at]')) { stop(); go(+find('[data-at]').dataset.at); }
});
element.addEventListener('keydown', (event) => {
  const to = {ArrowRight: t + 1, ArrowLeft: t - 1, Home: 0, End: 99}[event.key];
  const isSpace = event.key === ' ' && event.target === $('.cursor');
  if (event.target.matches('input, select, .scroll') || (to === undefined && !isSpace)) return;
  event.preventDefault();
  if (isSpace) { play(); return; }
  stop();
  go(to);
});
element.addEventListener('input', ({target: box}) => {
  if (box.matches('.typed')) { text = box.value; page.type(props.box, text); read(); }
  if (box.matches('.other')) readOthers();
  if (box.matches('.layer')) { layer = +box.value; if (R) drawFields(); show(); drawPair(); }
  if (box.matches('.first, .second')) compare();
  if (box.matches('.direction')) { dir = box.selectedIndex; show(); }
  if (box.matches('.number') && R && box.value >= 1 && box.value <= R.H) {
    unit = Math.round(box.value) - 1;
    show();
  }
});
element.addEventListener('change', ({target: box}) => {
  if (box.matches('.number') && unit !== null) box.value = unit + 1; // a number that is no unit goes
});

function follow() { // what is typed in the other tab
  const typed = page.text(props.box);
  if (typed === text) return;
  $('.typed').value = text = typed;
  read();
}

all('.other').forEach((box, i) => { box.value = props.others[i] ?? ''; });
$('.pairs').innerHTML = each(props.pairs, (texts, i) => !texts.every(Boolean) ? '' :
  `<button data-pair="${i}">${texts.map(esc).join(' | ')}</button> `);
[$('.first').value, $('.second').value] = props.pairs[0];
$('.of-layers').hidden = props.layers < 2;
$('.layer').innerHTML = each(range(props.layers), (i) => `<option value="${i}">${i + 1}</option>`);
new IntersectionObserver(([seen]) => {
  clearInterval(follower);
  if (!seen.isIntersecting) { stop(); return; }
  follow();
  follower = setInterval(follow, 300);
  if (!pair.length) { readOthers(); compare(); }
}).observe(element);
new ResizeObserver(() => { if (R) drawLines(); }).observe(element);
