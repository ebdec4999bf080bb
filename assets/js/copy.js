// Copying a text. Frames often may not write to the clipboard, so the text is always selected too,
// and the page says when the keyboard has to do the rest.

const write = async (input) => {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    return document.execCommand('copy');
  }
};

for (const field of document.querySelectorAll('[data-copy]')) {
  const input = field.querySelector('input');
  const button = field.querySelector('button');
  const status = field.querySelector('[role=status]');
  button.hidden = false;
  button.addEventListener('click', async () => {
    input.focus();
    input.select();
    const copied = await write(input);
    if (copied) button.focus();
    status.textContent = copied ? button.dataset.copied : button.dataset.failed;
  });
  input.addEventListener('focus', () => input.select());
}
