// Every change of one letter of a text, and the surest one for each label: model/nearest.py.

/** The text that a change leads to. */
function textAfter([before, , added, after]) {
  return before + added + after;
}

/** A text in capitals if a model is. */
function casedAs(model, text) {
  const capitals = model.toUpperCase();
  const isUpper = model === capitals && model !== model.toLowerCase();
  return isUpper ? text.toUpperCase() : text;
}

/** A text as it is, where case is kept. */
const asItIs = (_, text) => text;

/** The letters of the script that a text begins with. */
function lettersFor(text, {alphabets, reader}) {
  const [first] = text.match(/\p{L}/u) ?? [];
  const kinds = reader.unknownRuns;
  if (!first || !kinds) return '';
  const kind = lookUp(kinds, first);
  return alphabets[kind] ?? '';
}

/**
 * The changes of one letter by the texts that they lead to. Capitals stay in place, but where case
 * is kept they are letters as all others.
 * @param {string} text
 * @param {string} letters
 * @param {Object<string, string>} marked letters, and the one whose place alone each takes
 * @param {boolean} [keepCase]
 * @returns {Map<string, [before: string, old: string, added: string, after: string]>}
 */
function changesOf(text, letters, marked, keepCase = false) {
  const composed = text.normalize('NFC');
  const typed = [...composed];
  const found = new Map();
  const cased = keepCase ? asItIs : casedAs;
  for (let i = 0; i <= typed.length; i += 1) {
    const changes = changesAt(typed, i, letters, marked, keepCase);
    for (const change of changes) {
      const pieces = change.map((piece) => cased(composed, piece));
      const changed = textAfter(pieces);
      if (!found.has(changed)) found.set(changed, pieces);
    }
  }
  found.delete('');
  found.delete(composed);
  return found;
}

/** A letter added before that at i, and that one dropped or replaced. */
function changesAt(typed, i, letters, marked, keepCase) {
  const before = typed.slice(0, i).join('');
  const [old = '', next = '', ...others] = typed.slice(i);
  const rest = others.join('');
  const after = next + rest;
  const cased = keepCase ? asItIs : casedAs;
  const small = keepCase ? old : old.toLowerCase();
  const onwards = small + after;
  const added = [];
  const replaced = [];
  for (const letter of letters) {
    const home = marked[letter];
    const put = cased(old, letter);
    const isAtHome = !home || home === small;
    if (!home) added.push([before, '', put, onwards]);
    if (isAtHome) replaced.push([before, old, put, after]);
  }
  if (!/\p{L}/u.test(old)) return added;
  const start = cased(old, next);
  const dropped = [before, old, '', start + rest];
  return [...added, dropped, ...replaced];
}

/**
 * For each label that the network says after a change the surest one, the surest of all first.
 * @param {string} text
 * @param {TextClassifier} classifier
 * @returns {object} what nearest.js draws
 */
function nearestOf(text, classifier) {
  const answer = orProblem(() => classifier.answer(text));
  const problem = answer.problem ?? tooLong(text, classifier.words);
  if (problem) return {problem};
  const {read, ofNetwork} = answer;
  const letters = lettersFor(read, classifier);
  const changes = changesOf(read, letters, classifier.marked, classifier.reader.keepCase);
  const surest = new Map();
  for (const [changed, change] of changes) {
    const {kind, labels, probability} = verdictOn(changed, classifier);
    const [label] = labels;
    const most = surest.get(label)?.probability ?? 0;
    const isSurest = kind === 'label' && probability > most;
    if (isSurest) surest.set(label, {label, probability, change});
  }
  const [now] = ofNetwork.labels;
  if (ofNetwork.kind === 'label') surest.delete(now);
  const nearest = [...surest.values()];
  nearest.sort((one, other) => other.probability - one.probability);
  return {text, nearest};
}

/** What the network alone says of a text. */
function verdictOn(text, classifier) {
  const {name} = classifier.typed(text);
  const units = classifier.reader.read(name);
  const {verdict} = classifier.judge(units);
  return verdict;
}

/** What is said of a text that would take seconds to explain. */
function tooLong(text, {max_explained: most, too_long: problem}) {
  const {length} = [...text];
  return length > most && problem;
}
