// What Python does for the other page: the functions that the scripts of the tabs ask for. In comes
// what alone.html holds, two gzipped blocks with the model and with what the tabs show once they are
// opened.

const LEAST_OF_TWO = 500; // texts that each of two workers gets of a long list
const ROUND = 10; // questions of the game

const textOf = (id) => document.getElementById(id).textContent;
const sourceOf = (...ids) => ids.map(textOf).join('\n');

const bytes = bytesOf(textOf('model'));
const model = TextClassifier.load(bytes);
const data = model.then(() => unzipped(bytesOf(textOf('data'))).json()); // after the first answer
const workers = []; // for what takes longer than a key; the second for long lists alone

/** A function that asks a worker, which loads the model when it is asked for first. */
function worker(i = 0) {
  if (!workers[i]) {
    workers[i] = page.workerOf(sourceOf('network', 'classifier', 'answering'));
    workers[i]('load', bytes);
  }
  return workers[i];
}

const server = {
  read: (text) => worker()('reading', {text}),

  strongest: async () => (await data).strongest,

  /** What answer.js draws for each text, or {problem}; `onDone` gets the number of those answered. */
  async answers(texts, onDone) {
    const half = Math.max(LEAST_OF_TWO, Math.ceil(texts.length / 2));
    const parts = [texts.slice(0, half), texts.slice(half)].filter((part) => part.length);
    const done = parts.map(() => 0);
    const asked = parts.map((part, i) =>
      worker(i)('answers', {texts: part}, (n) => {
        done[i] = n;
        onDone(total(done));
      }),
    );
    const answers = await Promise.all(asked);
    return answers.find(({problem}) => problem) ?? answers.flat();
  },

  playground: async () => ({
    worker: sourceOf('network', 'records', 'datasets', 'worker'),
    names: textOf('names'),
    code: textOf('code'),
  }),

  /** Questions of the game in a random order, without those whose numbers were `seen`. */
  async round_of(seen) {
    const {questions} = await data;
    const fresh = questions.filter(({number}) => !seen.includes(number));
    const drawn = fresh.map((question) => ({question, place: Math.random()}));
    drawn.sort((a, b) => a.place - b.place);
    return drawn.slice(0, ROUND).map(({question}) => question);
  },
};
