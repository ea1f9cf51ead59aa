// Draws the steps of a network over one text: of the shipped one, which Python computes (tabs/reading.py), or
// of the one just trained in the browser (worker.js). Nothing here is about one task.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.
//
// A reading, as both send it. T letters or words, H units, L layers, D directions, G gates (of a GRU: reset,
// update, candidate), E values in a vector, C labels, n of them without "None of these". In one row:
//   text; units (T), what is read; ids (T), their numbers; more: whether it goes on; labels (C); size: H
//   cell: 'gru', 'rnn' or 'lstm'; states (L, D, T, H): after each letter, both directions in the text's order
//   given, memory (L, D, T, G, H): what letter and old state add to each gate, biases included
//   embedding (P, T, E): vectors of the groups around each letter (their sizes: `ngrams`), of its groups of
//     scripts (`scripts`), of itself, and their sum; by_kind (T): whether groups see only its kind
//   added (2 or 4, n): what last states, their mean, their maximum and the bias add to scores
//   logits, alone (1 or 2, n): score and answer of the network, and of the classifier of groups beside it
//   score (n): calibrated, its softmax is the answer; temperature: what it was divided by
//   shares (T, C): the answer if the text ended after each letter
// From Python some are thousandths, as 16-bit integers in base64.
const $ = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const {CELLS, DIRECTIONS, range, each, esc, sign, plain, percent, glyph, brief} = draw;
const {head, table, scroller, headings} = draw;
const kind = (x) => (x < 0 ? 'minus' : 'plus'),
  gap = () => (words.piece === 'word' ? ' ' : '');
const field = (R, ...given) => draw.field(element, R.units, ...given),
  template = element.innerHTML;
// Lower case has one sigma, but at the end of a word another is written.
const spelled = (units) =>
  units.map((u, i) => (u === 'σ' && !/^[\p{L}\p{M}]/u.test(units[i + 1] ?? '') ? 'ς' : u));
const whole = (units) => spelled(units).join(gap()).normalize();
const unpack = (text) =>
  Float32Array.from(
    new Int16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer),
    (n) => n / 1000,
  );
const shipped = {
  ...props.reads,
  ask: (name, given) =>
    server[name](given).catch(() => ({problem: 'The server gave no answer: try again.'})),
};
const trained = {
  layers: 1,
  words: {piece: 'letter', text: 'text', texts: 'texts', label: 'label'},
  ask: (name, text) =>
    page.trained?.call(name, {
      network: Math.max(0, page.trained.cells.indexOf('gru')),
      moment: null,
      text,
    }) ?? {problem: 'Nothing has been trained in this page yet.'},
};
let source = shipped,
  {words} = source,
  R = null,
  t = 0,
  dir = 0,
  unit = null,
  layer = 0,
  text = '';
const boxOf = () => (source === trained && page.trained?.box) || props.box; // of the text that is read
let pair = [],
  strongest = null,
  timer = null,
  follower = null,
  marked = null,
  place = 0;

function decode(reply) {
  if (reply.problem) return reply;
  for (const key of ['embedding', 'given', 'memory', 'states']) {
    if (typeof reply[key] === 'string') reply[key] = unpack(reply[key]);
  }
  const T = reply.ids.length,
    H = reply.size,
    n = reply.score.length;
  const last = reply.shares[T - 1],
    answer = last.indexOf(Math.max(...last));
  const P = reply.ngrams.length + reply.scripts.length + 2,
    E = reply.embedding.length / P / T;
  const most = 0.6 * reply.embedding.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const vector = (p, t) => reply.embedding.subarray((p * T + t) * E, (p * T + t + 1) * E);
  const D = reply.states.length / T / H / source.layers,
    at = (d, t) => (layer * D + d) * T + t;
  const state = (d, t, u) => (t < 0 || t >= T ? 0 : reply.states[at(d, t) * H + u]);
  const before = (d, t, u) => state(d, d ? t + 1 : t - 1, u);
  const gates = (d, t, u) => {
    // by the names that reading.html has for what flows through the cell
    const values = (from) => range(3).map((g) => from[(at(d, t) * 3 + g) * H + u]);
    const [x0, x1, x2] = values(reply.given),
      [m0, m1, m2] = values(reply.memory);
    const [r, z] = [x0 + m0, x1 + m1].map((sum) => 1 / (1 + Math.exp(-sum)));
    const used = r * m2,
      n = Math.tanh(x2 + used),
      old = before(d, t, u),
      h = state(d, t, u);
    return {
      x0,
      x1,
      x2,
      m0,
      m1,
      m2,
      r,
      z,
      used,
      n,
      old,
      h,
      keep: z * old,
      rest: 1 - z,
      write: (1 - z) * n,
    };
  };
  return {...reply, T, H, D, P, E, n, last, most, answer, vector, state, before, gates};
}

