// Says who says a figure, in place. Without this script its link leads to the same words.
(() => {
  "use strict";
  if (!HTMLElement.prototype.showPopover) return;
  const pages = new Map();
  const box = document.createElement("div");
  box.id = "who";
  box.className = "who md-typeset";
  box.popover = "auto";
  box.tabIndex = -1;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", "who-title");
  document.body.append(box);

  function page(address) {
    if (!pages.has(address)) {
      pages.set(address, fetch(address).then((answer) => {
        if (!answer.ok) throw new Error(answer.status);
        return answer.text();
      }).then((text) => new DOMParser().parseFromString(text, "text/html")));
    }
    return pages.get(address);
  }

  // Row and column of a cell; nothing for a figure in a sentence.
  function where(link) {
    const cell = link.closest("td");
    const table = cell && cell.closest("table");
    if (!table) return "";
    const row = cell.parentElement.querySelector("th");
    const column = table.tHead && table.tHead.rows[0].cells[cell.cellIndex];
    const name = (head) => {
      const copy = head && head.cloneNode(true);
      if (copy) copy.querySelectorAll("sup, small").forEach((one) => one.remove());
      return copy && copy.textContent.trim();
    };
    return [name(row), name(column)].filter(Boolean).join(", ");
  }

  function link(href, words) {
    const made = document.createElement("a");
    made.href = href;
    made.textContent = words;
    return made;
  }

  function paragraph(...parts) {
    const made = document.createElement("p");
    made.append(...parts);
    return made;
  }

  // Of the figures by one formula, only those of this row: each cell behind its heading.
  function alone(row) {
    const table = row.closest("table");
    const cells = [...row.cells];
    table.replaceChildren(...[...table.tHead.rows[0].cells].map((head, i) => {
      const made = document.createElement("tr");
      made.append(head, cells[i]);
      return made;
    }));
  }

  // What the page behind the link says, with links that lead from here to the same places.
  function said(target, address, lasting) {
    const source = target.closest("section") || target.nextElementSibling;
    if (!source || !source.matches("section, .who")) return [];
    const copy = document.importNode(source, true);
    const figure = copy.querySelector(`#${CSS.escape(target.id)}`);
    if (figure && figure.matches("td")) alone(figure.parentElement);
    copy.querySelectorAll("[id]").forEach((one) => one.removeAttribute("id"));
    copy.querySelectorAll(".wrong").forEach((one) => one.remove());
    copy.querySelectorAll("[data-of]").forEach((one) => {
      if (!one.dataset.of.split(" ").includes(lasting)) one.remove();
    });
    copy.querySelectorAll("a").forEach((one) => {
      one.href = new URL(one.getAttribute("href"), address);
    });
    return [...copy.childNodes];
  }

  function onward(figure, data, target, address, lasting) {
    const computed = data.dataset.ref.startsWith("derived/");
    const links = [computed ? link(figure.href, "The whole derivation")
      : link(`${address}#${lasting}`, "The line of the data")];
    const said = target.closest("section") || target.nextElementSibling;
    const wrong = said && said.querySelector(".wrong");
    if (wrong) {
      const report = new URL(wrong.href);
      report.searchParams.set("figure", data.dataset.ref);
      report.searchParams.set("page", location.href);
      links.push(" · ", link(report, wrong.textContent));
    }
    return links;
  }

  // Below the figure, or above it where there is no room.
  function place(figure) {
    const at = figure.getBoundingClientRect();
    const room = document.documentElement.clientWidth - box.offsetWidth - 8;
    const above = at.top - box.offsetHeight - 6;
    const lowest = innerHeight - box.offsetHeight - 8;
    const top = at.bottom + 6 > lowest && above > 8 ? above : Math.min(at.bottom + 6, lowest);
    box.style.left = `${Math.max(8, Math.min(at.left, room))}px`;
    box.style.top = `${Math.max(8, top)}px`;
  }

  async function show(figure, data) {
    const [address, hash] = figure.href.split("#");
    const target = (await page(address)).getElementById(decodeURIComponent(hash));
    if (!target) throw new Error(hash);
    const lasting = data.dataset.ref.split("/").slice(2).join("--");
    const title = document.createElement("strong");
    title.id = "who-title";
    title.textContent = [where(figure), data.textContent.trim()].filter(Boolean).join(": ");
    const content = document.createElement("div");
    content.append(...said(target, address, lasting));
    const links = paragraph(...onward(figure, data, target, address, lasting));
    box.replaceChildren(paragraph(title), content, links);
    box.showPopover();
    place(figure);
    box.focus(); // the browser gives the focus back when Escape closes the box
  }

  document.addEventListener("click", (event) => {
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || event.button || elsewhere) return;
    const figure = event.target.closest("article a[href]");
    const data = figure && figure.querySelector("data[data-ref]");
    if (!data || figure.origin !== location.origin || !figure.hash) return;
    event.preventDefault();
    show(figure, data).catch(() => { location.href = figure.href; });
  });
})();
