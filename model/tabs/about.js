// A button on each block of code copies it.
for (const code of element.querySelectorAll('pre code')) {
  code.insertAdjacentHTML('beforebegin', '<button class="copy">Copy</button>');
  code.previousElementSibling.onclick = ({target}) => page.copy(target, code.textContent);
}
