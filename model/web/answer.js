// What the page says of a text and counts in a list: adds to window.draw functions that take JSON and
// return HTML. A text or a label in it is escaped. The JSON is made by name.py and listing.py in
// model/tabs/, and without a server by classifier.js. In one scope with drawing.js.
//
//   answer, notes   {problem}, one line, or {reply, notes, words, scale, size, caution}: what /predict
//                   returns, a sentence each, {labels, units}, the labels in order or null, the
//                   number of labels, what to know before relying on them
//   letters         null, {problem} or {label, contributions, start, piece, ends, unknown}: [[piece,
//                   what it adds to the score of the label], …], the score without them, what a piece
//                   is called, the first and the last label of a scale or null, pieces not seen in training
//   examples        {box, groups, answers}: the id of the text box, {title: {text: label}},
//                   {text: what /predict returns}
//   counts          null or {title, counts}: [[label or note, n], …]

const LARGE_SHARE = 0.2; // of a text in the data: a label that has it is right

const sumOfNumbers = (numbers) => numbers.reduce((sum, x) => sum + x, 0);
const paragraph = (text) => (text ? `<p>${esc(text)}</p>` : '');

// ---------------------------------------------------------------------------------- the verdict

/**
 * What the network says of a text, in large letters, and the reason below it.
 * @param {object} reply what /predict returns
 * @returns {{headline: string, reason: string}}
 */
function ofNetwork({verdict, predictions, side, none}) {
  const {kind, labels} = verdict;
  const [{label, probability}] = predictions;
  const share = percent(probability);
  if (kind === 'none') {
    const reason = `The most likely of them, ${label}, has ${share}.`;
    return {headline: 'None of these', reason};
  }
  if (kind === 'either') {
    const reason = `Too close to call: ${label} has only ${share}.`;
    return {headline: labels.join(' or '), reason};
  }
  if (kind === 'unsure') {
    const best = `The best guess is ${label}, ${share}.`;
    const first = `“None of these” is likeliest, with only ${percent(none)}. `;
    return {headline: 'Unsure', reason: none > probability ? first + best : best};
  }
  if (kind === 'side') {
    const ofSide = `with a probability of ${percent(side.probability)}`;
    const headline = side.label.replace(/^./u, (c) => c.toUpperCase());
    return {headline, reason: `${ofSide}; ${label} alone has ${share}`};
  }
  return {headline: label, reason: `with a probability of ${share}`};
}

/**
 * What the network does with a text: "says German" or "is unsure".
 * @param {object} reply what /predict returns
 * @param {string} say
 * @param {string} be
 * @returns {string}
 */
function says(reply, say, be) {
  const {headline} = ofNetwork(reply);
  switch (reply.verdict.kind) {
    case 'unsure':
      return `${be} unsure`;
    case 'none':
      return `${say} ${headline.toLowerCase()}`;
    default:
      return `${say} ${headline}`;
  }
}

/**
 * The same for a text that may be in the data. What the network says stays where it is sure and the
 * data agree: where its first label has the largest share there, or a large one.
 * @param {object} reply what /predict returns
 * @param {{units: string}} words
 * @returns {{headline: string, reason: string}}
 */
function ofDataAndNetwork(reply, {units}) {
  const {known, predictions, verdict, unsure} = reply;
  const {headline, reason} = ofNetwork(reply);
  if (!known) return {headline, reason};
  const [{label, probability}] = predictions;
  const least = Math.min(LARGE_SHARE, known[0].share);
  const large = known.filter(({share}) => share >= least).map((entry) => entry.label);
  const isSure = verdict.kind !== 'none' && !unsure;
  if (isSure && large.includes(label)) return {headline, reason: `${reason}. Our data agree.`};
  const alone = isSure ? `say ${label} (${percent(probability)})` : says(reply, 'say', 'be');
  const seen = units === 'letters' ? 'spelling' : 'wording';
  return {
    headline: large.join(' or '),
    reason: `according to our data. From the ${seen} alone, the network would ${alone}.`,
  };
}

// --------------------------------------------------------------------------------------- the bars

/**
 * A list of bars.
 * @param {Array<{name: string, share: number, text?: string, kind?: string}>} rows `share` of the
 *   whole width, and the `text` behind it; `kind` is a class
 * @param {string} label of the list
 * @param {boolean} onAScale whether the colours go from one end of a scale to the other
 * @returns {string}
 */
function bars(rows, label, onAScale = false) {
  const last = Math.max(rows.length - 1, 1);
  const bar = ({name, share, text = percent(share), kind = ''}, i) => {
    const length = share.toFixed(4);
    const place = (i / last).toFixed(2);
    return `<li class="${kind}"><span class="of">${esc(name)}</span>
    <span class="value">${esc(text)}</span><span class="track" style="--share:${length};
    --place:${place}"></span></li>`;
  };
  const scale = onAScale ? 'scale' : '';
  return `<ol class="bars ${scale}" aria-label="${esc(label)}">${each(rows, bar)}</ol>`;
}

