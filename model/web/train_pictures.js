// The pictures of the tab Train, as HTML. In:
//   started: settings and what the worker said of them at the start, {data, cells, labels, units, examples, …}
//   points: of the curves, {step, values}, values with {loss, accuracy, heldOut or null} of each network
//   looks: what METHODS.look of worker.js returned for each network
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

const {CELLS, DIRECTIONS, range, ranked, each, esc, percent, brief, field, chart} = draw;
// The gates of a cell that can be held
const HELD = {
  rnn: [],
  gru: ['reset', 'update'],
  lstm: ['input', 'forget', 'output'],
};
const WORDS = {
  names: {texts: 'names', label: 'language'},
  order: {texts: 'strings', label: 'answer'},
  own: {texts: 'texts', label: 'label'},
};
const whole = (n) => Math.round(n).toLocaleString('en');
const share = (p) => `${(100 * p).toFixed(1)}%`;

function percents(shares, between) {
  const texts = shares.map((p) => `${whole(100 * p)}%`);
  return texts.join(between);
}

/** What network i is called; of two with the same cell with its number. */
function titleOf({cells}, i) {
  const name = CELLS[cells[i]];
  const isTwice = cells[0] === cells[1];
  return isTwice ? `${name} ${i + 1}` : name;
}

/** A label with a text and a bar for each share, in the colours of the networks from `first` on. */
function bar(label, text, shares, first = 0) {
  const tracks = each(shares, (p, k) => {
    const place = first + k;
    return `<span
      class="track net-${place}"
      style="--share: ${p.toFixed(4)}"></span>`;
  });
  return `<li>
    <span class="of">${brief(label)}</span>
    <span class="value">${text}</span>
    ${tracks}</li>`;
}

function legend(started) {
  const networks = each(started.cells, (_, i) => {
    return `<li class="net-${i}">${titleOf(started, i)}</li>`;
  });
  return `${networks}
    <li>unseen</li>
    <li class="seen">training</li>
    <li class="chance">guessing</li>`;
}

/** A select for each gate that a network has. */
function gateSelects({cells}) {
  const gates = new Set(cells.flatMap((cell) => HELD[cell]));
  const options = `<option value="">works<option value="0">held at 0
    <option value="1">held at 1`;
  const selects = each([...gates], (gate) => {
    return `<label>${gate} gate <select data-gate="${gate}">${options}</select></label>`;
  });
  return selects || 'A plain RNN has no gate to hold.';
}

function downloadButtons(started) {
  const buttons = each(started.cells, (cell, i) => {
    if (cell !== 'gru') return '';
    return `<button data-save="${i}">Download the ${titleOf(started, i)}</button> `;
  });
  return buttons || 'Only a GRU can be downloaded.';
}

function sampleButtons({examples}) {
  return each(examples.map(esc), (text) => `<button data-text="${text}">${text}</button>`);
}

/** The line of each network for one of its values, from the steps that have it. */
function curvesOf(points, cells, key) {
  return cells.map((_, i) => {
    const all = points.map(({step, values}) => [step, values[i][key]]);
    const known = all.filter(([, value]) => value !== null);
    return {
      name: '',
      as: `class="net-${i} ${key}"`,
      points: known.length ? known : [[0, 0]],
    };
  });
}

/** Round numbers up to the last step, none near it. */
function ticksUpTo(last) {
  const digits = Math.floor(Math.log10(Math.max(last, 10)));
  const size = 10 ** digits;
  const distance = last / size < 3 ? size / 2 : size;
  const ticks = range(11).map((i) => i * distance);
  return ticks.filter((step) => step < 0.97 * last);
}

/**
 * A chart over the steps of the training.
 * @param {object} of - {label, height, lines, left}, as draw.chart takes them, and chance, the height of guessing
 * @param {object} at - {last, marked, width}: the last step, the one looked back at or null, and pixels
 */
function chartOfSteps({chance, ...of}, {last, marked, width}) {
  const ticks = ticksUpTo(last);
  const below = ticks.map((step) => [step, whole(step)]);
  const behind = (x, y) => {
    const end = x(last || 1);
    const guessing = `<path class="chance" d="M${x(0)} ${y(chance)}H${end}"/>`;
    if (marked === null) return guessing;
    return `${guessing}<path class="at" d="M${x(marked)} ${y(0)}V10"/>`;
  };
  return chart({...of, width, below, behind});
}

