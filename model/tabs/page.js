// What the page's small scripts share; in the head, so that it is there before any of them.
(() => {
  const space = document.querySelector('meta[name=space]'); // of the Hub, whose page is in a frame
  window.page = {
    extras: {}, // tab → {settings(), what it adds to the address; set(state), what that has}
    find: (id) => document.querySelector(`#${id} textarea, #${id} input`),
    text: (id) => page.find(id)?.value ?? '',
    answer: (id) => document.getElementById(id.replace(/^name/, 'bars')),
    type(id, text) {
      // as if a visitor had typed it
      if (!page.find(id)) return;
      page.find(id).value = text;
      page.find(id).dispatchEvent(new Event('input', {bubbles: true}));
    },
    async copy(button, text) {
      // or the link of what is on the page
      write();
      const {content} = space;
      const link = content
        ? `https://huggingface.co/spaces/${content}${location.hash}`
        : location.href;
      try {
        await navigator.clipboard.writeText(text ?? link);
      } catch {
        prompt('Copy this:', text ?? link);
      }
      button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = text ? 'Copy' : 'Copy link';
      }, 2000);
    },
    workerOf(
      source,
      hear = () => {},
      broken = 'Nothing can be computed here: try another browser.',
    ) {
      const worker = new Worker(URL.createObjectURL(new Blob([source], {type: 'text/javascript'}))),
        calls = [];
      worker.onmessage = ({data: {id, result, problem, done, ...event}}) => {
        if (id === undefined) hear(event);
        else if (done !== undefined) calls[id].onDone?.(done);
        else {
          calls[id].end(problem ? {problem} : result);
          delete calls[id];
        }
      };
      worker.onerror = () => {
        calls.forEach(({end}) => end({problem: broken}));
        hear({problem: broken});
      };
      return (method, given = {}, onDone = null) =>
        new Promise((end) => {
          // the result or {problem}
          worker.postMessage({id: calls.push({end, onDone}) - 1, method, given});
        });
    },
    enlarge(on) {
      // the presenter's view: as large as a window of 731 by 548 pixels would have it
      const {style, classList} = document.documentElement;
      style.setProperty('--zoom', Math.min(innerWidth / 731, screen.height / 548));
      classList.toggle('large', on && innerWidth > 640);
      for (const button of document.querySelectorAll('.enlarge')) button.ariaChecked = String(on);
    },
    linked(box, text, k, most, state = link) {
      // what a box and its slider have by an address
      const isHere = boxOf(state) === box,
        n = Number(state.get('k'));
      return [state.get(box) ?? text, isHere && n >= 1 && n <= most ? Math.round(n) : k];
    },
    async opened(box) {
      // its text is answered
      if (boxOf(link) !== box) return;
      if (link.size) await openTab(box, link.get('tab'));
      lastTab = openIds().pop();
      if (link.size && document.activeElement === page.find(box))
        page.find(box)?.[isLarge() ? 'blur' : 'select']();
      isOpening = false;
      show();
    },
    showBelow(id) {
      // where the page is narrow what is behind a cell stands below the matrix
      const found = document.getElementById(id),
        {top, bottom} = found.getBoundingClientRect();
      if (top >= 0 && Math.min(bottom, top + 300) <= innerHeight) return;
      const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
      found.scrollIntoView({behavior: isStill ? 'auto' : 'smooth'});
    },
    turn(way) {
      // to the next part of a tab, -1: to the one before; at its end to the next tab
      const shown = (parts) =>
        [...document.querySelectorAll(parts)].filter((part) => part.offsetParent);
      const edge = Math.max(
        ...shown('[role=tablist], .reader').map((bar) => bar.getBoundingClientRect().bottom),
      );
      const tops = shown('.part, .summary, .reading section, .about h2').map(
        (part) => part.getBoundingClientRect().top - edge,
      );
      const screenful = innerHeight - edge,
        {scrollHeight} = document.documentElement;
      const to = way > 0 ? tops.find((top) => top > 40) : tops.findLast((top) => top < -40);
      if ((way > 0 ? scrollHeight - innerHeight - scrollY : scrollY) > 40) {
        scrollBy(0, Math.max(-screenful, Math.min(to ?? way * screenful, screenful)));
        return;
      }
      const tab = shown('[role=tablist] [aria-selected=true]').pop();
      tab[way > 0 ? 'nextElementSibling' : 'previousElementSibling']?.click();
    },
  };
  const isLarge = () => document.documentElement.classList.contains('large');
  document.addEventListener('click', ({target}) => {
    const button = target.closest?.('button');
    if (!button) return;
    const {box, text, tab} = button.dataset;
    if ('copy' in button.dataset) page.copy(button);
    if (button.matches('.enlarge')) page.enlarge(button.ariaChecked !== 'true');
    if (isLarge() && button.role === 'tab') scrollTo(0, 0);
    if (button.dataset.turn) page.turn(+button.dataset.turn);
    if (box) {
      page.type(box, text);
      const answer = page.answer(box); // on a phone and in the presenter's view it is above the examples
      if (answer?.getBoundingClientRect().top < 0) answer.scrollIntoView({block: 'center'});
    }
    if (tab) tabButton(tab)?.click();
  });
  document.addEventListener('keydown', (event) => {
    // PageDown is what a presenter's remote sends
    const {key, target} = event,
      way = {ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1}[key];
    if (
      !isLarge() ||
      event.defaultPrevented ||
      event.altKey ||
      target.closest('dialog, [aria-expanded=true]')
    )
      return;
    if (key === 'Escape')
      [...document.querySelectorAll('.enlarge')].find((button) => button.offsetParent)?.click();
    if (
      !way ||
      (key.startsWith('Arrow') && target.closest('input, textarea, select, .scroll, [role=grid]'))
    )
      return;
    event.preventDefault();
    page.turn(way);
  });
  // What is drawn of a text is dimmed as soon as the box has another one.
  function dim() {
    for (const drawn of document.querySelectorAll('[id^=letters] [data-of]')) {
      const box = drawn.closest('[id^=letters]').id.replace(/^letters/, 'name');
      drawn.classList.toggle('old', drawn.dataset.of !== page.text(box));
    }
  }
  document.addEventListener('input', dim);
  const drawings = {subtree: true, childList: true, attributeFilter: ['data-of']};
  new MutationObserver(dim).observe(document, drawings);
  // A text that the page brought is replaced by typing, not continued.
  const untouched = new WeakSet();
  document.addEventListener('focusin', ({target}) => {
    if (!target.matches?.('[id^="name"] :is(textarea, input)') || untouched.has(target)) return;
    untouched.add(target);
    target.select();
  });

  // The address is the state, `#name=Kim&k=3&tab=reading`: behind #, so that no server sees a name. The
  // key of a text is the id of its box. A tab is a new entry of the history; all else replaces the last.
  const read = () => new URLSearchParams(location.hash.slice(1));
  const tabs = (which) => [...document.querySelectorAll(`[role=tab]${which}`)];
  const tabButton = (id) =>
    tabs(`[data-tab-id="${CSS.escape(id)}"]`).find((tab) => tab.offsetParent);
  const openIds = () =>
    // of the models, where there are several, and of a model
    tabs('[aria-selected=true]')
      .filter((tab) => tab.offsetParent)
      .map((tab) => tab.dataset.tabId);
  const hidden = new CSSStyleSheet(),
    show = () => {
      hidden.disabled = true;
    };
  const pause = (milliseconds) =>
    new Promise((done) => {
      setTimeout(done, milliseconds);
    });
  let lastTab,
    timer,
    isOpening = true;

  function boxOf(state) {
    // that whose text is in the address, else the first
    const ids = tabs('').map((tab) => tab.dataset.tabId.replace(/^group/, 'name'));
    return [...state.keys(), ...ids].find((key) => /^name(_|$)/.test(key) && ids.includes(key));
  }

  function go(how, query, state) {
    history[how](null, '', `${location.pathname}${query.size ? `?${query}` : ''}#${state}`);
    if (!space.content || space.dataset.sdk !== 'static' || parent === window) return;
    // The Hub's page around a static Space follows. Of the query, the Hub itself added __sign and __theme.
    const queryString = location.search.replace(/(?<=[?&])__[^&]*(&|$)/g, '').replace(/[?&]$/, '');
    parent.postMessage({queryString, hash: location.hash}, 'https://huggingface.co');
  }

  function write() {
    // what is on the page
    const [group, id] = [/^group/, /^(?!group)/].map((kind) =>
      openIds().find((tab) => kind.test(tab)),
    );
    const [, tab, suffix] = /^([a-z]+)(.*)$/.exec(id) ?? [],
      box = `name${suffix}`;
    if (isOpening || !page.find(box) || (group && group !== `group${suffix}`)) return;
    const view = isLarge() ? 'large' : '';
    const all = {
      [box]: page.text(box),
      k: page.text(`k${suffix}`),
      tab: tab === 'name' ? '' : tab,
      view,
      ...page.extras[tab]?.settings(),
    };
    const state = new URLSearchParams(
      Object.entries(all).filter(([key, value]) => value || key === box),
    );
    const how = id === lastTab ? 'replaceState' : 'pushState';
    if (String(state) !== String(read())) go(how, new URLSearchParams(location.search), state);
    lastTab = id;
  }

  function later() {
    // browsers refuse an address at every key
    clearTimeout(timer);
    timer = setTimeout(isOpening ? later : write, 250);
  }

  async function openTab(box, tab) {
    // which may have to be drawn first
    tabButton(box.replace('name', 'group'))?.click();
    for (let i = 0; i < 100 && !(page.find(box) && tabButton(box)); i += 1) await pause(20);
    (tabButton(box.replace('name', tab ?? 'name')) ?? tabButton(box))?.click();
  }

  addEventListener('popstate', async () => {
    // back, forward, or an address typed by hand
    while (isOpening) await pause(20);
    isOpening = true;
    const state = (page.state = read()),
      box = boxOf(state),
      k = box.replace('name', 'k');
    go('replaceState', new URLSearchParams(location.search), state);
    page.enlarge(state.get('view') === 'large');
    const isNew = !page.find(box);
    await openTab(box, state.get('tab'));
    if (isNew) await pause(300); // until Gradio has set its first text
    lastTab = openIds().pop();
    const [text, n] = page.linked(box, page.text(box), page.text(k), page.find(k)?.max, state);
    page.type(box, text);
    page.type(k, n);
    page.extras[state.get('tab')]?.set(state);
    isOpening = false;
  });
  document.addEventListener('click', write, true); // before a tab leaves what was typed
  for (const event of ['input', 'click']) document.addEventListener(event, later);
  new MutationObserver(() => {
    if (isOpening) return;
    requestAnimationFrame(write);
    later(); // where the tab had to be drawn first
  }).observe(document, {subtree: true, attributeFilter: ['aria-selected']});

  // An old link has ? in place of #. It is rewritten before Gradio starts, which sends what follows ? to the server.
  const query = new URLSearchParams(location.search),
    link = (page.state = read());
  for (const [key, value] of [...query]) {
    if (!/^(name(_.*)?|k|tab)$/.test(key) && !(key === 'view' && value === 'large')) continue;
    link.set(key, value);
    query.delete(key);
  }
  if (link.size) {
    // nothing else is seen before the linked text is answered, unless that takes long
    go('replaceState', query, link);
    page.enlarge(link.get('view') === 'large');
    hidden.replaceSync('gradio-app { opacity: 0 }');
    document.adoptedStyleSheets.push(hidden);
    setTimeout(show, 8000);
  }
})();