async function readings(texts) {
  // what `texts` returns, read; null if that has changed meanwhile
  const wanted = texts(),
    by = source;
  const replies = await Promise.all(wanted.map((text) => source.ask('read', text)));
  return by === source && texts().join('\n') === wanted.join('\n') ? replies.map(decode) : null;
}

async function read() {
  const [reply] = (await readings(() => [text])) ?? [];
  if (!reply) return;
  $('.problem').textContent =
    reply.problem ?? (reply.more ? `The first ${words.piece}s are shown.` : '');
  $('.reading').classList.toggle('nothing', Boolean(reply.problem)); // no figures of another text
  stop();
  R = reply.problem ? null : reply;
  suit();
  if (!R) return;
  $('.reading').classList.remove('fresh');
  [t, dir] = [Math.min(t, R.T - 1), Math.min(dir, R.D - 1)];
  if (unit === null || unit >= R.H) [unit] = busiest(); // at first a unit that visibly changes
  $('.cursor').innerHTML = headings(R.units);
  $('.cursor').ariaValueMax = R.T;
  $('.ids').innerHTML = batch([R]);
  drawFields();
  $('.endings .table').innerHTML = shares(R);
  drawLines();
  drawScores();
  show();
}

function suit() {
  // shows the parts of the page that apply to the current reading, and their numbers
  const {D, P, E, H, cell, scripts, by_kind, added, logits, temperature} = R ?? {};
  const isTrained = source === trained,
    names = words.texts === 'names',
    {trains} = props;
  const holds = {
    trains,
    names,
    untrained: isTrained && !page.trained,
    shipped: !isTrained,
    both: D > 1,
    groups: P > 2,
    gru: cell === 'gru',
    other: R && cell !== 'gru',
    scripts: scripts?.length,
    kinds: by_kind?.some(Boolean),
    pools: added?.length > 2,
    beside: logits?.length > 1,
  };
  for (const item of all('[data-if]')) item.hidden = !holds[item.dataset.if];
  all('[data-source]').forEach((button, i) => {
    button.ariaPressed = String(isTrained === Boolean(i));
  });
  live({
    E,
    H,
    temperature: temperature?.toFixed(2),
    cell: CELLS[cell],
    caution: esc(source.caution ?? ''),
  });
}

const live = (values) =>
  all('[data-live]').forEach((item) => {
    // HTML for each place of a name
    item.innerHTML = values[item.dataset.live] ?? item.innerHTML;
  });

function batch(rows) {
  // as the lecture packs it: the longest first, the others padded with 0
  const columns = range(rows[0].T);
  const cell = (row) => (c) =>
    c >= row.T
      ? '<td class="padding">0</td>'
      : `<td ${row === R ? `data-at="${c}"` : ''}><b>${glyph(row.units[c])}</b>${row.ids[c]}</td>`;
  return table(
    '',
    head('length') + each(columns, (c) => head(c + 1)),
    each(
      rows,
      (row) =>
        `<tr class="${row === R ? 'mine' : ''}"><th scope="row">${esc(whole(row.units))}</th>
    <td class="length">${row.T}</td>${each(columns, cell(row))}</tr>`,
    ),
  );
}

const strip = (p) =>
  draw.picture(element, `${R.E} values`, 1, R.E, (_, i) => R.vector(p, t)[i], R.most);
const letter = (
  c,
  value = 0, // in the colour of a unit's state
) =>
  `<i data-at="${c}" class="${kind(value)}" style="--strength: ${Math.abs(value)}">${glyph(R.units[c])}`;
const tint = (c) =>
  `${letter(c, R.state(dir, c, unit))}<small>${plain(R.state(dir, c, unit))}</small></i>`;