function accuracyChart(points, {cells, majority}, at) {
  const seen = curvesOf(points, cells, 'accuracy');
  const unseen = curvesOf(points, cells, 'heldOut');
  const left = [
    [0, '0%'],
    [0.5, '50%'],
    [1, '100% right'],
  ];
  const of = {
    label: 'accuracy',
    height: 175,
    lines: [...seen, ...unseen],
    left,
    chance: majority,
  };
  return chartOfSteps(of, at);
}

/** It stands below the chart of the accuracy: as wide at its left. */
function lossChart(points, {cells, labels}, at) {
  const chance = Math.log(labels.length);
  const values = points.flatMap((point) => point.values);
  const losses = values.map(({loss}) => loss);
  const most = Math.ceil(Math.max(chance, ...losses));
  const left = [
    [0, '0'],
    [most / 2, `${most / 2}`],
    [most, `loss ${most}`.padEnd(10)],
  ];
  const of = {
    label: 'loss',
    height: 130,
    lines: curvesOf(points, cells, 'loss'),
    left,
    chance,
  };
  return chartOfSteps(of, at);
}

/** How many of the unseen texts each network has right. */
function figures(looks, started) {
  const {texts} = WORDS[started.data];
  const unseen = whole(started.heldOut);
  return each(looks, ({heldOut}, i) => {
    const value = heldOut.toFixed(4);
    const held = `<b class="held" data-heldout="${value}">${share(heldOut)}</b>`;
    const network = titleOf(started, i);
    const weights = whole(started.weights[i]);
    return `<p class="net-${i}">${held} of ${unseen} unseen ${texts}
      right<small>${network}, ${weights} weights</small></p>`;
  });
}

/** The four likeliest labels of the visitor's text, by each network. */
function likeliest(looks, started) {
  return each(looks, ({labels, probabilities}, i) => {
    const four = ranked(probabilities).slice(0, 4);
    const rows = each(four, (k) => {
      const p = probabilities[k];
      return bar(labels[k], percent(p), [p], i);
    });
    return `<ol class="bars" aria-label="${titleOf(started, i)}">${rows}</ol>`;
  });
}

function rightByLabel(looks, {labels}) {
  return each(labels, (label, k) => {
    const right = looks.map(({byLabel}) => byLabel[k]);
    const text = percents(right, ' · ');
    return bar(label, text, right);
  });
}

/** The states of each network in each direction, with the lengths of the gradients above them. */
function statesOf(looks, started) {
  return each(looks, (look, i) => {
    const network = titleOf(started, i);
    return each(range(look.states.length), (d) => {
      const title = `${network}, ${DIRECTIONS[d]}`;
      return statesOfDirection(look, d, title, `net-${i}`);
    });
  });
}

function statesOfDirection(look, d, title, colour) {
  const states = look.states[d];
  const lengths = [...look.gradients[d]];
  const most = Math.max(...lengths) || 1;
  const bars = each(lengths, (length) => {
    const part = length / most;
    return `<i style="--share: ${part.toFixed(4)}"></i>`;
  });
  const asRead = d ? lengths.toReversed() : lengths;
  const reaching = asRead[0] / asRead.at(-1) || 0; // of 0, if both are
  const arriving = percent(Math.min(1, reaching));
  const letter = d ? 'last' : 'first';
  const caption = `<b class="${colour}">${title}</b>: ${esc(arriving)} of the gradient
    reaches the ${letter} letter`;
  const above = `<span class="gradients ${colour}">${bars}</span>`;
  const H = states[0].length;
  const state = (unit, t) => states[t][unit];
  return field(element, look.units, H, `States, ${title}`, caption, state, above);
}

/** What each network costs that is broken, as METHODS.broken of worker.js returns it. */
function brokenFigures(costs, started) {
  return each(costs, ({before, after, byLabel}, i) => {
    const rows = each(started.labels, (label, k) => {
      const right = byLabel.after[k];
      const change = percents([byLabel.before[k], right], ' → ');
      return bar(label, change, [right], i);
    });
    const broken = `<span data-broken="${after}">${share(after)}</span>`;
    const network = titleOf(started, i);
    return `<div>
      <p class="net-${i}"><b>${share(before)} → ${broken}</b>
      ${network}, as it learnt → broken</p>
      <ol class="bars by">${rows}</ol></div>`;
  });
}

/** Unseen texts, whose answers the visitor opens. */
function guesses(rows, {labels, cells}) {
  const network = CELLS[cells[0]];
  return each(rows, ({text, label, answer}) => {
    const right = esc(labels[label]);
    const says = esc(labels[answer]);
    return `<details>
      <summary>${esc(text)}</summary>
      It is <b>${right}</b>; the ${network} says ${says}</details>`;
  });
}
