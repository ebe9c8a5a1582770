/*
 * What can be checked of a page without a person (WCAG 2.2, A and AA, as far as plain forms need it): names, labels, language, headings,
 * contrast, size of targets, no sideways scrolling. Runs inside the browser and returns what is wrong, in words. No module: it is read as text.
 */
({
  faults() {
    const faults = [];
    const text = (element) => (element?.textContent ?? '').trim();
    if (!document.documentElement.lang) faults.push('no language');
    if (!document.title.trim()) faults.push('no title');
    if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
    if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id twice: ${id}`);
    for (const element of document.querySelectorAll('[aria-describedby]')) {
      const named = element.getAttribute('aria-describedby') ?? '';
      if (!text(document.getElementById(named))) faults.push(`described by nothing: ${named}`);
    }
    for (const field of document.querySelectorAll('input:not([type=hidden]), select')) {
      const label = field.labels?.[0] ?? null;
      if (!text(label)) faults.push(`no label: ${field.name}`);
      const { height } = (label ?? field).getBoundingClientRect();
      if (field.type !== 'select-one' && height < 44) faults.push(`small target: ${field.name} ${height}`);
    }
    for (const radio of document.querySelectorAll('input[type=radio]')) {
      if (!text(radio.closest('fieldset')?.querySelector('legend') ?? null)) faults.push('radio without a legend');
    }
    for (const one of document.querySelectorAll('button, a, select')) {
      if (one.tagName !== 'SELECT' && !text(one)) faults.push('nameless button or link');
      if (one.tagName !== 'A' && one.getBoundingClientRect().height < 44) faults.push(`small target: ${text(one)}`);
    }
    for (const image of document.images) if (!image.alt) faults.push('picture without words');
    if (document.scripts.length > 0) faults.push('a script');
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`scrolls sideways: ${scrollWidth} > ${clientWidth}`);

    const luminance = (color) => {
      const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
        const c = Number(part) / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
      }
      return 'rgb(255, 255, 255)';
    };
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim() !== '');
      if (!own || element.tagName === 'OPTION') continue;
      const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
      const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
      if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${text(element).slice(0, 30)}`);
    }
    return faults;
  },

  /** What has the focus, and whether one sees it. */
  focused() {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const kind = element.type || element.tagName.toLowerCase();
    const name = element.tagName === 'INPUT' || element.tagName === 'SELECT' ? `${element.name} ${element.value}` : '';
    const words = name.trim() === '' ? (element.textContent ?? '').trim() : name.trim();
    return {
      name: `${kind} ${words}`,
      isSeen: style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2,
    };
  },
});
