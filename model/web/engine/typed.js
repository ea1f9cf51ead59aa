// What is read of a surname as people type it: model/tasks/typed.py, with its patterns.

/** `surname_rules` of model/storage/browser.py with its patterns compiled. */
export function compiled({patterns, leftOut, ...rules}) {
  const compile = ([source, flags]) => new RegExp(source, flags);
  const names = Object.keys(patterns);
  for (const name of names) {
    rules[name] = compile(patterns[name]);
  }
  return {
    ...rules,
    leftOut: leftOut.map(compile),
  };
}

/**
 * The name in a text, or all of it if nothing would remain.
 * @param {string} text
 * @param {object} rules that are compiled
 * @param {Reader} reader
 * @returns {{name: string, leftOut: string[]}} leftOut: in the order typed
 */
export function asTyped(text, rules, reader) {
  const {leftOut: patterns, longest} = rules;
  const stripped = reader.strip(text.normalize('NFC').replace(rules.hidden, ''));
  const all = {name: stripped, leftOut: []};
  const {length} = [...stripped];
  if (length > longest) return all;
  const withoutAsides = patterns.slice(1);
  for (const those of [patterns, withoutAsides]) {
    const {name, leftOut} = without(stripped, those, rules, reader);
    if (name === stripped) return all;
    const hasLetter = /\p{L}/u.test(name);
    if (hasLetter) {
      const again = asTyped(name, rules, reader);
      leftOut.push(...again.leftOut);
      return {name: again.name, leftOut};
    }
  }
  return all;
}

/**
 * Why a text is not a single name: `doubt` of typed.py.
 * @returns {'' | 'word' | 'number' | 'text' | 'placeholder' | 'title'}
 */
export function doubtOf(text, rules) {
  const {particles, ofSentences, allOfSentences, alone} = rules;
  const matches = (pattern) => text.trim().search(pattern) >= 0;
  if (matches(rules.address)) return 'text';
  if (matches(rules.placeholder)) return 'placeholder';
  if (matches(rules.titles)) return 'title';
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  const [first] = words;
  if (words.length === 1) return alone.includes(first) ? 'word' : '';
  const found = new Set(
    words.filter((word) => allOfSentences.includes(word) && !particles.includes(word)),
  );
  const isSentence = found.size > 1 || ofSentences.some((word) => found.has(word));
  if (isSentence) return 'text';
  return matches(rules.number) ? 'number' : '';
}

/** What some patterns leave of a text: each leaves out its group, if it matches. */
function without(text, patterns, rules, reader) {
  const found = [];
  const leaveOut = (match, group = '') => {
    const kept = match.slice(0, match.length - group.length);
    const hasWord = /[\p{L}\p{N}]/u.test(group);
    if (hasWord) {
      found.push(trim(group, `${rules.commas} `));
    }
    return `${kept} `;
  };
  let name = text.replace(rules.quoted, '$1');
  for (const pattern of patterns) {
    name = name.replace(pattern, leaveOut);
  }
  const tidy = reader.split(name).join(' ').replace(rules.gap, '');
  const placeOf = (group) => text.indexOf(group);
  found.sort((a, b) => placeOf(a) - placeOf(b));
  return {
    name: trim(tidy, rules.around),
    leftOut: found,
  };
}

/** A text without some characters at its ends. */
function trim(text, characters) {
  const some = `[${characters}]+`;
  const ends = new RegExp(`^${some}|${some}$`, 'gu');
  return text.replace(ends, '');
}
