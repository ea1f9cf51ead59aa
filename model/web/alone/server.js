// What Python does for the other page: the functions that the scripts of the tabs ask for. In comes
// what alone.html holds: gzipped blocks with what the scripts of the tabs are given, with what tabs show
// once they are opened, and with the model.

import {TextClassifier} from '../engine/classifier.js';
import {bytesOf, unzipped} from '../engine/packed.js';
import {total} from '../engine/readers.js';
import {workerOf} from '../workers.js';
import {contentOf, showLoaded, sourceOf} from './loading.js';

const LEAST_OF_TWO = 500; // texts that each of two workers gets of a long list

const bytes = contentOf('model', showLoaded).then(bytesOf);
export const model = bytes.then(TextClassifier.load);
export const props = dataIn('props'); // of the elements that have a script
export const data = dataIn('data'); // what tabs show later

/** The JSON in a gzipped block. */
async function dataIn(id) {
  const packed = bytesOf(await contentOf(id));
  return unzipped(packed).json();
}

const workers = []; // for what takes longer than a key; the second for long lists alone

let isAwake = false; // whether a worker has the model

/** Ask a worker, which gets the model when it is asked for first. */
async function ask(method, given, onDone, i = 0) {
  const source = await sourceOf('network', 'classifier', 'answering');
  const packed = await bytes;
  if (!workers[i]) {
    workers[i] = workerOf(source);
    workers[i]('load', packed).then(() => {
      isAwake = true;
    });
  }
  return workers[i](method, given, onDone);
}

/** Ask both workers, each with a half of the texts. */
async function inTwo(method, texts, given, onDone) {
  const half = Math.max(LEAST_OF_TWO, Math.ceil(texts.length / 2));
  const done = [0, 0];
  const askFor = (own, i) => {
    const report = (n) => {
      done[i] = n;
      onDone(total(done));
    };
    return own.length ? ask(method, {texts: own, ...given}, report, i) : [];
  };
  const halves = [texts.slice(0, half), texts.slice(half)];
  const results = await Promise.all(halves.map(askFor));
  return results.find(({problem}) => problem) ?? results.flat();
}

/** What the page shows of a text, by this thread while the worker has no model yet. */
async function view(asked) {
  const ofWorker = ask('view', asked);
  return isAwake ? ofWorker : (await model).view(asked.text, asked.opened);
}

export const server = {
  view,
  nearest: (text) => ask('nearest', {text}),
  pool: async () => ({names: await contentOf('names'), ...(await data).pool}),
  states: (asked) => ask('states', asked),

  /** What mix.js reads of each text, or {problem}; `onDone` gets the number of those judged. */
  judge: (texts, onDone) => inTwo('judge', texts, {}, onDone),

  /** What answer.js draws for each text that was judged last. */
  answers: (texts, ratios) => inTwo('answers', texts, {ratios}),

  playground: async () => ({
    worker: await sourceOf('network', 'worker'),
    names: await contentOf('names'),
    code: await contentOf('code'),
  }),

  questions: async () => (await data).questions,
};
