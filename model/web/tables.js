// A table that a visitor pastes or opens, as model/data/tables.py reads it, and the CSV of List.

// The rows of a CSV, empty ones too. In quotes a cell may have separators, line breaks and, doubled, quotes.
function recordsOf(table, by) {
  const cell = new RegExp(`(?:"([^"]*(?:""[^"]*)*)"|([^${by}\\r\\n]*))([${by}]|\\r\\n?|\\n)`, 'gy');
  let rows = [],
    cells = [],
    line = 1,
    next = 1,
    problem = '';
  for (const [whole, quoted, bare, end] of `${table}\n`.matchAll(cell)) {
    if (bare?.startsWith('"'))
      problem = 'not CSV (a quote is open, or text follows it): fix the quotes';
    cells.push(quoted?.replaceAll('""', '"') ?? bare);
    next += whole.split(/\r\n?|\n/).length - 1;
    if (end === by) continue;
    rows.push({line, cells, problem});
    [cells, line, problem] = [[], next, ''];
  }
  return rows;
}

function separatorOf(table) {
  // what the first line has most of outside quotes
  const [line] = table
    .trimStart()
    .replace(/"[^"]*"/g, '')
    .split(/[\r\n]/);
  return [...'\t;,|'].reduce((best, by) =>
    line.split(by).length > line.split(best).length ? by : best,
  );
}

// Where the first of the headings that is there stands, else -1.
const plain = (text) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\(.*?\)|[^\p{L}\p{M}\p{N}]/gu, '');
const headingIn = (cells, headings) =>
  headings
    .filter(Boolean)
    .map((heading) => cells.map(plain).indexOf(plain(heading)))
    .find((place) => place >= 0) ?? -1;

// What is given as rows of {cells, text, problem}; `header` and `column` are found if they are not chosen.
function tableOf({name, text, size, isFile}, hints, {header, column}) {
  const whole = text?.replace(/^\s*[\r\n]|[\r\n]\s*$/g, '') ?? '',
    lines = whole.split(/\r\n?|\n/);
  const isTable = lines[0].includes('\t') || /\.csv$/i.test(name),
    by = isTable ? separatorOf(whole) : ',';
  const all = isTable ? recordsOf(whole, by) : lines.map((cell) => ({cells: [cell]}));
  const [
    {
      cells: top,
      cells: {length: width},
    },
    ...below
  ] = all;
  const isNumber = (cell) => /\p{Nd}/u.test(cell) && !/\p{L}/u.test(cell),
    isHead =
      !top.some(isNumber) &&
      below.length > 0 &&
      below.every(({cells}) => cells.length !== width || cells.some(isNumber));
  header ??=
    (isFile || isTable) && (isHead || headingIn(top, [...hints.headings, hints.label]) >= 0);
  const most = 'give up to 10,000 rows and 2 MB, in 200 columns',
    problem =
      size > 2e6
        ? `has ${(size / 1e6).toFixed(1)} MB: ${most}`
        : text === null || /\.(jsonl?|xlsx?|gz)$/i.test(name)
          ? 'is not CSV in UTF-8: save it as CSV UTF-8, and open that'
          : !whole.trim()
            ? 'is empty: give at least one line'
            : all.length - header > 10_000 || width > 200
              ? `has ${all.length} rows of ${width} columns: ${most}`
              : all.length === +header && 'has a header and no row below it: give at least one';
  if (problem) throw Error(`${name} ${problem}.`);
  const missing = new RegExp(`^(${hints.missing})$`);
  const names = header ? top : width === 1 ? [hints.text] : top.map((_, i) => `column_${i + 1}`);
  const ofWords = top.findIndex((_, i) => !below.some(({cells}) => isNumber(cells[i])));
  column ??= [headingIn(names, hints.headings), ofWords, 0].find((i) => i >= 0);
  return {
    names,
    header,
    column,
    by,
    rows: all.slice(+header).map(({cells, problem}) => ({
      cells,
      text: cells[column] ?? cells.join(''),
      problem:
        problem ||
        (cells.length === 1 && !cells[0].trim()
          ? 'the line is empty'
          : cells.length !== width
            ? `${cells.length} columns, and the first line has ${width}: fix the line`
            : !cells[column].trim()
              ? 'The text is empty'
              : missing.test(cells[column].trim()) &&
                `${cells[column].trim()} stands for a missing value: ` +
                  'leave the row out, or write it differently'),
    })),
  };
}

// What there is to say of an answer, {reply, is_none} or {problem}, beside its predictions.
const noteOf = ({problem, is_none, reply}) =>
  problem
    ? problem.replace(/: type .*/, '')
    : is_none
      ? 'none of these'
      : reply.unsure
        ? 'unsure'
        : '';

// What stands behind a row: none and what is known are there if the model has them.
const behind = ({hasNone, hasKnown}, predictions, none, note, known) => [
  ...predictions,
  ...(hasNone ? [none] : []),
  note,
  ...(hasKnown ? [known] : []),
];

// A share that would read as none at all is less than the least that is written.
const atLeast = (share) => (share < 0.005 ? '<0.01' : share.toFixed(2));

function cellsOf(answer, shown, write, number) {
  // `write` makes one or two cells of a prediction
  const {predictions = [], none = null, known} = answer.reply ?? {};
  const shares = known?.map(({label, share}) => `${label} ${atLeast(share)}`).join('; ') ?? '';
  const ranks = [0, 1, 2].flatMap((i) => write(predictions[i]));
  return behind(shown, ranks, none === null ? '' : number(none), noteOf(answer), shares);
}

// The CSV that to_csv of model/tabs/listing.py writes: every column, then those cells; none starts a formula.
function csvOf({names, header, rows, by}, answers, shown) {
  const harmless = (cell) =>
    cell.replace(/(?:^|(?<=[,;\t\r\n]))(?="*[=+\-@＝＋－＠])|^(?=[\t\r\n])/g, "'");
  const added = (cell) => (/^[+-]?\d+([.,]\d+)?$/.test(cell) ? cell : harmless(cell)),
    last = names.length - 1;
  const quoted = (cell) => `"${cell.replaceAll('"', '""')}"`,
    four = (share) => share.toFixed(4);
  const line = (cells) => `${cells.map(quoted).join(by === '\t' ? ',' : by)}\n`;
  const write = (found) => (found ? [found.label, four(found.probability)] : ['', '']);
  const lines = rows.map(({cells}, i) =>
    line([
      ...names.map((_, at) => harmless(at < last ? (cells[at] ?? '') : cells.slice(last).join(by))),
      ...cellsOf(answers[i], shown, write, four).map(added),
    ]),
  );
  const ranks = [1, 2, 3].flatMap((i) => [`label_${i}`, `probability_${i}`]);
  const heads = behind(shown, ranks, 'none_probability', 'prediction_note', 'known');
  return (header || !last ? line([...names.map(harmless), ...heads]) : '') + lines.join('');
}
