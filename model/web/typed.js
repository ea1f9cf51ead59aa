// What is read of a surname as people type it: model/tasks/typed.py, in the same steps.
//
//   const typing = new Typing(tables, reader);
//   typing.read('Prof. Müller, PhD');   // {name: 'Müller', leftOut: ['Prof.', 'PhD']}

/** Reads texts with the words and patterns of `surname_tables` in model/storage/browser.py. */
class Typing {
  /** @param {object} tables @param {Reader} reader */
  constructor(tables, reader) {
    this.reader = reader;
    this.commas = [...tables.commas];
    this.marks = new Set(tables.marks);
    this.behind = tables.behind;
    this.anywhere = new Set(tables.anywhere);
    this.before = new Set(tables.before);
    this.withStop = new Set([...tables.before, ...tables.with_stop]);
    this.inCapitals = new Set(tables.in_capitals);
    this.particles = new Set(tables.particles);
    this.ofALetter = new Set(tables.ofALetter);
    this.around = new Set(tables.around);
    const whole = (pattern) => new RegExp(`^(?:${pattern})$`, 'u');
    this.quoted = whole(tables.quoted);
    this.initials = whole(tables.initials);
    this.initial = whole(tables.initial);
    this.number = new RegExp(`^${tables.number}`, 'u');
    this.afterStop = new RegExp(tables.afterStop, 'u');
    this.pieces = new RegExp(tables.pieces, 'gu');
    this.piecesAndAsides = new RegExp(tables.piecesAndAsides, 'gu');
  }

  /**
   * The name in a text, or all of it if nothing would remain.
   * @param {string} text
   * @returns {{name: string, leftOut: string[]}}
   */
  read(text) {
    const stripped = this.reader.strip(text);
    const bare = this.quoted.test(stripped) ? stripped.slice(1, -1) : stripped;
    for (const pattern of [this.piecesAndAsides, this.pieces]) {
      const found = bare.match(pattern) ?? [];
      const pieces = found.flatMap((piece) => this.apart(piece));
      const kept = this.kept(pieces);
      const name = this.tidy(kept.join(''));
      if (this.hasLetter(name)) {
        const without = pieces.filter((piece, i) => kept[i] !== piece);
        const leftOut = without.filter((piece) => /[\p{L}\p{N}]/u.test(piece));
        return {name, leftOut};
      }
    }
    return {name: stripped, leftOut: []};
  }

  hasLetter(text) {
    return [...text].some((c) => lookUp(this.reader.letterRuns, c));
  }

  /** A word without case and full stops. */
  key(piece) {
    return this.reader.fold(piece).replaceAll('.', '');
  }

  isComma(piece) {
    return this.commas.includes(piece);
  }

  isOfMarks(piece) {
    const [first] = piece;
    return this.marks.has(first);
  }

  /** The words that stand together in a piece, as in "J.Smith" and "王先生". */
  apart(piece) {
    const ends = [];
    let word = piece;
    const endOf = (text) => this.behind.find((end) => text.endsWith(end));
    for (let end = endOf(word); end; end = endOf(word)) {
      word = word.slice(0, -end.length);
      ends.unshift(end);
    }
    if (!word) return ends;
    const isWord = !this.isOfMarks(word) && !this.anywhere.has(this.key(word));
    const words = isWord ? word.split(this.afterStop) : [word];
    return [...words, ...ends];
  }

  /** The pieces with a space in place of each that is not of the name. */
  kept(pieces) {
    const kept = pieces.map((piece) => (this.mayBeOfName(piece) ? piece : ' '));
    this.leaveOutInitials(kept);
    this.leaveOutTitles(kept);
    this.leaveOutCapitals(kept);
    return kept;
  }

  /** Whether a piece is not left out whatever stands beside it. */
  mayBeOfName(piece) {
    if (this.isComma(piece) || !this.reader.strip(piece)) return true;
    const isOther = this.number.test(piece) || this.isOfMarks(piece);
    if (isOther || !this.hasLetter(piece)) return false;
    const key = this.key(piece);
    const isTitle = this.anywhere.has(key) || this.behind.includes(piece);
    const isShort = piece.endsWith('.') && this.withStop.has(key);
    return !isTitle && !isShort && !this.initials.test(piece);
  }

  /** The indices of words and of commas before them. */
  places(kept) {
    const places = [...kept.keys()].filter((i) => this.reader.strip(kept[i]));
    while (places.length && this.isComma(kept[places.at(-1)])) places.pop();
    return places;
  }

  leaveOutInitials(kept) {
    const places = this.places(kept);
    let following = ',';
    for (let n = places.length - 1; n >= 0; n -= 1) {
      const i = places[n];
      const isWord = this.ofALetter.has(this.key(kept[i])) && !this.isComma(following);
      const isBehindParticle = n > 0 && this.particles.has(this.key(kept[places[n - 1]]));
      if (!this.initial.test(kept[i]) || isWord || isBehindParticle) following = kept[i];
      else kept[i] = ' ';
    }
  }

  leaveOutTitles(kept) {
    let isFirst = true;
    const places = this.places(kept);
    places.slice(0, -1).forEach((i, n) => {
      const following = kept[places[n + 1]];
      const isTitle = this.before.has(this.key(kept[i])) && !this.isComma(following);
      if (isFirst && isTitle) kept[i] = ' ';
      else isFirst = this.isComma(kept[i]);
    });
  }

  leaveOutCapitals(kept) {
    if (!/\p{Lowercase}/u.test(kept.join(''))) return;
    let places = this.places(kept);
    while (places.length > 2 && this.inCapitals.has(kept[places.at(-1)])) {
      kept[places.at(-1)] = ' ';
      places = this.places(kept);
    }
  }

  /** A name without gaps. */
  tidy(name) {
    const squeezed = this.reader.split(name).join(' ');
    const commas = `[${this.commas.join('')}]`;
    const gap = new RegExp(` (?=${commas})|${commas}(?= ?${commas})`, 'gu');
    const characters = [...squeezed.replace(gap, '')];
    const isOfName = (c) => !this.around.has(c);
    const start = characters.findIndex(isOfName);
    const end = characters.findLastIndex(isOfName);
    return start < 0 ? '' : characters.slice(start, end + 1).join('');
  }
}
