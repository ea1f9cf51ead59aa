// The tab Train: settings, curves and pictures of one or two networks, which worker.js trains.
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.
const {CELLS, DIRECTIONS, esc, each, range, percent, brief, field, chart} = window.draw;
const $ = (place) => element.querySelector(place),
  all = (place) => [...element.querySelectorAll(place)];
const HELD = {rnn: [], gru: ['reset', 'update'], lstm: ['input', 'forget', 'output']}; // its gates
const WORDS = {names: ['names', 'language'], order: ['strings', 'answer'], own: ['texts', 'label']};
const PAUSE = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 0; // between two drawings
const MOST_POINTS = 300,
  SPOKEN = 15000; // of a curve; ms between two sentences
const whole = (n) => Math.round(n).toLocaleString('en'),
  share = (p) => `${(100 * p).toFixed(1)}%`;
let call = null,
  sources = {},
  ready = null,
  started = null; // call asks the worker
let now = null,
  points = [],
  looks = [],
  moment = null,
  timer = null,
  drawn = 0,
  spoken = 0;

async function open() {
  // once, when the tab is seen first: nothing is fetched later
  sources = await server.playground({}).catch(() => ({}));
  if (!sources.worker) {
    $('.problem').textContent = 'The server gave no answer: reload the page.';
    return;
  }
  call = page.workerOf(
    sources.worker,
    progress,
    'Nothing can be trained here: try another browser.',
  );
  await begin();
}

// Settings are the boxes that have a name; the address has those that differ from the page's own.
const settings = () =>
  Object.fromEntries(
    all('[name]').map((box) => [
      box.name,
      box.type === 'checkbox' ? String(box.checked) : box.value,
    ]),
  );
const defaults = settings(),
  readsNames = () => props.shared && $('[name=data]').value === 'names';

function set(state) {
  // to what an address has
  const before = JSON.stringify(settings());
  for (const box of all('[name]')) {
    const text = state.get(box.name) ?? defaults[box.name];
    Object.assign(box, box.type === 'checkbox' ? {checked: text === 'true'} : {value: text});
  }
  $('.more').open ||= ['rate', 'batch', 'seed'].some((name) => state.has(name));
  describe();
  if (call && JSON.stringify(settings()) !== before) begin();
}

function describe() {
  // the settings, where other parts depend on them
  for (const box of all('[name]'))
    if (!box.value || !box.validity.valid) box.value = defaults[box.name];
  for (const box of all('[type=range][name]')) box.nextElementSibling.value = box.value;
  const words = WORDS[settings().data];
  for (const word of all('.texts, .of-label')) word.textContent = words[+word.matches('.of-label')];
}

const isOn = () => $('.play').dataset.do === 'pause'; // whether the visitor wants it to train
const turn = (on) => {
  [$('.play').textContent, $('.play').dataset.do] = on
    ? ['❚❚ Pause', 'pause']
    : ['▶ Train', 'train'];
};
const run = (action) => {
  turn(action === 'train');
  call(action);
};
const tell = () => {
  // read out, and rarely
  spoken = Date.now();
  const right = looks.map((look, i) => `${titleOf(i)} ${share(look.heldOut)}`).join(', ');
  $('.spoken').textContent = `${$('.back output').value}: ${right} of what is unseen is right`;
};

const publish = () => {
  // to How it reads
  page.trained = {call, cells: started.cells, box: readsNames() ? props.box : 'text-to-train'};
  document.dispatchEvent(new Event('trained'));
};

const latest = (work) => {
  // asked for again while it is at work, it does it once more, not each time
  let isStale = false,
    done = null;
  const loop = async () => {
    try {
      for (; isStale; await work()) isStale = false;
    } finally {
      done = null;
    }
  };
  return () => {
    isStale = true;
    return (done ??= loop());
  };
};
const latestOf = (work) => latest(() => started && work(started));

