// The data of the tab Train. A row is {text, units, ids, label}: the text as it was written, its letters as
// they are read, their ids, and the index of its label.

const ROWS = 5000,
  LABELS = 30,
  LETTERS = 100; // most in one's own table, and in a text
const FEWEST = 5; // different texts of a label; one of five is held out
const FIRST_ID = 2; // 0 is padding, 1 an unknown letter
const LATIN = {ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i'};

// The letters of a text as model/letters.py reads them: É is e and a mark. Names lose their marks.
function unitsOf(text, isName) {
  const typed = text
    .replace(/[‘’ʼʻ‛′＇´]/g, "'")
    .replace(/[‐‑‒–—−]/g, '-')
    .replace(/İ/g, 'I');
  const seen = typed
    .replace(/(?!\s)[\p{Cc}\p{Cf}\ufe00-\ufe0f]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const read = seen
    .normalize('NFKC')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ς/g, 'σ')
    .normalize('NFD');
  return [...(isName ? read.replace(/\p{M}/gu, '').replace(/./gu, (c) => LATIN[c] ?? c) : read)];
}

const idsOf = (units, characters) =>
  units.map((unit) => Math.max(1, characters.indexOf(unit) + FIRST_ID));
const shuffle = (
  list,
  random, // a new list
) =>
  list
    .map((item) => [random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

// Of pairs of text and label. A text is on one side, however often it comes; `texts` counts those of a label.
function split(pairs, seed, isNames = false) {
  const labels = [...new Set(pairs.map(([, label]) => label))].sort(),
    texts = labels.map(() => 0);
  const sides = new Map(),
    rows = shuffle(pairs, randomNumbers(seed)).map(([text, name]) => {
      const units = unitsOf(text, isNames),
        key = units.join(''),
        label = labels.indexOf(name);
      if (!sides.has(key)) sides.set(key, texts[label]++ % FEWEST === 0);
      return {text, units, label, isHeldOut: sides.get(key)};
    });
  const [training, heldOut] = [false, true].map((side) =>
    rows.filter(({isHeldOut}) => isHeldOut === side),
  );
  const characters = [...new Set(training.flatMap(({units}) => units))].sort();
  for (const row of rows) row.ids = idsOf(row.units, characters);
  return {labels, texts, isNames, characters, training, heldOut};
}

const DATA = {
  names: ({names, seed}) =>
    split(
      names
        .trim()
        .split('\n')
        .flatMap((line) => {
          // `Arabic: abbas, abboud …`
          const [label, texts] = line.split(': ');
          return texts.split(', ').map((text) => [text, label]);
        }),
      seed,
      true,
    ),

  order({length, seed}) {
    // one a and one b, in the first half: how long must a cell remember them?
    const random = randomNumbers(seed),
      other = () => 'cdefgh'[Math.floor(random() * 6)];
    const places = Array.from({length: Math.max(5, Math.ceil(length / 2))}, (_, place) => place);
    return split(
      Array.from({length: 3000}, () => {
        const letters = Array.from({length}, other),
          [a, b] = shuffle(places, random);
        [letters[a], letters[b]] = ['a', 'b'];
        return [letters.join(''), a < b ? 'a first' : 'b first'];
      }),
      seed,
    );
  },

  own({table, seed}) {
    // two columns, text and label; an error is a line for the visitor
    const squeezed = (cell) => cell.replace(/\s+/g, ' ').trim(),
      labels = new Map();
    const lines = linesOf(table);
    const rows = recordsOf(lines, {delimiter: delimiterOf(lines)})
      .filter(({cells}) => cells.some((cell) => cell.trim()))
      .map(({line, cells}) => ({line, cells: cells.map(squeezed)}));
    if (!rows.slice(1).some(({cells}) => cells[1] === rows[0].cells[1])) rows.shift(); // headings
    for (const [
      i,
      {
        line,
        cells: [text, label, more],
      },
    ] of rows.entries()) {
      const n = unitsOf(text).length,
        problem =
          label === undefined || more !== undefined
            ? 'does not have two columns, text and label: put a tab, ' +
              'a comma or a semicolon between them, and quotes around a text that has one itself'
            : !n || !label
              ? 'has no text or no label: add it, or leave the line out'
              : n > LETTERS
                ? `has a text of ${n} letters, and ${LETTERS} are the most: shorten it`
                : i === ROWS
                  ? `is row ${ROWS + 1}, and ${ROWS} are the most: leave some out`
                  : labels.set(label, labels.get(label) ?? line).size > LABELS &&
                    `has label ${LABELS + 1}: leave it out`;
      if (problem) throw Error(`Line ${line} ${problem}.`);
    }
    if (labels.size < 2)
      throw Error('Two labels are needed: paste a text and its label in each line.');
    const data = split(
      rows.map(({cells}) => cells),
      seed,
    );
    const few = data.labels.find((_, i) => data.texts[i] < FEWEST);
    if (few)
      throw Error(`“${few}”, line ${labels.get(few)}, has fewer than ${FEWEST} different texts.`);
    return data;
  },
};
