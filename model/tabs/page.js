// What the page's small scripts share; in the head, so that it is there before any of them. The
// functions are those of boxes.js, guesses.js, game.js, workers.js, presenter.js and address.js, in the same scope.

window.page = {
  state: link, // by which the page was opened, or which it follows
  extras: {}, // tab → {settings(), what it adds to the address; set(state), what that has}
  find: boxAt,
  text: textIn,
  type,
  copy,
  compareGuess,
  Game,
  workerOf,
  enlarge,
  linked,
  opened,
  isOpen: () => !isOpening, // by the link, or the address that is followed
  answered,
  showBelow,
};
