// What is wrong with the page as drawn: a list of complaints, each one line.
() => {
  const said = [];
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}.${e.className} “${(e.textContent || e.value || "").trim().slice(0, 40)}”`;
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getBoundingClientRect().width > 1;
  if (document.scrollingElement.scrollWidth > innerWidth) {
    said.push(`wider than the screen: ${document.scrollingElement.scrollWidth}`);
    for (const e of document.querySelectorAll("main *"))
      if (e.getBoundingClientRect().right > innerWidth + 1) { said.push(`  sticks out: ${name(e)}`); break; }
  }
  const heads = [...document.querySelectorAll("h1")].filter((e) => e.textContent.trim());
  if (heads.length !== 1) said.push(`h1: ${heads.length}`);
  if (!document.title.split("·")[0].trim()) said.push("no title");
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) said.push(`id twice: ${id}`);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!e.labels.length && !e.ariaLabel) said.push(`no label: ${name(e)} ${e.name}`);
  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) said.push(`no alt: ${e.src}`);
  const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  for (const e of document.body.querySelectorAll("*")) {
    if (!own(e) || !shown(e) || e.closest("svg, .skip-link, option, thead")) continue;
    if (parseFloat(getComputedStyle(e).fontSize) < 16) said.push(`small text: ${name(e)}`);
  }
  for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!shown(e) || e.closest(".skip-link")) continue;
    // A link inside a sentence is as high as its line.
    if (e.matches("a") && getComputedStyle(e).display === "inline" && own(e.parentElement)) continue;
    const box = (e.closest(".choice") || e).getBoundingClientRect();
    if (box.height < 43.5) said.push(`low target, ${Math.round(box.height)} px: ${name(e)}`);
  }
  return said;
}
