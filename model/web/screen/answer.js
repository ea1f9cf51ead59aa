// What the page says of a text and counts in a list: functions that take JSON and return HTML. A text or
// a label in it is escaped. The JSON is made by name.py and listing.py in model/tabs/, and without a server
// by classifier.js.
//
//   answer          gets what the script of the tab is given, too: `props` of name.py; k labels have a bar
//   answer, sending {problem}, one line, or {reply, notes}: what /predict returns, a sentence each
//   examples        {box, groups, answers}: the id of the text box, {title: {text: label}},
//                   {text: what /predict returns}
//   counts          null or {title, counts, shares, labels, ordered}: [[answer in words, n], …], null or
//                   [[label, share, in words], …], all labels in their order, whether that is a scale

import {colourOfLabel, each, esc, inPercent, percent, totalOf} from '../drawing.js';

const AT_FIRST = 14; // examples that are seen without a click
const OF_OTHER_GROUPS = 3; // of these, of each group but the first

function paragraph(text) {
  if (!text) return '';
  return `<p>${esc(text)}</p>`;
}

// ---------------------------------------------------------------------------------- the verdict

const LEAST_NAMED = 0.05; // probability of the likeliest label of a text that has none
const TENTHS = 'less than one,one,two,three,four,five,six,seven,eight,nine'.split(',');

// By why an answer is what it is: `Why` of decisions.py
const TEXTS = {
  text: 'a sentence, a tag or an address',
  placeholder: 'a placeholder',
  title: 'a title',
};
const UNSURE = {
  word: 'A common word; as a name',
  number: 'It has a number; the name alone',
  unread: 'Nothing to go by',
  low: 'Too low',
};

/**
 * The answer to a text in large letters, and the reason below it.
 * @param {object} reply what /predict returns
 * @param {{text: string}} words
 * @returns {{headline: string, reason: string}}
 */
export function ofReply(reply, words) {
  const {verdict, predictions, side, none, given, family} = reply;
  const [{label, probability}] = predictions;
  const share = percent(probability);
  const more = moreOn(reply).join(' ');
  switch (verdict.kind) {
    case 'text':
      return {
        headline: `Not a ${words.text}`,
        reason: `but ${TEXTS[verdict.why]}: type a ${words.text}.`,
      };
    case 'given': {
      const surname = family && `; as a surname: ${family}`;
      return {
        headline: `Usually a given name${surname}`,
        reason: `Our data have it as ${aNameOf(given, 'given name')}. The bars are for a surname.`,
      };
    }
    case 'none': {
      const nearest = probability < LEAST_NAMED ? '' : ` ${label} is the nearest.`;
      return {
        headline: 'None of these',
        reason: `with a probability of ${percent(none)}.${nearest} ${more}`,
      };
    }
    case 'either':
      return {
        headline: verdict.labels.join(' or '),
        reason: `Too close to call: ${label} has only ${share}. ${more}`,
      };
    case 'unsure':
      return {
        headline: 'Unsure',
        reason: `${UNSURE[verdict.why]}: ${anyOf(reply)}. ${more}`,
      };
    case 'side': {
      const [first, ...others] = side.label;
      const ofSide = percent(side.probability);
      return {
        headline: first.toUpperCase() + others.join(''),
        reason: `with a probability of ${ofSide}; ${label} alone has ${share}.`,
      };
    }
    default:
      return {
        headline: label,
        reason: `with a probability of ${share}. ${more}`,
      };
  }
}

/** The predictions of a reply and none in the order of the bars: none is last unless it wins. */
function withNone({predictions, none, none_of_network: network}) {
  const row = {label: 'none of these', of: null, probability: none, network};
  return none > predictions[0].probability ? [row, ...predictions] : [...predictions, row];
}

/** What an unsure text may be, and the sum of that, rounded down. */
function anyOf(reply) {
  const named = withNone(reply).filter(({label, of = label}) => reply.candidates.includes(of));
  const sum = totalOf(named.map(({probability}) => probability));
  const names = named.map(({label, probability}) => `${label} ${percent(probability)}`);
  if (names.length < 2) return names;
  return `${listed(names, 'or')}, together ${TENTHS[Math.min(9, Math.floor(10 * sum))]} in ten`;
}