const begin = latest(async () => {
  // anew, with the settings as they are
  const {data, length, units, both, rate, batch, seed, cell, beside} = settings();
  const given = {
    data,
    length: +length,
    table: $('textarea').value,
    cells: [cell, beside].filter(Boolean),
    units: +units,
    both: both === 'true',
    rate: +rate,
    batch: +batch,
    seed: +seed,
  };
  [started, moment] = [null, null];
  const reply = await call('start', {...given, names: sources.names});
  $('.problem').textContent = reply.problem ?? '';
  for (const part of all('.bench, .player, .part:not(.learn)'))
    part.hidden = Boolean(reply.problem);
  if (reply.problem) {
    turn(false);
    return;
  }
  const {examples} = (started = {...given, ...reply});
  if ($('.typed').placeholder !== examples[0]) [$('.typed').value] = examples;
  $('.typed').placeholder = examples[0];
  follow();
  $('.samples').innerHTML = each(
    examples.map(esc),
    (x) => `<button data-text="${x}">${x}</button>`,
  );
  $('.gates-of').innerHTML =
    each(
      [...new Set(given.cells.flatMap((one) => HELD[one]))],
      (gate) =>
        `<label>${gate} gate <select data-gate="${gate}"><option value="">works<option value="0">held at 0
    <option value="1">held at 1</select></label>`,
    ) || 'A plain RNN has no gate to hold.';
  $('.legend').innerHTML =
    each(given.cells, (_, i) => `<li class="net-${i}">${titleOf(i)}</li>`) +
    '<li>unseen</li><li class="seen">training</li><li class="chance">guessing</li>';
  $('.downloads-of').innerHTML =
    each(given.cells, (cell, i) =>
      cell === 'gru' ? `<button data-save="${i}">Download the ${titleOf(i)}</button> ` : '',
    ) || 'Only a GRU can be downloaded.';
  $('.code').textContent = pytorchCode(sources.code, started.config, started);
  if (isOn()) call('train');
  await look();
  for (const part of [tell, drawGuesses, breakIt]) part();
  if (page.trained) publish();
});

function progress({problem, ...event}) {
  // of the worker, or it does not work
  if (problem) {
    $('.problem').textContent = problem;
    return;
  }
  now = event;
  if (!now.step) points = [];
  points.push(...now.curves);
  if (points.length > MOST_POINTS)
    points = points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
  if (!started) return;
  if (!now.running) {
    publish();
    drawGuesses();
  }
  if (!now.running || Date.now() - spoken > SPOKEN) tell();
  if (!now.running || Date.now() - drawn >= PAUSE) {
    drawn = Date.now();
    look();
  }
}

const look = latestOf(async (mine) => {
  // at the visitor's text, with each network, at the chosen moment
  const given = {moment, text: $('.typed').value.trim() || mine.examples[0]};
  const replies = await Promise.all(
    mine.cells.map((_, network) => call('look', {network, ...given})),
  );
  if (mine !== started) return;
  $('.problem').textContent = replies[0].problem ?? '';
  if (replies[0].problem) return;
  looks = replies;
  for (const draw of [drawCurves, drawFigures, drawLooks]) draw();
});

const titleOf = (i) =>
  CELLS[started.cells[i]] + (started.cells[0] === started.cells[1] ? ` ${i + 1}` : '');
const percents = (shares, and) => shares.map((p) => `${whole(100 * p)}%`).join(and);
const bar = (label, text, shares, i = 0) =>
  `<li><span class="of">${brief(label)}</span><span class="value">${text}</span>${each(
    shares,
    (p, k) => `<span class="track net-${i + k}" style="--share: ${p.toFixed(4)}"></span>`,
  )}</li>`;

