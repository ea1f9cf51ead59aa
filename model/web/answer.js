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

/**
 * What the network says of a text, in large letters, and the reason below it.
 * @param {object} reply what /predict returns
 * @returns {{headline: string, reason: string}}
 */
function ofNetwork({verdict, predictions, side, none}) {
  const [{label, probability}] = predictions;
  const share = percent(probability);
  switch (verdict.kind) {
    case 'none':
      return {
        headline: 'None of these',
        reason: `The most likely of them, ${label}, has ${share}.`,
      };
    case 'either':
      return {
        headline: verdict.labels.join(' or '),
        reason: `Too close to call: ${label} has only ${share}.`,
      };
    case 'unsure': {
      const isNoneFirst = none > probability;
      const first = `“None of these” is likeliest, with only ${percent(none)}. `;
      const best = `The best guess is ${label}, ${share}.`;
      return {headline: 'Unsure', reason: isNoneFirst ? first + best : best};
    }
    case 'side':
      return {
        headline: side.label.replace(/^./u, (c) => c.toUpperCase()),
        reason: `with a probability of ${percent(side.probability)}; ${label} alone has ${share}`,
      };
    default:
      return {headline: label, reason: `with a probability of ${share}`};
  }
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
  if (reply.verdict.kind === 'unsure') return `${be} unsure`;
  return `${say} ${reply.verdict.kind === 'none' ? headline.toLowerCase() : headline}`;
}

/**
 * The same for a text that may be in the data. What the network says stays where it is sure and the
 * data agree: where its first label has the largest share there, or a large one.
 * @param {object} reply what /predict returns
 * @param {{units: string}} words
 * @returns {{headline: string, reason: string}}
 */
function ofDataAndNetwork(reply, words) {
  const {known, predictions, verdict, unsure} = reply;
  const {headline, reason} = ofNetwork(reply);
  if (!known) return {headline, reason};
  const [{label, probability}] = predictions;
  const least = Math.min(LARGE_SHARE, known[0].share);
  const large = known.filter(({share}) => share >= least).map((entry) => entry.label);
  const isSure = verdict.kind !== 'none' && !unsure;
  if (isSure && large.includes(label)) return {headline, reason: `${reason}. Our data agree.`};
  const alone = isSure ? `say ${label} (${percent(probability)})` : says(reply, 'say', 'be');
  const seen = words.units === 'letters' ? 'spelling' : 'wording';
  return {
    headline: large.join(' or '),
    reason: `according to our data. From the ${seen} alone, the network would ${alone}.`,
  };
}

/**
 * A list of bars.
 * @param {Array<{name: string, share: number, text: string, kind: string}>} rows `share` of the
 *   whole width; `kind` is a class
 * @param {string} label of the list
 * @param {boolean} onAScale whether the colours go from one end of a scale to the other
 * @returns {string}
 */
function bars(rows, label, onAScale = false) {
  const last = Math.max(rows.length - 1, 1);
  const bar = ({name, share, text, kind}, i) =>
    `<li class="${kind}"><span class="of">${esc(name)}</span>
    <span class="value">${esc(text)}</span><span class="track" style="--share:${share.toFixed(4)};
    --place:${(i / last).toFixed(2)}"></span></li>`;
  const scale = onAScale ? 'scale' : '';
  return `<ol class="bars ${scale}" aria-label="${esc(label)}">${each(rows, bar)}</ol>`;
}

/** The answer and its bars, by probability or in the order of a scale; none is last. */
function answer({problem, reply, words, scale, size, caution}) {
  if (problem) return paragraph(problem);
  const kind = reply.unsure ? 'unsure' : '';
  const rows = reply.predictions.map(({label, probability: share}) => ({
    name: label,
    share,
    text: percent(share),
    kind,
  }));
  if (scale) rows.sort((a, b) => scale.indexOf(a.name) - scale.indexOf(b.name));
  if (reply.none !== null) {
    rows.push({
      name: `None of these ${size} ${words.labels}`,
      share: reply.none,
      text: percent(reply.none),
      kind: 'none',
    });
  }
  const {headline, reason} = ofDataAndNetwork(reply, words);
  const list = bars(rows, `Likely ${words.labels}`, scale);
  return `<p class="verdict">${esc(headline)}<small>${esc(reason)}</small></p>${list}${paragraph(caution)}`;
}

/** How the text was read, and a button of boxes.js that copies the address of the page. */
function notes({problem, notes: sentences}) {
  if (problem) return '';
  return `${each(sentences, paragraph)}<p><button class="copy" data-copy>Copy link</button></p>`;
}

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
    return `<li class="${kind}" style="--strength:${strength}"><b>${esc(seen)}</b><span dir="ltr">${amount(x)}</span></li>`;
  };
  const shown = contributions.filter(([part, x]) => x || part.trim());
  const text = contributions.map(([part]) => part).join('');
  return `<div data-of="${esc(text)}"><p>${sumOfLetters(value)}</p>
    <ol class="letters of-${piece}" dir="auto" aria-label="What each ${piece} adds">${each(shown, item)}</ol></div>`;
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
  if (ends) aim = `<b>${esc(ends[1])}</b> (+, blue) or <b>${esc(ends[0])}</b> (−, orange)`;
  const path = `from ${amount(start)} with every ${piece} blanked out to ${amount(start + sum)}`;
  const grey = unknown.length ? ` A ${piece} in grey did not appear in training.` : '';
  return `What each ${piece} adds to ${aim}: ${amount(sum)} in all, ${path}.${grey}`;
}

/** Texts to try under headings, as buttons of boxes.js that open them; those answered wrongly are last. */
function examples({box, groups, answers}) {
  const titles = Object.keys(groups);
  const wrongAnswer = ([text, label]) => {
    if (!Object.hasOwn(answers, text)) return '';
    const said = says(answers[text], 'says', 'is');
    return said === `says ${label}` ? '' : said;
  };
  const button = (example) => {
    const [text, label] = example;
    const wrong = wrongAnswer(example);
    const title = titles.length > 1 ? label || 'at home in several languages' : '';
    const note = wrong && `<small>: the network ${esc(wrong)}</small>`;
    return `<button data-box="${box}" data-tab="${box}" data-text="${esc(text)}" title="${esc(title)}"><bdi>${esc(text)}</bdi>${note}</button>`;
  };
  return each(titles, (title) => {
    const ordered = Object.entries(groups[title]);
    ordered.sort((a, b) => Boolean(wrongAnswer(a)) - Boolean(wrongAnswer(b)));
    return `<h3>${esc(title)}</h3><p>${each(ordered, button)}</p>`;
  });
}

const KINDS_OF_NOTES = {unsure: 'unsure', 'none of these': 'none'};

/** How often each label is in a list; notes have a colour of their own. */
function counts(value) {
  if (!value) return '';
  const {title, counts: pairs} = value;
  const all = sumOfNumbers(pairs.map(([, n]) => n)) || 1;
  const rows = pairs.map(([name, n]) => ({
    name,
    share: n / all,
    text: `${n.toLocaleString('en')} (${((100 * n) / all).toFixed(0)}%)`,
    kind: Object.hasOwn(KINDS_OF_NOTES, name) ? KINDS_OF_NOTES[name] : '',
  }));
  return `<h2>${esc(title)}</h2>${bars(rows, title)}`;
}

Object.assign(window.draw, {answer, notes, letters, examples, bars, counts});
