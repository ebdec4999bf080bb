// A page about something that still runs looks again by itself, but takes no half-written field away.

const link = document.querySelector('[data-look-again]');

setInterval(() => {
  if (!document.activeElement?.matches('input, select, textarea')) location.replace(link.href);
}, 2000);
