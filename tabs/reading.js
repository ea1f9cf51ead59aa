// Draws the network's steps over one text. reading.py computes; nothing here is about one task.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.
const $ = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const esc = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const sign = (x, digits = 2) => `${+x.toFixed(digits) < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`;
const plain = (x) => sign(x).replace('+', '');
const percent = (p) => p > 0.999 ? '> 99.9%' : p < 0.001 ? '< 0.1%' : `${(100 * p).toFixed(1)}%`;
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const glyph = (unit) => /^\p{M}/u.test(unit) ? `◌${unit}` : unit === ' ' ? '␣' : unit;
const brief = (label) => label.replace(/ of these .*/, ' of these');
const range = (n) => Array.from({length: n}, (_, i) => i);
const unpack = (text) => Float32Array.from(
  new Int16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer), (n) => n / 1000);
const DIRECTIONS = ['forward', 'backward'];
let R = null, t = 0, dir = 0, unit = null, layer = 0, timer = null, asked = 0, strongest = {};
let pair = [null, null];

function decode(reply) {
  for (const key of ['embedding', 'given', 'memory', 'states', 'pooled'])
    reply[key] = unpack(reply[key]);
  const T = reply.ids.length, H = reply.size;
  const D = reply.states.length / T / H;
  const gate = (from, d, t, g, u) => from[((d * T + t) * 3 + g) * H + u];
  const state = (d, t, u) => t < 0 || t >= T ? 0 : reply.states[(d * T + t) * H + u];
  return Object.assign(reply, {T, H, D, state, gates: (d, t, u) => {
    const before = state(d, d ? t + 1 : t - 1, u);
    const [x, m] = [reply.given, reply.memory].map((from) => range(3).map((g) => gate(from, d, t, g, u)));
    const r = sigmoid(x[0] + m[0]), z = sigmoid(x[1] + m[1]);
    return {x, m, r, z, n: Math.tanh(x[2] + r * m[2]), before, h: state(d, t, u)};
  }});
}

function colour(name) {
  const pen = document.createElement('canvas').getContext('2d');
  pen.fillStyle = getComputedStyle(element.querySelector('.reading')).getPropertyValue(name).trim();
  return [1, 3, 5].map((i) => parseInt(pen.fillStyle.slice(i, i + 2), 16));
}

// One pixel per value, which the style sheet stretches: blue above 0, orange below.
function paint(canvas, rows, columns, value, most = 1) {
  [canvas.width, canvas.height] = [columns, rows];
  const pen = canvas.getContext('2d'), image = pen.createImageData(columns, rows);
  const colours = [colour('--minus'), colour('--plus')];
  for (const r of range(rows)) for (const c of range(columns)) {
    const v = value(r, c) / most;
    image.data.set([...colours[+(v > 0)], 255 * Math.min(1, Math.abs(v) ** 0.8)], 4 * (r * columns + c));
  }
  pen.putImageData(image, 0, 0);
}

const headings = (units) => `<ol class="units">${units.map((u, i) =>
  `<li data-at="${i}"><span>${esc(glyph(u))}</span></li>`).join('')}</ol>`;

async function read(text) {
  const ticket = ++asked, reply = await server.read({text, layer});
  if (ticket !== asked) return;
  $('.problem').textContent = reply.problem ?? (reply.more ? `The first 40 ${props.piece}s are shown.` : '');
  if (reply.problem) return;
  stop();
  R = decode(reply);
  t = Math.min(t, R.T - 1);
  dir = Math.min(dir, R.D - 1);
  unit ??= moved(dir)[0][1]; // at first one that there is something to see of
  drawBatch();
  drawCursor();
  drawRows();
  drawFields();
  drawTable($('.endings .table'), R);
  drawLines();
  drawPooled();
  show();
}

function drawCursor() {
  const cursor = $('.cursor');
  cursor.innerHTML = headings(R.units);
  cursor.ariaValueMax = R.T;
}