function drawWay() {
  // the whole of it at the cursor
  const ranked = range(R.n)
    .sort((a, b) => R.score[b] - R.score[a])
    .slice(0, 2);
  const near = range(R.T).slice(Math.max(0, t - 3), t + 4),
    now = glyph(R.units[t]);
  live({
    unit: now,
    letters: `<span>${each(near, (c) => `${letter(c)}</i>`)}</span>${now} is number ${R.ids[t]}`,
    vector: `${strip(R.P - 1)}${[...R.vector(R.P - 1, t).subarray(0, 3)].map(plain).join(' ')} …`,
    steps: `<span>${each(near, tint)}</span>↻ unit ${unit + 1}: ${plain(R.state(dir, t, unit))}`,
    scores: each(ranked, (i) => `<span>${sign(R.score[i], 1)} ${brief(R.labels[i])}</span>`),
    answer: `<span>${percent(R.last[R.answer])}</span>${brief(R.labels[R.answer])}`,
  });
}

function drawVectors() {
  // of the letter at the cursor: its own row, those of its groups, their sum
  const places = (n) => range(n).map((i) => t - Math.floor(n / 2) + i),
    last = R.P - 1;
  const how = (n) => (n > 1 && places(n).some((at) => R.by_kind[at]) ? ', by kind' : '');
  const group = (n) =>
    `+ group of ${n}: ${esc(whole(places(n).map((at) => R.units[at] ?? '·')))}${how(n)}`;
  const scripts = R.scripts.map((n) => `+ ${n} scripts, whichever letters they are`);
  const names = [
    ...R.ngrams.map(group),
    ...scripts,
    `${words.piece}: ${glyph(R.units[t])}`,
    '= sum',
  ];
  $('.vector').innerHTML = strip(last);
  $('.parts').innerHTML = each(
    [last - 1, ...range(last - 1), last],
    (p) => `<p>${names[p]}</p>${strip(p)}`,
  );
}

function drawFields() {
  const marks = `<i class="unread"></i><i class="now" data-part="letter"></i><i class="watched"></i>
    <i class="before" data-part="reset update memory old"></i>
    <i class="here" data-part="update candidate state"></i>`;
  $('.fields').innerHTML = each(range(R.D), (d) =>
    field(R, R.H, `States, ${DIRECTIONS[d]}`, '', (u, c) => R.state(d, c, u), marks),
  );
  $('.number').max = R.H;
}

function busiest() {
  // the units of this direction, those that move most first
  const step = (u) =>
    Math.max(...range(R.T).map((c) => Math.abs(R.state(dir, c, u) - R.before(dir, c, u))));
  return range(R.H)
    .map((u) => [step(u), u])
    .sort(([a], [b]) => b - a)
    .map(([, u]) => u);
}

function drawUnit() {
  if (document.activeElement !== $('.number')) $('.number').value = unit + 1;
  $('.direction').selectedIndex = dir;
  $('.busy').innerHTML = `Those that move most in this ${words.text}:
    ${each(busiest().slice(0, 6), (u) => `<button data-unit="${u}">${u + 1}</button> `)}`;
  $('.tint').innerHTML = each(range(R.T), tint);
  if (R.cell === 'gru') drawCell();
  drawStrongest();
}

function drawCell() {
  // the numbers in drawing and formulas, and what each gate does with them
  const flow = R.gates(dir, t, unit),
    {r, z, n, old, h} = flow,
    isFirst = t === (dir ? R.T - 1 : 0);
  const part = (p) =>
    p < 0.05 ? 'almost nothing' : p > 0.95 ? 'almost all' : `${Math.round(100 * p)}%`;
  const kept = `${part(z)} of the old state is kept, ${part(1 - z)} of the candidate is written.`;
  const says = {
    from: isFirst ? 'a bias' : 'from memory',
    reset: `${part(r)} of ${isFirst ? 'a bias' : 'what memory gives'} goes into the candidate.`,
    update: isFirst
      ? `there is no old state yet; ${part(1 - z)} of the candidate is written.`
      : z < 0.05
        ? 'almost all of the old state is replaced.'
        : kept,
    candidate: `what “${R.units[t]}”${isFirst ? '' : ' and memory'} would write here.`,
    state: Math.abs(h - old) < 0.05 ? 'hardly changed.' : `it was ${plain(old)}.`,
  };
  $('.of-unit').innerHTML =
    `Unit ${unit + 1} at “${glyph(R.units[t])}”, reading ${DIRECTIONS[dir]}`;
  for (const item of all('[data-says]')) item.textContent = says[item.dataset.says];
  for (const item of all('[data-wire]')) {
    const value = flow[item.dataset.wire];
    item.style.setProperty('--size', Math.min(1, Math.abs(value)));
    item.setAttribute('class', kind(value));
    if (!item.matches('path')) item.textContent = plain(value);
  }
}

