// What the page says of a text and counts in a list: adds to window.draw functions that take JSON and
// return HTML. A text or a label in it is escaped. The JSON is made by name.py and listing.py in
// model/tabs/, and without a server by classifier.js:
//
//   answer, notes   {problem}, one line, or {reply, is_none, notes, words, scale, size, caution}: what
//                   /predict returns, a sentence each, {labels, units}, the labels in order or null,
//                   the number of labels, what to know before relying on them
//   letters         null, {problem} or {label, contributions, start, piece, ends, unknown}: [[piece,
//                   what it adds to the score of the label], …], the score without them, what a piece
//                   is called, the first and the last label of a scale or null, pieces not seen in training
//   examples        {box, groups, answers}: the id of the text box, {title: {text: label}},
//                   {text: {reply, is_none}}
//   counts          null or {title, counts}: [[label or note, n], …]
(() => {
  const {each, esc, percent, sign} = window.draw;
  const LARGE_SHARE = 0.2; // of a text in the data: a label that has it is right
  const total = (numbers) => numbers.reduce((sum, x) => sum + x, 0);
  const paragraph = (text) => (text ? `<p>${esc(text)}</p>` : '');

  // What is printed in large letters, and the reason below it.
  function verdict({reply, is_none: isNone}) {
    const {
      predictions: [{label, probability}],
      unsure,
      either,
      side,
      none,
    } = reply;
    const share = percent(probability);
    if (isNone) return ['None of these', `The most likely of them, ${label}, has ${share}.`];
    if (either) return [either.join(' or '), `Too close to call: ${label} has only ${share}.`];
    if (unsure) {
      const leads =
        none > probability ? `“None of these” is likeliest, with only ${percent(none)}. ` : '';
      return ['Unsure', `${leads}The best guess is ${label}, ${share}.`];
    }
    if (!side) return [label, `with a probability of ${share}`];
    const end = side.label.replace(/^./u, (c) => c.toUpperCase());
    return [end, `with a probability of ${percent(side.probability)}; ${label} alone has ${share}`];
  }

  // What the network does with a text: "says German" or "is unsure".
  function says(value, say = 'says', be = 'is') {
    const [headline] = verdict(value),
      isOpen = value.reply.unsure && !value.reply.either;
    return `${isOpen ? be : say} ${value.is_none || isOpen ? headline.toLowerCase() : headline}`;
  }

  // The verdict on a text that may be in the data. The network's own stays where it is sure and the data
  // agree: where its first label has the largest share there, or a large one.
  function said(value) {
    const [headline, why] = verdict(value),
      {
        known,
        predictions: [{label, probability}],
        unsure,
      } = value.reply;
    if (!known) return [headline, why];
    const least = Math.min(LARGE_SHARE, known[0].share);
    const large = known.filter(({share}) => share >= least).map((entry) => entry.label);
    const isSure = !value.is_none && !unsure;
    if (isSure && large.includes(label)) return [headline, `${why}. Our data agree.`];
    const alone = isSure ? `say ${label} (${percent(probability)})` : says(value, 'say', 'be');
    const seen = value.words.units === 'letters' ? 'spelling' : 'wording';
    return [
      large.join(' or '),
      `according to our data. From the ${seen} alone, the network would ${alone}.`,
    ];
  }

  // Bars of [name, share of the whole width, text, class]; on a scale their colours go from one end of it
  // to the other.
  function bars(rows, label, onAScale = false) {
    const bar = (
      [name, share, text, kind],
      i,
    ) => `<li class="${kind}"><span class="of">${esc(name)}</span>
    <span class="value">${esc(text)}</span><span class="track" style="--share:${share.toFixed(4)};
    --place:${(i / Math.max(rows.length - 1, 1)).toFixed(2)}"></span></li>`;
    return `<ol class="bars ${onAScale ? 'scale' : ''}" aria-label="${esc(label)}">${each(rows, bar)}</ol>`;
  }

  // The answer and its bars, by probability or in the order of a scale; none is last.
  function answer(value) {
    if (value.problem) return paragraph(value.problem);
    const {
      reply: {predictions, unsure, none},
      words: {labels},
      scale,
      size,
      caution,
    } = value;
    const found = [...predictions],
      [headline, why] = said(value);
    if (scale) found.sort((a, b) => scale.indexOf(a.label) - scale.indexOf(b.label));
    const rows = found.map(({label, probability: p}) => [
      label,
      p,
      percent(p),
      unsure ? 'unsure' : '',
    ]);
    if (none !== null) rows.push([`None of these ${size} ${labels}`, none, percent(none), 'none']);
    return `<p class="verdict">${esc(headline)}<small>${esc(why)}</small></p>${bars(
      rows,
      `Likely ${labels}`,
      scale,
    )}${paragraph(caution)}`;
  }

  // How the text was read, and a button, page.js's, that copies the address of the page.
  const notes = ({problem, notes: all}) =>
    problem
      ? ''
      : `${each(all, paragraph)}<p><button class="copy" data-copy>Copy link</button></p>`;

  // The letters, say, each with what it adds; on a scale blue is for its last label, orange for its first.
  function letters(value) {
    if (!value || value.problem) return paragraph(value?.problem);
    const {label, contributions, start, piece, ends, unknown} = value,
      values = contributions.map(([, x]) => x);
    const strongest = Math.max(...values.map(Math.abs)) || 1,
      sum = total(values);
    const amount = (x) => sign(x, 1).replace(/^.0\.0$/, '0');
    const kind = (part, x) =>
      unknown.includes(part)
        ? 'none unknown'
        : amount(x) === '0'
          ? 'none'
          : x > 0
            ? 'plus'
            : 'minus';
    const shown = contributions.filter(([part, x]) => x || part.trim());
    const aim = ends
      ? `<b>${esc(ends[1])}</b> (+, blue) or <b>${esc(ends[0])}</b> (−, orange)`
      : `the score of <b>${esc(label)}</b>`;
    const grey = unknown.length ? ` A ${piece} in grey did not appear in training.` : '';
    const item = ([part, x]) =>
      `<li class="${kind(part, x)}" style="--strength:${(Math.abs(x) / strongest).toFixed(2)}"><b>${esc(
        part.trim() ? part : '␣',
      )}</b><span dir="ltr">${amount(x)}</span></li>`;
    const [added, from, to] = [sum, start, start + sum].map(amount);
    const sums = `${added} in all, from ${from} with every ${piece} blanked out to ${to}`;
    const text = contributions.map(([part]) => part).join('');
    return `<div data-of="${esc(text)}"><p>What each ${piece} adds to ${aim}: ${sums}.${grey}</p>
    <ol class="letters of-${piece}" dir="auto" aria-label="What each ${piece} adds">${each(shown, item)}</ol></div>`;
  }

  // Texts to try under headings, as buttons, page.js's, that open them; those answered wrongly are last.
  function examples({box, groups, answers}) {
    const titles = Object.keys(groups);
    const wrong = (text, label) => {
      const told = Object.hasOwn(answers, text) ? says(answers[text]) : '';
      return told === `says ${label}` ? '' : told;
    };
    const button = ([text, label]) => {
      const told = wrong(text, label),
        title = titles.length > 1 ? label || 'at home in several languages' : '';
      return `<button data-box="${box}" data-tab="${box}" data-text="${esc(text)}" title="${esc(title)}"><bdi>${esc(
        text,
      )}</bdi>${told && `<small>: the network ${esc(told)}</small>`}</button>`;
    };
    const ordered = (texts) => Object.entries(texts).sort((a, b) => !!wrong(...a) - !!wrong(...b));
    return each(
      titles,
      (title) => `<h3>${esc(title)}</h3><p>${each(ordered(groups[title]), button)}</p>`,
    );
  }

  // How often each label is in a list; notes have a colour of their own.
  function counts(value) {
    if (!value) return '';
    const {title, counts: all} = value,
      rows = total(all.map(([, n]) => n)) || 1;
    const kind = (name) => (name === 'unsure' ? 'unsure' : name === 'none of these' ? 'none' : '');
    const told = ([name, n]) => [
      name,
      n / rows,
      `${n.toLocaleString('en')} (${((100 * n) / rows).toFixed(0)}%)`,
      kind(name),
    ];
    return `<h2>${esc(title)}</h2>${bars(all.map(told), title)}`;
  }

  Object.assign(window.draw, {answer, notes, letters, examples, bars, counts});
})();