async function drawBatch() {
  const others = all('.other').map((box) => box.value).filter((text) => text.trim());
  const reply = await server.batch({texts: [R.text, ...others]});
  if (reply.problem) { $('.batch').innerHTML = `<p>${esc(reply.problem)}</p>`; return; }
  const columns = range(reply.ids[0].length), mine = R.units.join();
  const rows = reply.ids.map((ids, i) => `<tr class="${reply.units[i].join() === mine ? 'mine' : ''}">
    <th scope="row">${esc(reply.units[i].join(props.piece === 'word' ? ' ' : '').normalize())}</th>
    <td class="length">${reply.lengths[i]}</td>${ids.map((id, c) => c < reply.lengths[i] ?
      `<td data-at="${c}"><b>${esc(glyph(reply.units[i][c] ?? '?'))}</b>${id}</td>` :
      '<td class="padding">0</td>').join('')}</tr>`);
  $('.batch').innerHTML = `<table><thead><tr><td></td><th scope="col">length</th>${columns.map((c) =>
    `<th scope="col">${c + 1}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  show();
}

function drawRows() {
  const P = R.ngrams.length + 2, E = R.embedding.length / P / R.T;
  const value = (p, t, e) => R.embedding[(p * R.T + t) * E + e];
  R.most = R.embedding.reduce((most, v) => Math.max(most, Math.abs(v)), 0) * 0.6;
  $('.rows').innerHTML = `<div class="strips"><ol>${R.units.map((u, i) =>
    `<li data-at="${i}"><b>${esc(glyph(u))}</b> ${R.ids[i]}</li>`).join('')}</ol>
    <canvas role="img" aria-label="What the GRU reads: a row of ${E} values for each ${props.piece}"></canvas></div>
    <div class="parts"></div>`;
  const row = R.T > 20 ? 1.05 : 1.45; // rem
  $('.rows').style.setProperty('--row', `${row}rem`);
  $('.rows canvas').style.height = `${R.T * row}rem`;
  paint($('.rows canvas'), R.T, E, (r, e) => value(P - 1, r, e), R.most);
  R.drawParts = () => {
    if (P < 3) return;
    const group = (n) => range(n).map((i) => R.units[t - Math.floor(n / 2) + i] ?? '·').join('').normalize();
    const names = [...R.ngrams.map((n) => `group of ${n}: ${group(n)}`), `${props.piece}: ${glyph(R.units[t])}`, 'sum'];
    const order = [P - 2, ...range(P - 2), P - 1];
    $('.parts').innerHTML = order.map((p) => `<p>${p === P - 1 ? '= ' : p === P - 2 ? '' : '+ '}${esc(names[p])}</p>
      <canvas role="img" aria-label="${esc(names[p])}"></canvas>`).join('');
    order.forEach((p, i) => paint(all('.parts canvas')[i], 1, E, (_, e) => value(p, t, e), R.most));
  };
}

function drawFields() {
  $('.fields').innerHTML = range(R.D).map((d) => `<figure data-direction="${d}"><figcaption></figcaption>
    <div class="scroll" tabindex="0" role="group" aria-label="${DIRECTIONS[d]} states"><div class="field" style="--n: ${R.T}; --h: ${R.H}">${headings(R.units)}
    <div class="map"><canvas role="img"></canvas><i class="unread"></i><i class="now"></i><i class="watched"></i></div>
    </div></div></figure>`).join('');
  all('.fields figure').forEach((figure, d) => paint(figure.querySelector('canvas'), R.H, R.T, (u, c) => R.state(d, c, u)));
}

const moved = (d) => range(R.H).map((u) => [Math.max(...range(R.T).map((c) =>
  Math.abs(R.state(d, c, u) - R.state(d, d ? c + 1 : c - 1, u)))), u]).sort((a, b) => b[0] - a[0]);