function mark(part) {
  // in map, drawing and formulas
  for (const item of all('[data-part]'))
    item.classList.toggle('lit', item.matches(`[data-part~="${part}"]`));
  marked = part;
}

async function drawStrongest() {
  if (!strongest) $('.excites').textContent = 'Searching the training data …';
  const asked = (strongest ??= source.ask('strongest', {}));
  const {problem, layers} = await asked,
    units = layers?.[layer];
  if (!R || asked !== strongest) return; // emptied or of another source meanwhile
  const part = (units, ...ends) =>
    esc(
      spelled(units)
        .slice(...ends)
        .join(gap())
        .normalize(),
    );
  const item = ([units, at]) =>
    `<li><bdi>${part(units, 0, at)}<mark>${part(units, at, at + 1)}</mark>${part(units, at + 1)}</bdi></li>`;
  $('.excites').innerHTML = problem
    ? esc(problem)
    : !units.length
      ? 'Which training texts raise it most is not shown, because the model comes without them.'
      : `What raises it most in the training data, at the marked ${words.piece}:
    <ul>${each(units[dir * R.H + unit], item)}</ul>`;
}

function leading(R, n) {
  // those that matter: on a scale all, else the answer and what led before
  const order = range(R.labels.length);
  const most = (i) => Math.max(i === R.answer, ...R.shares.map((row) => row[i]));
  if (source.ordered) return order;
  const led = order
    .sort((a, b) => most(b) - most(a))
    .filter((i, place) => place < 3 || most(i) > 0.05);
  return led.slice(0, n).sort((a, b) => R.last[b] - R.last[a]);
}

function shares(R) {
  // the table of labels and beginnings
  const cell = (i) => (row, c) =>
    `<td data-at="${c}" style="--share: ${row[i].toFixed(3)}"
    title="${esc(R.labels[i])}: ${percent(row[i])}">${row[i] < 0.005 ? '' : Math.round(100 * row[i])}</td>`;
  return table(
    'shares',
    each(R.units, (u, i) => head(glyph(u), i)),
    each(
      leading(R, 10),
      (i) => `<tr><th scope="row">${brief(R.labels[i])}</th>${each(R.shares, cell(i))}</tr>`,
    ),
  );
}

function drawLines() {
  const top = leading(R, 6);
  const as = (i) =>
    `class="line-${top.indexOf(i)}" ${source.ordered ? `style="--place: ${i / (R.labels.length - 1)}"` : ''}`;
  $('.lines').classList.toggle('scale', source.ordered);
  $('.lines').innerHTML = draw.chart({
    label: `${R.labels[top[0]]} and others after each ${words.piece}; the table has the figures`,
    width: Math.max(280, $('.lines').clientWidth),
    lines: top.map((i) => ({
      name: R.labels[i],
      points: R.shares.map((row, c) => [c, row[i]]),
      as: as(i),
    })),
    left: [
      [0, '0%'],
      [0.5, '50%'],
      [1, '100%'],
    ],
    below: R.units.map((unit, c) => [c, unit]),
    behind: (x, y) =>
      `<path class="now" style="--step: ${R.T > 1 ? x(1) - x(0) : 0}px" d="M${x(0)} 10V${y(0)}"/>`,
  });
}

function drawScores() {
  const names = ['last states', 'mean', 'maximum'].slice(0, R.added.length - 1);
  const bar = (of) => (i) =>
    `<td class="bar" style="--share: ${of[i].toFixed(4)}">${percent(of[i])}</td>`;
  const score = (of) => (i) => `<td>${sign(of[i], 1)}</td>`;
  const rows = leading(R, 7).filter((i) => i < R.n),
    answer = ['answer', bar(R.last)];
  const sums = (...columns) =>
    table(
      'sums',
      each(columns, ([name]) => head(name)),
      each(
        rows,
        (i) =>
          `<tr><th scope="row">${brief(R.labels[i])}</th>${each(columns, ([, column]) => column(i))}</tr>`,
      ),
    );
  const [first, logits] = R.logits,
    own = [`${CELLS[R.cell]}’s score`, score(first)],
    [gru, groups] = R.alone;
  const beside = !logits
    ? []
    : [
        ['GRU alone', bar(gru)],
        ['groups’ score', score(logits)],
        ['groups alone', bar(groups)],
      ];
  const added = R.added.map((from, p) => [names[p] ?? 'bias', score(from)]);
  $('.scores-table').innerHTML = sums(...added, own, answer);
  $('.adjusted').innerHTML = sums(own, ...beside, ['calibrated', score(R.score)], answer);
  live({
    none: R.labels.length > R.n ? `The answer leaves ${percent(R.last[R.n])} to none of them.` : '',
  });
}

