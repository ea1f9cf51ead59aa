// Every change of one letter of a text: model/answers/nearest.py.

/** A text in capitals if a model is. */
function casedAs(model, text) {
  const isUpper = model === model.toUpperCase() && model !== model.toLowerCase();
  return isUpper ? text.toUpperCase() : text;
}

/** A text as it is, where case is kept. */
const asItIs = (_, text) => text;

/**
 * The changes of one letter by the texts that they lead to. Capitals stay in place, but where case
 * is kept they are letters as all others.
 * @param {string} text
 * @param {string} letters
 * @param {Object<string, string>} marked letters, and the one whose place alone each takes
 * @param {boolean} [keepCase]
 * @returns {Map<string, [before: string, old: string, added: string, after: string]>}
 */
export function changesOf(text, letters, marked, keepCase = false) {
  const composed = text.normalize('NFC');
  const typed = [...composed];
  const found = new Map();
  const cased = keepCase ? asItIs : casedAs;
  for (let i = 0; i <= typed.length; i += 1) {
    const changes = changesAt(typed, i, letters, marked, keepCase);
    for (const change of changes) {
      const pieces = change.map((piece) => cased(composed, piece));
      const [before, , put, after] = pieces;
      const changed = before + put + after;
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
  return [...added, [before, old, '', cased(old, next) + rest], ...replaced];
}
