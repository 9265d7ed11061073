// What keeps somebody from using the page: labels, headings, tables, pictures, contrast, the focus, and its width.
(narrow => {
  const problems = [];
  const show = element => element.outerHTML.replace(/\s+/g, ' ').slice(0, 140);
  const all = selector => [...document.querySelectorAll(selector)];
  const named = element => (element.getAttribute('aria-label') || '').trim() || element.getAttribute('aria-labelledby');
  const visible = element => element.checkVisibility({ visibilityProperty: true });
  for (const details of all('details')) details.open = true;

  for (const field of all('input:not([type=hidden]), select, textarea')) {
    const label = [...(field.labels || [])].map(one => one.textContent).join('').trim();
    if (!label && !named(field)) problems.push('a field has no label: ' + show(field));
  }
  for (const press of all('a[href], button, summary')) {
    const inside = press.textContent.trim() || [...press.querySelectorAll('img[alt]')].map(one => one.alt).join('').trim();
    if (!inside && !named(press)) problems.push('has no name: ' + show(press));
  }
  const headings = all('h1, h2, h3, h4, h5, h6').filter(visible);
  if (headings.filter(one => one.tagName === 'H1').length !== 1) problems.push('has ' + headings.filter(one => one.tagName === 'H1').length + ' h1');
  headings.reduce((before, one) => {
    const level = Number(one.tagName[1]);
    if (level > before + 1) problems.push(`a heading skips from ${before} to ${level}: ` + show(one));
    return level;
  }, 0);
  for (const image of all('img:not([alt])')) problems.push('a picture has no alt: ' + show(image));
  for (const image of all('svg[role=img]')) if (!named(image)) problems.push('a drawing has no label: ' + show(image));
  for (const head of all('th:not([scope])')) problems.push('a table head has no scope: ' + show(head));
  const ids = all('[id]').map(one => one.id);
  for (const id of new Set(ids.filter((one, i) => ids.indexOf(one) !== i))) problems.push('the id is there twice: ' + id);
  for (const name of ['aria-describedby', 'aria-labelledby', 'for', 'list']) {
    for (const element of all(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(/\s+/)) if (!ids.includes(id)) problems.push(`${name} leads nowhere: ` + show(element));
    }
  }

  const parse = colour => {
    const parts = (colour.match(/[\d.]+(e-?\d+)?/g) || []).map(Number);
    if (colour.startsWith('color(')) return [parts[0] * 255, parts[1] * 255, parts[2] * 255, parts[3] ?? 1];
    return [parts[0] || 0, parts[1] || 0, parts[2] || 0, parts[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const paper = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
    return layers.reduceRight((below, top) => over(top, below), canvas);
  };
  const light = colour => {
    const [r, g, b] = colour.slice(0, 3).map(one => { const c = one / 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const opacity = element => { let out = 1; for (let at = element; at; at = at.parentElement) out *= Number(getComputedStyle(at).opacity); return out; };
  const judge = (element, colour, what) => {
    const style = getComputedStyle(element), below = paper(element), ink = parse(colour);
    ink[3] *= opacity(element);
    const [high, low] = [light(over(ink, below)), light(below)].sort((a, b) => b - a);
    const contrast = (high + .05) / (low + .05), size = parseFloat(style.fontSize);
    const least = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700 ? 3 : 4.5;
    if (contrast < least) problems.push(`contrast ${contrast.toFixed(2)} of ${what}: ` + show(element));
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || seen.has(element) || !visible(element) || element.closest(':disabled, option, script, title')) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    judge(element, element.closest('svg') ? style.fill : style.color, 'text');
  }
  for (const field of all('input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea').filter(one => visible(one) && !one.matches(':disabled'))) {
    judge(field, getComputedStyle(field).color, 'a field');
    if (field.placeholder) judge(field, getComputedStyle(field, '::placeholder').color, 'a placeholder');
  }

  for (const element of all('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]').filter(one => visible(one) && !one.disabled)) {
    element.focus();
    if (document.activeElement !== element || !element.matches(':focus-visible')) continue;
    const style = getComputedStyle(element);
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) problems.push('the focus does not show: ' + show(element));
  }
  document.activeElement?.blur();

  const wide = document.documentElement.scrollWidth;
  if (narrow && wide > innerWidth) {
    const out = all('body *').filter(one => visible(one) && one.getBoundingClientRect().right > innerWidth + 1 && !one.parentElement.closest('.scroll, pre, nav.side'));
    problems.push(`is ${wide} px wide on a screen of ${innerWidth}: ` + out.slice(-3).map(show).join(' | '));
  }
  return problems;
})