function drawUnit() {
  const {x, m, r, z, n, before, h} = R.gates(dir, t, unit);
  const busy = moved(dir).slice(0, 6).map(([, u]) => `<button data-unit="${u}">${u + 1}</button>`).join(' ');
  const row = (name, formula, letter, memory, value) => `<tr><th scope="row">${name}<small>${formula}</small></th>
    <td>${letter}</td><td>${memory}</td><td class="result"><b>${plain(value)}</b>
    <i class="gauge ${value < 0 ? 'minus' : 'plus'}" style="--share: ${Math.abs(value)}"></i></td></tr>`;
  $('.unit').innerHTML = `<div><p><label>Unit <input class="number" type="number" min="1" max="${R.H}" value="${unit + 1}"></label>
    ${R.D > 1 ? `<label>reading <select class="direction">${DIRECTIONS.map((name, d) =>
      `<option ${d === dir ? 'selected' : ''}>${name}</option>`).join('')}</select></label>` : ''}
    <span class="busy">Those that move most here: ${busy}</span></p>
    <p>What it reacts to:</p><ol class="tint">${R.units.map((u, i) => `<li data-at="${i}" class="${R.state(dir, i, unit) < 0 ? 'minus' : 'plus'}"
      style="--strength: ${Math.abs(R.state(dir, i, unit)).toFixed(2)}" title="${plain(R.state(dir, i, unit))}">${esc(glyph(u))}</li>`).join('')}</ol>
    <div class="excites"></div></div>
    <table class="gates"><caption>Unit ${unit + 1} at “${esc(glyph(R.units[t]))}”, reading ${DIRECTIONS[dir]}</caption>
    <thead><tr><td></td><th scope="col">from the ${props.piece}</th><th scope="col">from memory</th><th scope="col">result</th></tr></thead><tbody>
    ${row('reset gate r', 'σ(both added)', sign(x[0]), sign(m[0]), r)}
    ${row('update gate z', 'σ(both added)', sign(x[1]), sign(m[1]), z)}
    ${row('candidate n', `tanh(${props.piece} + r · memory)`, sign(x[2]), `${r.toFixed(2)} · ${plain(m[2])}`, n)}
    ${row('new state h', '(1 − z) · n + z · old h', `${(1 - z).toFixed(2)} · ${plain(n)}`, `${z.toFixed(2)} · ${plain(before)}`, h)}
    </tbody></table>`;
  drawStrongest();
}

async function drawStrongest() {
  const place = $('.excites'), wanted = layer;
  if (!strongest[wanted]) {
    place.innerHTML = '<p>Searching the training data …</p>';
    strongest[wanted] = server.strongest({layer});
  }
  const {units} = await strongest[wanted], found = units?.[dir * R.H + unit];
  const here = $('.excites');
  if (!here || wanted !== layer) return;
  here.innerHTML = found ? `<p>What raises it most in the training data, at the marked ${props.piece}:</p>
    <ul>${found.map((parts) => parts.map((part) => esc(part.normalize()))).map(([before, at, after]) =>
      `<li><bdi>${before}<mark>${at}</mark>${after}</bdi></li>`).join('')}</ul>` :
    '<p>Which training texts raise it most is not shown, because they may not be published.</p>';
}

// Labels that matter: on a scale all of them, in its order, else the strongest first.
function leading(R, n) {
  const most = R.labels.map((_, i) => Math.max(...R.shares.map((row) => row[i])));
  const last = R.shares[R.T - 1], order = range(R.labels.length);
  if (props.ordered) return order;
  order.sort((a, b) => last[b] - last[a]);
  return order.filter((i, place) => place < 3 || most[i] > 0.05).slice(0, n);
}

function drawTable(place, R) {
  const order = leading(R, 10);
  place.innerHTML = `<table class="shares"><thead><tr><td></td>${R.units.map((u, i) =>
    `<th scope="col" data-at="${i}">${esc(glyph(u))}</th>`).join('')}</tr></thead><tbody>${order.map((i) =>
    `<tr><th scope="row">${esc(brief(R.labels[i]))}</th>${R.shares.map((row, c) =>
      `<td data-at="${c}" style="--share: ${row[i].toFixed(3)}" title="${esc(R.labels[i])}: ${percent(row[i])}"
      >${row[i] < 0.005 ? '' : Math.round(100 * row[i])}</td>`).join('')}</tr>`).join('')}</tbody></table>`;
}

