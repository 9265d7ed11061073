// What a person sees of the page, and what is wrong with it whatever it shows. The groups are those of the texts.
(groups => {
  const text = (document.querySelector('main') || document.body).innerText;
  const problems = [];
  const words = [text, document.title];
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) words.push(element.getAttribute(name) || '');
  }
  for (const word of words.join('\n').split(/\s+/)) {
    const key = word.replace(/^[("„“:;]+|[)"„“.,:;]+$/g, '');
    if (/^[a-z][a-z-]*(\.[a-z0-9_-]+)+$/.test(key) && groups.includes(key.split('.')[0])) problems.push('shows the key ' + key);
  }
  if (/<no value>|%!|ZgotmplZ|\{\{\s*(t|n|template) /.test(words.join('\n'))) problems.push('shows a placeholder');
  if (!document.title.trim()) problems.push('has no title');
  if (!document.documentElement.lang) problems.push('has no language');
  if (window.hacked !== undefined) problems.push('ran a script of the data: ' + window.hacked);
  return { path: location.pathname + location.search, title: document.title, lang: document.documentElement.lang, text, problems };
})
