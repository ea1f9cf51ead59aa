// The page without a server: what Gradio and Python do for the other page. alone.html has the elements, `scripts` the
// functions of its tabs; two gzipped blocks hold the model and what the tabs show once they are opened.
(async () => {
  const $ = (selector) => document.querySelector(selector),
    textOf = (id) => document.getElementById(id).textContent;
  const joined = (...ids) => ids.map(textOf).join('\n'),
    query = new URLSearchParams(location.search);
  const dark = matchMedia('(prefers-color-scheme: dark)'),
    theme = query.get('__theme');
  const turnDark = () =>
    document.body.classList.toggle('dark', theme ? theme === 'dark' : dark.matches);
  dark.addEventListener('change', turnDark);
  turnDark();
  const isFramed = document.body.classList.toggle('embed', query.get('embed') === '1');

  // ------------------------------------------------------------------------------------------------- the model
  const bytes = bytesOf(textOf('model')),
    model = TextClassifier.load(bytes);
  const data = model.then(() => unzipped(bytesOf(textOf('data'))).json()); // the first answer comes before it
  const workers = []; // for what takes longer than a key; the second for long lists alone

  function worker(i = 0) {
    // its `call`; it loads the model once it is asked for
    if (!workers[i])
      (workers[i] = page.workerOf(joined('network', 'classifier', 'answering')))('load', bytes);
    return workers[i];
  }

  // -------------------------------------------------------------------------------------------------- the tabs
  const tabs = [...document.querySelectorAll('[role=tab]')],
    opened = new Set();
  const parts = {test: ['matrix', 'per-label']}; // the elements that have a script, where they are not the tab's
  const server = {
    // what the scripts ask Python for on the other page
    read: (text) => worker()('reading', {text}),
    strongest: async () => (await data).strongest,
    async answers(texts, onDone) {
      const half = Math.max(500, Math.ceil(texts.length / 2)),
        done = [0, 0];
      const parts = [texts.slice(0, half), texts.slice(half)].filter((part) => part.length);
      const found = await Promise.all(
        parts.map((part, i) =>
          worker(i)('answers', {texts: part}, (n) => {
            done[i] = n;
            onDone(done[0] + done[1]);
          }),
        ),
      );
      return found.find(({problem}) => problem) ?? found.flat();
    },
    playground: async () => ({
      worker: joined('network', 'records', 'datasets', 'worker'),
      names: textOf('names'),
      code: textOf('code'),
    }),
    async round_of(seen) {
      const fresh = (await data).questions.filter(({number}) => !seen.includes(number));
      const drawn = fresh.map((question) => [Math.random(), question]).sort(([a], [b]) => a - b);
      return drawn.slice(0, 10).map(([, question]) => question);
    },
  };

  async function open(tab) {
    // starts its scripts, once
    if (opened.has(tab)) return;
    opened.add(tab);
    const {props, cells, downloads} = await data;
    const show = (_, {row, column}) => {
      // what is behind a cell of the matrix
      $('#behind').innerHTML = cells[`${row} ${column}`];
      page.showBelow('behind');
    };
    for (const id of parts[tab] ?? [tab]) {
      const element = document.getElementById(id);
      if (element) scripts[id]?.(element, props[id] ?? {}, server, show, () => {});
    }
    if (tab === 'test' && downloads) $('#downloads').innerHTML = downloads;
  }

  for (const tab of tabs) {
    tab.addEventListener('click', () => {
      for (const other of tabs) {
        other.ariaSelected = String(other === tab);
        other.tabIndex = other === tab ? 0 : -1;
        document.getElementById(other.getAttribute('aria-controls')).hidden = other !== tab;
      }
      open(tab.dataset.tabId);
    });
    tab.addEventListener('keydown', (event) => {
      const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!way || event.defaultPrevented) return; // in the presenter's view they turn its parts
      const next = tabs.at((tabs.indexOf(tab) + way) % tabs.length);
      next.focus();
      next.click();
    });
  }

  // --------------------------------------------------------------------------------------------- the first tab
  const field = page.find('name'),
    [number, range] = document.querySelectorAll('#k input'),
    every = $('.every');
  const size = +number.max,
    first = +number.defaultValue;
  let timer = null,
    asked = 0;
  const answer = () => {
    const value = classifier.shown(field.value, +number.value);
    $('#bars').innerHTML = draw.answer(value);
    $('#notes').innerHTML = draw.notes(value);
  };
  const letters = async () => {
    // an answer that another letter has overtaken is not shown
    if (isFramed) return;
    const mine = (asked += 1),
      found = await worker()('letters', {text: field.value});
    if (mine === asked) $('#letters').innerHTML = draw.letters(found);
  };
  const turn = (k) => {
    [number.value, range.value] = [k, k];
    every.textContent = k === size ? 'Show fewer' : 'Show all';
  };

  if (document.activeElement === field) field.select(); // what is typed now takes its place
  window.classifier = await model;
  const [text, k] = page.linked('name', field.value, first, size);
  field.value = text;
  turn(k);
  answer();
  field.addEventListener('input', () => {
    answer();
    clearTimeout(timer);
    timer = setTimeout(letters, 350); // when typing stops
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey) event.preventDefault();
  });
  number.addEventListener('blur', () => {
    number.value = range.value;
  });
  for (const box of [number, range]) {
    box.addEventListener('input', () => {
      if (!box.value) return; // it is being typed
      turn(Math.round(Math.min(Math.max(box.value, 1), size)));
      answer();
    });
  }
  every.addEventListener('click', () => page.type('k', +number.value === size ? first : size));
  every.hidden = first === size;
  page.opened('name');
  open('head');
  letters();
  $('#examples').innerHTML = draw.examples((await data).examples);
})();
