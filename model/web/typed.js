// What is read of a surname as people type it: model/tasks/typed.py, with its patterns.

/** `surname_tables` of model/storage/browser.py with its patterns compiled. */
function compiled({patterns, leftOut, ...tables}) {
  const compile = ([source, flags]) => new RegExp(source, flags);
  for (const [name, pattern] of Object.entries(patterns)) tables[name] = compile(pattern);
  return {...tables, leftOut: leftOut.map(compile)};
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
    if (/\p{L}/u.test(name)) {
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
    name = name.replace(pattern, (match, part = '') => {
      if (/[\p{L}\p{N}]/u.test(part)) found.push(trim(part, `${commas} `));
      const kept = match.slice(0, match.length - part.length);
      return `${kept} `;
    });
  }
  const squeezed = reader.split(name).join(' ');
  const tidy = squeezed.replace(gap, '');
  found.sort((a, b) => text.indexOf(a) - text.indexOf(b));
  return {name: trim(tidy, around), leftOut: found};
}

/** A text without some characters at its ends. */
function trim(text, characters) {
  const ends = `^[${characters}]+|[${characters}]+$`;
  return text.replace(new RegExp(ends, 'gu'), '');
}
