// A Web Worker that is asked like a function.

/**
 * Start a worker.
 * @param {string} source of its script
 * @param {(event: object) => void} hear gets what it posts of itself
 * @param {string} broken what is said if it cannot work
 * @returns {(method: string, given?: object, onDone?: (done: number) => void) => Promise<object>}
 *   a call, which gives the result or {problem}
 */
export function workerOf(
  source,
  hear = () => {},
  broken = 'Nothing can be computed here: try another browser.',
) {
  const script = new Blob([source], {type: 'text/javascript'});
  const worker = new Worker(URL.createObjectURL(script));
  const calls = [];
  worker.onmessage = ({data: {id, result, problem, done, ...event}}) => {
    if (id === undefined) {
      hear(event);
    } else if (done !== undefined) {
      calls[id].onDone?.(done);
    } else {
      calls[id].end(problem ? {problem} : result);
      delete calls[id];
    }
  };
  worker.onerror = () => {
    for (const call of calls) call?.end({problem: broken});
    hear({problem: broken});
  };
  return (method, given = {}, onDone = null) =>
    new Promise((end) => {
      const id = calls.length;
      calls.push({end, onDone});
      worker.postMessage({id, method, given});
    });
}
