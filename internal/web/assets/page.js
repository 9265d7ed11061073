// Saves clicks; every page works without it.
'use strict';

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const before = button.textContent;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}

// A form that was sent is not sent twice.
for (const form of document.querySelectorAll('form[method=post]')) {
  form.addEventListener('submit', () => {
    for (const button of form.querySelectorAll('button')) button.setAttribute('aria-busy', 'true');
    setTimeout(() => { for (const button of form.querySelectorAll('button:not([name])')) button.disabled = true; }, 0);
  });
}
// Coming back with the browser's button finds the form as it was.
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[aria-busy]')) { button.disabled = false; button.removeAttribute('aria-busy'); }
});

// "All" switches every box of its table.
for (const all of document.querySelectorAll('input[data-all]')) {
  all.closest('label')?.removeAttribute('hidden');
  all.addEventListener('change', () => {
    for (const box of document.querySelectorAll(`input[type=checkbox][name="${all.dataset.all}"]:not(:disabled)`)) box.checked = all.checked;
  });
}

// A page that shows progress renews its live part instead of the whole page, so that nobody loses his place.
const live = document.querySelector('[data-live]');
const refresh = document.querySelector('meta[http-equiv=refresh]');
if (live && refresh) {
  const seconds = Number(refresh.content);
  refresh.remove();
  const again = async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const part = next.querySelector('[data-live]');
      if (!part || !next.querySelector('meta[http-equiv=refresh]')) { location.reload(); return; }
      live.replaceChildren(...part.childNodes);
    } catch { /* the server is away for a moment: tried again */ }
    setTimeout(again, seconds * 1000);
  };
  setTimeout(again, seconds * 1000);
}
