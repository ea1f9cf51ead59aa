// Every change of one letter of a text, and the surest one for each label: model/nearest.py and
// model/tabs/nearest.py.

/** The letters of the script that a text begins with. */
function lettersFor(text, {alphabets, reader}) {
  const [first] = text.match(/\p{L}/u) ?? [];
  const kinds = reader.unknownRuns;
  return (first && kinds && alphabets[lookUp(kinds, first)]) || '';
}

const isUpper = (text) => text === text.toUpperCase() && text !== text.toLowerCase();
const upper = (text) => text.toUpperCase();

/**
 * The changes of one letter by the texts that they lead to; capitals stay in place.
 * @param {string} text
 * @param {string} letters
 * @param {Object<string, string>} marked letters, and the one whose place alone each takes
 * @returns {Map<string, [before: string, old: string, added: string, after: string]>}
 */
function changesOf(text, letters, marked) {
  const composed = text.normalize('NFC');
  const typed = [...composed];
  const found = new Map();
  for (const i of [...typed, ''].keys()) {
    for (const change of changesAt(typed, i, letters, marked)) {
      const pieces = isUpper(composed) ? change.map(upper) : change;
      const [before, , added, after] = pieces;
      const changed = before + added + after;
      if (!found.has(changed)) found.set(changed, pieces);
    }
  }
  found.delete('');
  found.delete(composed);
  return found;
}

function changesAt(typed, i, letters, marked) {
  const before = typed.slice(0, i).join('');
  const after = typed.slice(i + 1).join('');
  const [next = ''] = after;
  const old = typed[i] ?? '';
  const small = old.toLowerCase();
  const cased = isUpper(old) ? upper : (letter) => letter;
  const added = [...letters].filter((letter) => !marked[letter]);
  const inPlace = [...letters].filter((letter) => (marked[letter] ?? small) === small);
  const tried = added.map((letter) => [before, '', cased(letter), small + after]);
  if (!/\p{L}/u.test(old)) return tried;
  tried.push([before, old, '', cased(next) + after.slice(next.length)]);
  return [...tried, ...inPlace.map((letter) => [before, old, cased(letter), after])];
}

/**
 * For each label that the network says after a change the surest one, the surest of all first.
 * @param {string} text
 * @param {TextClassifier} classifier
 * @returns {object} what nearest.js draws
 */
function nearestOf(text, classifier) {
  const answer = orProblem(() => classifier.answer(text));
  if (answer.problem) return answer;
  const problem = tooLong(text, classifier.words);
  if (problem) return {problem};
  const {read, ofNetwork} = answer;
  const letters = lettersFor(read, classifier);
  const now = ofNetwork.kind === 'label' ? ofNetwork.labels[0] : '';
  const said = [];
  for (const [changed, change] of changesOf(read, letters, classifier.marked)) {
    const {name} = classifier.typed(changed);
    const units = classifier.reader.read(name);
    const {kind, labels, probability} = classifier.judge(units).verdict;
    const [label] = labels;
    if (kind === 'label' && label !== now) said.push({label, probability, change});
  }
  said.sort((a, b) => b.probability - a.probability);
  const groups = Map.groupBy(said, ({label}) => label);
  const nearest = [...groups.values()].map(([surest]) => surest);
  return {text, nearest};
}

/** What is said of a text that would take seconds to explain. */
function tooLong(text, {texts, max_explained: most}) {
  return [...text].length > most && `Only ${texts} of up to ${most} characters are explained.`;
}
