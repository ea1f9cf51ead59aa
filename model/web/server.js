// What Python does for the other page: the functions that the scripts of the tabs ask for. In comes
// what alone.html holds, two gzipped blocks with the model and with what the tabs show once they are
// opened.

const LEAST_OF_TWO = 500; // texts that each of two workers gets of a long list

const bytes = contentOf('model', showLoaded).then(bytesOf);
const model = bytes.then(TextClassifier.load);
const data = dataOfTabs();

/** What the tabs show. */
async function dataOfTabs() {
  const packed = bytesOf(await contentOf('data'));
  return unzipped(packed).json();
}

const workers = []; // for what takes longer than a key; the second for long lists alone

/** Ask a worker, which gets the model when it is asked for first. */
async function ask(method, given, onDone, i = 0) {
  const source = await sourceOf('network', 'classifier', 'answering');
  const packed = await bytes;
  if (!workers[i]) {
    workers[i] = page.workerOf(source);
    workers[i]('load', packed);
  }
  return workers[i](method, given, onDone);
}

const server = {
  read: (text) => ask('reading', {text}),

  strongest: async () => (await data).strongest,
  pool: async () => ({names: await contentOf('names'), ...(await data).pool}),
  states: (asked) => ask('states', asked),
  nearest: (text) => ask('nearest', {text}),
  near: (asked) => ask('near', asked),

  /** What answer.js draws for each text, or {problem}; `onDone` gets the number of those answered. */
  async answers(texts, onDone) {
    const half = Math.max(LEAST_OF_TWO, Math.ceil(texts.length / 2));
    const done = [0, 0];
    const answersTo = (part, i) => {
      const report = (n) => {
        done[i] = n;
        onDone(total(done));
      };
      return part.length ? ask('answers', {texts: part}, report, i) : [];
    };
    const parts = [texts.slice(0, half), texts.slice(half)];
    const answers = await Promise.all(parts.map(answersTo));
    return answers.find(({problem}) => problem) ?? answers.flat();
  },

  playground: async () => ({
    worker: await sourceOf('network', 'records', 'datasets', 'worker'),
    names: await contentOf('names'),
    code: await contentOf('code'),
  }),

  questions: async () => (await data).questions,
};