/** What the data have of a text, and what the network alone would say, if that is something else. */
function moreOn(reply) {
  const {verdict, predictions, none, peoples, bearers, mostly, unseen, given} = reply;
  const sentences = [];
  if (verdict.kind === 'none' && peoples.length) {
    sentences.push(`Our data have it as ${aNameOf(peoples, 'name')}.`);
  } else if (bearers) {
    const [{label, probability}] = predictions;
    const isOther = none > probability || String(mostly) !== label;
    const ofWhom = isOther ? `, most of them ${listed(mostly)}` : '';
    sentences.push(`Our data have ${bearers} of its bearers${ofWhom}.`);
  }
  if (unseen) sentences.push('The network has not been trained on it.');
  if (verdict.source === 'data') {
    const [{label}] = withNone(reply).sort((a, b) => b.network - a.network);
    sentences.push(`By its spelling alone it looks like ${label} (marked).`);
  }
  if (given.length) sentences.push(`Also a usual given name: ${listed(given)}.`);
  return sentences;
}

/** "an Indian and Nepalese name" */
function aNameOf(groups, name) {
  const article = /^[AEIO]|^Uz/.test(groups[0]) ? 'an' : 'a';
  return `${article} ${listed(groups)} ${name}`;
}

/** Words in a row: "Danish and Norwegian". */
function listed(words, and = 'and') {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}`;
}

// --------------------------------------------------------------------------------------- the bars

/**
 * A list of bars.
 * @param {Array<{name: string, share: number, network?: number, text?: string, kind?: string}>} rows
 *   `share` of the whole width, `network` where a mark is, and the `text` behind it; `kind` is a class
 * @param {string} title of the list
 * @param {string[]} labels in their order, by which each has its colour
 * @param {boolean} ordered whether the colours go from one end of a scale to the other
 * @returns {string}
 */
export function bars(rows, title, labels, ordered = false) {
  const items = each(rows, ({name, share, network = share, text = percent(share), kind = ''}) => {
    const colour = colourOfLabel(labels.indexOf(name), {labels, ordered});
    return `<li class="${kind}" style="${colour}">
      <span class="of">${esc(name)}</span>
      <span class="value">${esc(text)}</span>
      <span class="track" style="--share: ${share.toFixed(4)}">${mark(network, share)}</span></li>`;
  });
  return `<ol
    class="bars${ordered ? ' ordered' : ''}"
    aria-label="${esc(title)}">
    ${items}</ol>`;
}

const LEAST_MARKED = 0.02; // by which network and answer differ

/** Where the bar of the network alone would end. */
function mark(network, share) {
  if (Math.abs(network - share) < LEAST_MARKED) return '';
  const text = `The network alone: ${percent(network)}`;
  return `<i title="${text}" style="left: ${inPercent(network)}"></i>`;
}

/** The bars of a reply: of k labels by probability, or in an order, and none, which is last unless it wins. */
export function barsOf({predictions, none, none_of_network: network}, k, order = []) {
  const rows = predictions.slice(0, k).map(({label, probability, network: alone}) => ({
    name: label,
    share: probability,
    network: alone,
    kind: '',
  }));
  const placeOf = ({name}) => order.indexOf(name);
  rows.sort((a, b) => placeOf(a) - placeOf(b));
  if (none === null) return rows;
  const isFirst = none > predictions[0].probability;
  const name = isFirst ? 'None of these' : 'None';
  rows.splice(isFirst ? 0 : rows.length, 0, {name, share: none, network, kind: 'none'});
  return rows;
}

/** The answer, how it was read, and its bars. */
export function answer({problem, reply, notes: ofReading, k, words, labels, ordered, caution}) {
  if (problem) return paragraph(problem);
  const {headline, reason} = ofReply(reply, words);
  const why = `<small>${esc([reason, ...ofReading].join(' '))}</small>`;
  const {kind} = reply.verdict;
  const verdict = `<p class="verdict" data-kind="${kind}">${esc(headline)}${why}</p>`;
  if (kind === 'text') return verdict;
  const rows = barsOf(reply, k, ordered ? labels : []);
  const [first] = rows;
  if (!ordered && first.name === headline) first.kind += ' same'; // the headline has its name and its share
  return verdict + bars(rows, `Likely ${words.labels}`, labels, ordered) + paragraph(caution);
}

/** A button of buttons.js that copies the address of the answer. */
export const sending = ({problem}) =>
  problem ? '' : '<button class="copy" data-copy>Copy link</button>';

const KINDS_OF_ANSWERS = new Map([
  ['unsure', 'unsure'],
  ['not a name', 'none'],
  ['given name', 'none'],
  ['none of these', 'none'],
]);

const OF_SHARES = 'Shares are estimated from all rows together';
const OF_INTERVALS = '; in brackets, what they are within in nine of ten lists';

/** The shares of a list, else how often each answer is in it; those that are no label have a colour of their own. */
export function counts(value) {
  if (!value) return '';
  const {title, counts: pairs, shares, labels, ordered} = value;
  const all = totalOf(pairs.map(([, n]) => n)) || 1;
  const counted = pairs.map(([name, n]) => {
    const share = n / all;
    return {
      name,
      share,
      text: `${n.toLocaleString('en')} (${inPercent(share, 0)})`,
      kind: KINDS_OF_ANSWERS.get(name),
    };
  });
  const rows = shares?.map(([name, share, text]) => {
    return {name, share, text, kind: KINDS_OF_ANSWERS.get(name)};
  });
  return `<h2>${esc(title)}</h2>
    ${bars(rows ?? counted, title, labels, ordered)}
    ${paragraph(rows && `${OF_SHARES}${rows[0].text.includes('(') ? OF_INTERVALS : ''}.`)}`;
}

// ------------------------------------------------------------------------------------ the examples

/**
 * Texts to try under headings, as buttons of boxes.js that open them; those answered wrongly are last
 * in their group. A few of each group are seen at first, and the rest by a click.
 */
export function examples({box, groups, answers, words}) {
  const replies = new Map(Object.entries(answers));
  const titles = Object.keys(groups);
  const nOfOthers = OF_OTHER_GROUPS * (titles.length - 1);
  let first = '';
  let rest = '';
  for (const [i, title] of titles.entries()) {
    const n = i ? OF_OTHER_GROUPS : AT_FIRST - nOfOthers;
    const buttons = exampleButtons(box, groups[title], replies, words, titles.length > 1);
    first += underHeading(title, buttons.slice(0, n));
    rest += underHeading(title, buttons.slice(n));
  }
  const more = rest && `<details><summary>More examples</summary>${rest}</details>`;
  return first + more;
}

function underHeading(title, buttons) {
  if (!buttons.length) return '';
  return `<h2>${esc(title)}</h2><p>${buttons.join('')}</p>`;
}

/** The buttons of a group, {text: label}; those of several groups have their labels as titles. */
function exampleButtons(box, group, replies, words, isGrouped) {
  const examples = Object.entries(group).map(([text, label]) => {
    const home = label || 'at home in several languages';
    const wrong = wrongAnswer(replies.get(text), label, words);
    const button = exampleButton(box, text, isGrouped ? home : '', wrong);
    return {button, isWrong: wrong !== ''};
  });
  examples.sort((a, b) => a.isWrong - b.isWrong);
  return examples.map(({button}) => button);
}

/** The answer to a text, '' if that is its label or it was not asked. */
function wrongAnswer(reply, label, words) {
  const {headline} = reply ? ofReply(reply, words) : {headline: label};
  return headline === label ? '' : headline;
}

function exampleButton(box, text, title, wrong) {
  const note = wrong && `<small>: answered ${esc(wrong)}</small>`;
  const shown = esc(text);
  return `<button
    data-box="${box}"
    data-tab="${box}"
    data-text="${shown}"
    title="${esc(title)}"><bdi>${shown}</bdi>${note}</button>`;
}
