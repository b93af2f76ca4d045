// Adds to tables what is of use in a large one: sorting, a filter, and bars behind times.
// The tables are complete without it. Sorting itself is the library's work.
(() => {
  "use strict";

  const SORTED = 5, FILTERED = 12; // rows; guide.css keeps the room by the same numbers

  // The figure that a cell begins with; a state such as "out of memory" is one without a number.
  const figure = (cell) => cell.querySelector(":scope > data, :scope > a:first-child > data");
  const number = (cell) => {
    const value = figure(cell)?.value;
    return /^-?[0-9.]+$/.test(value) ? Number(value) : null;
  };

  // An empty key stands last, whichever way a column is sorted.
  const key = (cell) => {
    if (figure(cell)) return number(cell) ?? "";
    return cell.matches(".num, .state") ? "" : cell.textContent.trim();
  };

  const name = (heading) => {
    const copy = heading.cloneNode(true);
    copy.querySelectorAll("small, sup").forEach((part) => part.remove());
    return copy.textContent.trim();
  };

  const sortable = (table) => {
    for (const heading of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.setAttribute("aria-label", `Sort by ${name(heading)}`);
      button.addEventListener("click", () => {
        for (const {cells} of table.tBodies[0].rows) {
          const cell = cells[heading.cellIndex];
          cell.dataset.sort ??= key(cell);
        }
        // The library sorts at any click into a heading; here links in it stay links.
        table.classList.add("sortable", "asc", "n-last");
      });
      heading.append(button);
    }
    table.addEventListener("sort-end", () => table.classList.remove("sortable"));
  };

  const filtered = (table) => {
    const label = document.createElement("label"), input = document.createElement("input");
    const said = document.createElement("span");
    input.type = "search";
    said.setAttribute("role", "status");
    label.append("Rows with ", input);
    const bar = document.createElement("div");
    bar.className = "filter";
    bar.append(label, said);
    table.closest("figure").prepend(bar);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      const shown = rows.filter((row) => !row.hidden).length;
      said.textContent = shown < rows.length ? `${shown} of ${rows.length} rows` : "";
    });
  };

  // A bar as long as the time is, on a logarithmic scale of its own for each column.
  const heated = (table) => {
    const columns = [];
    for (const {cells} of table.tBodies[0].rows) {
      for (const cell of cells) {
        const value = cell.matches("td") && number(cell);
        if (value > 0) (columns[cell.cellIndex] ??= []).push([cell, Math.log(value)]);
      }
    }
    for (const cells of columns.filter((one) => one?.length > 1)) {
      const logs = cells.map(([, log]) => log);
      const least = Math.min(...logs), range = Math.max(...logs) - least;
      for (const [cell, log] of cells) {
        cell.style.setProperty("--heat", range ? ((log - least) / range).toFixed(2) : 0);
      }
    }
  };

  for (const table of document.querySelectorAll("figure.data > .scroll > table.data")) {
    const many = table.tBodies[0].rows.length;
    if (table.matches(".times *")) heated(table);
    if (many >= SORTED) sortable(table);
    if (many >= FILTERED && !table.matches(".compare *")) filtered(table); // its form filters
  }
})();
