// Text whose contrast is under WCAG 2.2 AA: 4.5 to 1, or 3 to 1 when it is large.
() => {
  const colour = (css) => { const n = css.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (c) => {
    const [r, g, b] = c.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    if (!e) return colour(getComputedStyle(document.body).backgroundColor);
    const own = colour(getComputedStyle(e).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(e.parentElement));
  };
  const said = [];
  for (const e of document.body.querySelectorAll("*")) {
    const text = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim()).map((n) => n.data.trim()).join(" ");
    if (!text || !e.checkVisibility({ visibilityProperty: true }) || e.closest("svg, .skip-link, option")) continue;
    const style = getComputedStyle(e), under = ground(e), ink = over(colour(style.color), under);
    const [low, high] = [light(ink), light(under)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) said.push(`${ratio.toFixed(2)} “${text.slice(0, 40)}” ${style.color} on ${under}`);
  }
  return said;
}
