// What is read of a surname as people type it: model/tasks/typed.py, with its patterns.

/** `surname_tables` of model/storage/browser.py with its patterns compiled. */
export function compiled({patterns, leftOut, ...tables}) {
  const compile = ([source, flags]) => new RegExp(source, flags);
  const names = Object.keys(patterns);
  for (const name of names) {
    tables[name] = compile(patterns[name]);
  }
  return {
    ...tables,
    leftOut: leftOut.map(compile),
  };
}

/**
 * The name in a text, or all of it if nothing would remain.
 * @param {string} text
 * @param {object} tables that are compiled
 * @param {Reader} reader
 * @returns {{name: string, leftOut: string[]}} leftOut: in the order typed
 */
export function asTyped(text, tables, reader) {
  const {leftOut: patterns, longest} = tables;
  const stripped = reader.strip(text.normalize('NFC').replace(tables.hidden, ''));
  const all = {name: stripped, leftOut: []};
  const {length} = [...stripped];
  if (length > longest) return all;
  const withoutAsides = patterns.slice(1);
  for (const those of [patterns, withoutAsides]) {
    const {name, leftOut} = without(stripped, those, tables, reader);
    if (name === stripped) return all;
    const hasLetter = /\p{L}/u.test(name);
    if (hasLetter) {
      const again = asTyped(name, tables, reader);
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
export function doubtOf(text, tables) {
  const {particles, ofSentences, allOfSentences, alone} = tables;
  const matches = (pattern) => text.trim().search(pattern) >= 0;
  if (matches(tables.address)) return 'text';
  if (matches(tables.placeholder)) return 'placeholder';
  if (matches(tables.titles)) return 'title';
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  const [first] = words;
  if (words.length === 1) return alone.includes(first) ? 'word' : '';
  const found = new Set(
    words.filter((word) => allOfSentences.includes(word) && !particles.includes(word)),
  );
  const isSentence = found.size > 1 || ofSentences.some((word) => found.has(word));
  if (isSentence) return 'text';
  return matches(tables.number) ? 'number' : '';
}

/** What some patterns leave of a text: each leaves out its group, if it matches. */
function without(text, patterns, tables, reader) {
  const found = [];
  const leaveOut = (match, group = '') => {
    const kept = match.slice(0, match.length - group.length);
    const hasWord = /[\p{L}\p{N}]/u.test(group);
    if (hasWord) {
      found.push(trim(group, `${tables.commas} `));
    }
    return `${kept} `;
  };
  let name = text.replace(tables.quoted, '$1');
  for (const pattern of patterns) {
    name = name.replace(pattern, leaveOut);
  }
  const tidy = reader.split(name).join(' ').replace(tables.gap, '');
  const placeOf = (group) => text.indexOf(group);
  found.sort((a, b) => placeOf(a) - placeOf(b));
  return {
    name: trim(tidy, tables.around),
    leftOut: found,
  };
}

/** A text without some characters at its ends. */
function trim(text, characters) {
  const some = `[${characters}]+`;
  const ends = new RegExp(`^${some}|${some}$`, 'gu');
  return text.replace(ends, '');
}
