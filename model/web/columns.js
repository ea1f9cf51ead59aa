// What headings say, by the rules of model/data/columns.py; the headings themselves come from Python.

const LONGEST_HEADING = 100; // characters
const TITLE_ROWS = 10; // the header is one of so many first rows
const BRACKETED = /\([^()]*\)|\[[^\][]*\]/g;
const CAMEL_CASE = /(?<=[a-z])(?=[A-Z])/g;

/**
 * The words of a heading in lower case, without what stands in brackets.
 * @param {string} heading
 * @returns {string[]}
 */
function wordsOf(heading) {
  const start = [...heading].slice(0, LONGEST_HEADING).join('').normalize('NFKC');
  const folded = start.toUpperCase().toLowerCase().replaceAll('ς', 'σ'); // ß is ss
  const plain = folded.replaceAll('ı', 'i').replaceAll('i\u0307', 'i').replace(BRACKETED, '');
  return plain.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
}

/** What two spellings of a heading have in common. */
const keyOf = (heading) => wordsOf(heading).join('') || heading;

/**
 * The groups of headings, ready to be looked up.
 * @param {string[][]} groups
 * @returns {{exact: Map<string, number>, endings: Map<string, number>, pairs: Array}}
 */
function knownHeadings(groups) {
  const exact = new Map();
  const endings = new Map();
  const pairs = [];
  const add = (map, key, group) => {
    if (!map.has(key)) map.set(key, group);
  };
  for (const [group, headings] of groups.entries()) {
    for (const heading of headings.filter(Boolean)) {
      add(exact, heading, group);
      const key = keyOf(heading);
      const plus = heading.lastIndexOf(' + ');
      if (plus >= 0) {
        const first = keyOf(heading.slice(0, plus));
        const last = keyOf(heading.slice(plus + 3));
        pairs.push({first, last, group});
      } else {
        add(exact, key, group);
        if (wordsOf(heading).length > 1) add(endings, key, group);
      }
    }
  }
  return {exact, endings, pairs};
}

/**
 * For each cell the first group that has it as a heading, undefined for none.
 * @param {string[]} cells
 * @param {ReturnType<typeof knownHeadings>} known
 * @returns {Array<number | undefined>}
 */
function headingGroups(cells, {exact, endings, pairs}) {
  const keys = cells.map(keyOf);
  const beside = pairs.filter(({first}) => keys.includes(first));
  return cells.map((cell, i) => {
    const ofPairs = beside.filter(({last}) => last === keys[i]).map(({group}) => group);
    const groups = [exact.get(cell), exact.get(keys[i]), ...ofPairs];
    const known = groups.filter((group) => group !== undefined);
    return known.length ? Math.min(...known) : groupOfEnding(cell, endings);
  });
}

/** The group of the longest ending of a heading that is one by itself: name in family_name. */
function groupOfEnding(cell, endings) {
  const start = [...cell].slice(0, LONGEST_HEADING).join('');
  const words = wordsOf(start.replace(CAMEL_CASE, ' '));
  for (const from of words.keys()) {
    const ending = words.slice(from).join('');
    if (from > 0 && endings.has(ending)) return endings.get(ending);
  }
  return undefined;
}

/** Whether one of the cells is a heading. */
function hasHeading(cells, known) {
  return headingGroups(cells, known).some((group) => group !== undefined);
}

/**
 * The index of the first row with a heading, if it is a header: each row above it has fewer cells
 * that are filled. 0 if it is not, -1 if no row has a heading.
 * @param {string[][]} rows
 * @param {ReturnType<typeof knownHeadings>} known
 * @returns {number}
 */
function headerRow(rows, known) {
  const index = rows.slice(0, TITLE_ROWS).findIndex((cells) => hasHeading(cells, known));
  if (index <= 0) return index;
  const filled = rows.map((cells) => cells.filter((cell) => /[^ "']/.test(cell)).length);
  const above = Math.max(...filled.slice(0, index));
  return above > 0 && above < filled[index] ? index : 0;
}
