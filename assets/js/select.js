// The page that picks: counts along, and picks what was uploaded here. Without it, the form works.

for (const form of document.querySelectorAll('[data-picker]')) {
  const part = (name) => form.querySelector(`[data-part=${name}]`);
  const picked = () => form.querySelectorAll('[name=item]:checked').length;

  const show = () => {
    const count = part('count');
    if (count) count.textContent = count.dataset.say.replace('{number}', picked());
  };

  form.addEventListener('change', show);
  // A browser that comes back to the page ticks what was ticked.
  addEventListener('pageshow', show);

  addEventListener('lanterna:uploaded', ({ detail }) => {
    const known = [...form.querySelectorAll('[name=item]')].find(({ value }) => value === detail.item);
    if (known) known.checked = true;
    else {
      const line = part('chip').content.firstElementChild.cloneNode(true);
      const input = line.querySelector('input');
      input.value = detail.item;
      line.querySelector('[data-part=title]').textContent = detail.title;
      part('elsewhere').append(line);
      input.checked = true;
    }
    show();
  });
}