async function compare() {
  pair = (await readings(() => [$('.first').value, $('.second').value])) ?? pair;
  const problem = pair.find((reply) => reply.problem),
    isEmpty = !$('.first').value && !$('.second').value;
  $('.difference').textContent = isEmpty ? '' : (problem?.problem ?? '');
  if (problem || !pair.length) return;
  const [a, b] = pair,
    {H, D} = a,
    T = Math.max(a.T, b.T);
  // Forward states are set against each other from the start, backward ones from the end.
  const state = (R, u, c) => R.state(Math.floor(u / H), u < H ? c : c - (T - R.T), u % H);
  const apart = (u, c) => Math.abs(state(a, u, c) - state(b, u, c));
  const map = (R) =>
    field(
      R,
      D * H,
      `States of ${R.text}`,
      `<b>${esc(R.text)}</b>: ${brief(R.labels[R.answer])}, ${percent(R.last[R.answer])}`,
      (u, c) => R.state(Math.floor(u / H), c, u % H),
    );
  $('.against').innerHTML =
    each(
      pair,
      (R) =>
        `<div>${map(R)}<div ${scroller(`Beginnings of ${R.text}`, 'table')}>${shares(R)}</div></div>`,
    ) +
    `<div>${field(a.T >= b.T ? a : b, D * H, 'Differences', 'Where the states differ', apart)}</div>`;
  for (const item of all('.against [data-at]')) delete item.dataset.at; // they are not at the cursor
  $('.batch').innerHTML = batch([R ?? a, a, b].sort((one, other) => other.T - one.T));
}

