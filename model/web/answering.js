// The Web Worker of the page without a server. It gets {id, method, given} and posts {id, result} or
// {id, problem}; of a list before that {id, done}, the number of texts that were answered.

import {TextClassifier} from './classifier.js';
import {nearestOf} from './surest.js';

const CHUNK = 50; // texts of a list; what else is asked is answered between two chunks

let loading = null; // a Promise of the classifier
let lists = 0; // how many lists were asked for: the last one is read

const METHODS = {
  async load(bytes) {
    loading = TextClassifier.load(bytes);
    await loading;
    return {};
  },
  reading: ({text}, classifier) => classifier.reading(text),
  nearest: ({text}, classifier) => nearestOf(text, classifier),
  states: ({texts, layer}, classifier) => classifier.states(texts, layer),
  answers: answersTo,
};

/**
 * Answer a list.
 * @param {{texts: string[], k?: number}} given
 * @param {TextClassifier} classifier
 * @param {(done: number) => void} report
 * @returns {Promise<object[]>} what answer.js draws, for each text
 */
async function answersTo({texts, k}, classifier, report) {
  lists += 1;
  const list = lists;
  const answers = new Map();
  for (const [i, text] of texts.entries()) {
    if (!answers.has(text)) answers.set(text, classifier.shown(text, k));
    if (i % CHUNK) continue;
    report(i + 1);
    await otherRequests();
    if (list !== lists) throw Error('Another list is read.');
  }
  return texts.map((text) => answers.get(text));
}

function otherRequests() {
  return new Promise((resume) => {
    setTimeout(resume);
  });
}

globalThis.onmessage = async ({data: {id, method, given}}) => {
  const report = (done) => postMessage({id, done});
  try {
    const result = await METHODS[method](given, await loading, report);
    postMessage({id, result});
  } catch (error) {
    postMessage({id, problem: error.message});
  }
};
