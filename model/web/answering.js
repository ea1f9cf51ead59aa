// The Web Worker of the page without a server, in one script with network.js and classifier.js.

let loading,
  lists = 0; // a Promise of the classifier; how many lists were asked for: the last one is read

const METHODS = {
  load: async (bytes) => {
    await (loading = TextClassifier.load(bytes));
    return {};
  },
  letters: ({text}, classifier) => classifier.letters(text),
  reading: ({text}, classifier) => classifier.reading(text),

  async answers({texts, k}, classifier, report) {
    // what else is asked is answered between two chunks
    const list = (lists += 1),
      found = new Map();
    for (const [i, text] of texts.entries()) {
      if (!found.has(text)) found.set(text, classifier.shown(text, k));
      if (i % 50) continue;
      report(i + 1);
      await new Promise((turn) => {
        setTimeout(turn);
      });
      if (list !== lists) throw Error('Another list is read.');
    }
    return texts.map((text) => found.get(text));
  },
};

onmessage = async ({data: {id, method, given}}) => {
  try {
    postMessage({
      id,
      result: await METHODS[method](given, await loading, (done) => postMessage({id, done})),
    });
  } catch (error) {
    postMessage({id, problem: error.message});
  }
};