function drawLines() {
  const W = Math.max(280, $('.lines').clientWidth), H = 230, top = leading(R, 4).slice(0, 5);
  const right = 14 + 8 * Math.max(...top.map((i) => brief(R.labels[i]).length));
  const x = (c) => 34 + (W - 34 - right) * (R.T > 1 ? c / (R.T - 1) : 0.5), y = (p) => 10 + (H - 40) * (1 - p);
  const last = R.shares[R.T - 1], ends = top.map((i) => [y(last[i]), i]).sort((a, b) => a[0] - b[0]);
  ends.forEach((end, k) => { if (k) end[0] = Math.max(end[0], ends[k - 1][0] + 16); });
  ends.reduceRight((below, end) => { end[0] = Math.min(end[0], below - 16); return end[0]; }, H - 8);
  const kind = (i) => props.ordered ? `style="--place: ${i / (R.labels.length - 1)}"` : '';
  $('.lines').innerHTML = `<svg viewBox="0 0 ${W} ${H}" role="img" class="${props.ordered ? 'scale' : ''}"
    aria-label="The likeliest ${esc(R.labels[top[0]])} and others after each ${props.piece}">
    ${[0, 0.5, 1].map((p) => `<path class="grid" d="M34 ${y(p)}H${W - right}"/><text x="0" y="${y(p) + 4}">${100 * p}%</text>`).join('')}
    <path class="at" d="M0 10V${H - 30}"/>
    ${top.map((i, k) => `<polyline class="line-${k}" ${kind(i)} points="${R.shares.map((row, c) => `${x(c).toFixed(1)},${y(row[i]).toFixed(1)}`).join(' ')}"/>`).join('')}
    ${ends.map(([at, i]) => `<text class="line-${top.indexOf(i)}" ${kind(i)} x="${W - right + 8}" y="${at + 4}">${esc(brief(R.labels[i]))}</text>`).join('')}
    ${R.T > 24 ? '' : R.units.map((u, c) => `<text class="letter" x="${x(c)}" y="${H - 8}">${R.T > 12 && u.length > 3 ? '' : esc(glyph(u))}</text>`).join('')}</svg>`;
  R.lineAt = () => $('.lines .at')?.setAttribute('d', `M${x(t)} 10V${H - 30}`);
}

function drawPooled() {
  const size = R.D * R.H, P = R.pooled.length / size, names = ['last states', 'mean', 'maximum'].slice(0, P);
  $('.pooled').innerHTML = names.map((name) => `<p>${name}</p><canvas role="img" aria-label="${name}: ${size} values"></canvas>`).join('');
  all('.pooled canvas').forEach((canvas, p) => paint(canvas, 1, size, (_, i) => R.pooled[p * size + i]));
  const last = R.shares[R.T - 1], order = leading(R, 7).filter((i) => i < R.score.length);
  const beside = R.logits.length > 1, bar = (p) => `<td class="bar" style="--share: ${p.toFixed(4)}">${percent(p)}</td>`;
  const heads = [...names, 'bias', 'GRU’s score', ...(beside ? ['GRU alone', 'groups’ score', 'groups alone'] : []), 'calibrated', 'answer'];
  const rows = order.map((i) => `<tr><th scope="row">${esc(R.labels[i])}</th>
    ${R.added.map((row) => `<td>${sign(row[i], 1)}</td>`).join('')}<td><b>${sign(R.logits[0][i], 1)}</b></td>
    ${beside ? `${bar(R.alone[0][i])}<td><b>${sign(R.logits[1][i], 1)}</b></td>${bar(R.alone[1][i])}` : ''}
    <td><b>${sign(R.score[i], 1)}</b></td>${bar(last[i])}</tr>`);
  const none = R.labels.length > R.score.length ? ` The answer leaves ${percent(last[R.score.length])} to none of them.` : '';
  $('.scores-table').innerHTML = `<table class="sums"><thead><tr><td></td>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
    <tbody>${rows.join('')}</tbody></table><p>${beside ? 'The answer is the mean of GRU and groups; each is shown alone, too. ' : ''}Calibrated:
    corrected for how frequent each is, and divided by the temperature, ${R.temperature.toFixed(2)}.${none}</p>`;
}