/** The answer and its bars, by probability or in the order of a scale; none is last. */
function answer({problem, reply, words, scale, size, caution}) {
  if (problem) return paragraph(problem);
  const {headline, reason} = ofDataAndNetwork(reply, words);
  const verdict = `<p class="verdict">${esc(headline)}<small>${esc(reason)}</small></p>`;
  const kind = reply.unsure ? 'unsure' : '';
  const rows = reply.predictions.map(({label, probability}) => ({
    name: label,
    share: probability,
    kind,
  }));
  if (scale) rows.sort((a, b) => scale.indexOf(a.name) - scale.indexOf(b.name));
  if (reply.none !== null) {
    const name = `None of these ${size} ${words.labels}`;
    rows.push({name, share: reply.none, kind: 'none'});
  }
  return verdict + bars(rows, `Likely ${words.labels}`, scale) + paragraph(caution);
}

/** How the text was read, and a button of boxes.js that copies the address of the page. */
function notes({problem, notes: sentences}) {
  if (problem) return '';
  return `${each(sentences, paragraph)}<p><button class="copy" data-copy>Copy link</button></p>`;
}

const KINDS_OF_NOTES = new Map([
  ['unsure', 'unsure'],
  ['none of these', 'none'],
]);

/** How often each label is in a list; notes have a colour of their own. */
function counts(value) {
  if (!value) return '';
  const {title, counts: pairs} = value;
  const all = sumOfNumbers(pairs.map(([, n]) => n)) || 1;
  const rows = pairs.map(([name, n]) => {
    const share = n / all;
    return {
      name,
      share,
      text: `${n.toLocaleString('en')} (${(100 * share).toFixed(0)}%)`,
      kind: KINDS_OF_NOTES.get(name),
    };
  });
  return `<h2>${esc(title)}</h2>${bars(rows, title)}`;
}

// ------------------------------------------------------------------------------------- the letters

/** The letters, say, each with what it adds; on a scale blue is for its last label, orange for its first. */
function letters(value) {
  if (!value) return '';
  if (value.problem) return paragraph(value.problem);
  const {contributions, piece, unknown} = value;
  const strongest = Math.max(...contributions.map(([, x]) => Math.abs(x))) || 1;
  const item = ([part, x]) => {
    const kind = unknown.includes(part) ? 'none unknown' : kindOfAmount(x);
    const strength = (Math.abs(x) / strongest).toFixed(2);
    const seen = part.trim() ? part : '␣';
    const added = `<span dir="ltr">${amount(x)}</span>`;
    return `<li class="${kind}" style="--strength:${strength}"><b>${esc(seen)}</b>${added}</li>`;
  };
  const shown = contributions.filter(([part, x]) => x || part.trim());
  const list = `<ol class="letters of-${piece}" dir="auto" aria-label="What each ${piece} adds">`;
  const text = contributions.map(([part]) => part).join('');
  return `<div data-of="${esc(text)}"><p>${sumOfLetters(value)}</p>
    ${list}${each(shown, item)}</ol></div>`;
}

/** A number of one digit, in which no zero has a sign. */
const amount = (x) => sign(x, 1).replace(/^.0\.0$/, '0');

function kindOfAmount(x) {
  if (amount(x) === '0') return 'none';
  return x > 0 ? 'plus' : 'minus';
}

/** What the letters add to, and their sum. */
function sumOfLetters({label, contributions, start, piece, ends, unknown}) {
  const sum = sumOfNumbers(contributions.map(([, x]) => x));
  let aim = `the score of <b>${esc(label)}</b>`;
  if (ends) {
    const [first, last] = ends.map((end) => `<b>${esc(end)}</b>`);
    aim = `${last} (+, blue) or ${first} (−, orange)`;
  }
  const path = `from ${amount(start)} with every ${piece} blanked out to ${amount(start + sum)}`;
  const grey = unknown.length ? ` A ${piece} in grey did not appear in training.` : '';
  return `What each ${piece} adds to ${aim}: ${amount(sum)} in all, ${path}.${grey}`;
}

// ------------------------------------------------------------------------------------ the examples

/** Texts to try under headings, as buttons of boxes.js that open them; those answered wrongly are last. */
function examples({box, groups, answers}) {
  const titles = Object.keys(groups);
  const replies = new Map(Object.entries(answers));
  const isGrouped = titles.length > 1;
  return each(titles, (title) => {
    const texts = Object.entries(groups[title]).map(([text, label]) => ({
      text,
      title: isGrouped ? label || 'at home in several languages' : '',
      wrong: wrongAnswer(replies.get(text), label),
    }));
    const right = texts.filter(({wrong}) => !wrong);
    const others = texts.filter(({wrong}) => wrong);
    const buttons = each([...right, ...others], (example) => exampleButton(box, example));
    return `<h3>${esc(title)}</h3><p>${buttons}</p>`;
  });
}

/** What the network says of a text, '' if that is its label or it was not asked. */
function wrongAnswer(reply, label) {
  const answered = reply ? says(reply, 'says', 'is') : '';
  return answered === `says ${label}` ? '' : answered;
}

function exampleButton(box, {text, title, wrong}) {
  const opens = `data-box="${box}" data-tab="${box}" data-text="${esc(text)}"`;
  const note = wrong && `<small>: the network ${esc(wrong)}</small>`;
  return `<button ${opens} title="${esc(title)}"><bdi>${esc(text)}</bdi>${note}</button>`;
}

Object.assign(window.draw, {
  answer,
  notes,
  letters,
  examples,
  bars,
  counts,
});
