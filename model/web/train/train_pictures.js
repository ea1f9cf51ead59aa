// The pictures of the tab Train, as HTML. In:
//   started: settings and what the worker said of them at the start, {data, cells, labels, units, examples, …}
//   points: of the curves, {step, values}, values with {seen, unseen} of each network, as scoresOn of worker.js has them
//   looks: what METHODS.look of worker.js returned for each network
// No quoted word here may be a parameter of gr.HTML: Gradio would take it for an event of ours.

import {
  brief,
  CELLS,
  chart,
  colourOfLabel,
  DIRECTIONS,
  each,
  esc,
  field,
  inPercent,
  percent,
  range,
  ranked,
} from '../drawing.js';

// The gates of a cell that can be held, and what each decides
export const HELD = {
  rnn: {},
  gru: {
    reset: 'how much of the old state is used for the new one',
    update: 'how much of the old state stays',
  },
  lstm: {
    input: 'how much of what is new is written',
    forget: 'how much of the memory stays',
    output: 'how much of the memory is shown',
  },
};
export const WORDS = {
  names: {
    text: 'name',
    texts: 'names',
    label: 'language',
    labels: 'languages',
    question: 'Which language does a name come from?',
  },
  order: {
    text: 'string',
    texts: 'strings',
    label: 'answer',
    labels: 'answers',
    question:
      'Each has one a and one b, in its first half. Which comes first? The answer is due at the end.',
  },
  own: {
    text: 'text',
    texts: 'texts',
    label: 'label',
    labels: 'labels',
    question: 'Which label does a text have?',
  },
};
const SHOWN = 4; // labels of the visitor's text
export const whole = (n) => Math.round(n).toLocaleString('en');

/** What network i is called; of two with the same cell with its number. */
export function titleOf({cells}, i) {
  const name = CELLS[cells[i]];
  const isTwice = cells[0] === cells[1];
  return isTwice ? `${name} ${i + 1}` : name;
}

/** Label i with a share and a bar for each network, in the label's colour; what it was before is an outline. */
function bar(labels, i, shares, inWords, before) {
  const texts = shares.map((p, network) => `<span class="net-${network}">${inWords(p)}</span>`);
  const tracks = each(shares, (p, network) => {
    const was = before ? `<i style="width: ${inPercent(before[network])}"></i>` : '';
    return `<span class="track" style="--share: ${p.toFixed(4)}">${was}</span>`;
  });
  return `<li style="${colourOfLabel(i, {labels})}">
    <span class="of">${brief(labels[i])}</span>
    <span class="value">${texts.join(' · ')}</span>
    ${tracks}</li>`;
}

/** What is asked, and three examples with their answers; each is a button that tries it. */
export function taskOf({data, examples}) {
  const isOrder = data === 'order';
  const shown = each(examples, ({text, label}) => {
    const marked = isOrder ? text.replace(/[ab]/g, '<mark>$&</mark>') : esc(text);
    return `<span><button data-text="${esc(text)}">${marked}</button> ${esc(label)}</span> `;
  });
  return `${WORDS[data].question} <span class="samples">${shown}</span>`;
}

/** A select for each gate that a network has. */
export function gateSelects({cells}) {
  const gates = new Map(cells.flatMap((cell) => Object.entries(HELD[cell])));
  const options = `<option value="">works<option value="0">held at 0
    <option value="1">held at 1`;
  const selects = each([...gates], ([gate, decides]) => {
    return `<span class="gate"><label>${gate} gate <select data-gate="${gate}">${options}</select></label>
      <small>${decides}</small></span>`;
  });
  return selects || 'A plain RNN has no gate to hold.';
}

export function downloadButtons(started) {
  const buttons = each(started.cells, (cell, i) => {
    if (cell !== 'gru') return '';
    return `<button data-save="${i}">Download the ${titleOf(started, i)}</button> `;
  });
  return buttons || 'Only a GRU can be downloaded.';
}

/** The lines of each network for one of its scores: training texts, and unseen ones above them. */
function curvesOf(points, cells, score) {
  const linesOf = (side, name) =>
    cells.map((_, i) => ({
      name: cells.length === 1 ? name : `${titleOf({cells}, i)} ${name}`.replace('plain ', ''), // for room
      as: `class="net-${i} ${side}"`,
      points: points.map(({step, values}) => {
        return [step, values[i][side][score]];
      }),
    }));
  return [...linesOf('seen', 'training'), ...linesOf('unseen', 'unseen')];
}

/** Round numbers up to the last step, none near it. */
function ticksUpTo(last) {
  const size = 10 ** Math.floor(Math.log10(Math.max(last, 10)));
  const distance = last / size < 3 ? size / 2 : size;
  const ticks = range(11).map((i) => i * distance);
  return ticks.filter((step) => step < 0.97 * last);
}

/**
 * A chart over the steps of the training.
 * @param {object} of - {label, height, lines, left}, as chart takes them
 * @param {object} at - {last, marked, width}: the last step, the one looked back at or null, and pixels
 */
