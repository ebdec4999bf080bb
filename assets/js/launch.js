// Forms that go on by themselves. Their button stays, for those who come back to the page: sending
// them on again would make the browser's back button useless.

const cameBack = () => performance.getEntriesByType('navigation')[0]?.type === 'back_forward';

const form = document.querySelector('form[data-auto-submit]');
if (form && !cameBack()) {
  form.submit();
}