async function compare() {
  const texts = [$('.first').value, $('.second').value];
  const replies = await Promise.all(texts.map((text) => server.read({text, layer})));
  if (texts[0] !== $('.first').value || texts[1] !== $('.second').value) return;
  const problem = replies.find((reply) => reply.problem);
  if (problem) { $('.difference').textContent = problem.problem; return; }
  const [a, b] = pair = replies.map(decode);
  const map = (R, caption) => `<figure><figcaption>${caption}</figcaption><div class="scroll" tabindex="0" role="group" aria-label="States"><div class="field"
    style="--n: ${R.T}">${headings(R.units)}<div class="map"><canvas role="img" aria-label="States of ${esc(R.text)}"></canvas></div></div></div></figure>`;
  const answer = (R) => { const last = R.shares[R.T - 1], i = last.indexOf(Math.max(...last)); return `${esc(R.labels[i])}, ${percent(last[i])}`; };
  $('.against').innerHTML = [a, b].map((R) => `<div>${map(R, `<b>${esc(R.text)}</b>: ${answer(R)}`)}<div class="table scroll"
    tabindex="0" role="region" aria-label="Beginnings of ${esc(R.text)}"></div></div>`).join('') +
    `<div>${map(a.T >= b.T ? a : b, 'Where the states differ')}</div>`;
  const maps = all('.against canvas'), H = a.H, D = a.D, T = Math.max(a.T, b.T);
  const rows = (R) => (u, c) => R.state(Math.floor(u / H), c, u % H);
  [a, b].forEach((R, i) => { paint(maps[i], D * H, R.T, rows(R)); drawTable(all('.against .table')[i], R); });
  // Forward states are set against each other from the start, backward ones from the end.
  const from = (R, d, c) => d ? c - (T - R.T) : c;
  const gap = (d, c, u) => Math.abs(a.state(d, from(a, d, c), u) - b.state(d, from(b, d, c), u));
  paint(maps[2], D * H, T, (u, c) => gap(Math.floor(u / H), c, u % H));
  const agree = (d) => {
    const order = d ? range(T).reverse() : range(T);
    const first = order.findIndex((c) => range(H).some((u) => gap(d, c, u) > 0.02));
    return first < 0 ? T : first;
  };
  $('.difference').textContent = `The upper half is read forward: its states agree on the first ${agree(0)} of ${T} columns.` +
    (D > 1 ? ` The lower half is read backward: they agree on the last ${agree(1)}.` : '');
}

function show() {
  if (!R) return;
  const now = R.units[t], text = `${props.piece} ${t + 1} of ${R.T}, ${glyph(now)}`;
  for (const item of all('[data-at]')) item.classList.toggle('at', +item.dataset.at === t && !item.closest('.against'));
  Object.assign($('.cursor'), {ariaValueNow: t + 1, ariaValueText: text});
  $('.reading').style.setProperty('--t', t);
  for (const scroller of [$('.cursor'), ...all('.fields .scroll, .endings .table, .batch')]) {
    const item = scroller.querySelector('.at');
    if (item) scroller.scrollLeft += item.getBoundingClientRect().left
      - scroller.getBoundingClientRect().left - scroller.clientWidth / 2;
  }
  all('.fields figure').forEach((figure, d) => {
    const from = d ? R.units.slice(t).reverse() : R.units.slice(0, t + 1);
    const read = from.join(props.piece === 'word' ? ' ' : '').normalize();
    figure.querySelector('figcaption').innerHTML = `${d ? 'Backward' : 'Forward'}, has read <b>${esc(read.length > 40 ? `…${read.slice(-36)}` : read)}</b>`;
    figure.querySelector('canvas').ariaLabel = `${R.H} units at ${R.T} ${props.piece}s, reading ${DIRECTIONS[d]}; ` +
      `at ${text}, unit ${unit + 1} is ${plain(R.state(d, t, unit))}`;
    figure.classList.toggle('chosen', d === dir);
    figure.querySelector('.field').style.setProperty('--u', unit);
  });
  R.drawParts?.();
  R.lineAt?.();
  drawUnit();
}

