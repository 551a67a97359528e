// What makes the page hard to read: a list of complaints, empty when it is fine.
(() => {
  const complaints = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) complaints.push(`scrolls sideways: ${root.scrollWidth} px in ${innerWidth}`);

  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
    return {rgb: [r, g, b], a};
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const {rgb, a} = parse(getComputedStyle(e).backgroundColor);
      if (a === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest(".skip")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parse(style.color).rgb), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) complaints.push(`contrast ${ratio.toFixed(2)} of "${walker.currentNode.textContent.trim().slice(0, 40)}"`);
    if (parseFloat(style.fontSize) < 12) complaints.push(`small text ${style.fontSize}`);
  }
  for (const control of document.querySelectorAll("a, button, input:not([type=hidden]), summary")) {
    if (control.checkVisibility() && !(control.textContent.trim() || control.labels?.length)) complaints.push(`a ${control.tagName} without a name`);
    if (control.tabIndex < 0) complaints.push(`a ${control.tagName} that the keyboard cannot reach`);
  }
  if (document.querySelectorAll("h1").length !== 1) complaints.push("not one h1");
  if (!root.lang) complaints.push("no language");
  return complaints.join("; ");
})()
