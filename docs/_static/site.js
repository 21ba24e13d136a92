// Typeset the formulas that docs/_ext/mathematics.py wrote: their TeX source stands in the page, and shows if scripts are off.
document.addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll(".formula")) {
    katex.render(element.textContent, element, {
      displayMode: element.tagName === "DIV",
      throwOnError: false,
    });
  }
});