function step(by) {
  if (!R) return;
  t = Math.max(0, Math.min(R.T - 1, t + by));
  show();
}

function stop() {
  clearInterval(timer);
  timer = null;
  $('.play').textContent = '▶ Play';
}

function play() {
  if (timer || !R) { stop(); return; }
  if (t === R.T - 1) t = -1;
  $('.play').textContent = '❚❚ Pause';
  timer = setInterval(() => { step(1); if (t === R.T - 1) stop(); }, props.piece === 'word' ? 900 : 650);
  step(1);
}

element.addEventListener('click', (event) => {
  const at = event.target.closest('[data-at]'), canvas = event.target.closest('.fields .map');
  const chosen = event.target.closest('[data-unit]'), two = event.target.closest('[data-pair]');
  if (event.target.closest('.play')) play();
  else if (event.target.dataset.step) { stop(); step(+event.target.dataset.step); }
  else if (event.target.matches('[data-copy]'))
    page.copy(event.target, {[props.box]: $('.typed').value, tab: 'reading'});
  else if (two) { [$('.first').value, $('.second').value] = props.pairs[two.dataset.pair]; compare(); }
  else if (chosen) { unit = +chosen.dataset.unit; show(); $(`[data-unit="${unit}"]`)?.focus(); }
  else if (canvas) {
    const box = canvas.getBoundingClientRect();
    dir = +canvas.closest('figure').dataset.direction;
    t = Math.min(R.T - 1, Math.floor((event.clientX - box.left) / box.width * R.T));
    unit = Math.min(R.H - 1, Math.floor((event.clientY - box.top) / box.height * R.H));
    stop();
    show();
  } else if (at && !at.closest('.against')) { stop(); step(+at.dataset.at - t); }
});
element.addEventListener('keydown', (event) => {
  const by = {ArrowRight: 1, ArrowLeft: -1, Home: -99, End: 99}[event.key];
  if (event.target.matches('input, select, .scroll')) return;
  if (by) { stop(); step(by); event.preventDefault(); }
  if (event.key === ' ' && event.target.matches('.cursor')) { play(); event.preventDefault(); }
});
element.addEventListener('input', (event) => {
  const box = event.target;
  if (box.matches('.typed')) { text = box.value; page.type(props.box, text); read(text); }
  else if (box.matches('.other')) drawBatch();
  else if (box.matches('.first, .second')) compare();
  else if (box.matches('.layer')) { layer = +box.value; read($('.typed').value); compare(); }
  else if (box.matches('.direction')) { dir = box.selectedIndex; show(); $('.direction').focus(); }
  else if (box.matches('.number') && box.value >= 1 && box.value <= R.H) {
    unit = Math.round(box.value) - 1;
    show();
    $('.number').focus();
  }
});
all('.other').forEach((box, i) => { box.value = props.others[i] ?? ''; });
$('.pairs').innerHTML = props.pairs.map((two, i) => `<button data-pair="${i}">${two.map(esc).join(' | ')}</button>`).join(' ');
[$('.first').value, $('.second').value] = props.pairs[0];
$('.of-layers').hidden = props.layers < 2;
$('.layer').innerHTML = range(props.layers).map((i) => `<option value="${i}">${i + 1}</option>`).join('');
let text = '', follower = null;
function follow() { // what is typed in the other tab
  const typed = page.text(props.box) || new URLSearchParams(location.search).get(props.box);
  if (!typed || typed === text) return;
  text = typed;
  if ($('.typed').value !== text) $('.typed').value = text;
  read(text);
}
new IntersectionObserver(([seen]) => {
  clearInterval(follower);
  if (!seen.isIntersecting) { stop(); return; }
  follow();
  follower = setInterval(follow, 300);
  if (!pair[0]) compare();
}).observe(element);
new ResizeObserver(() => { if (R) { drawLines(); R.lineAt(); } }).observe(element);