function show() {
  // all that depends on the cursor and on the unit
  if (!R) return;
  const at = `${words.piece} ${t + 1} of ${R.T}, ${/^\p{M}/u.test(R.units[t]) ? '◌' : ''}${R.units[t]}`;
  $('.reading').style.setProperty('--t', t);
  $('.reading').style.setProperty('--u', unit);
  Object.assign($('.cursor'), {ariaValueNow: t + 1, ariaValueText: at});
  all('.fields figure').forEach((figure, d) => {
    // Backward a mark comes before its letter: it would join the wrong one.
    const read = d
      ? R.units.slice(t).reverse().map(glyph).join(gap())
      : esc(whole(R.units.slice(0, t + 1)));
    figure.querySelector('figcaption').innerHTML =
      `${d ? 'Backward' : 'Forward'}, has read <b>${read}</b>`;
    figure.classList.toggle('chosen', d === dir);
  });
  drawWay();
  drawVectors();
  drawUnit();
  mark(marked);
  for (const item of all('[data-at]')) item.classList.toggle('at', +item.dataset.at === t);
  for (const box of all('.cursor, .fields .scroll, .endings .table, .ids, .batch')) {
    const [item, place] = [box.querySelector('.at'), box].map(
      (part) => part?.getBoundingClientRect().left,
    );
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
  if (timer || !R) {
    stop();
    return;
  }
  $('.play').textContent = '❚❚ Pause';
  timer = setInterval(
    () => {
      go(t + 1);
      if (t === R.T - 1) stop();
    },
    words.piece === 'word' ? 900 : 650,
  );
  go(t === R.T - 1 ? 0 : t + 1);
}

function pick(map, event) {
  // a letter and a unit on the map of a direction
  const box = map.getBoundingClientRect();
  const along = (part, n) => Math.min(n - 1, Math.floor(part * n));
  dir = all('.fields .map').indexOf(map);
  unit = along((event.clientY - box.top) / box.height, R.H);
  go(along((event.clientX - box.left) / box.width, R.T));
}

function guide(step) {
  // opens it at a step, or closes it
  const steps = all('.guide li');
  $('.told')?.classList.remove('told');
  $('.guide').hidden = step === undefined;
  if (step === undefined) return;
  place = Math.max(0, Math.min(steps.length - 1, step));
  $('.guide .place').textContent = `${place + 1} of ${steps.length}`;
  steps.forEach((item, i) => {
    item.hidden = i !== place;
  });
  const item = $(steps[place].dataset.of); // which is out of sight where there is no such cell
  item.classList.add('told');
  item.scrollIntoView();
}

element.addEventListener('click', (event) => {
  const find = (selector) => event.target.closest(selector);
  const {step, unit: chosen, pair: texts, source: name, guide: way} = find('button')?.dataset ?? {};
  if (find('.play')) {
    play();
    return;
  }
  if (texts) {
    [$('.first').value, $('.second').value] = props.pairs[texts];
    compare();
  } else if (chosen) {
    unit = +chosen;
    show();
    $(`[data-unit="${unit}"]`).focus();
  } else if (name) change({shipped, trained}[name]);
  else if (way) guide({open: 0, previous: place - 1, next: place + 1}[way]);
  else if (step) {
    stop();
    go(t + +step);
  } else if (find('.fields .map')) {
    stop();
    pick(find('.fields .map'), event);
  } else if (find('[data-to]')) {
    event.preventDefault(); // the address is the page's state
    $(`[data-section="${find('[data-to]').dataset.to}"]`).scrollIntoView();
  } else if (find('[data-at]')) {
    stop();
    go(+find('[data-at]').dataset.at);
  }
});
for (const way of ['pointerover', 'focusin']) {
  element.addEventListener(way, ({target}) =>
    mark(target.closest('.fields .map') ? 'state' : target.closest('[data-part]')?.dataset.part),
  );
}
element.addEventListener('keydown', (event) => {
  const to = {ArrowRight: t + 1, ArrowLeft: t - 1, Home: 0, End: 99}[event.key];
  const isSpace = event.key === ' ' && event.target === $('.cursor');
  if (event.target.matches('input, select, .scroll') || (to === undefined && !isSpace)) return;
  event.preventDefault();
  if (isSpace) {
    play();
    return;
  }
  stop();
  go(to);
});
element.addEventListener('input', ({target: box}) => {
  if (box.matches('.typed')) {
    text = box.value;
    page.type(boxOf(), text);
    read();
  }
  if (box.matches('.layer')) {
    layer = +box.value;
    if (R) drawFields();
    show();
    compare();
  }
  if (box.matches('.first, .second')) compare();
  if (box.matches('.direction')) {
    dir = box.selectedIndex;
    show();
  }
  const isUnit = box.matches('.number') && R && box.value >= 1 && box.value <= R.H;
  if (isUnit) {
    unit = Math.round(box.value) - 1;
    show();
  }
});

function follow() {
  // what is typed in the other tab
  const typed = page.text(boxOf());
  if (typed === text) return;
  $('.typed').value = text = typed;
  read();
}

function fill() {
  // the page in the words of what reads
  ({words} = source);
  const {piece} = words,
    links = {id: props.box, train: props.box.replace('name', 'train')};
  const spelt = {
    ...shipped.words,
    ...words,
    ...links,
    Piece: piece[0].toUpperCase() + piece.slice(1),
  };
  element.innerHTML = template
    .replace(/\{(\w+)\}/g, (_, word) => esc(spelt[word]))
    .replace(/\[(\w+) (\w+)\]/g, '<i data-part="$1" data-wire="$2"></i>'); // a number in a formula
  $('.typed').value = text;
  $('.pairs').innerHTML = each(props.pairs, (texts, i) =>
    !texts.every(Boolean) ? '' : `<button data-pair="${i}">${texts.map(esc).join(' | ')}</button> `,
  );
  [$('.first').value, $('.second').value] = props.pairs.at(source === trained ? -1 : 0); // trained: ü may be read as u
  $('.of-layers').hidden = source.layers < 2;
  $('.layer').innerHTML = each(
    range(source.layers),
    (i) => `<option value="${i}">${i + 1}</option>`,
  );
  suit();
}

function change(to) {
  // to another source, or to what this one has become
  strongest = null;
  if (to) {
    [source, unit, layer] = [to, null, 0];
    fill();
  }
  read();
  compare();
}

fill();
document.addEventListener('trained', () => {
  if (source === trained) change();
});
new IntersectionObserver(([seen]) => {
  clearInterval(follower);
  if (!seen.isIntersecting) {
    stop();
    return;
  }
  follow();
  follower = setInterval(follow, 300);
  if (!pair.length) compare();
}).observe(element);
new ResizeObserver(() => {
  if (R) drawLines();
}).observe(element);