function drawCurves() {
  const last = points.at(-1).step,
    size = 10 ** Math.floor(Math.log10(Math.max(last, 10)));
  const ticks = range(11)
    .map((i) => (i * size) / (last / size < 3 ? 2 : 1))
    .filter((at) => at < 0.97 * last);
  const blind = Math.log(started.labels.length); // the loss of guessing
  const most = Math.ceil(
    Math.max(blind, ...points.flatMap(({values}) => values.map(({loss}) => loss))),
  );
  const step = now.moments[moment] ?? now.step,
    at = step ? `step ${whole(step)}` : 'untrained';
  const curve = (key) =>
    started.cells.map((_, i) => {
      const found = points
        .map(({step: x, values}) => [x, values[i][key]])
        .filter((at) => at[1] !== null);
      return {name: '', as: `class="net-${i} ${key}"`, points: found.length ? found : [[0, 0]]};
    });
  const lines = (place, height, curves, left, chance) => {
    const behind = (x, y) =>
      `<path class="chance" d="M${x(0)} ${y(chance)}H${x(last || 1)}"/>` +
      (moment === null ? '' : `<path class="at" d="M${x(step)} ${y(0)}V10"/>`);
    const width = Math.max(280, $(place).clientWidth),
      below = ticks.map((x) => [x, whole(x)]);
    $(place).innerHTML = chart({
      label: place.slice(1),
      width,
      height,
      left,
      below,
      lines: curves,
      behind,
    });
  };
  lines(
    '.accuracy',
    175,
    [...curve('accuracy'), ...curve('heldOut')],
    [
      [0, '0%'],
      [0.5, '50%'],
      [1, '100% right'],
    ],
    started.majority,
  );
  lines(
    '.loss',
    130,
    curve('loss'), // below the other: as wide at its left
    [
      [0, '0'],
      [most / 2, `${most / 2}`],
      [most, `loss ${most}`.padEnd(10)],
    ],
    blind,
  );
  Object.assign($('.moment'), {max: now.moments.length, disabled: !now.step, ariaValueText: at});
  $('.moment').value = moment ?? now.moments.length;
  const time = `, pass ${now.epoch}, ${whole(now.seconds)} s`;
  $('.back output').value = at + (step && step === now.step ? time : '');
}

function drawFigures() {
  $('.figures').innerHTML = each(
    looks,
    (look, i) => `<p class="net-${i}"><b class="held"
    data-heldout="${look.heldOut.toFixed(4)}">${share(look.heldOut)}</b> of ${whole(started.heldOut)} unseen
    ${WORDS[started.data][0]} right<small>${titleOf(i)}, ${whole(started.weights[i])} weights</small></p>`,
  );
  $('.likely').innerHTML = each(looks, ({labels, probabilities: p}, i) => {
    const best = range(labels.length)
      .sort((a, b) => p[b] - p[a])
      .slice(0, 4);
    const rows = each(best, (k) => bar(labels[k], percent(p[k]), [p[k]], i));
    return `<ol class="bars" aria-label="${titleOf(i)}">${rows}</ol>`;
  });
  const rights = (k) => looks.map((look) => look.byLabel[k]);
  $('.by').innerHTML = each(started.labels, (label, k) =>
    bar(label, percents(rights(k), ' · '), rights(k)),
  );
}

function drawLooks() {
  const box = $('.looks'),
    isBelow = box.getBoundingClientRect().top > innerHeight; // at 5 frames a second
  if (now.running && (isBelow || box.contains(document.activeElement))) return; // it would lose the focus
  box.innerHTML = each(looks, (look, i) =>
    each(look.states, (states, d) => {
      const gradient = [...look.gradients[d]],
        most = Math.max(...gradient) || 1,
        H = started.units;
      const [far, near] = [gradient.at(-d), gradient.at(d - 1)]; // at the letters that it reads first and last
      const bars = each(
        gradient,
        (length) => `<i style="--share: ${(length / most).toFixed(4)}"></i>`,
      );
      const name = `${titleOf(i)}, ${DIRECTIONS[d]}`,
        part = esc(percent(Math.min(1, far / near || 0)));
      return field(
        element,
        look.units,
        H,
        `States, ${name}`,
        `<b class="net-${i}">${name}</b>: ${part} of the gradient reaches the ${d ? 'last' : 'first'} letter`,
        (u, t) => states[t * H + u],
        `<span class="gradients net-${i}">${bars}</span>`,
      );
    }),
  );
}

