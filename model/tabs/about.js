// A button on each block of code copies it.
for (const code of element.querySelectorAll('pre code')) {
  code.insertAdjacentHTML('beforebegin', '<button class="copy">Copy</button>');
  code.previousElementSibling.onclick = async ({target}) => {
    await navigator.clipboard.writeText(code.textContent);
    target.textContent = 'Copied';
    setTimeout(() => { target.textContent = 'Copy'; }, 2000);
  };
}
