// What Python does for the other page: the functions that the scripts of the tabs ask for. In comes
// what alone.html holds, two gzipped blocks with the model and with what the tabs show once they are
// opened.

const LEAST_OF_TWO = 500; // texts that each of two workers gets of a long list
const ROUND = 10; // questions of the game

const contentOf = (id) => document.getElementById(id).textContent;
const sourceOf = (...ids) => ids.map(contentOf).join('\n');

const bytes = bytesOf(contentOf('model'));
const model = TextClassifier.load(bytes);
const data = dataOfTabs();

/** What the tabs show, which is unpacked after the first answer. */
async function dataOfTabs() {
  await model;
  const packed = bytesOf(contentOf('data'));
  return unzipped(packed).json();
}

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
    const done = [0, 0];
    const answersTo = (part, i) => {
      const report = (n) => {
        done[i] = n;
        onDone(total(done));
      };
      return part.length ? worker(i)('answers', {texts: part}, report) : [];
    };
    const parts = [texts.slice(0, half), texts.slice(half)];
    const answers = await Promise.all(parts.map(answersTo));
    return answers.find(({problem}) => problem) ?? answers.flat();
  },

  playground: async () => ({
    worker: sourceOf('network', 'records', 'datasets', 'worker'),
    names: contentOf('names'),
    code: contentOf('code'),
  }),

  /** Questions of the game in a random order, without those whose numbers were `seen`. */
  async round_of(seen) {
    const {questions} = await data;
    const rest = questions.filter(({number}) => !seen.includes(number));
    const drawn = [];
    while (rest.length && drawn.length < ROUND) {
      const place = Math.floor(Math.random() * rest.length);
      drawn.push(...rest.splice(place, 1));
    }
    return drawn;
  },
};