const unitsOf = (
  text, // '3, 8-10' → [2, 7, 8, 9]
) =>
  [...text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)].flatMap(([, first, last = first]) =>
    range(128).filter((unit) => unit + 1 >= first && unit + 1 <= last),
  );

const breakIt = latestOf(async (mine) => {
  // what is held, silenced or shuffled, and what that costs
  const boxes = all('[data-gate]').filter((box) => box.value);
  const holds = boxes.map((box) => [box.dataset.gate, +box.value]);
  const silenced = unitsOf($('.silenced').value),
    shuffle = $('.shuffle').checked;
  const isBroken = holds.length || silenced.length || shuffle;
  const replies = await Promise.all(
    mine.cells
      .filter(() => isBroken)
      .map((cell, network) => {
        const held = holds.filter(([gate]) => HELD[cell].includes(gate));
        return call('broken', {network, moment, silenced, shuffle, hold: Object.fromEntries(held)});
      }),
  );
  if (mine === started)
    $('.broken').innerHTML = each(
      replies,
      ({before, after, byLabel}, i) =>
        `<div><p class="net-${i}"><b>${share(before)} → <span data-broken="${after}">${share(after)}</span></b>
    ${titleOf(i)}, as it learnt → broken</p><ol class="bars by">${each(mine.labels, (label, k) =>
      bar(label, percents([byLabel.before[k], byLabel.after[k]], ' → '), [byLabel.after[k]], i),
    )}</ol></div>`,
    );
});

const drawGuesses = latestOf(async (mine) => {
  // unseen texts, whose answers the visitor opens
  const found = await call('heldOut', {network: 0, moment});
  if (mine === started)
    $('.unseen-of').innerHTML = each(
      found,
      ({text, label, answer}) =>
        `<details><summary>${esc(text)}</summary>It is <b>${esc(mine.labels[label])}</b>; the
    ${CELLS[mine.cells[0]]} says ${esc(mine.labels[answer])}</details>`,
    );
});

const save = async (network) => {
  const {name, blob} = downloadModel(await call('weights', {network, moment}), started);
  Object.assign(document.createElement('a'), {
    download: name,
    href: URL.createObjectURL(blob),
  }).click();
};
const type = (text) => {
  // here, and if it is a name in the other tabs
  $('.typed').value = text;
  if (readsNames()) page.type(props.box, text);
  look();
};
const follow = () => {
  if (readsNames()) $('.typed').value = page.text(props.box);
}; // what was typed there

element.addEventListener('click', async ({target}) => {
  const {do: action, text, save: network} = target.closest('button')?.dataset ?? {};
  await ready;
  if (action === 'again') {
    turn(false);
    begin();
  } else if (action === 'copy') page.copy(target, $('.code').textContent);
  else if (action) {
    moment = null;
    run(action);
  } // what it learns next is shown
  else if (network) save(+network);
  else if (text) type(text);
});
element.addEventListener('input', ({target: box}) => {
  if (box.matches('[type=range][name]')) describe();
  if (box.matches('textarea')) {
    clearTimeout(timer);
    timer = setTimeout(begin, 400);
  }
  if (!started) return;
  if (box.matches('.typed')) type(box.value);
  if (box.matches('.moment')) {
    moment = box.value === box.max ? null : +box.value;
    look();
    drawGuesses();
  }
  if (box.closest('.breaks, .back')) breakIt();
});
element.addEventListener('change', async ({target: box}) => {
  if (box.type === 'file') $('textarea').value = await box.files[0].text();
  if (!box.name && box.type !== 'file') return;
  describe();
  await ready;
  begin();
});

page.extras.train = {
  set,
  settings: () =>
    Object.fromEntries(
      Object.entries(settings()).filter(([name, text]) => text !== defaults[name]),
    ),
};
set(page.state);
new IntersectionObserver(([seen]) => {
  if (!seen.isIntersecting) {
    if (isOn()) run('pause');
    return;
  } // in another tab
  ready ??= open();
  if (started) {
    follow();
    look();
  }
}).observe(element);
new ResizeObserver(() => {
  if (started && looks.length) drawCurves();
}).observe(element);