function chartOfSteps(of, {last, marked, width}) {
  const below = ticksUpTo(last).map((step) => [step, whole(step)]);
  const behind = (x, y) => {
    return marked === null ? '' : `<path class="at" d="M${x(marked)} ${y(0)}V10"/>`;
  };
  return chart({...of, width, below, behind});
}

/** The line of one who guesses, up to the last step. */
const guessing = (name, chance, {last}) => ({
  name,
  as: 'class="chance"',
  points: [
    [0, chance],
    [last || 1, chance],
  ],
});

export function accuracyChart(points, {cells, majority}, at) {
  const of = {
    label: 'right answers',
    height: Math.min(0.36 * at.width, 118),
    lines: [guessing('guessing', majority, at), ...curvesOf(points, cells, 'right')],
    left: [
      [0, '0%'],
      [0.5, '50%'],
      [1, '100% right'],
    ],
  };
  return chartOfSteps(of, at);
}

/** It stands below the chart of right answers: as wide at its left. */
export function lossChart(points, {cells, labels}, at) {
  const chance = Math.log(labels.length);
  const lines = curvesOf(points, cells, 'loss');
  const losses = lines.flatMap((line) => line.points).map(([, loss]) => loss);
  const most = Math.ceil(Math.max(chance, ...losses));
  const left = [
    [0, '0'],
    [most / 2, `${most / 2}`],
    [most, `loss ${most}`.padEnd(10)],
  ];
  const of = {
    label: 'loss',
    height: Math.min(0.27 * at.width, 86),
    lines: [guessing('', chance, at), ...lines],
    left,
  };
  return chartOfSteps(of, at);
}

/** How many of the unseen texts each network has right. */
export function figures({looks, started}) {
  const {texts} = WORDS[started.data];
  return each(looks, ({scores}, i) => {
    const {right, rows} = scores;
    const held = `<b class="held" data-heldout="${right.toFixed(4)}">${inPercent(right)}</b>`;
    return `<p class="net-${i}">${held} <b>${titleOf(started, i)}</b>
      <small>of ${whole(rows)} unseen ${texts} right</small>
      <small class="weights">${whole(started.weights[i])} weights</small></p>`;
  });
}

/** The labels of the visitor's text that are likeliest by any network. */
export function likeliest({looks}) {
  const {labels} = looks[0];
  const sharesOf = (k) => looks.map(({probabilities}) => probabilities[k]);
  const most = labels.map((_, k) => Math.max(...sharesOf(k)));
  return each(ranked(most).slice(0, SHOWN), (k) => {
    return bar(labels, k, sharesOf(k), percent);
  });
}

/** The share of right answers of each label, of networks that are broken beside what it was before. */
export function rightByLabel({looks, started, costs}) {
  const {labels} = started;
  return each(range(labels.length), (k) => {
    const before = looks.map(({scores}) => scores.byLabel[k]);
    const after = costs.map(({byLabel}) => byLabel[k]);
    const inWords = (right) => inPercent(right, 0);
    return after.length ? bar(labels, k, after, inWords, before) : bar(labels, k, before, inWords);
  });
}

/** The gradient at the letter read first, as a multiple of that at the letter read last; 0 if there is none. */
export function reachOf(gradients, d) {
  const lengths = d ? [...gradients[d]].reverse() : gradients[d];
  return lengths[0] / lengths.at(-1) || 0;
}

/** The states of each network in each direction, with the lengths of the gradients above them. */
export function statesOf({looks, started}) {
  return each(looks, (look, i) => {
    const network = titleOf(started, i);
    const directions = each(range(look.states.length), (d) => {
      const title = look.states.length > 1 ? `${network}, ${DIRECTIONS[d]}` : network;
      return statesOfDirection(look, d, title, `net-${i}`);
    });
    return `<div>${directions}</div>`;
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
  const reach = reachOf(look.gradients, d);
  const [far, near] = d ? ['last', 'first'] : ['first', 'last'];
  const shown = reach < 1 ? esc(percent(reach)) : inPercent(reach);
  const caption = `<b class="${colour}">${title}</b>: ${far} letter's gradient is ${shown} of the ${near}'s`;
  const above = `<span class="gradients ${colour}" data-gradient="${reach.toFixed(4)}">${bars}</span>`;
  const H = states[0].length;
  const state = (unit, t) => states[t][unit];
  return field(look.units, H, `States, ${title}`, caption, state, above);
}

/** What the scores of the networks say is right, for one who guessed it. */
export const sharesRight = (scores) => scores.map(({right}) => inPercent(right)).join(' and ');

/** What each network costs that is broken, as METHODS.broken of worker.js returns it. */
export function brokenFigures({costs, looks, started}) {
  return each(costs, ({right}, i) => {
    const broken = `<span data-broken="${right}">${inPercent(right)}</span>`;
    const before = inPercent(looks[i].scores.right);
    return `<p class="net-${i}"><b>${before} → ${broken}</b> ${titleOf(started, i)}</p>`;
  });
}
