// What is read of a surname as people type it: model/tasks/typed.py, with its patterns.

/** `surname_tables` of model/storage/browser.py with its patterns compiled. */
function compiled({leftOut, quoted, gap, ...tables}) {
  return {
    ...tables,
    leftOut: leftOut.map((pattern) => new RegExp(...pattern)),
    quoted: new RegExp(quoted, 'u'),
    gap: new RegExp(gap, 'gu'),
  };
}

/**
 * The name in a text, or all of it if nothing would remain.
 * @param {string} text
 * @param {object} tables that are compiled
 * @param {Reader} reader
 * @returns {{name: string, leftOut: string[]}} leftOut: in the order typed
 */
function asTyped(text, tables, reader) {
  const stripped = reader.strip(text);
  const all = {name: stripped, leftOut: []};
  if ([...stripped].length > tables.longest) return all;
  const [asides, ...others] = tables.leftOut;
  for (const patterns of [[asides, ...others], others]) {
    const {name, leftOut} = without(stripped, patterns, tables, reader);
    if (name === stripped) return all;
    const hasLetter = [...name].some((c) => lookUp(reader.letterRuns, c));
    if (hasLetter) {
      const again = asTyped(name, tables, reader);
      return {...again, leftOut: [...leftOut, ...again.leftOut]};
    }
  }
  return all;
}

/** What some patterns leave of a text: each leaves out its group, if it matches. */
function without(text, patterns, {quoted, gap, around, commas}, reader) {
  const found = [];
  let name = text.replace(quoted, '$1');
  for (const pattern of patterns) {
    name = name.replace(pattern, (match, part = '', place) => {
      const kept = match.slice(0, match.length - part.length);
      if (/[\p{L}\p{N}]/u.test(part)) found.push([place + kept.length, trim(part, `${commas} `)]);
      return kept + ' '.repeat(part.length);
    });
  }
  const squeezed = reader.split(name).join(' ');
  found.sort(([a], [b]) => a - b);
  return {
    name: trim(squeezed.replace(gap, ''), around),
    leftOut: found.map(([, part]) => part),
  };
}

/** A text without some characters at its ends. */
function trim(text, characters) {
  const letters = [...text];
  const isKept = (c) => !characters.includes(c);
  const start = letters.findIndex(isKept);
  const end = letters.findLastIndex(isKept) + 1;
  return start < 0 ? '' : letters.slice(start, end).join('');
}
